"""What servers of this process log."""

import logging

import httpx
import pytest

from alfred_mock.core import replies
from alfred_mock.testing import AlfredMock
from tests.support import WITH_KEY

WHO = "/api/tagshelf/who-am-i"


@pytest.fixture(autouse=True)
def _everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def _loggers(caplog: pytest.LogCaptureFixture) -> set[str]:
    """Those that have logged, less those of the clients and of their event loop."""
    assert {record.threadName for record in caplog.records} <= {"MainThread"}
    names = {record.name for record in caplog.records}
    return {
        name for name in names if name.partition(".")[0] not in ("httpx", "httpcore", "asyncio")
    }


def _break(monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(*arguments: object, **named: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(replies.JsonReply, "__init__", boom)


def test_nothing_of_it_is_in_the_log_of_the_tests(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with AlfredMock(demo=True, access_log=True) as server, AlfredMock() as other:
        url = f"{server.url}{WHO}"
        assert httpx.get(url, headers=WITH_KEY, trust_env=False).status_code == 200
        _break(monkeypatch)
        assert httpx.get(url, headers=WITH_KEY, trust_env=False).status_code == 500
        assert f"GET {WHO} 200" in server.log
        assert "ZeroDivisionError: on purpose" in server.log
        assert "ZeroDivisionError" not in other.log
    logging.getLogger("mine").info("A line of the tests")
    assert _loggers(caplog) == {"mine"}


@pytest.mark.anyio
async def test_nor_of_the_application_without_a_socket(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with AlfredMock.asgi(demo=True, access_log=True) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://alfred.test") as client:
            assert (await client.get(WHO, headers=WITH_KEY)).status_code == 200
            logging.getLogger("mine").info("A line of the tests")
        assert f"GET {WHO} 200" in app.log
    assert _loggers(caplog) == {"mine"}
