"""What a fault makes of a request and of its real answer."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.responses import Response

from alfred_mock.alfred.tables import DeferredSession
from alfred_mock.control.faults.effects import Effect
from alfred_mock.core.scope_keys import FAULT
from alfred_mock.core.settings import Settings
from alfred_mock.database import DatabaseUnavailable, Statement
from alfred_mock.main import Application
from tests.control.faults.serving import CREATE, FAULTS, PING, make
from tests.support import WITH_KEY, client_of

pytestmark = pytest.mark.anyio

_SESSIONS = Statement(select(func.count()).select_from(DeferredSession))


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


async def test_without_a_status_the_real_answer_is_bent(client: httpx.AsyncClient) -> None:
    bend: list[Any] = [{"headers": {"X-Own": "1"}}, {"body": "empty"}, {"body": "malformed"}]
    await make(client, sequence=bend)
    with_header = await client.get(PING, headers=WITH_KEY)
    assert (with_header.headers["X-Own"], with_header.json()) == ("1", {"pong": "API Key 1"})
    empty = await client.get(PING, headers=WITH_KEY)
    assert (empty.status_code, empty.content) == (200, b"")
    assert empty.headers["Content-Length"] == "0"
    malformed = await client.get(PING, headers=WITH_KEY)
    assert malformed.headers["Content-Length"] == str(len(malformed.content))
    assert with_header.content.startswith(malformed.content)
    with pytest.raises(json.JSONDecodeError):
        malformed.json()


async def test_an_error_can_be_empty_or_malformed(client: httpx.AsyncClient) -> None:
    await make(
        client, sequence=[{"status": 502, "body": "empty"}, {"status": 502, "body": "malformed"}]
    )
    empty = await client.get(PING, headers=WITH_KEY)
    assert (empty.status_code, empty.content) == (502, b"")
    malformed = await client.get(PING, headers=WITH_KEY)
    assert malformed.status_code == 502
    assert malformed.content.startswith(b'{"error":')
    with pytest.raises(json.JSONDecodeError):
        malformed.json()


@pytest.mark.parametrize("body", [b"", b"1", b"1234", b"true", b"{}", b'"ab"', b"[1]", b"\x89PNG"])
async def test_what_is_malformed_never_parses(
    app: Application, client: httpx.AsyncClient, body: bytes
) -> None:
    async def answer_with() -> Response:
        return Response(body)

    app.add_api_route("/body", answer_with)
    await make(client, {"body": "malformed"})
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        json.loads((await client.get("/body")).content)


async def test_what_goes_wrong_inside_is_bent_too(
    app: Application, client: httpx.AsyncClient
) -> None:
    async def boom() -> None:
        raise ZeroDivisionError

    app.add_api_route("/boom", boom)
    await make(client, {"headers": {"X-Own": "1"}})
    answer = await client.get("/boom")
    assert (answer.status_code, answer.headers["X-Own"]) == (500, "1")


@pytest.mark.parametrize("after", [False, True])
async def test_after_lets_the_request_do_its_work(
    app: Application, client: httpx.AsyncClient, after: bool
) -> None:
    await make(client, {"status": 504, "after": after})
    assert (await client.post(CREATE, headers=WITH_KEY)).status_code == 504
    ((sessions,),) = await app.services.database.fetch(_SESSIONS())
    assert sessions == (1 if after else 0)


async def test_without_a_socket_the_connection_ends_in_an_exception(app: Application) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://alfred.test") as client:
        await make(
            client,
            sequence=[
                {"connection": "reset"},
                {"connection": "close"},
                {"body": "truncated"},
            ],
        )
        for _ in range(3):
            with pytest.raises(ConnectionResetError):
                await client.get(PING, headers=WITH_KEY)
        assert (await client.get(PING, headers=WITH_KEY)).status_code == 200


async def test_the_scope_tells_what_has_happened(app: Application) -> None:
    scopes: list[Any] = []
    inner = app.build_middleware_stack()

    async def looking(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)
        scopes.append(scope)

    app.middleware_stack = looking
    async with client_of(app) as client:
        made = await make(client, {"status": 503, "delay_ms": 1}, times=1)
        await client.get(PING, headers=WITH_KEY)
        await client.get(PING, headers={**WITH_KEY, "X-Alfred-Mock-Fault": "500"})
        await client.get(PING, headers=WITH_KEY)
    assert [scope.get(FAULT) for scope in scopes] == [
        None,
        f"{made['id']}: status 503, delay_ms 1",
        "header: status 500",
        None,
    ]


@pytest.mark.parametrize(
    ("effect", "summary"),
    [
        ({"status": 503, "after": True}, "status 503, after"),
        ({"delay_ms": {"min": 1, "max": 2.5}}, "delay_ms min 1 max 2.5"),
        ({"body": "empty", "headers": {"A": "b", "C": "d"}}, "body empty, headers A C"),
        ({"status": 200, "content": "\u20ac"}, "status 200, content of 3 bytes"),
    ],
)
def test_an_effect_in_a_few_words(effect: dict[str, Any], summary: str) -> None:
    assert Effect.model_validate(effect).summary() == summary


async def test_the_rules_are_still_reachable_when_everything_fails(
    client: httpx.AsyncClient,
) -> None:
    await make(client, {"connection": "reset"})
    assert (await client.delete(FAULTS)).json() == {"cleared": 1}


async def test_a_database_that_is_gone_is_told_as_ever(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any) -> None:
        raise DatabaseUnavailable("no answer")

    await make(client, {"status": 500})
    monkeypatch.setattr(app.services.database, "transact", gone)
    answer = await client.get(PING, headers=WITH_KEY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["error"] == "Service Unavailable"
