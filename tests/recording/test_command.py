"""`alfred-mock record` as it is typed."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from alfred_mock.cli import main
from alfred_mock.testing import AlfredMock, Company
from tests.support import command

_SECONDS = 60


@contextmanager
def _recording(real: AlfredMock, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A recorder in a process of its own, and where it listens."""
    process = subprocess.Popen(
        command("record", "--to", real.url, "--port", "0", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.match(r"Recording \S+ at (\S+); ", process.stdout.readline())
        assert found is not None, process.communicate(timeout=_SECONDS)
        yield process, found[1]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=_SECONDS)


def _end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=_SECONDS)
    return process.returncode, out, err


def test_ctrl_c_ends_it_and_writes(real: AlfredMock, company: Company, tmp_path: Path) -> None:
    output = tmp_path / "recording"
    with _recording(real, "--output", str(output)) as (process, url):
        with httpx.Client(base_url=url, headers=company.headers, trust_env=False) as client:
            assert client.post("/api/deferred/create").status_code == 200
        status, out, err = _end(process)
    assert (status, err) == (0, "")
    assert out == "1 exchanges; 0 differ, 0 are more\n"
    assert {path.name for path in output.iterdir()} == {
        "seed.yaml", "exchanges.har", "unknown.json"
    }  # fmt: skip
    assert json.loads((output / "unknown.json").read_text()) == {"routes": [], "more": []}


def test_a_difference_can_fail_it(real: AlfredMock, company: Company, tmp_path: Path) -> None:
    company.fail(path="/api/tag/all", status=200, content='[{"id": 7}]')
    options = ("--output", str(tmp_path / "out"), "--fail-on", "differs")
    with _recording(real, *options) as (process, url):
        httpx.get(f"{url}/api/tag/all", headers=company.headers, trust_env=False)
        status, out, _ = _end(process)
    assert status == 1
    assert "GET /api/tag/all.members" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--to", "http://app.tagshelf.com"], "--to: must be https"),
        (["--to", "http://127.0.0.1:9", "--hmac-id", "a"], "are given together"),
        (["--to", "http://127.0.0.1:9", "--keep", "all"], "'all' is not one of"),
        ([], "Missing option '--to'"),
    ],
)
def test_a_refusal_is_a_2(arguments: list[str], problem: str) -> None:
    done = CliRunner().invoke(main, ["record", *arguments])
    assert done.exit_code == 2
    assert problem in done.stderr
