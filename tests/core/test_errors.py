"""Errors of the database as callers see them: expected ones, and those that are a fault of ours."""

import time
from typing import Any

import httpx
import pytest
from sqlmodel import delete, select

from alfred_mock.auth.tables import Company
from alfred_mock.core.services import ServicesDep
from alfred_mock.database import Database, DatabaseUnavailable, Statement
from alfred_mock.database.rows import Insert
from alfred_mock.main import Application
from tests.auth.vectors import amx
from tests.support import COMPANY, HMAC_ID, HMAC_KEY, LOGIN, ORIGIN, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

CREATE, DETAIL = "/api/deferred/create", f"/api/deferred/detail/{UNKNOWN_ID}"

_ADD = Insert(Company)
_REMOVE = Statement(delete(Company))
_COUNT = Statement(select(Company.id))


async def _add_twice(database: Database) -> None:
    """Break a constraint, on whichever database it is."""
    for _ in range(2):
        await database.write(_ADD(id=UNKNOWN_ID, name="Twice"))


@pytest.mark.parametrize("way", ["compiled", "framework"])
async def test_an_unexpected_broken_constraint_is_a_fault_of_ours(
    app: Application,
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    way: str,
) -> None:
    if way == "compiled":
        monkeypatch.setattr(
            app.services.database, "check", lambda: _add_twice(app.services.database)
        )
        answer = await client.get("/readyz")
        assert "ConstraintViolated" in caplog.text
        assert "Traceback" in caplog.text
    else:

        @app.get("/broken")
        async def broken(services: ServicesDep) -> None:
            await _add_twice(services.database)

        answer = await client.get("/broken")
    assert answer.status_code == 500
    assert answer.json() == {
        "error": "Internal Server Error",
        "message": "An unexpected error occurred; the server's log has it.",
    }
    assert answer.headers["X-Request-ID"]
    assert (UNKNOWN_ID,) in await app.services.database.fetch(_COUNT())


@pytest.mark.parametrize("way", ["compiled", "framework"])
async def test_a_database_that_does_not_answer_is_unavailable(
    app: Application, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    async def fails(*_: Any) -> None:
        raise DatabaseUnavailable("the disk is full")

    monkeypatch.setattr(app.services.database, "look_up", fails)

    @app.get("/broken")
    async def broken(services: ServicesDep) -> None:
        await services.database.look_up(_COUNT())

    path = "/api/tagshelf/ping" if way == "compiled" else "/broken"
    answer = await client.get(path, headers=WITH_KEY)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json() == {
        "error": "Service Unavailable",
        "message": "The database cannot be reached; try again later.",
    }


@pytest.fixture
def company_goes(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """The company is removed after its caller was recognised, before the first write."""
    database = app.services.database
    write, transact = database.write, database.transact

    async def late_write(call: Any) -> Any:
        await write(_REMOVE())
        return await write(call)

    async def late_transact(transaction: Any) -> Any:
        await write(_REMOVE())
        return await transact(transaction)

    monkeypatch.setattr(database, "write", late_write)
    monkeypatch.setattr(database, "transact", late_transact)


_REFUSED = {
    "error": "Unauthorized",
    "message": "Authorization has been denied for this request.",
}


@pytest.mark.usefixtures("company_goes")
async def test_a_session_of_a_company_that_goes_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(CREATE, headers=WITH_KEY)
    assert (answer.status_code, answer.json()) == (401, _REFUSED)
    assert answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/file/uploadfile", {"data": {"session_id": UNKNOWN_ID}, "files": {"file": b"x"}}),
        ("/api/file/upload", {"json": {"url": "https://example.com/a.pdf"}}),
    ],
)
@pytest.mark.usefixtures("company_goes")
async def test_a_file_of_a_company_that_goes_is_refused(
    client: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    answer = await client.post(path, headers=WITH_KEY, **body)
    assert (answer.status_code, answer.json()) == (401, _REFUSED)


@pytest.mark.usefixtures("company_goes")
async def test_the_clock_of_a_company_that_goes_is_unknown(client: httpx.AsyncClient) -> None:
    answer = await client.put("/__admin/clock", json={"company": COMPANY, "advance_s": 1})
    assert answer.status_code == 404
    assert answer.json()["message"] == "There is no company with this id or credential."


@pytest.mark.usefixtures("company_goes")
async def test_a_token_for_a_user_who_goes_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/token", data=LOGIN)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error": "invalid_grant",
            "error_description": "The user name or password is incorrect.",
        },
    )


@pytest.mark.usefixtures("company_goes")
async def test_a_signature_of_a_pair_that_goes_is_refused(client: httpx.AsyncClient) -> None:
    signed = amx(HMAC_ID, HMAC_KEY, "GET", ORIGIN + DETAIL, nonce="n", timestamp=int(time.time()))
    answer = await client.get(DETAIL, headers={"Authorization": signed})
    assert (answer.status_code, answer.json()) == (401, _REFUSED)


async def test_the_signature_would_be_right_if_the_pair_stayed(client: httpx.AsyncClient) -> None:
    signed = amx(HMAC_ID, HMAC_KEY, "GET", ORIGIN + DETAIL, nonce="n", timestamp=int(time.time()))
    answer = await client.get(DETAIL, headers={"Authorization": signed})
    assert answer.status_code == 404


async def test_the_reason_why_is_for_the_tester_only(
    client: httpx.AsyncClient, company_goes: None
) -> None:
    await client.post(CREATE, headers=WITH_KEY)
    entries = (await client.get("/__admin/requests")).json()["requests"]
    assert [entry["reason"] for entry in entries] == [
        "the caller's company has been removed meanwhile"
    ]
    assert COMPANY not in str(entries)
