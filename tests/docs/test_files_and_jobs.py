"""What the README shows of the life of a session is what a server answers."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alfred_mock.alfred.processing.outcomes import ERROR_MESSAGES, METADATA_KEY, Outcome
from alfred_mock.alfred.processing.pipeline import FileStatus, Stage, pipeline
from alfred_mock.core.settings import Progression
from tests.docs.markdown import blocks, code_in, read, rows, section
from tests.support import WITH_KEY, server_process

README = read("README.md")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VARIES = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+|(?<=^date: ).+|(?<=^x-ratelimit-reset: )\d+|(?<=^x-request-id: ).+",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = tmp_path_factory.mktemp("readme") / "alfred-mock.db"
    with server_process("--database-url", f"sqlite:///{database}") as process:
        yield process.url


def _shown(*headings: str) -> Iterator[tuple[str, str]]:
    """Each command in these sections, with its output."""
    for heading in headings:
        for block in blocks(section(README, heading), "console"):
            for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = entry.partition("\n")
                yield command, output.strip()


def _with_ids(text: str, meant: dict[str, str]) -> str:
    return _ID.sub(lambda found: meant.get(found[0], found[0]), text)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_each_command_prints_what_is_shown(server: str, tmp_path: Path) -> None:
    variables: list[str] = []
    meant: dict[str, str] = {}
    commands = list(_shown("The life of a session", "Remote files", "In tests", "Events"))
    assert len(commands) > 15
    for command, shown in commands:
        typed = command.replace("http://127.0.0.1:8000", server)
        typed = _with_ids(typed, meant)
        printed = subprocess.check_output(
            ["bash", "-c", "\n".join([*variables, typed])],
            cwd=tmp_path,
            env={**os.environ, "no_proxy": "127.0.0.1"},
            text=True,
            timeout=60,
        )
        if not shown and re.match(r"\w+=", command):
            variables.append(typed)
        for there, here in zip(_ID.findall(shown), _ID.findall(printed), strict=True):
            assert meant.setdefault(there, here) == here
        printed = _with_ids(printed, {here: there for there, here in meant.items()})
        assert _VARIES.sub("…", printed).strip() == _VARIES.sub("…", shown), command


def test_the_table_of_endings_has_each_outcome_as_it_is(server: str) -> None:
    _, *table = rows(section(README, "How a job ends"))
    assert [code_in(row[0]) for row in table] == [[outcome] for outcome in Outcome]
    with httpx.Client(base_url=server, headers=WITH_KEY, trust_env=False) as client:
        for asked, name, *expected in table:
            session = client.post("/api/deferred/create").json()
            for file_name in (code_in(name)[0], "other.pdf"):
                client.post(
                    "/api/file/uploadfile", data=session, files={"file": (file_name, b"")}
                ).raise_for_status()
            job_id = client.post("/api/job/create", json=session).json()["job_id"]
            job = client.get(f"/api/job/detail/{job_id}").json()
            statuses = [f"`{file['status']}`" for file in job["files"]]
            messages = "".join(f"`{message}`" for message in job["error_messages"])
            stage = f"`{job['stage']}`"
            assert expected == [stage, *statuses, str(job["retries"]), messages or "none"], asked
    assert f"`{METADATA_KEY}`" in rows(section(README, "How a job ends"))[0][0]
    assert set(ERROR_MESSAGES.values()) <= set(code_in(section(README, "How a job ends")))


def test_the_table_of_steps_has_each_of_them_in_order() -> None:
    steps = pipeline(Outcome.COMPLETED, Stage.INVALID, 0, is_remote=True, decompose=True)
    _, *table = [
        row
        for row in rows(section(README, "How a job goes on"))
        if not {*code_in(row[0])} & {*Progression}
    ]
    shown = [
        (stage, status)
        for row in table
        for stage in code_in(row[0])
        for status in code_in(row[1])
        if status in [*FileStatus]
    ]
    assert shown == [(str(step.stage), str(step.file_status)) for step in steps]


def test_the_table_of_progressions_has_each_of_them() -> None:
    described = [row[0] for row in rows(section(README, "How a job goes on"))]
    assert described[-len(Progression) :] == [f"`{progression}`" for progression in Progression]
