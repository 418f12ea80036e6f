"""Events in real time with the official JavaScript client, unmodified."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sdk.node_sdk import FOLDER
from tests.sdk.realtime import (
    SECONDS,
    STAGE_SECONDS,
    Company,
    Listener,
    RealtimeServer,
    listening_process,
    serving,
)

NAMES = ["job_create", "job_start", "job_stage_update", "job_finished", "file_add_to_job"]
NAMES += ["file_status_update", "file_extracted_data_create", "file_category_create"]
NAMES += ["file_update", "file_move", "file_done"]
CHANNELS = [f"alfred_event_{name}" for name in NAMES]


@contextmanager
def listening(node: str, url: str, key: str) -> Iterator[Listener]:
    with listening_process(node, str(FOLDER / "realtime.mjs"), url, key, *CHANNELS) as listener:
        yield listener


def _channels(company: Company) -> list[str]:
    """On which channels its events must have come, in order."""
    return [
        channel
        for name in company.recorded()
        for channel in (f"{name.partition('_')[0]}_event", f"alfred_event_{name}")
    ]


@pytest.fixture(scope="module", params=["websocket", "polling"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealtimeServer]:
    with serving(tmp_path_factory.mktemp("realtime"), request.param) as (server, _):
        yield server


def test_hears_all_of_an_immediate_job_in_order(node: str, server: RealtimeServer) -> None:
    company = server.company()
    with listening(node, server.url, company.key) as listener:
        listener.connected(server.transport)
        job_id = company.create_job()
        heard = listener.hear_until("alfred_event_job_finished")
        assert [channel for channel, _ in heard] == _channels(company)
        assert set(company.recorded()) >= {"job_create", "file_done", "job_finished"}
        created = heard[0][1]
        assert heard[1][1] == created
        # In either place: client versions differ in where they look.
        for event in (created, created["event"]):
            assert (event["eventName"], event["jobId"]) == ("alfred_event_job_create", job_id)
            assert event["fileCount"] == 1
            assert event["creationDate"].endswith("Z")
        assert listener.leave() < 1_000


def test_hears_a_timed_job_while_it_goes_on(node: str, server: RealtimeServer) -> None:
    company = server.company(progression="timed", stage_seconds=STAGE_SECONDS)
    with listening(node, server.url, company.key) as listener:
        listener.connected(server.transport)
        company.create_job()
        heard = listener.hear_until("alfred_event_job_finished")
    assert [channel for channel, _ in heard] == _channels(company)
    times = [data["eventTime"] for _, data in heard]
    assert times == sorted(times)
    assert round(times[-1] - times[0], 3) >= 3 * STAGE_SECONDS


def test_hears_a_manual_job_step_by_step(node: str, server: RealtimeServer) -> None:
    company = server.company(progression="manual")
    with listening(node, server.url, company.key) as listener:
        listener.connected(server.transport)
        job_id = company.create_job()
        heard = listener.hear_until("alfred_event_file_add_to_job")
        while company.read_job(job_id)["stage"] != "completed":
            pass
        heard += listener.hear_until("alfred_event_job_finished")
    assert [channel for channel, _ in heard] == _channels(company)


def test_a_wrong_key_is_refused(node: str, server: RealtimeServer) -> None:
    """The client throws out of a callback, which ends the process."""
    with listening(node, server.url, "wrong") as listener:
        assert listener.process.wait(SECONDS) == 1
        assert listener.process.stderr is not None
        assert "Error: Authentication failed" in listener.process.stderr.read()


def test_connects_again_when_its_connection_is_dropped(node: str, server: RealtimeServer) -> None:
    company = server.company()
    with listening(node, server.url, company.key) as listener:
        listener.connected(server.transport)
        company.drop_connections()
        listener.connected(server.transport)
        company.create_job()
        heard = listener.hear_until("alfred_event_job_finished")
    assert [channel for channel, _ in heard] == _channels(company)


def test_does_not_connect_again_with_a_removed_key(node: str, server: RealtimeServer) -> None:
    company = server.company()
    with listening(node, server.url, company.key) as listener:
        listener.connected(server.transport)
        company.http.post("/__admin/credentials/remove", json={"api_key": company.key})
        assert listener.next() == {"disconnected": "io server disconnect"}


def test_ends_when_it_cannot_connect_again_at_once(node: str, tmp_path: Path) -> None:
    """A limit of the client: it throws when its first attempt fails, 0.5 - 1.5 s later."""
    with serving(tmp_path, "websocket") as (server, process):
        company = server.company()
        with listening(node, server.url, company.key) as listener:
            listener.connected("websocket")
            process.stop(signal.SIGTERM)
            assert listener.process.wait(SECONDS) == 1
            assert listener.process.stderr is not None
            assert "Error: xhr poll error" in listener.process.stderr.read()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_needs_not_know_that_a_server_has_several_workers(
    node: str, tmp_path: Path, transport: str
) -> None:
    with serving(tmp_path, transport, workers=2) as (server, _):
        company = server.company()
        with listening(node, server.url, company.key) as listener:
            listener.connected(transport)
            company.create_job()
            heard = listener.hear_until("alfred_event_job_finished")
            assert [channel for channel, _ in heard] == _channels(company)
