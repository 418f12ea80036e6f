"""The fast lane answers exactly as the framework does, and takes only what it can do."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Query, Request
from fastapi.security import APIKeyHeader
from starlette.responses import Response

from alfred_mock.auth.caller import Caller, Scheme
from alfred_mock.auth.dependency import authenticate
from alfred_mock.core.settings import Settings
from alfred_mock.engine.compiled_routes import FastLane
from alfred_mock.main import Application
from tests.support import LOGIN, UNKNOWN_ID, WITH_KEY, client_of

pytestmark = pytest.mark.anyio

_VARYING = {"x-request-id", "content-length"}


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/api/deferred/create", WITH_KEY),
        ("POST", "/api/deferred/create", {}),
        ("GET", "/api/deferred/create", WITH_KEY),
        ("POST", "/api/deferred/create/", WITH_KEY),
        ("GET", f"/api/deferred/detail/{UNKNOWN_ID}", WITH_KEY),
        ("GET", f"/api/deferred/detail/{UNKNOWN_ID.upper()}", WITH_KEY),
        ("GET", f"/api/deferred/detail/{UNKNOWN_ID}", {}),
        ("GET", "/api/deferred/detail/xyz", WITH_KEY),
        ("GET", "/api/deferred/detail/xyz", {}),
        ("GET", "/api/deferred/detail/", WITH_KEY),
        ("GET", f"/api/deferred/detail/{UNKNOWN_ID}/more", WITH_KEY),
        ("DELETE", f"/api/deferred/detail/{UNKNOWN_ID}", WITH_KEY),
        ("GET", "/api/tagshelf/who-am-i", WITH_KEY),
        ("GET", "/api/tagshelf/ping", WITH_KEY),
        ("GET", "/api/tagshelf/status", {}),
        ("POST", "/token", {}),
        ("GET", "/livez", {}),
        ("GET", "/readyz", {}),
    ],
)
async def test_both_ways_give_the_same_answer(
    app: Application, method: str, path: str, headers: dict[str, str]
) -> None:
    answers = []
    async with client_of(app) as client:
        for root_path in ("", "/"):  # under a root path nothing takes the fast lane
            client._transport.root_path = root_path  # type: ignore[attr-defined]
            answers.append(await client.request(method, path, headers=headers))
    fast, ordinary = answers
    assert fast.status_code == ordinary.status_code
    assert _without_new_ids(fast) == _without_new_ids(ordinary)
    for name in set(fast.headers) - _VARYING:
        assert fast.headers[name] == ordinary.headers[name]


def _without_new_ids(answer: httpx.Response) -> Any:
    content = answer.json()
    return {name: value for name, value in content.items() if name != "session_id"}


async def test_a_token_is_granted_on_both_ways(app: Application) -> None:
    async with client_of(app) as client:
        for root_path in ("", "/"):
            client._transport.root_path = root_path  # type: ignore[attr-defined]
            assert (await client.post("/token", data=LOGIN)).status_code == 200


router = APIRouter(prefix="/t")
guarded = APIRouter(prefix="/g", dependencies=[Depends(lambda: None)])


async def _shared(request: Request) -> list[str]:
    calls: list[str] = request.app.state.calls
    calls.append("shared")
    return calls


async def _user(shared: Annotated[list[str], Depends(_shared)]) -> list[str]:
    shared.append("user")
    return shared


def _blocking() -> str:
    return "on a thread"


@router.get("/plain")
async def plain(
    shared: Annotated[list[str], Depends(_shared)], user: Annotated[list[str], Depends(_user)]
) -> Response:
    return Response(",".join(user))


@router.get("/query")
async def query(q: Annotated[str, Query()]) -> Response:
    return Response(q)


@router.get("/blocking")
async def blocking(word: Annotated[str, Depends(_blocking)]) -> Response:
    return Response(word)


@router.get("/documented", dependencies=[Depends(APIKeyHeader(name="x", auto_error=False))])
async def documented() -> Response:
    return Response("yes")


@router.get("/guarded", dependencies=[Depends(_shared)])
async def guarded_route() -> Response:
    return Response("yes")


@router.get("/{a}/{b}")
async def two_parameters(a: str, b: str) -> Response:
    return Response(a + b)


@router.get("/{a}/end")
async def parameter_in_the_middle(a: str) -> Response:
    return Response(a)


@guarded.get("/x")
async def behind_a_guard() -> Response:
    return Response("yes")


def test_only_what_a_plan_can_do_is_taken() -> None:
    async def nothing(*_: Any) -> None: ...

    lane = FastLane(nothing, routers=[router, guarded])
    declared = [*lane.paths]
    compiled = {path for method, path in declared if lane.plan_of(method, path)}
    assert compiled == {"/t/plain", "/t/documented"}


async def test_a_dependency_that_two_share_is_called_once(app: Application) -> None:
    app.state.calls = []
    lane = FastLane(app, routers=[router])
    transport = httpx.ASGITransport(app=_with_app(lane, app))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert (await client.get("/t/plain")).text == "shared,user"


async def test_an_overridden_dependency_is_overridden(app: Application) -> None:
    async def nobody() -> Caller:
        return Caller(Scheme.API_KEY, "company", "Company", user_name="nobody")

    app.dependency_overrides[authenticate] = nobody
    async with client_of(app) as client:
        assert (await client.get("/api/tagshelf/ping")).json() == {"pong": "nobody"}


def _with_app(lane: FastLane, app: Application) -> Any:
    async def call(scope: Any, receive: Any, send: Any) -> None:
        await lane({**scope, "app": app}, receive, send)

    return call
