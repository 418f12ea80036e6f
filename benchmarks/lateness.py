"""How late events of timed jobs are: 10,000 jobs of 100 companies, 200 events due a second.

The application runs in this process, on a SQLite file. An event counts as told when a subscriber of
the outbox has read it, as webhooks and realtime connections do.
"""

import asyncio
import statistics
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from alfred_mock.control.seed.document import parse_seed
from alfred_mock.control.seed.loading import load
from alfred_mock.core.clock import SECOND, to_wire
from alfred_mock.core.ids import derived_uuid
from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.main import Application, create_app
from benchmarks import figures as f
from benchmarks import machine, report, tools
from benchmarks.goals import Goal, Outcome
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.progress import say

NAME = "alfred-mock"
EVENTS_OF_A_JOB = 16
"""That are due after its creation, of a job with one file."""
STAGES = 3
"""That such a job stays in for a time."""
EVENTS, MEDIAN, P99, WORST = "events", "median lateness, ms", "p99 lateness, ms", "worst, ms"
MIB, ALONE, BESIDE = "MiB", "detail alone, ms", "detail beside the events, ms"
_PATIENCE = 10
"""Seconds for the last events to come."""


class Load(NamedTuple):
    """What is under way."""

    companies: int
    jobs_of_each: int
    seconds: float
    events_per_second: float

    @property
    def course_ms(self) -> int:
        """How long a job takes, so that as many events are due at any time."""
        jobs = self.companies * self.jobs_of_each
        return round(jobs * EVENTS_OF_A_JOB / self.events_per_second * SECOND)


WHOLE = Load(100, 100, 120, 200)
BRIEF = Load(20, 50, 10, 200)


class Lateness(NamedTuple):
    """What was found."""

    late_ms: list[int]
    """Of each event, in the order in which they came."""
    missing: int
    """How many were due and did not come."""
    mib: list[float]
    """Resident memory each tenth of the time."""
    alone_ms: float
    """Median duration of a request for a job's detail while nothing is due."""
    beside_ms: float
    """The same while events are told."""


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results."""
    asked = WHOLE if plan is FULL else BRIEF
    with scratch() as folder:
        found = asyncio.run(measure(asked, f"sqlite:///{folder / 'late.db'}"))
    shown, outcomes = _judge(found)
    setting = {"machine": machine.describe(), "versions": tools.versions(), "load": asked._asdict()}
    rows = [[name, f"{shown.median(NAME, name) or 0:.2f}"] for name in shown.values[NAME]]
    title = (
        f"# Lateness\n\n{asked.companies * asked.jobs_of_each:,} timed jobs of {asked.companies}"
        f" companies, {asked.events_per_second:g} events due a second for {asked.seconds:g} s."
    )
    table = report.table(["figure", "value"], rows)
    text = "\n\n".join([title, table, report.goals(outcomes)]) + "\n"
    report.write(plan.results, "lateness", text, report.as_json(shown, outcomes, setting))
    print(text)
    return not found.missing


def _judge(found: Lateness) -> tuple[f.Figures, list[Outcome]]:
    late, shown = sorted(found.late_ms), f.Figures()
    p99 = late[len(late) * 99 // 100]
    for name, value in (
        (EVENTS, len(late)),
        (MEDIAN, statistics.median(late)),
        (P99, p99),
        (WORST, late[-1]),
        ("first MiB", found.mib[0]),
        ("last MiB", found.mib[-1]),
        (ALONE, found.alone_ms),
        (BESIDE, found.beside_ms),
    ):
        shown.add(NAME, name, value)
    growth = found.mib[-1] / found.mib[0]
    outcomes = [
        Outcome(Goal("p99 lateness", lambda _: None, 250, False, "ms"), p99),
        Outcome(Goal("memory at the end, to the beginning", lambda _: None, 1.1, False), growth),
        Outcome(
            Goal("a request beside the events, to alone", lambda _: None, 1.1, False),
            found.beside_ms / found.alone_ms,
        ),
    ]
    return shown, outcomes


async def measure(asked: Load, url: str) -> Lateness:
    """Have this load told in this process, from a database at this URL."""
    settings = Settings(
        _env_file=None, database_url=url, migrate=True, journal=JournalMode.OFF, demo=False
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
            return await _measured(asked, app, client)


async def _measured(asked: Load, app: Application, client: httpx.AsyncClient) -> Lateness:
    reader = _Reader(app)
    # Loaded as of a moment ago, so that what is due while it loads is late for the scheduler too.
    begun = app.services.clock.real()
    await load(app.services, parse_seed(_seed(asked, begun), source="the load"), source="the load")
    job_id, key = derived_uuid("job", "0", "0"), {"X-TagshelfAPI-Key": "key-0"}
    loaded = app.services.clock.real()
    say(f"loaded in {(loaded - begun) / SECOND:.1f} s")
    await app.events.scheduler.close()
    alone = await _durations(client, job_id, key, 300)
    await app.events.scheduler.open()
    for _ in range(_PATIENCE * 10):  # what was due while nothing was told
        await asyncio.sleep(0.1)
        if not await overdue(app.services.database, app.services.clock.real() - SECOND):
            break
    reader.begin(app.services.clock.real())
    beside, mib = [], [_mib()]
    for _ in range(10):
        ends = asyncio.get_running_loop().time() + asked.seconds / 10
        beside += await _durations(client, job_id, key, 30)
        await asyncio.sleep(max(ends - asyncio.get_running_loop().time(), 0))
        mib.append(_mib())
    late, missing = await reader.end(app.services.clock.real())
    return Lateness(late, missing, mib, statistics.median(alone), statistics.median(beside))


async def _durations(
    client: httpx.AsyncClient, job_id: str, key: dict[str, str], count: int
) -> list[float]:
    """In milliseconds, of requests that leave the loop to others in between."""
    now, found = asyncio.get_running_loop().time, []
    for _ in range(count):
        begun = now()
        answer = await client.get(f"/api/job/detail/{job_id}", headers=key)
        found.append((now() - begun) * SECOND)
        answer.raise_for_status()
        await asyncio.sleep(0.005)
    return found


class _Reader:
    """Reads events as soon as the outbox says that there are some."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._numbers: dict[str, int] = {}
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._late: list[tuple[int, int]] = []
        self._task: asyncio.Task[None] | None = None
        self._from = 0
        app.events.outbox.subscribe(self._waiting.put_nowait)

    def begin(self, now: int) -> None:
        """Count what is due from now on."""
        self._from = now
        self._task = asyncio.create_task(self._read())

    async def end(self, now: int) -> tuple[list[int], int]:
        """How late each event was that was due by now, and how many have not come."""
        database, due = self._app.services.database, 0
        for _ in range(_PATIENCE * 10):
            due = await overdue(database, now)
            if not due and self._waiting.empty():
                break
            await asyncio.sleep(0.1)
        assert self._task is not None
        self._task.cancel()
        return [late for at, late in self._late if self._from <= at <= now], due

    async def _read(self) -> None:
        outbox, clock = self._app.events.outbox, self._app.services.clock
        while True:
            company_id = await self._waiting.get()
            for event in await outbox.after(company_id, self._numbers.get(company_id, 0), 10_000):
                self._numbers[company_id] = event.number
                self._late.append((event.occurred_at, clock.real() - event.occurred_at))


