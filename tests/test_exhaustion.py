"""Servers at their limits, as processes: descriptors, and the end of the grace."""

import json
import signal
import socket
import subprocess
import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support import WITH_KEY, command, server_process

DESCRIPTORS = 260
GRACE = 2
FAULT = {"match": {"path": "/api/tagshelf/ping"}, "effect": {"delay_ms": 20_000}}


def _limited(descriptors: int, *arguments: str) -> list[str]:
    return ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command(*arguments)]


def test_more_connections_than_descriptors_are_told_so(sqlite_url: str) -> None:
    process = subprocess.Popen(
        _limited(DESCRIPTORS, "serve", "--port", "0", "--database-url", sqlite_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    connections: list[socket.socket] = []
    try:
        assert process.stdout is not None
        place = urlsplit(process.stdout.readline().decode().split()[-1])
        address = (place.hostname, place.port)
        connections += [socket.create_connection(address, timeout=20) for _ in range(DESCRIPTORS)]
        refused = connections[-1].recv(1_000)
        connections[0].sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        served = connections[0].recv(1_000)
        for each in connections:
            each.close()
        again = httpx.get(f"http://{place.netloc}/readyz", timeout=20)
    finally:
        process.kill()
        _, err = process.communicate(timeout=30)
    head, _, body = refused.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"retry-after: 1" in head
    assert b"connection: close" in head
    assert json.loads(body)["message"] == "The server has too many connections."
    assert served.startswith(b"HTTP/1.1 200 ")
    assert again.status_code == 200
    assert b"Traceback" not in err


def test_with_too_few_descriptors_it_does_not_start(sqlite_url: str) -> None:
    done = subprocess.run(
        _limited(200, "serve", "--port", "0", "--database-url", sqlite_url),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3
    assert "may open 200 files and sockets, and needs 256" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_is_not_answered_within_the_grace_is_a_503(sqlite_url: str, workers: str) -> None:
    with server_process(
        "--database-url", sqlite_url, "--grace", f"{GRACE}", "--workers", workers
    ) as server:
        place = urlsplit(server.url)
        assert httpx.post(f"{server.url}/__admin/faults", json=FAULT).status_code == 200
        address = (place.hostname, place.port)
        key = WITH_KEY["X-TagshelfAPI-Key"].encode()
        with socket.create_connection(address, timeout=20) as client:
            client.sendall(
                b"GET /api/tagshelf/ping HTTP/1.1\r\nHost: x\r\nX-TagshelfAPI-Key: %s\r\n\r\n" % key
            )
            while not _is_seen(server.url):
                pass
            server.process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            while _listens(address):
                pass
            closed = time.monotonic() - begun
            answer = b"".join(iter(lambda: client.recv(10_000), b""))
            took = time.monotonic() - begun
        status, _, err = server.stop()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"connection: close" in head.lower()
    assert b"retry-after: 1" in head.lower()
    assert json.loads(body) == {
        "error": "Service Unavailable",
        "message": "The server is stopping; try again.",
    }
    assert closed < GRACE < took
    assert status == 0
    assert "Traceback" not in err


def _listens(address: tuple[str | None, int | None]) -> bool:
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError:
        return False
    return True


def _is_seen(url: str) -> bool:
    """Whether the request has reached its fault."""
    return bool(httpx.get(f"{url}/__admin/faults").json()["faults"][0]["seen"])
