"""What each kind of call costs on PostgreSQL: processor time, round trips, bytes.

Load shows what the processes use, one connection through a relay what is said to the database.
"""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks import calls, load, machine, pgbouncer, processor_time, report, tools
from benchmarks.calls import CALLS, Call, ask, seed
from benchmarks.candidates import ours_on
from benchmarks.figures import Figures
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.postgres import postgres
from benchmarks.processes import free_port, serving
from benchmarks.progress import say
from benchmarks.relay import Relay, counting
from benchmarks.wire import CREATE

SERVER, POSTGRESQL, POOLER = "server CPU ms", "PostgreSQL CPU ms", "PgBouncer CPU ms"
STATEMENTS, TRIPS = "statements", "round trips"
STORED, INDEXED, LOGGED = "stored bytes", "of these in indexes", "WAL bytes"
REQUESTS = "requests"
FIGURES = (SERVER, POSTGRESQL, POOLER, STATEMENTS, TRIPS, STORED, INDEXED, LOGGED, REQUESTS)
POOLED = ", through PgBouncer"
LOADED = "a session of {:,} loaded"
_WARM_UP, _COUNTED = 200, 50
_PART = _COUNTED + 1
"""With the request that is under way when enough are counted."""
_IN_FLIGHT = 2 * 32
"""Requests that may have been sent but not awaited, at the end of each of two runs."""
_SIZES = (
    "SELECT pg_current_wal_insert_lsn() - '0/0', sum(pg_table_size(oid)), sum(pg_indexes_size(oid))"
    " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
_LOAD = (
    "INSERT INTO deferred_session (id, company_id, user_name, status, creation_date, update_date)"
    " SELECT gen_random_uuid(), c.id, 'bench', 'open', n, n FROM generate_series(1, {}) n"
    " JOIN (SELECT id, row_number() OVER () AS place FROM company) c"
    " ON c.place = n % (SELECT count(*) FROM company) + 1"
)


class _Spent(NamedTuple):
    """What was used so far: seconds, and bytes."""

    server: float
    postgresql: float
    pooler: float
    logged: int
    tables: int
    indexes: int


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results."""
    number, loaded = (4_000, 300_000) if plan is FULL else (1_000, 10_000)
    machine.pin(cores.load)
    found, versions = Figures(), tools.versions()
    with scratch() as folder, postgres(folder / "postgres") as database:
        main = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        versions |= {"PostgreSQL": database.version()}
        (folder / "seed.json").write_text(seed())
        for kind in ("", POOLED):
            if kind and pgbouncer.program() is None:
                found.absent["PgBouncer"] = "it is not installed"
                continue
            direct = database.new_database(folder)
            with ExitStack() as stack:
                url, pooler = direct, 0
                if kind:
                    url, pooler = stack.enter_context(pgbouncer.pooled(direct, folder, cores.load))
                _measure(found, kind, (direct, url), (main, pooler), number, folder, cores)
        before = ask(direct, _SIZES)[0]
        ask(direct, _LOAD.format(loaded))
        _keep_bytes(found, LOADED.format(loaded), before, ask(direct, _SIZES)[0], loaded)
    setting = {"machine": machine.describe(), "versions": versions}
    text = _markdown(found, setting, cores)
    report.write(plan.results, "costs", text, report.as_json(found, [], setting))
    print(text)
    return not found.absent


def _measure(
    found: Figures,
    kind: str,
    urls: tuple[str, str],
    pids: tuple[int, int],
    number: int,
    folder: Path,
    cores: Cores,
) -> None:
    direct, url = urls
    options = ("--migrate", "--journal", "off", "--seed", str(folder / "seed.json"))
    asked = partial(ask, direct)
    with serving(ours_on(lambda _: url, *options)(folder, free_port()), cores.server, CREATE) as up:
        for call in CALLS:
            say(f"{call.name}{kind}")
            requests = call.requests(asked, number)
            load.run(up.port, requests, seconds=30, limit=_WARM_UP)
            rest = requests[_WARM_UP + _IN_FLIGHT :]
            limit = len(rest) - 2 * _PART - _IN_FLIGHT
            before = _spent(direct, up.pid, *pids)
            done = load.run(up.port, rest, seconds=60, limit=limit).requests
            after = _spent(direct, up.pid, *pids)
            _keep(found, call.name + kind, before, after, done)
    with counting(url) as relay:
        launch = ours_on(lambda _: relay.url, *options)(folder, free_port())
        with serving(launch, cores.server, CREATE) as up:
            for call in CALLS:
                _count(found, call, kind, up.port, relay, call.requests(asked, number))


def _count(
    found: Figures, call: Call, kind: str, port: int, relay: Relay, requests: list[load.Request]
) -> None:
    # The load has left over what is at the end. The first part warms up.
    for part in (requests[-2 * _PART : -_PART], requests[-_PART:]):
        statements, trips = relay.statements, relay.round_trips
        done = load.run(port, part, seconds=60, connections=1, limit=_COUNTED).requests
    found.add(call.name + kind, STATEMENTS, (relay.statements - statements) / done)
    found.add(call.name + kind, TRIPS, (relay.round_trips - trips) / done)


def _spent(url: str, server: int, postgresql: int, pooler: int) -> _Spent:
    return _Spent(
        processor_time.of_group(server),
        processor_time.of_family(postgresql),
        processor_time.of_group(pooler) if pooler else 0.0,
        *map(int, ask(url, _SIZES)[0]),
    )


def _keep(found: Figures, name: str, before: _Spent, after: _Spent, done: int) -> None:
    for figure, place in ((SERVER, 0), (POSTGRESQL, 1), (POOLER, 2)):
        found.add(name, figure, (after[place] - before[place]) / done * 1_000)
    _keep_bytes(found, name, before[3:], after[3:], done)
    found.add(name, REQUESTS, done)


def _keep_bytes(
    found: Figures, name: str, before: tuple[int, ...], after: tuple[int, ...], rows: int
) -> None:
    logged, tables, indexes = (
        (int(then) - int(now)) / rows for now, then in zip(before, after, strict=True)
    )
    for figure, value in ((STORED, tables + indexes), (INDEXED, indexes), (LOGGED, logged)):
        found.add(name, figure, value)


def _markdown(found: Figures, setting: report.Setting, cores: Cores) -> str:
    rows = []
    for name in found.values:
        values = [found.median(name, figure) for figure in FIGURES]
        shown = [
            "" if value is None else f"{value:,.{2 if place < 5 else 0}f}"
            for place, value in enumerate(values)
        ]
        rows.append([name, *shown])
    about = (
        f"Per request, of {calls.COMPANIES} companies. {cores.describe()}. Measured once, on a"
        " machine that was doing other work as well: the processor times are noisy."
    )
    parts = ["# Costs", report.described(setting), about, report.table(["call", *FIGURES], rows)]
    return "\n\n".join(parts) + "\n"
