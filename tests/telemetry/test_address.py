"""An address for metrics of its own, and several workers that count together."""

import os
import signal
import socket
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support import WITH_KEY, command, server_process
from tests.telemetry.readings import readings, value

PING = "/api/tagshelf/ping"
REQUESTS = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _pids(text: str) -> set[str]:
    found = readings(text).get("alfred_mock_process_open_fds", {})
    return {pid for labels in found for name, pid in labels if name == "pid"}


def test_one_process_answers_there_to_everybody_and_on_its_own_address_to_nobody(
    sqlite_url: str,
) -> None:
    address = f"127.0.0.1:{free_port()}"
    with server_process("--database-url", sqlite_url, "--metrics-address", address) as server:
        httpx.get(server.url + PING, headers=WITH_KEY)
        shown = httpx.get(f"http://{address}/metrics")
        assert value(shown.text, "http_requests_total", route=PING, scheme="api_key") == 1
        assert httpx.get(f"http://{address}{PING}", headers=WITH_KEY).status_code == 404
        assert httpx.get(f"{server.url}/metrics").status_code == 404
        status, _, err = server.stop()
    assert (status, err) == (0, "")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_connection_that_prometheus_keeps_does_not_hold_up_the_end(
    sqlite_url: str, workers: str
) -> None:
    address = f"127.0.0.1:{free_port()}"
    options = ["--database-url", sqlite_url, "--metrics-address", address, "--workers", workers]
    with server_process(*options) as server, httpx.Client() as prometheus:
        assert prometheus.get(f"http://{address}/metrics").is_success
        status, _, err = server.stop()
    assert (status, err) == (0, "")


def test_the_figures_are_those_of_all_workers_whichever_is_asked(sqlite_url: str) -> None:
    address = f"127.0.0.1:{free_port()}"
    options = ["--database-url", sqlite_url, "--workers", "2", "--metrics-address", address]
    with server_process(*options, "--metrics") as server:

        def ping(_: int) -> int:  # with a connection of its own, which either worker may take
            return httpx.get(server.url + PING, headers=WITH_KEY).status_code

        with ThreadPoolExecutor(4) as threads:
            assert Counter(threads.map(ping, range(REQUESTS))) == {200: REQUESTS}
        asked = [f"http://{address}/metrics", f"{server.url}/metrics"] * 3
        for shown in (httpx.get(url).text for url in asked):
            assert value(shown, "http_requests_total", route=PING) == REQUESTS
            assert value(shown, "http_request_duration_seconds_count", route=PING) == REQUESTS
            assert value(shown, "info") == len(_pids(shown)) == 2


def test_a_worker_that_is_replaced_has_not_lost_what_it_counted(sqlite_url: str) -> None:
    address = f"127.0.0.1:{free_port()}"
    options = ["--database-url", sqlite_url, "--workers", "2", "--metrics-address", address]
    with server_process(*options) as server:
        for _ in range(10):
            assert httpx.get(server.url + PING, headers=WITH_KEY).status_code == 200
        before = _pids(httpx.get(f"http://{address}/metrics").text)
        killed = max(before)
        os.kill(int(killed), signal.SIGKILL)
        transport = httpx.HTTPTransport(retries=3)
        with httpx.Client(transport=transport) as client:
            text = _any(client, address)
            while value(text, "info") < 2 or killed in _pids(text):
                text = _any(client, address)
        assert value(text, "http_requests_total", route=PING) == 10


def _any(client: httpx.Client, address: str) -> str:
    """The text, also where the worker that was asked has just been killed."""
    while True:
        try:
            return client.get(f"http://{address}/metrics", headers={"Connection": "close"}).text
        except httpx.TransportError:
            continue


def test_an_address_that_is_taken_is_refused_before_there_is_a_database(
    sqlite_url: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        options = ["--port", "0", "--database-url", sqlite_url, "--metrics-address", address]
        ended = subprocess.run(command("serve", *options), capture_output=True, text=True)
    assert ended.returncode == 3
    assert f"alfred-mock does not start: cannot listen on {address}: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not os.path.exists(sqlite_url.removeprefix("sqlite:///"))
