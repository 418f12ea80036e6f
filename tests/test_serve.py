"""A server started as a user starts it: announcing, stopping, workers, sockets."""

import re
import signal
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest

from alfred_mock.control.demo import banner
from tests.support import SECRET_KEY, WITH_KEY, command, server_process

CLEAN_STOP_SECONDS = 5


def test_the_first_line_says_where_and_by_then_requests_are_answered(sqlite_url: str) -> None:
    with server_process("--database-url", sqlite_url) as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
        assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_the_banner_has_a_request_that_works(sqlite_url: str) -> None:
    with server_process("--database-url", sqlite_url) as server:
        _, out, _ = server.stop()
    curl = re.search(r"curl -X POST (\S+) -H '([\w-]+): ([\w-]+)'", out)
    assert curl is not None
    with server_process("--database-url", sqlite_url) as server:
        url = curl[1].replace(curl[1].partition("/api")[0], server.url)
        assert httpx.post(url, headers={curl[2]: curl[3]}).status_code == 200


def test_staging_shows_no_credentials(sqlite_url: str) -> None:
    with server_process(
        "--database-url", sqlite_url, "--environment", "staging", "--secret-key", SECRET_KEY
    ) as server:
        _, out, err = server.stop()
    assert "demo" not in (out + err).lower()


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_ends_it_cleanly_and_soon(
    sqlite_url: str, with_signal: signal.Signals, workers: str
) -> None:
    with (
        server_process("--database-url", sqlite_url, "--workers", workers) as server,
        httpx.Client(base_url=server.url) as idle,
    ):
        idle.get("/livez")  # a connection that is kept alive must not hold it up
        begun = time.monotonic()
        status, _, err = server.stop(with_signal)
    assert (status, err) == (0, "")
    assert time.monotonic() - begun < CLEAN_STOP_SECONDS


def test_a_request_in_flight_is_answered_before_the_end(sqlite_url: str) -> None:
    with server_process("--database-url", sqlite_url) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            head = "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
            connection.sendall(head.encode() + b"grant")
            stopping = threading.Thread(target=server.stop)
            # Answered over another connection, so the server has seen the first half by now.
            httpx.get(f"{server.url}/livez")
            stopping.start()
            connection.sendall(b"_type")
            answer = connection.makefile("rb").read()
            stopping.join()
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b'"unsupported_grant_type"' in answer


def test_several_workers_share_one_port(sqlite_url: str) -> None:
    each_its_own = httpx.Limits(max_keepalive_connections=0)
    with (
        server_process("--database-url", sqlite_url, "--workers", "2") as server,
        httpx.Client(base_url=server.url, limits=each_its_own) as client,
    ):
        prefixes: set[str] = set()
        deadline = time.monotonic() + 60
        while len(prefixes) < 2 and time.monotonic() < deadline:
            answer = client.post("/api/deferred/create", headers=WITH_KEY)
            assert answer.status_code == 200
            prefixes.add(answer.headers["X-Request-ID"].partition("-")[0])
    assert len(prefixes) == 2


def test_workers_do_not_outlive_a_parent_that_was_killed(sqlite_url: str) -> None:
    with server_process("--database-url", sqlite_url, "--workers", "2") as server:
        server.stop(signal.SIGKILL)  # returns when the last one has closed its output
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url)


def test_it_listens_on_a_unix_socket(tmp_path: Path, sqlite_url: str) -> None:
    path = tmp_path / "a.sock"
    process = subprocess.Popen(
        command("serve", "--uds", str(path), "--database-url", sqlite_url),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Listening on unix:{path}\n"
        banner = "".join(process.stdout.readline() for _ in range(7))
        assert f"curl --unix-socket {path} -X POST http://localhost/api/deferred/create" in banner
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            answer = client.post("http://any/api/deferred/create", headers=WITH_KEY)
            assert answer.status_code == 200
        ready = subprocess.run(command("ready", "--uds", str(path)), capture_output=True, text=True)
        assert (ready.returncode, ready.stdout) == (0, "ready\n")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _refusal(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        command("serve", "--port", "0", *arguments), capture_output=True, text=True, timeout=60
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--database-url", "sqlite:////nowhere/x.db"), "unable to open database file"),
        (("--database-url", "sqlite://x.db"), "three slashes"),
        (("--database-url", "postgresql://nobody@127.0.0.1:1/x"), "cannot connect to PostgreSQL"),
        (("--database-url", "sqlite:///:memory:", "--workers", "2"), "not :memory:"),
        (("--database-url", "sqlite:///"), "sqlite:/// names no file"),
        (("--seed", "missing.yaml", "--database-url", "sqlite:///:memory:"), "missing.yaml"),
        (("--host", "203.0.113.1", "--database-url", "sqlite:///:memory:"), "203.0.113.1"),
        (("--token-lifetime", "soon"), "--token-lifetime: "),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_served_is_refused_in_plain_words(
    arguments: tuple[str, ...], reason: str
) -> None:
    status, err = _refusal(*arguments)
    assert status in (2, 3)
    assert reason in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_refused_in_plain_words(sqlite_url: str, workers: str) -> None:
    with server_process("--database-url", sqlite_url) as server:
        status, err = _refusal("--port", server.url.rpartition(":")[2], "--workers", workers)
    assert status == 3
    assert "address already in use" in err.lower()
    assert "Traceback" not in err


def test_the_banner_names_the_control_api_only_where_there_is_one() -> None:
    assert "/__admin/docs" in banner("http://127.0.0.1:8000")
    assert "/__admin" not in banner("http://0.0.0.0:8000", with_control=False)
