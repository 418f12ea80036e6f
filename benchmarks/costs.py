"""What each kind of call costs on PostgreSQL: processor time, round trips, bytes.

Load shows what the processes use, one connection through a relay what is said to the database.
"""

from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks import calls, load, machine, pgbouncer, processor_time, report, tools
from benchmarks.calls import AFTER, CALLS, CHECKPOINTED, LOAD, LOADED, SIZES, Asked, Call, ask
from benchmarks.candidates import ours_on
from benchmarks.figures import Figures
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.postgres import Postgres, postgres
from benchmarks.processes import Launch, free_port, serving
from benchmarks.progress import say
from benchmarks.relay import CountingRelay, relaying
from benchmarks.wire import CREATE, Request

SERVER, POSTGRESQL, POOLER = "server CPU ms", "PostgreSQL CPU ms", "PgBouncer CPU ms"
STATEMENTS, TRIPS = "statements", "round trips"
STORED, INDEXED = "stored bytes", "of these in indexes"
CONTENT, LOGGED = "of these content", "WAL bytes"
RATE, REQUESTS = "requests/s", "requests"
DIRECT, LISTENING, POOLED = "", ", PgBouncer, listening past it", ", PgBouncer alone"
"""The ways to the database; behind a pooler alone, a server cannot listen."""
_FIGURES = (
    *((name, ".2f") for name in (SERVER, POSTGRESQL, POOLER)),
    *((name, ".1f") for name in (STATEMENTS, TRIPS)),
    *((name, ",.0f") for name in (STORED, INDEXED, CONTENT, LOGGED, RATE, REQUESTS)),
)
_WARM_UP, _COUNTED = 64, 100
_PART = _COUNTED + 1
"""With the request that is under way when enough are counted."""


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results."""
    number, loaded = (1_000, 300_000) if plan is FULL else (600, 10_000)
    machine.pin(cores.load)
    found, versions = Figures(), tools.versions()
    ways = (DIRECT, LISTENING, POOLED) if pgbouncer.program() else (DIRECT,)
    with scratch() as folder, postgres(folder / "postgres") as database:
        versions |= {"PostgreSQL": database.version()}
        for way in ways:
            _measure(found, way, database, folder, cores, number)
        asked = partial(ask, database.newest_url)
        sizes = [asked(SIZES)[0]]
        for statement in (LOAD.format(loaded), "CHECKPOINT", LOAD.format(AFTER)):
            asked(statement)
            sizes.append(asked(SIZES)[0])
        _keep_bytes(found, LOADED.format(loaded), sizes[0], sizes[1], loaded)
        found.add(CHECKPOINTED, LOGGED, float(sizes[3][0] - sizes[2][0]) / AFTER)
    setting = {"machine": machine.describe(), "versions": versions}
    text = _markdown(found, setting, cores)
    report.write(plan.results, "costs", text, report.as_json(found, [], setting))
    print(text)
    return len(ways) == len((DIRECT, LISTENING, POOLED))


def _measure(
    found: Figures, way: str, database: Postgres, folder: Path, cores: Cores, number: int
) -> None:
    direct = database.new_database(folder)
    asked = partial(ask, direct)
    main = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    seed = folder / "seed.json"
    seed.write_text(calls.seed())

    def launched(url: str) -> Launch:
        options = ["--migrate", "--journal", "off", "--seed", str(seed)]
        options += ["--database-listen-url", direct] if way == LISTENING else []
        return ours_on(lambda _: url, *options)(folder, free_port())

    with ExitStack() as stack:
        url, pooler = direct, 0
        if way:
            url, pooler = stack.enter_context(pgbouncer.pooled(direct, folder, cores.load))
        with serving(launched(url), cores.server, CREATE) as up:
            for call in CALLS:
                say(f"{call.name}{way}")
                requests = call.requests(asked, number)
                _load(found, call, way, requests, (up.port, up.pid, main, pooler), asked, number)
        relay = stack.enter_context(relaying(CountingRelay(url)))
        with serving(launched(relay.url), cores.server, CREATE) as up:
            for call in CALLS:
                _count(found, call.name + way, up.port, relay, call.requests(asked, number))


def _load(
    found: Figures,
    call: Call,
    way: str,
    requests: list[Request],
    at: tuple[int, int, int, int],
    asked: Asked,
    number: int,
) -> None:
    port, *pids = at
    load.run(port, requests, seconds=30, limit=_WARM_UP)
    # Others than those for warming up, of which some were sent but not awaited.
    rest = requests[2 * _WARM_UP :] or requests
    sizes, spent = asked(SIZES)[0], processor_time.of_each(*pids)
    sample = load.run(port, rest, seconds=60, limit=round(number * call.share))
    then = processor_time.of_each(*pids)
    for figure, before, after in zip((SERVER, POSTGRESQL, POOLER), spent, then, strict=True):
        if after:
            found.add(call.name + way, figure, (after - before) / sample.requests * 1_000)
    _keep_bytes(found, call.name + way, sizes, asked(SIZES)[0], sample.requests)
    found.add(call.name + way, RATE, sample.rate)
    found.add(call.name + way, REQUESTS, sample.requests)


def _count(
    found: Figures, name: str, port: int, relay: CountingRelay, requests: list[Request]
) -> None:
    # The load has left over what is at the end. The first part warms up.
    for part in (requests[-2 * _PART : -_PART], requests[-_PART:]):
        relay.settle()
        statements, trips = relay.statements, relay.round_trips
        load.run(port, part, seconds=60, connections=1, limit=_COUNTED)
    relay.settle()
    found.add(name, STATEMENTS, (relay.statements - statements) / _PART)
    found.add(name, TRIPS, (relay.round_trips - trips) / _PART)


def _keep_bytes(
    found: Figures, name: str, before: tuple[int, ...], after: tuple[int, ...], rows: int
) -> None:
    logged, tables, indexes, content = (
        (int(then) - int(now)) / rows for now, then in zip(before, after, strict=True)
    )
    found.add(name, STORED, tables + indexes)
    for figure, value in ((INDEXED, indexes), (CONTENT, content), (LOGGED, logged)):
        found.add(name, figure, value)


def _markdown(found: Figures, setting: report.Setting, cores: Cores) -> str:
    rows = []
    for name in found.values:
        values = [(found.median(name, figure), form) for figure, form in _FIGURES]
        rows.append([name, *("" if value is None else f"{value:{form}}" for value, form in values)])
    about = (
        f"Per request, of {calls.COMPANIES} companies unless said. {cores.describe()}."
        " Measured once."
    )
    head = ["call", *(figure for figure, _ in _FIGURES)]
    return (
        "\n\n".join(["# Costs", report.described(setting), about, report.table(head, rows)]) + "\n"
    )
