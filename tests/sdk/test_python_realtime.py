"""Events in real time with the official Python client, unmodified."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import websocket

from tests.sdk.realtime import SECONDS, STAGE_SECONDS, Company, RealtimeServer, serving

pytestmark = pytest.mark.usefixtures("libmagic")


@pytest.fixture(autouse=True)
def _sockets_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The client leaves the sockets of connections that it has lost to the garbage collector."""
    with ExitStack() as opened:

        def noting(make: Any) -> Any:
            return lambda *given, **more: opened.enter_context(closing(make(*given, **more)))

        monkeypatch.setattr(requests, "Session", noting(requests.Session))
        monkeypatch.setattr(websocket, "create_connection", noting(websocket.create_connection))
        yield


class Listener:
    """A client that notes what it is told.

    It runs each callback in a thread of its own (SDK), so that what comes together may be noted in
    another order.
    """

    def __init__(self, url: str, key: Any, **more: Any) -> None:
        from alfred.base import Configuration
        from alfred.base.constants import FileEvent, JobEvent
        from alfred.realtime import AlfredRealTimeClient

        self.heard: Queue[tuple[str, dict[str, Any]]] = Queue()
        config = Configuration.v1({"realtime_url": url})
        self.client = AlfredRealTimeClient(config, {"api_key": key}, **more)
        self.client.on_job_event(lambda data: self.heard.put(("job_event", data)))
        self.client.on_file_event(lambda data: self.heard.put(("file_event", data)))
        for event in (*JobEvent, *FileEvent):
            self.client.on(event.value, self._noting(event.value))

    def _noting(self, channel: str) -> Any:
        return lambda data: self.heard.put((channel, data))

    def hear_job(self) -> list[tuple[str, dict[str, Any]]]:
        """What comes on all channels until the job is finished, sorted by time."""
        heard: list[tuple[str, dict[str, Any]]] = []
        expected = None
        while expected is None or len(heard) < expected:
            heard.append(self.heard.get(timeout=SECONDS))
            if heard[-1][0] == "job_finished_event":
                expected = 2 * len(self.company.recorded())
        return sorted(heard, key=lambda item: item[1]["event_time"])

    company: Company


@contextmanager
def listening(company: Company, url: str, **more: Any) -> Iterator[Listener]:
    listener = Listener(url, company.key, **more)
    listener.company = company
    try:
        yield listener
    finally:
        listener.client.disconnect()


def _channels(company: Company) -> Counter[str]:
    return Counter(
        channel
        for name in company.recorded()
        for channel in (f"{name.partition('_')[0]}_event", f"{name}_event")
    )


def _stages(heard: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [str(data["event"]["stage"]) for name, data in heard if name == "job_stage_update_event"]


@pytest.fixture(scope="module", params=["websocket", "polling"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealtimeServer]:
    with serving(tmp_path_factory.mktemp("realtime"), request.param) as (server, _):
        yield server


def test_hears_all_of_an_immediate_job(server: RealtimeServer) -> None:
    company = server.company()
    with listening(company, server.url) as listener:
        assert listener.client.socket.transport() == server.transport
        job_id = company.create_job()
        heard = listener.hear_job()
        assert Counter(channel for channel, _ in heard) == _channels(company)
        (created,) = [data for channel, data in heard if channel == "job_create_event"]
        assert created["event"]["job_id"] == created["job_id"] == job_id
        assert created["event_type"] == "job_event"
        assert created["event"]["merge"] is False


def test_hears_a_timed_job_while_it_goes_on(server: RealtimeServer) -> None:
    company = server.company(progression="timed", stage_seconds=STAGE_SECONDS)
    with listening(company, server.url) as listener:
        company.create_job()
        heard = listener.hear_job()
    assert Counter(channel for channel, _ in heard) == _channels(company)
    assert _stages(heard) == ["started", "in_progress", "completed"]


def test_hears_a_manual_job_step_by_step(server: RealtimeServer) -> None:
    company = server.company(progression="manual")
    with listening(company, server.url) as listener:
        job_id = company.create_job()
        while company.read_job(job_id)["stage"] != "completed":
            pass
        heard = listener.hear_job()
    assert Counter(channel for channel, _ in heard) == _channels(company)
    assert sorted(_stages(heard)) == ["completed", "in_progress", "started"]


def test_disconnects_in_less_than_a_second(server: RealtimeServer) -> None:
    company = server.company()
    with listening(company, server.url) as listener:
        begun = time.monotonic()
        listener.client.disconnect()
        assert time.monotonic() - begun < 1
    assert company.connections() == []


@pytest.mark.parametrize("key", ["wrong", None])
def test_a_wrong_key_is_refused(server: RealtimeServer, key: str | None) -> None:
    """None is what the client sends with other credentials than an API key."""
    from alfred.exceptions import ConnectionError as NotConnected

    told: list[Any] = []
    begun = time.monotonic()
    with pytest.raises(NotConnected, match="One or more namespaces failed to connect: /"):
        Listener(server.url, key, error_callback=told.append)
    assert told == [{"message": "Authentication failed"}]
    assert time.monotonic() - begun < 2


def test_connects_again_when_its_connection_is_dropped(server: RealtimeServer) -> None:
    company = server.company()
    connected: Queue[None] = Queue()
    with listening(company, server.url, on_connect=lambda: connected.put(None)) as listener:
        connected.get(timeout=SECONDS)
        company.drop_connections()
        connected.get(timeout=SECONDS)
        company.create_job()
        heard = listener.hear_job()
    assert Counter(channel for channel, _ in heard) == _channels(company)


def test_does_not_connect_again_with_a_removed_key(server: RealtimeServer) -> None:
    company = server.company()
    with listening(company, server.url) as listener:
        company.http.post("/__admin/credentials/remove", json={"api_key": company.key})
        listener.client.socket.wait()  # returns when it does not try again
        assert not listener.client.socket.connected


@pytest.mark.parametrize(
    ("transport", "with_signal"), [("websocket", signal.SIGTERM), ("polling", signal.SIGKILL)]
)
def test_survives_a_restart_of_the_server(tmp_path: Path, transport: str, with_signal: int) -> None:
    connected: Queue[None] = Queue()
    with serving(tmp_path, transport) as (server, process):
        company = server.company()
        with listening(company, server.url, on_connect=lambda: connected.put(None)) as listener:
            connected.get(timeout=SECONDS)
            process.stop(with_signal)
            port = urlsplit(server.url).port or 0
            with serving(tmp_path, transport, port) as (again, _):
                connected.get(timeout=SECONDS)
                assert len(company_of(again, company).connections()) == 1
                company_of(again, company).create_job()
                heard = listener.hear_job()
                assert Counter(channel for channel, _ in heard) == _channels(company)


def company_of(server: RealtimeServer, company: Company) -> Company:
    """The company as the server knows it after its restart."""
    return replace(company, http=server.http)
