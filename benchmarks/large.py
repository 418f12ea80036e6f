"""Companies, jobs and sessions with 55,000 files: what each long operation does to others.

While it runs, another company's writer and a request that needs nothing but the event loop are
asked without a pause. `LARGE=export,reset` measures these operations only.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks import figures as f
from benchmarks import machine, report, tools
from benchmarks.candidates import ours_on, ours_with_journal, sqlite_in
from benchmarks.disturbance import Disturbance, watching
from benchmarks.goals import Goal, Outcome
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.postgres import postgres
from benchmarks.processes import Server, free_port, serving
from benchmarks.progress import say

SECONDS, LOOP, WRITER, PEAK = "seconds", "loop, ms", "writer, ms", "peak, MiB"
MOST_LOOP_MS, MOST_WRITER_MS = 50, 250
FILES_OF_A_JOB = 100
JOURNAL = 10_000
DATABASES = ("SQLite", "PostgreSQL")
_WRITER = "the-writers-own-key"
_DATE = "2022-11-17T00:00:00.000"


def run(plan: Plan, _: Cores) -> bool:
    """Measure, print, and keep the results."""
    files = 55_000 if plan is FULL else 2_000
    found = f.Figures()
    with scratch() as folder, postgres(folder / "postgres") as server:
        urls = {"SQLite": sqlite_in, "PostgreSQL": server.new_database}
        for name in os.environ.get("DATABASES", ",".join(DATABASES)).split(","):
            own = folder / name
            own.mkdir()
            with _started(own, urls[name](own)) as (running, url):
                _Operations(running, url, files, found, name).measure_all()
    outcomes = _judge(found)
    setting = {"machine": machine.describe(), "versions": tools.versions()}
    text = _markdown(found, outcomes, files)
    report.write(plan.results, "large", text, report.as_json(found, outcomes, setting))
    print(text)
    return True


@contextmanager
def _started(folder: Path, url: str) -> Iterator[tuple[Server, str]]:
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"companies": [_company(api_keys=[{"key": _WRITER}])]}))
    options = ["--migrate", "--demo", "--seed", str(seed), "--journal", "on"]
    options += ["--journal-entries", str(JOURNAL), "--journal-bytes", str(2**28)]
    launch = ours_on(lambda _: url, *options)(folder, free_port())
    with serving(launch, None, ours_with_journal().probe) as running:
        yield running, url


class _Operations:
    """Every operation once, each on what was made for it."""

    def __init__(self, server: Server, url: str, files: int, found: f.Figures, name: str) -> None:
        self._server, self._url, self._files = server, url, files
        self._found, self._name = found, name
        self._wanted = [each for each in os.environ.get("LARGE", "").split(",") if each]

    def measure_all(self) -> None:
        """Measure; what is only made ready for it is not counted."""
        many = self._measured(
            "load a company", lambda: self._load(_many_jobs(self._files)), is_needed=True
        )
        key, tag = _key_of(many), self._tag(many)
        self._get("values of the tag", f"/api/values/tag/{tag}", key)
        self._get("report of the tag", f"/api/report/tag/{tag}", key)
        self._get("export", f"/__admin/seed?company={many}")
        self._measured("load it again", lambda: self._put(many, _many_jobs(self._files)))
        self._measured("reset, all in the seed", lambda: self._reset(many))
        self._put(many, {})
        self._measured("reset", lambda: self._reset(many), is_needed=True)
        self._measured("load into a company", lambda: self._put(many, _many_jobs(self._files)))
        self._measured("remove the company", lambda: self._delete(f"companies/{many}"))
        document, job = _one_job(self._files)
        one = self._load(document)
        self._get("detail of the job", f"/api/job/detail/{job}", _key_of(one))
        self._measured("remove the job", lambda: self._delete(f"jobs/{job}"))
        document, session = _one_session(self._files)
        self._load(document)
        self._measured("remove the session", lambda: self._delete(f"deferred-sessions/{session}"))
        self._prune()
        self._journal()

    def _measured(self, what: str, operation: Callable[[], Any], *, is_needed: bool = False) -> Any:
        if self._wanted and what not in self._wanted:
            return operation() if is_needed else None
        with watching(self._server.port, self._server.pid, _WRITER) as seen:
            result = operation()
        self._keep(what, seen)
        return result

    def _keep(self, what: str, seen: Disturbance) -> None:
        name = f"{what}, {self._name}"
        say(f"{name}: {seen}")
        figures = {
            SECONDS: seen.seconds,
            LOOP: seen.loop_ms,
            WRITER: seen.writer_ms,
            PEAK: seen.peak_mib,
        }
        for figure, value in figures.items():
            self._found.add(name, figure, value)

    def _load(self, part: dict[str, Any]) -> str:
        id_ = str(uuid4())
        company = _company(**{**part, "id": id_, "api_keys": [{"key": _key_of(id_)}]})
        self._ask("PUT", "/__admin/seed", {"companies": [company]}, keep=False)
        return id_

    def _tag(self, company_id: str) -> str:
        tags = json.loads(self._ask("GET", "/api/tag/all", key=_key_of(company_id)))
        return str(tags[0]["id"])

    def _get(self, what: str, path: str, key: str = "") -> None:
        self._measured(what, lambda: self._ask("GET", path, key=key, keep=False))

    def _put(self, company_id: str, part: dict[str, Any]) -> None:
        self._ask("PUT", f"/__admin/seed?company={company_id}", part, keep=False)

    def _reset(self, company_id: str) -> None:
        self._ask("POST", "/__admin/reset", {"company": company_id})

    def _delete(self, path: str) -> None:
        self._ask("DELETE", f"/__admin/{path}")

    def _prune(self) -> None:
        company = self._load(_many_jobs(self._files))
        program = Path(sys.executable).with_name("alfred-mock")
        argv = [str(program), "prune", "--database-url", self._url]
        rule = {"ALFRED_MOCK_RETENTION": f"{company}:jobs=1d"}
        self._measured(
            "prune",
            lambda: subprocess.run(argv, check=True, env={**os.environ, **rule}, cwd="/"),
        )

    def _journal(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=600)
        for _ in range(JOURNAL):
            headers = {"X-TagshelfAPI-Key": _WRITER}
            connection.request("GET", "/api/tag/all", headers=headers)
            connection.getresponse().read()
        self._get("journal", f"/__admin/requests?company={_WRITER}&limit={JOURNAL}")
        self._get("journal as HAR", f"/__admin/requests/har?company={_WRITER}&limit={JOURNAL}")

    def _ask(
        self,
        method: str,
        path: str,
        content: dict[str, Any] | None = None,
        *,
        key: str = "",
        keep: bool = True,
    ) -> bytes:
        body = None if content is None else json.dumps(content).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        headers |= {"X-TagshelfAPI-Key": key} if key else {}
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=600)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        read = bytearray()
        while piece := answer.read(65_536):
            if keep:
                read += piece
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answers {answer.status}: {bytes(read[:500])!r}")
        return bytes(read)


def _company(**parts: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "name": "A company", **parts}


def _key_of(company_id: str) -> str:
    return f"key-of-{company_id}"


def _file(number: int, **where: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "file_name": f"invoice-{number}.pdf",
        "content": f"content {number}",
        "creation_date": _DATE,
        "tag": "FACTURA",
        "values": {"rnc": f"{number}", "monto": "390.00", "fecha": "2022-02-03"},
        **where,
    }


def _many_jobs(files: int) -> dict[str, Any]:
    jobs = [_job() for _ in range(files // FILES_OF_A_JOB)]
    made = [
        _file(number, job_id=jobs[number // FILES_OF_A_JOB]["id"])
        for number in range(len(jobs) * FILES_OF_A_JOB)
    ]
    return {"jobs": jobs, "files": made}


def _job() -> dict[str, Any]:
    return {"id": str(uuid4()), "creation_date": _DATE, "user_name": "API Key 1"}


def _one_job(files: int) -> tuple[dict[str, Any], str]:
    job = _job()
    made = [_file(number, job_id=job["id"]) for number in range(files)]
    return {"jobs": [job], "files": made}, job["id"]


def _one_session(files: int) -> tuple[dict[str, Any], str]:
    session = _job()
    made = [_file(number, deferred_session_id=session["id"]) for number in range(files)]
    return {"deferred_sessions": [session], "files": made}, session["id"]


def _judge(found: f.Figures) -> list[Outcome]:
    longest = {LOOP: MOST_LOOP_MS, WRITER: MOST_WRITER_MS}
    return [
        Outcome(Goal(f"{name}: {figure}", lambda _: None, most, False, ""), value)
        for name in found.values
        for figure, most in longest.items()
        if (value := found.median(name, figure)) is not None
    ]


def _markdown(found: f.Figures, outcomes: list[Outcome], files: int) -> str:
    rows = [
        [
            name,
            f"{found.median(name, SECONDS) or 0:,.2f}",
            *(f"{found.median(name, figure) or 0:,.0f}" for figure in (LOOP, WRITER, PEAK)),
        ]
        for name in found.values
    ]
    head = ["operation", SECONDS, LOOP, WRITER, PEAK]
    table = report.table(head, rows)
    return "\n\n".join([f"# {files:,} files", table, report.goals(outcomes)]) + "\n"
