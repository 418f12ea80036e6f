"""Servers in a process whose time stands still, and in processes that were forked."""

import asyncio
import os
import socket
import threading
import time
import warnings

import httpx
import pytest
import uvicorn

from alfred_mock.testing import AlfredMock

PING = "/api/tagshelf/ping"
PATIENCE = 30


@pytest.fixture(params=["uvloop", "asyncio"])
def _loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop that the server gets, as where uvloop does not exist."""
    if request.param == "asyncio":
        monkeypatch.setattr(
            uvicorn.Config, "get_loop_factory", lambda self: asyncio.SelectorEventLoop
        )


@pytest.fixture
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As freezegun does it: these functions are replaced, and say the same each time."""
    for name in ("time", "monotonic", "perf_counter"):
        at = getattr(time, name)()
        monkeypatch.setattr(time, name, lambda at=at: at)
        monkeypatch.setattr(time, f"{name}_ns", lambda at=at: int(at * 1_000_000_000))


@pytest.mark.usefixtures("_loop", "_frozen")
def test_waiting_ends_while_time_stands_still() -> None:
    with AlfredMock() as server:
        company = server.company()
        failed: list[str] = []

        def wait_in_vain() -> None:
            try:
                company.wait_for(timeout=0.3)
            except AssertionError as error:
                failed.append(str(error))

        waiting = threading.Thread(target=wait_in_vain, daemon=True)
        waiting.start()
        waiting.join(10)
        assert not waiting.is_alive()
        assert failed[0].startswith("0 of 1 requests came within 0.3 s.")
        later = threading.Timer(
            0.2,
            lambda: httpx.get(f"{server.url}{PING}", headers=company.headers, trust_env=False),
        )
        later.start()
        assert len(company.wait_for(timeout=10)) == 1
        later.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_uses_the_server_and_leaves_it_alone() -> None:
    ended = AlfredMock()
    ended.close()
    with AlfredMock() as server:
        company = server.company()
        port = int(server.url.rpartition(":")[2])
        done, tell = os.pipe()
        end, ending = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # there are threads
            child = os.fork()
        if child == 0:
            status = 1
            try:
                company.fail(PING, status=503)
                server.close()
                os.write(tell, b"1")
                os.read(end, 1)
                status = 0
            finally:
                os._exit(status)
        try:
            assert os.read(done, 1) == b"1"
            answer = httpx.get(f"{server.url}{PING}", headers=company.headers, trust_env=False)
            assert answer.status_code == 503
            server.close()
            # The child is still there, and does not hold the port.
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        finally:
            os.write(ending, b"1")
            _, status = os.waitpid(child, 0)
            for descriptor in (done, tell, end, ending):
                os.close(descriptor)
    assert status == 0
