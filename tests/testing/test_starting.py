"""Servers in this process: starting, ending, refusing to start."""

import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.testing import AlfredMock, StartError

CPU_SECONDS = 5
PING = "/api/tagshelf/ping"


def test_it_answers_when_the_constructor_returns() -> None:
    with AlfredMock() as server:
        assert httpx.get(f"{server.url}/readyz", trust_env=False).status_code == 200
        assert server.url.startswith("http://127.0.0.1:")


def test_it_starts_soon() -> None:
    code = """
import time
from alfred_mock.testing import AlfredMock
AlfredMock().company()
print(time.process_time())
"""
    took = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=60)
    assert float(took) < CPU_SECONDS


def test_a_process_that_never_closes_it_ends_without_a_word(tmp_path: Path) -> None:
    code = """
from alfred_mock.testing import AlfredMock
in_memory, in_a_file = AlfredMock(), AlfredMock(database_url="sqlite:///left-open.db")
in_memory.company(), in_a_file.company()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_two_know_nothing_of_each_other() -> None:
    with AlfredMock() as one, AlfredMock() as other:
        company = one.company()
        assert one.url != other.url
        for server, status in ((one, 200), (other, 401)):
            answer = httpx.get(f"{server.url}{PING}", headers=company.headers, trust_env=False)
            assert answer.status_code == status


def test_closing_frees_its_port_and_its_thread() -> None:
    before = threading.active_count()
    server = AlfredMock()
    port = int(server.url.rpartition(":")[2])
    with httpx.Client(base_url=server.url, trust_env=False) as idle:
        idle.get("/livez")  # a connection that is kept alive must not hold it up
        server.close()
        server.close()
    assert threading.active_count() == before
    with AlfredMock(port=port) as again:
        assert again.url == server.url


def test_it_has_no_demo_company_unless_asked() -> None:
    key = {"X-TagshelfAPI-Key": "alfred-mock-demo-key"}
    for settings, status in (({}, 401), ({"demo": True}, 200)):
        with AlfredMock(**settings) as server:
            answer = httpx.get(f"{server.url}{PING}", headers=key, trust_env=False)
            assert answer.status_code == status


def test_the_environment_is_not_read_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALFRED_MOCK_RATE_LIMIT", "7")
    monkeypatch.setenv("ALFRED_MOCK_NO_SETTING", "ignored")
    Path(".env").write_text("ALFRED_MOCK_RATE_LIMIT=8\n", "utf-8")
    with AlfredMock() as server:
        assert _rate_limit(server) == "10000"
    with pytest.raises(StartError, match="ALFRED_MOCK_NO_SETTING is no setting"):
        AlfredMock(from_environment=True)
    monkeypatch.delenv("ALFRED_MOCK_NO_SETTING")
    with AlfredMock(from_environment=True) as server:
        assert _rate_limit(server) == "7"
    with AlfredMock(from_environment=True, rate_limit=9) as server:
        assert _rate_limit(server) == "9"
    assert list(tmp_path.iterdir()) == [tmp_path / ".env"]


def _rate_limit(server: AlfredMock) -> str:
    answer = httpx.get(f"{server.url}/livez", trust_env=False)
    return answer.headers["X-RateLimit-Limit"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"progresion": "timed"}, "progresion is no setting of alfred-mock; the nearest is prog"),
        ({"progression": "never"}, "progression: Input should be 'immediate', 'timed' or"),
        ({"workers": 2}, "workers is for `alfred-mock serve` only"),
        ({"database_url": "sqlite://x"}, "a SQLite URL has three slashes"),
        ({"seed": "no-such-seed.yaml"}, "no-such-seed.yaml: No such file"),
        ({"host": "no-such-host.invalid"}, "cannot listen on no-such-host.invalid:0: "),
    ],
)
def test_what_keeps_it_from_starting_is_said_at_once(settings: dict[str, Any], reason: str) -> None:
    before = threading.active_count()
    with pytest.raises(StartError) as raised:
        AlfredMock(**settings)
    assert str(raised.value).startswith(reason)
    assert "\n" not in str(raised.value)
    assert threading.active_count() == before


def test_a_port_in_use_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"cannot listen on 127.0.0.1:{port}: "):
            AlfredMock(port=port)
