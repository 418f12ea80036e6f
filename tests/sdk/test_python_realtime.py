"""Events in real time with the official Python client, unmodified."""

import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sdk.realtime import (
    SECONDS,
    STAGE_SECONDS,
    Company,
    Listener,
    RealtimeServer,
    listening_process,
    serving,
)

SCRIPT = Path(__file__).parent / "realtime_client.py"
NAMES = ["job_create", "job_start", "job_stage_update", "job_finished", "file_add_to_job"]
NAMES += ["file_status_update", "file_extracted_data_create", "file_category_create"]
NAMES += ["file_update", "file_move", "file_done"]
CHANNELS = [f"{name}_event" for name in NAMES]

pytestmark = pytest.mark.usefixtures("libmagic")


@contextmanager
def listening(url: str, key: str) -> Iterator[Listener]:
    with listening_process(sys.executable, str(SCRIPT), url, key, *CHANNELS) as listener:
        yield listener


def _hear_job(listener: Listener, company: Company) -> list[tuple[str, Any]]:
    """What comes on all channels until a job is finished, sorted by time.

    The client runs each callback in a thread of its own (SDK), so that what comes together may be
    told in another order.
    """
    heard = listener.hear_until("job_finished_event")
    while len(heard) < 2 * len(company.recorded()):
        said = listener.next()
        heard.append((said["channel"], said["data"]))
    return sorted(heard, key=lambda item: float(item[1]["event_time"]))


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
    with listening(server.url, company.key) as listener:
        assert listener.next() == {"connected": server.transport}
        job_id = company.create_job()
        heard = _hear_job(listener, company)
        assert Counter(channel for channel, _ in heard) == _channels(company)
        (created,) = [data for channel, data in heard if channel == "job_create_event"]
        assert created["event"]["job_id"] == created["job_id"] == job_id
        assert created["event_type"] == "job_event"
        assert created["event"]["merge"] is False


def test_hears_a_timed_job_while_it_goes_on(server: RealtimeServer) -> None:
    company = server.company(progression="timed", stage_seconds=STAGE_SECONDS)
    with listening(server.url, company.key) as listener:
        listener.next()
        company.create_job()
        heard = _hear_job(listener, company)
    assert Counter(channel for channel, _ in heard) == _channels(company)
    assert _stages(heard) == ["started", "in_progress", "completed"]


def test_hears_a_manual_job_step_by_step(server: RealtimeServer) -> None:
    company = server.company(progression="manual")
    with listening(server.url, company.key) as listener:
        listener.next()
        job_id = company.create_job()
        while company.read_job(job_id)["stage"] != "completed":
            pass
        heard = _hear_job(listener, company)
    assert Counter(channel for channel, _ in heard) == _channels(company)
    assert sorted(_stages(heard)) == ["completed", "in_progress", "started"]


def test_disconnects_in_less_than_a_second(server: RealtimeServer) -> None:
    company = server.company()
    with listening(server.url, company.key) as listener:
        listener.next()
        assert len(company.connections()) == 1
        assert listener.leave() < 1_000
        assert listener.process.wait(SECONDS) == 0
    assert company.connections() == []


@pytest.mark.parametrize("key", ["wrong", ""])
def test_a_wrong_key_is_refused(server: RealtimeServer, key: str) -> None:
    """Without an API key the client sends None as one."""
    with listening(server.url, key) as listener:
        assert listener.next() == {"told": {"message": "Authentication failed"}}
        assert listener.process.wait(SECONDS) == 1
        assert listener.process.stderr is not None
        assert "One or more namespaces failed to connect: /" in listener.process.stderr.read()


def test_connects_again_when_its_connection_is_dropped(server: RealtimeServer) -> None:
    company = server.company()
    with listening(server.url, company.key) as listener:
        listener.next()
        company.drop_connections()
        assert listener.next() == {"connected": server.transport}
        company.create_job()
        heard = _hear_job(listener, company)
    assert Counter(channel for channel, _ in heard) == _channels(company)


def test_does_not_connect_again_with_a_removed_key(server: RealtimeServer) -> None:
    company = server.company()
    with listening(server.url, company.key) as listener:
        listener.next()
        company.http.post("/__admin/credentials/remove", json={"api_key": company.key})
        assert listener.wait_for_end() == []


@pytest.mark.parametrize(
    ("transport", "with_signal"), [("websocket", signal.SIGTERM), ("polling", signal.SIGKILL)]
)
def test_survives_a_restart_of_the_server(tmp_path: Path, transport: str, with_signal: int) -> None:
    with serving(tmp_path, transport) as (server, process):
        company = server.company()
        with listening(server.url, company.key) as listener:
            listener.next()
            process.stop(with_signal)
            port = urlsplit(server.url).port or 0
            with serving(tmp_path, transport, port) as (again, _):
                while "told" in (said := listener.next()):
                    pass  # attempts that have failed meanwhile
                assert said == {"connected": transport}
                company = replace(company, http=again.http)
                assert len(company.connections()) == 1
                company.create_job()
                heard = _hear_job(listener, company)
                assert Counter(channel for channel, _ in heard) == _channels(company)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_needs_not_know_that_a_server_has_several_workers(tmp_path: Path, transport: str) -> None:
    with serving(tmp_path, transport, workers=2) as (server, _):
        company = server.company()
        with listening(server.url, company.key) as listener:
            assert listener.next() == {"connected": transport}
            company.create_job()
            heard = _hear_job(listener, company)
            assert Counter(channel for channel, _ in heard) == _channels(company)
            assert listener.leave() < 1_000
