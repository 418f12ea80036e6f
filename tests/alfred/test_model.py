"""Any sequence of calls agrees with a model of sessions, files and jobs that is a page long."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import httpx
from hypothesis import HealthCheck, Verbosity
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.alfred.calls import (
    FILE,
    JOB,
    JOBS,
    SESSION,
    get,
    new_session,
    try_job,
    try_upload,
)
from tests.support import UNKNOWN_ID, WITH_KEY, application, client_of

T = TypeVar("T")

_STAGES = {"failed": "failed", "invalid": "invalid", "cancelled": "cancelled", None: "completed"}
_NAMES = st.sampled_from(["a.pdf", "b", "a-1.pdf", "alfred-mock-failed.pdf", "alfred-mock-invalid"])


class _Calls(RuleBasedStateMachine):
    """Makes the calls, and remembers what must be so after them."""

    database_url = "sqlite:///:memory:"
    sessions = Bundle("sessions")
    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._client: httpx.AsyncClient = self._run(self._start())
        self._before: int = self._run(get(self._client, JOBS))["total"]
        self._files: dict[str, list[tuple[str, str]]] = {}
        self._job_of: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(coroutine)

    async def _start(self) -> httpx.AsyncClient:
        settings = Settings(_env_file=None, database_url=self.database_url)
        app = await self._stack.enter_async_context(application(create_app(settings)))
        return await self._stack.enter_async_context(client_of(app))

    def teardown(self) -> None:
        self._run(self._stack.aclose())
        self._runner.close()

    @rule(target=sessions)
    def create_session(self) -> str:
        session_id = self._run(new_session(self._client))
        assert session_id not in self._files
        self._files[session_id] = []
        return session_id

    @rule(session_id=sessions | st.just(UNKNOWN_ID), name=_NAMES)
    def upload(self, session_id: str, name: str) -> None:
        answer = self._run(try_upload(self._client, session_id, name))
        if session_id == UNKNOWN_ID:
            assert answer.status_code == 404
        elif session_id in self._job_of:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 200
            file_id = answer.json()["file_id"]
            self._files[session_id].append((file_id, name))
            given = self._run(get(self._client, FILE, file_id))["file_name"]
            # A database that outlives one sequence has names of the sequences before.
            assert given not in self._names.values()
            self._names[file_id] = given

    @rule(target=jobs, session_id=sessions | st.just(UNKNOWN_ID))
    def create_job(self, session_id: str) -> Any:
        answer = self._run(try_job(self._client, session_id=session_id))
        if session_id == UNKNOWN_ID:
            assert answer.status_code == 404
        elif session_id in self._job_of:
            assert answer.status_code == 409
        elif not self._files[session_id]:
            assert answer.status_code == 400
        else:
            assert answer.status_code == 200
            job_id: str = answer.json()["job_id"]
            self._job_of[session_id] = job_id
            self.read_session(session_id)
            self.read_job(job_id)
            return job_id
        return multiple()

    @rule(session_id=sessions)
    def read_session_again(self, session_id: str) -> None:
        self.read_session(session_id)

    def read_session(self, session_id: str) -> None:
        session = self._run(get(self._client, SESSION, session_id))
        job_id = self._job_of.get(session_id)
        expected = ("closed", job_id) if job_id else ("open", None)
        assert (session["status"], session["job_id"]) == expected

    @rule(job_id=jobs)
    def read_job_again(self, job_id: str) -> None:
        self.read_job(job_id)

    def read_job(self, job_id: str) -> None:
        job = self._run(get(self._client, JOB, job_id))
        (session_id,) = (key for key, value in self._job_of.items() if value == job_id)
        files = self._files[session_id]
        assert job["deferred_session_id"] == session_id
        assert {file["id"]: file["file_name"] for file in job["files"]} == {
            file_id: self._names[file_id] for file_id, _ in files
        }
        wishes = {name.removesuffix(".pdf").rpartition("alfred-mock-")[2] for _, name in files}
        wanted = {_STAGES[wish] for wish in wishes & {"failed", "invalid"}} or {"completed"}
        assert job["stage"] in wanted

    @rule(session_id=sessions)
    def read_files(self, session_id: str) -> None:
        for file_id, _ in self._files[session_id]:
            status = self._run(get(self._client, FILE, file_id))["status"]
            assert (status != "uploaded") == (session_id in self._job_of)

    @rule(size=st.integers(1, 40), number=st.integers(1, 3))
    def list_jobs(self, size: int, number: int) -> None:
        page = self._run(get(self._client, f"{JOBS}?pageSize={size}&currentPage={number}"))
        total = self._before + len(self._job_of)
        assert page["total"] == total
        assert len(page["result"]) == max(0, min(size, total - size * (number - 1)))
        assert page["is_empty"] == (not page["result"])
        dates = [job["creation_date"] for job in page["result"]]
        assert dates == sorted(dates, reverse=True)

    @invariant()
    def nobody_else_sees_anything(self) -> None:
        answer = self._run(self._client.get(JOBS, headers={**WITH_KEY, "X-TagshelfAPI-Key": "no"}))
        assert answer.status_code == 401


def _check(database_url: str, examples: int, steps: int) -> None:
    class Calls(_Calls):
        pass

    Calls.database_url = database_url
    run_state_machine_as_test(
        Calls,
        settings=hypothesis_settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            database=None,
        ),
    )


def test_on_sqlite() -> None:
    _check("sqlite:///:memory:", examples=30, steps=40)


def test_on_postgresql(postgres_url: str) -> None:
    _check(postgres_url, examples=5, steps=30)
