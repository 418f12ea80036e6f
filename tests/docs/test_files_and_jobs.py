"""What docs/files-and-jobs.md says of steps and endings is what a server answers."""

from collections.abc import Iterator

import httpx
import pytest

from alfred_mock.alfred.processing.outcomes import ERROR_MESSAGES, METADATA_KEY, Outcome
from alfred_mock.alfred.processing.pipeline import FileStatus, Stage, pipeline
from alfred_mock.core.settings import Progression
from alfred_mock.testing import AlfredMock
from tests.docs.markdown import code_in, read, rows, section
from tests.support import WITH_KEY

PAGE = read("docs/files-and-jobs.md")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with AlfredMock(demo=True) as started:
        yield started.url


def test_the_table_of_endings_has_each_outcome_as_it_is(server: str) -> None:
    _, *table = rows(section(PAGE, "How a job ends"))
    assert [code_in(row[0]) for row in table] == [[outcome] for outcome in Outcome]
    with httpx.Client(base_url=server, headers=WITH_KEY, trust_env=False, timeout=60) as client:
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
    assert f"`{METADATA_KEY}`" in rows(section(PAGE, "How a job ends"))[0][0]
    assert set(ERROR_MESSAGES.values()) <= set(code_in(section(PAGE, "How a job ends")))


def test_the_table_of_steps_has_each_of_them_in_order() -> None:
    steps = pipeline(Outcome.COMPLETED, Stage.INVALID, 0, is_remote=True, decompose=True)
    _, *table = [
        row
        for row in rows(section(PAGE, "How a job goes on"))
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
    described = [row[0] for row in rows(section(PAGE, "How a job goes on"))]
    assert described[-len(Progression) :] == [f"`{progression}`" for progression in Progression]
