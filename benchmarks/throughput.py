"""Requests per second and latencies of every server, round after round."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from subprocess import SubprocessError

from benchmarks import figures as f
from benchmarks import load
from benchmarks.candidates import Candidate
from benchmarks.machine import Cores
from benchmarks.plan import Plan
from benchmarks.postgres import Postgres, bare_loop
from benchmarks.processes import Server, StartFailed, free_port, serving
from benchmarks.progress import say
from benchmarks.wire import CREATE, Request, WrongAnswer, detail

LOOP = "asyncpg alone, same statements"
_Running = tuple[Server, list[Request]]


class Throughput:
    """Measures servers one after the other, so that each round sees all in the same weather."""

    def __init__(self, plan: Plan, cores: Cores, folder: Path, found: f.Figures) -> None:
        self._plan, self._cores, self._folder, self._found = plan, cores, folder, found
        self._up: dict[str, _Running] = {}

    def measure(self, candidates: Sequence[Candidate], database: Postgres | None) -> None:
        """Measure each candidate once in each round; what fails is noted, the others go on."""
        for candidate in candidates:  # whatever is measured first, the tables keep this order
            self._found.values.setdefault(candidate.name, {})
        with ExitStack() as running:
            for candidate in candidates:
                if candidate.stays_up:
                    say(f"warming up: {candidate.name}")
                    self._guarded(candidate.name, partial(self._keep_up, candidate, running))
            for number in range(1, self._plan.rounds + 1):
                say(f"round {number} of {self._plan.rounds}")
                for candidate in candidates:
                    self._guarded(candidate.name, partial(self._round, candidate))
                if database is not None and database.newest_url:
                    self._guarded(LOOP, partial(self._loop, database.newest_url))

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except (StartFailed, WrongAnswer, load.LoadFailed, OSError, SubprocessError) as error:
            say(f"FAILED: {name}: {error}")
            told = isinstance(error, StartFailed | WrongAnswer | load.LoadFailed)
            self._found.failed.append(f"{name}: {error if told else type(error).__name__}")

    def _keep_up(self, candidate: Candidate, running: ExitStack) -> None:
        self._up[candidate.name] = running.enter_context(self._warm(candidate))

    @contextmanager
    def _warm(self, candidate: Candidate) -> Iterator[_Running]:
        """The server started, its answers checked, and warmed up."""
        with tempfile.TemporaryDirectory(dir=self._folder) as own:
            launch = candidate.start(Path(own), free_port())
            with serving(launch, self._cores.server, candidate.probe) as server:
                self._found.add(candidate.name, f.MEMORY_START, server.memory())
                details = [detail(session) for session in candidate.prepare(server.port)]
                seconds = candidate.warm_up * self._plan.warm_up_factor / 2
                load.run(server.port, details, seconds=seconds)
                load.run(server.port, [CREATE], seconds=seconds)
                yield server, details

    def _round(self, candidate: Candidate) -> None:
        if candidate.name in self._up:
            self._load(candidate.name, *self._up[candidate.name])
        elif not candidate.stays_up:
            with self._warm(candidate) as (server, details):
                self._load(candidate.name, server, details)

    def _load(self, name: str, server: Server, details: list[Request]) -> None:
        plan = self._plan
        many = load.run(server.port, details, seconds=plan.seconds)
        single = load.run(server.port, details, seconds=plan.single_seconds, connections=1)
        created = load.run(server.port, [CREATE], seconds=plan.seconds)
        for figure, value in (
            (f.DETAIL, many.rate),
            (f.DETAIL_P99, many.p99),
            (f.DETAIL_SINGLE, single.median),
            (f.CREATE, created.rate),
            (f.CREATE_MEDIAN, created.median),
            (f.CREATE_P99, created.p99),
            (f.CREATE_TAIL, created.p99 / created.median),
            (f.MEMORY_LOAD, server.memory()),
        ):
            self._found.add(name, figure, value)

    def _loop(self, url: str) -> None:
        """Works on the database that alfred-mock has just left, sessions and all."""
        for what, figure in (("detail", f.DETAIL), ("create", f.CREATE)):
            rate = bare_loop(url, what, self._plan.seconds, self._cores.server)
            self._found.add(LOOP, figure, rate)
