"""What docs/contract-testing.md shows of conformance and recordings is what the commands do."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alfred_mock.conformance.checks import Level
from alfred_mock.conformance.comparing import Verdict
from alfred_mock.recording.seed import API_KEY as SEED_KEY
from tests.docs.markdown import blocks, code_in, read, rows, section
from tests.support import API_KEY, server_process

PAGE = read("docs/contract-testing.md")
SHOWN_URL, REAL_URL = "http://127.0.0.1:8000", "https://app.tagshelf.com"
_SECONDS = 120
_COUNT = re.compile(r"\d+")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "key.txt").write_text(API_KEY)
    return tmp_path


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with server_process("--database-url", "sqlite:///:memory:") as process:
        yield process.url


def _shown(heading: str) -> Iterator[tuple[str, list[str]]]:
    """Each command under a heading, and the lines that it prints."""
    for block in blocks(section(PAGE, heading), "console"):
        command, *lines = block.removeprefix("$ ").splitlines()
        yield command, lines


def _typed(command: str, server: str) -> str:
    module = f"{sys.executable} -m alfred_mock"
    return command.replace("alfred-mock ", f"{module} ", 1).replace(SHOWN_URL, server)


def _environment() -> dict[str, str]:
    return {**os.environ, "ALFRED_API_KEY": API_KEY, "no_proxy": "127.0.0.1"}


@pytest.mark.parametrize(
    "heading", ["Conformance", "What it leaves behind", "What was seen is kept"]
)
def test_each_command_prints_what_is_shown(heading: str, server: str, folder: Path) -> None:
    ((command, lines),) = list(_shown(heading))
    typed = _typed(command, server)
    if "conformance" in command:
        typed += " --per-second 1000"
    printed = subprocess.check_output(
        ["bash", "-c", typed], cwd=folder, env=_environment(), text=True, timeout=_SECONDS
    )
    told = {_plain(line) for line in printed.splitlines()}
    assert [line for line in lines if line != "…" and _plain(line) not in told] == []


def _plain(line: str) -> str:
    """A line without the widths of its columns and how many checks there are at the moment."""
    return re.sub(r"  +", "  ", _COUNT.sub("N", line.strip()))


def test_the_tables_have_each_verdict_and_level() -> None:
    _, *verdicts = rows(section(PAGE, "Conformance"))
    assert {code_in(row[0])[0] for row in verdicts} == set(Verdict)
    _, *levels = rows(section(PAGE, "What it leaves behind"))
    assert [code_in(row[0])[0] for row in levels] == list(Level)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_a_recording_is_made_and_served(server: str, folder: Path) -> None:
    (record, (said,)), (curl, _), (serve, _) = _shown("Record")
    typed = _typed(record, server).replace(REAL_URL, server) + " --port 0"
    process = subprocess.Popen(
        ["bash", "-c", f"exec {typed}"],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        (url,) = re.findall(r" at (\S+);", first)
        assert first == said.replace(REAL_URL, server).replace(SHOWN_URL, url)
        session = subprocess.check_output(
            ["bash", "-c", curl.replace(SHOWN_URL, url)], env=_environment(), text=True
        )
        assert "session_id" in session
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate(timeout=_SECONDS)
    assert [printed] == blocks(section(PAGE, "Record"), "text")
    _, *files = rows(section(PAGE, "Record"))
    written = {path.name for path in (folder / "recording").iterdir()}
    assert written == {code_in(row[0])[0] for row in files}
    command, *arguments = serve.split()[1:]
    assert command == "serve"
    seed, playback = (str(folder / arguments[at]) for at in (1, 3))
    memory = ("--database-url", "sqlite:///:memory:")
    with server_process(*memory, arguments[0], seed, arguments[2], playback) as served:
        answer = httpx.post(
            f"{served.url}/api/deferred/create",
            headers={"X-TagshelfAPI-Key": SEED_KEY},
            trust_env=False,
        )
    assert answer.status_code == 200
    assert f"`{SEED_KEY}`" in PAGE
