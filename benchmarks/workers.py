"""What a request costs one, two and four processes on one PostgreSQL.

All servers run side by side, each on a database of its own, and are loaded in turn, round after
round. So a round compares what was measured within seconds of each other.
"""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks import calls, load, machine, processor_time, report, tools
from benchmarks.calls import CALLS, CREATED, DETAILED, JOB, UPLOADED, Asked, ask
from benchmarks.candidates import ours_on
from benchmarks.figures import Figures
from benchmarks.goals import Goal, Outcome
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.postgres import Postgres, postgres
from benchmarks.processes import Server, free_port, serving
from benchmarks.progress import say
from benchmarks.wire import CREATE

NUMBERS = (1, 2, 4)
FLOW = "session, file and job"
SERVER, POSTGRESQL, BUSIEST = "server CPU ms", "PostgreSQL CPU ms", "share of the busiest process"
MOST = 1.15
CONNECTIONS = 8
"""For each process, so that each has the same to do at a time."""
_PARTS = (CREATED, UPLOADED, JOB)
_MEASURED = (*_PARTS, DETAILED)


class _Setup(NamedTuple):
    """A server of so many processes, and the database that it is alone on."""

    number: int
    server: Server
    asked: Asked
    postgresql: int
    """The main process of PostgreSQL."""

    def spent(self) -> tuple[dict[int, float], float]:
        """Seconds of each process of the server, and of PostgreSQL."""
        processes = processor_time.of_each_in_group(self.server.pid)
        return processes, processor_time.of_family(self.postgresql)


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results."""
    rounds, number = (5, 600) if plan is FULL else (2, 200)
    machine.pin(cores.load)
    found, versions = Figures(), tools.versions()
    with scratch() as folder, postgres(folder / "postgres") as database, ExitStack() as stack:
        versions |= {"PostgreSQL": database.version()}
        setups = [_start(stack, each, database, folder, cores) for each in NUMBERS]
        for setup in setups:
            _measure(Figures(), setup, number)
        for each in range(rounds):
            say(f"round {each + 1} of {rounds}")
            first = each % len(setups)  # each comes first, last and between in turn
            for setup in setups[first:] + setups[:first]:
                _measure(found, setup, number)
    outcomes = [Outcome(goal, goal.value(found)) for goal in _goals()]
    setting = {"machine": machine.describe(), "versions": versions}
    text = _markdown(found, outcomes, setting, cores)
    report.write(plan.results, "workers", text, report.as_json(found, outcomes, setting))
    print(text)
    return True


def _start(stack: ExitStack, number: int, database: Postgres, folder: Path, cores: Cores) -> _Setup:
    place = folder / str(number)
    place.mkdir()
    url = database.new_database(place)
    seed = place / "seed.json"
    seed.write_text(calls.seed())
    # By a process alone: several would load it one after the other.
    with serving(
        ours_on(lambda _: url, "--migrate", "--seed", str(seed))(place, free_port()), None, CREATE
    ):
        pass
    start = ours_on(lambda _: url, "--workers", str(number))
    server = stack.enter_context(serving(start(place, free_port()), cores.server, CREATE))
    main = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    return _Setup(number, server, partial(ask, url), main)


def _measure(found: Figures, setup: _Setup, number: int) -> None:
    """One round of all calls; each finds what those before it have made."""
    connections = setup.number * CONNECTIONS
    sums = dict.fromkeys((SERVER, POSTGRESQL), 0.0)
    for call in (each for each in CALLS if each.name in _MEASURED):
        requests = call.requests(setup.asked, number + connections)[: number + connections]
        limit = len(requests) - connections
        before, database_before = setup.spent()
        sample = load.run(
            setup.server.port, requests, seconds=60, connections=connections, limit=limit
        )
        then, database_then = setup.spent()
        used = [seconds - before.get(pid, 0.0) for pid, seconds in then.items()]
        name = _name(call.name, setup.number)
        for figure, spent in ((SERVER, sum(used)), (POSTGRESQL, database_then - database_before)):
            value = spent / sample.requests * 1_000
            found.add(name, figure, value)
            sums[figure] += value if call.name in _PARTS else 0
        found.add(name, BUSIEST, max(used) / sum(used))
    for figure, value in sums.items():
        found.add(_name(FLOW, setup.number), figure, value)


def _name(call: str, number: int) -> str:
    return f"{call}, {number} process{'es' if number > 1 else ''}"


def _goals() -> list[Goal]:
    def goal(call: str, number: int) -> Goal:
        mine, other = _name(call, number), _name(call, NUMBERS[0])
        text = f"server CPU of {call}, {number} processes to one"
        return Goal(text, lambda found: found.ratio(mine, other, SERVER), MOST, at_least=False)

    return [goal(call, number) for call in (DETAILED, CREATED, FLOW) for number in NUMBERS[1:]]


def table(found: Figures) -> str:
    """All figures, also as `docs/scaling.md` has them."""
    rows = []
    for call in (DETAILED, *_PARTS, FLOW):
        for number in NUMBERS:
            name, one = _name(call, number), _name(call, NUMBERS[0])
            cells = [name]
            for figure in (SERVER, POSTGRESQL):
                value, ratio = found.median(name, figure), found.ratio(name, one, figure)
                cells.append("" if value is None else f"{value:.2f}")
                cells.append("" if ratio is None or number == 1 else f"{ratio:.2f} x")
            busiest = found.median(name, BUSIEST)
            rows.append([*cells, "" if busiest is None else f"{busiest:.0%}"])
    return report.table(["call", SERVER, "to one", POSTGRESQL, "to one", BUSIEST], rows)


def _markdown(
    found: Figures, outcomes: list[Outcome], setting: report.Setting, cores: Cores
) -> str:
    about = (
        f"Per request, of {calls.COMPANIES} companies, with default settings, so with the journal;"
        f" {CONNECTIONS} connections for each process. {cores.describe()}. Medians over the rounds;"
        " ratios are taken within each round first."
    )
    parts = ["# Processes", report.described(setting), about, table(found)]
    return "\n\n".join([*parts, "## Goals", report.goals(outcomes)]) + "\n"