async def overdue(database: Any, now: int) -> int:
    """How many jobs have a step that was due by now and is not told."""
    from sqlalchemy import func, select

    from alfred_mock.alfred.tables import Job
    from alfred_mock.database import Statement
    from alfred_mock.database.columns import columns_of

    tells_at = columns_of(Job).tells_at
    ((count,),) = await database.fetch(
        Statement(select(func.count()).select_from(Job).where(tells_at <= now))()
    )
    return int(count)


def _seed(asked: Load, now: int) -> dict[str, Any]:
    """Jobs that are spread evenly over their course."""
    course, total = asked.course_ms, asked.companies * asked.jobs_of_each
    companies = []
    for number in range(asked.companies):
        jobs, files = [], []
        for position in range(asked.jobs_of_each):
            place = position * asked.companies + number
            job_id = derived_uuid("job", str(number), str(position))
            created = to_wire(now - course * place // total)
            jobs.append(
                {
                    "id": job_id,
                    "creation_date": created,
                    "user_name": "bench",
                    "progression": "timed",
                    "stage_seconds": course / STAGES / SECOND,
                }
            )
            files.append(
                {
                    "id": derived_uuid("file", str(number), str(position)),
                    "job_id": job_id,
                    "file_name": f"{position}.txt",
                    "content": "x",
                    "creation_date": created,
                }
            )
        companies.append(
            {
                "id": derived_uuid("company", str(number)),
                "name": f"Company {number}",
                "api_keys": [{"key": f"key-{number}", "name": "bench"}],
                "events": True,
                "jobs": jobs,
                "files": files,
            }
        )
    return {"companies": companies}


def _mib() -> float:
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 / 1024**2 if status.exists() else 1.0
