"""Sockets are made before anything else, or refused in a sentence, and leave nothing behind."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings
from alfred_mock.listening import listening
from tests.support import command, server_process


def _settings(**given: object) -> Settings:
    return Settings(_env_file=None, database_url="sqlite:///:memory:", **given)  # type: ignore[arg-type]


def _uds(path: Path) -> Settings:
    return _settings(uds=path)


def test_a_socket_file_is_gone_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    with listening(_uds(path)):
        assert path.is_socket()
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


def test_a_socket_file_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with listening(_uds(path)) as (made,):
        assert made.getsockname() == str(path)


def test_a_live_socket_is_not_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    with listening(_uds(path)):
        with (
            pytest.raises(Refusal, match=r"a\.sock: another server listens on it"),
            listening(_uds(path)),
        ):
            pass
        assert path.is_socket()


def test_the_socket_file_of_another_server_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    with listening(_uds(path)):
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/a.sock", "there is no such folder"),
        ("x" * 120, "more than 107 bytes long"),
        ("folder", "a folder is there, which is no socket"),
        ("file", "a file is there, which is no socket"),
        ("file/a.sock", "Not a directory"),
    ],
)
def test_a_path_where_no_socket_can_be(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("content")
    with (
        pytest.raises(Refusal, match=f"cannot make the socket .*: {reason}$"),
        listening(_uds(tmp_path / name)),
    ):
        pass
    assert (tmp_path / "file").read_text() == "content"


def test_all_addresses_of_a_name_have_the_same_port() -> None:
    with listening(_settings(host="localhost", port=0)) as sockets:
        assert len({made.getsockname()[1] for made in sockets}) == 1
        families = {info[0] for info in socket.getaddrinfo("localhost", 0)}
        assert {made.family for made in sockets} <= families


@pytest.mark.parametrize(
    ("host", "reason"), [("203.0.113.1", "Cannot assign"), ("no such host", ""), ("x" * 300, "")]
)
def test_a_host_that_is_not_here(host: str, reason: str) -> None:
    with (
        pytest.raises(Refusal, match=f"cannot listen on {host}.*: {reason}"),
        listening(_settings(host=host, port=0)),
    ):
        pass


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_busy_port_leaves_no_database(tmp_path: Path, workers: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        done = subprocess.run(
            command("serve", "--port", port, "--workers", workers),
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
    assert done.returncode == 3
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_served_socket_file(
    tmp_path: Path, sqlite_url: str, workers: str, end: signal.Signals
) -> None:
    path = tmp_path / "a.sock"
    arguments = ("--uds", str(path), "--database-url", sqlite_url, "--workers", workers)
    for _ in range(2):  # the second time over what the first has left
        with server_process(*arguments) as server:
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
                assert client.get("http://any/readyz").status_code == 200
            server.stop(end)
        assert path.exists() == (end == signal.SIGKILL)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full"])
def test_closed_streams_are_no_reason_to_abort(
    tmp_path: Path, sqlite_url: str, closed: str
) -> None:
    path = tmp_path / "a.sock"
    arguments = command("serve", "--uds", str(path), "--database-url", sqlite_url)
    server = subprocess.Popen(["sh", "-c", f'exec "$@" {closed}', "sh", *arguments])
    try:
        ready = command("ready", "--wait", "--timeout", "30", "--uds", str(path))
        assert subprocess.run(ready, capture_output=True).returncode == 0
    finally:
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(30) == 0
