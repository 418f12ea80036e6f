"""The commands beside `serve`."""

import json
import subprocess
import sys
import threading
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alfred_mock import __version__
from alfred_mock.cli import main
from alfred_mock.core.database import MIGRATIONS
from alfred_mock.core.settings import Settings
from tests.support import command, server_process


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60)


def _here(*arguments: str) -> Result:
    """The same without a process of its own, which takes most of the time."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_the_version_is_the_packages() -> None:
    assert _run("--version").stdout == f"alfred-mock, version {__version__}\n"


def test_every_setting_is_an_option_of_serve_with_its_variable() -> None:
    shown = "".join(_here("serve", "--help").stdout.split())
    for field in Settings.model_fields:
        assert f"--{field.replace('_', '-')}" in shown
        assert f"ALFRED_MOCK_{field.upper()}" in shown


def test_openapi_prints_the_document_without_a_database(tmp_path: Path) -> None:
    with chdir(tmp_path):
        document = json.loads(_here("openapi").stdout)
    assert "/api/deferred/create" in document["paths"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["sqlite_url", "empty_postgres_url"])
def test_migrate_brings_the_schema_to_head_again_and_again(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url: str = request.getfixturevalue(kind)
    for _ in range(2):
        done = _here("migrate", "--database-url", url)
        assert (done.exit_code, done.stdout) == (0, f"schema is at {MIGRATIONS.head}\n")


def test_ready_says_no_where_nothing_listens() -> None:
    done = _here("ready", "--port", "1")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("not ready: ConnectionRefusedError")


def test_ready_follows_the_configured_port(sqlite_url: str, tmp_path: Path) -> None:
    with server_process("--database-url", sqlite_url) as server:
        (tmp_path / ".env").write_text(f"ALFRED_MOCK_PORT={server.url.rpartition(':')[2]}\n")
        with chdir(tmp_path):
            assert _here("ready").stdout == "ready\n"


def test_ready_waits_for_a_server_that_is_yet_to_come(sqlite_url: str, tmp_path: Path) -> None:
    path = str(tmp_path / "a.sock")
    waiting = subprocess.Popen(
        command("ready", "--wait", "--timeout", "60", "--uds", path),
        stdout=subprocess.PIPE,
        text=True,
    )
    server = subprocess.Popen(
        command("serve", "--uds", path, "--database-url", sqlite_url), stdout=subprocess.DEVNULL
    )
    try:
        out, _ = waiting.communicate(timeout=60)
        assert out == "ready\n"
    finally:
        server.terminate()
        server.wait(30)


def test_ready_gives_up_when_its_time_is_over(tmp_path: Path) -> None:
    done = _here("ready", "--wait", "--timeout", "0.2", "--uds", str(tmp_path / "none.sock"))
    assert done.exit_code == 1


def test_an_unknown_variable_refuses_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALFRED_MOCK_SEEDS", "x")
    done = _run("serve")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "alfred-mock: ALFRED_MOCK_SEEDS is no setting of alfred-mock;"
        " the nearest is ALFRED_MOCK_SEED\n"
    )


def test_two_replicas_with_migrate_start_at_once(empty_postgres_url: str) -> None:
    listening = []

    def start() -> None:
        with server_process("--database-url", empty_postgres_url, "--migrate") as server:
            listening.append(server.url)
            both.wait(60)

    both = threading.Barrier(2)
    replicas = [threading.Thread(target=start) for _ in range(2)]
    for replica in replicas:
        replica.start()
    for replica in replicas:
        replica.join()
    assert len(set(listening)) == 2


def test_what_a_command_does_not_need_it_does_not_import() -> None:
    code = "import sys, alfred_mock.cli, alfred_mock.readiness; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"fastapi", "sqlalchemy", "uvicorn", "alembic"} & set(done.stdout.split())
