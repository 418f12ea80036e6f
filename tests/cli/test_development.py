"""`serve --dev`: requests as they come, and a seed that is loaded again when its file changes."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from alfred_mock.cli import main
from alfred_mock.cli.development import load_again
from alfred_mock.control_client import ControlClient, ControlError
from alfred_mock.core.errors import Refusal
from alfred_mock.testing import AlfredMock
from tests.support import server_process

COMPANY = "5b0f3a52-8f0e-4d55-8e9d-5a1c7be5a0f4"
KEY = {"X-TagshelfAPI-Key": "one-key"}
SESSION = "0f767925-b464-4ffa-b621-1a0aeacad257"
SEED = f"companies: [{{id: {COMPANY}, name: One, api_keys: [{{key: one-key, name: Mine}}]"
WITH_SESSION = (
    f"{SEED}, deferred_sessions: [{{id: {SESSION}, creation_date: '2022-11-17T00:00:00',"
    " user_name: Me}]}]"
)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    path = tmp_path / "seed.yaml"
    path.write_text(f"{SEED}}}]")
    return path


def _status(url: str) -> int:
    path = f"/api/deferred/detail/{SESSION}"
    return httpx.get(f"{url}{path}", headers=KEY, trust_env=False).status_code


def _until(lines: Iterator[bytes], wanted: str) -> str:
    """The first line that has it; the test's own time limit ends a wait in vain."""
    return next(line for line in (raw.decode() for raw in lines) if wanted in line)


def test_requests_are_printed_and_the_seed_follows_its_file(seed: Path) -> None:
    with server_process(
        *("--dev", "--database-url", "sqlite:///:memory:", "--seed", str(seed))
    ) as server:
        assert server.process.stderr is not None
        lines = iter(server.process.stderr.readline, b"")
        httpx.post(f"{server.url}/api/deferred/create", headers=KEY, trust_env=False)
        line = _until(lines, "/api/deferred/create")
        assert re.fullmatch(
            r"\d\d:\d\d:\d\d  POST     /api/deferred/create +  200 +[\d.]+ ms  One, Mine\n", line
        )
        ControlClient(server.url).call(
            "POST", "faults", body={"match": {"path": "/api/tag/*"}, "effect": {"status": 503}}
        )
        httpx.get(f"{server.url}/api/tag/all", headers=KEY, trust_env=False)
        line = next(lines).decode()  # calls of the control API are not among them
        assert re.search(r"GET      /api/tag/all +  503 .* fault \S+: status 503\n", line)

        assert _status(server.url) == 404
        seed.write_text(WITH_SESSION)
        assert "loaded again: One" in _until(lines, "seed")
        assert _status(server.url) == 200
        seed.write_text("companies: [")
        assert "the one before stays: " in _until(lines, "ERROR")
        assert _status(server.url) == 200
        assert server.stop()[0] == 0


def test_without_it_nothing_is_printed_and_no_seed_is_watched(seed: Path) -> None:
    with server_process("--database-url", "sqlite:///:memory:", "--seed", str(seed)) as server:
        httpx.post(f"{server.url}/api/deferred/create", headers=KEY, trust_env=False)
        assert server.stop()[2] == ""


def test_what_is_loaded_again_takes_the_place_of_what_was_there(seed: Path) -> None:
    with AlfredMock(seed=seed) as server:
        client = ControlClient(server.url)
        made = httpx.post(f"{server.url}/api/deferred/create", headers=KEY, trust_env=False)
        seed.write_text(WITH_SESSION)
        assert load_again(client, seed) == ["One"]
        (company,) = client.call("GET", "seed", query={"company": COMPANY})["companies"]
        assert [each["id"] for each in company["deferred_sessions"]] == [SESSION]
        assert made.json()["session_id"] != SESSION


@pytest.mark.parametrize("text", ["companies: [", "companies: [{id: x}]", "companies: {}"])
def test_a_bad_seed_leaves_what_was_there(seed: Path, text: str) -> None:
    with AlfredMock(seed=seed) as server:
        client = ControlClient(server.url)
        before = client.call("GET", "seed")
        seed.write_text(text)
        with pytest.raises((Refusal, ControlError)):
            load_again(client, seed)
        assert client.call("GET", "seed") == before


def test_a_seed_that_could_not_be_loaded_again_is_refused(seed: Path) -> None:
    done = CliRunner().invoke(
        main, ["serve", "--dev", "--seed", str(seed), "--host", "::", "--port", "0"]
    )
    assert (done.exit_code, done.stdout) == (2, "")
    assert "ALFRED_MOCK_ADMIN_TOKEN" in done.stderr


def test_the_lines_of_several_processes_are_printed(sqlite_url: str) -> None:
    with server_process("--dev", "--workers", "2", "--database-url", sqlite_url) as server:
        httpx.get(f"{server.url}/nowhere", trust_env=False)
        assert server.process.stderr is not None
        assert "/nowhere" in _until(iter(server.process.stderr.readline, b""), "/nowhere")


def test_a_plain_server_does_not_import_it() -> None:
    code = (
        "import sys\nfrom alfred_mock.cli.serving import serve_command\n"
        "import alfred_mock.serve\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unwanted = {"alfred_mock.cli.development", "alfred_mock.telemetry.request_lines"}
    assert not unwanted & set(done.stdout.split())
    assert "alfred_mock.control_client" not in done.stdout.split()
