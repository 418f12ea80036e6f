"""A machine without room: documented 503s, never a stack trace."""

import errno
import logging
from tempfile import SpooledTemporaryFile
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE], ids=errno.errorcode.get
)
async def test_no_room_for_a_temporary_file_is_a_503(
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    def full(self: Any) -> None:
        raise OSError(number, "no room")

    session = (await client.post("/api/deferred/create", headers=WITH_KEY)).json()["session_id"]
    monkeypatch.setattr(SpooledTemporaryFile, "rollover", full)
    with caplog.at_level(logging.WARNING):
        answer = await client.post(
            "/api/file/uploadfile",
            headers=WITH_KEY,
            data={"session_id": session},
            files={"file": ("a.pdf", b"x" * 3_000_000)},
        )
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json() == {
        "error": "Service Unavailable",
        "message": "The server has no room left; try again later.",
    }
    assert "Traceback" not in caplog.text
    monkeypatch.undo()
    assert (await client.post("/api/deferred/create", headers=WITH_KEY)).status_code == 200


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 503), (errno.EPERM, 500)])
async def test_the_same_on_routes_that_are_not_compiled(
    app: Application, client: httpx.AsyncClient, number: int, status: int
) -> None:
    async def full() -> None:
        raise OSError(number, "no room")

    app.add_api_route("/full", full)
    assert (await client.get("/full")).status_code == status
