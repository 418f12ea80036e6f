"""Alfred-mock on a file with ten million sessions, beside one with a thousand."""

import hashlib
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import figures as f
from benchmarks import load, machine, report, tools
from benchmarks.candidates import Candidate, ours_on_sqlite
from benchmarks.goals import Goal, Outcome
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.processes import free_port, serving
from benchmarks.progress import say
from benchmarks.wire import check_detail, create_session, detail

SMALL = 1_000
_TABLE = "deferred_session"
_BATCH = 100_000
_ASKED_ABOUT = 20_000
_NOISE = 1.05


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results."""
    large = 10_000_000 if plan is FULL else 200_000
    machine.pin(cores.load)
    ours, found = ours_on_sqlite(), f.Figures()
    with scratch() as scratch_folder:
        files = {}
        for count in (SMALL, large):
            folder = scratch_folder / str(count)
            folder.mkdir()
            files[count] = (folder, _fill(ours, folder, count, cores.server))
        for number in range(1, plan.rounds + 1):
            for count, (folder, sessions) in files.items():
                say(f"round {number} of {plan.rounds}: {count:,} sessions")
                _measure(ours, folder, sessions, plan, cores, found, _name(count))
    outcomes = _judge(found, large)
    setting = {"machine": machine.describe(), "versions": tools.versions()}
    text = _markdown(found, outcomes)
    report.write(plan.results, "scale", text, report.as_json(found, outcomes, setting))
    print(text)
    return True


def _name(count: int) -> str:
    return f"{count:,} sessions"


def _fill(ours: Candidate, folder: Path, count: int, core: int | None) -> list[str]:
    """Have the server make its file and one session, and copy that; ids to ask about.

    The rows go in with plain SQL: by way of the API ten million would take a quarter of an hour.
    """
    with serving(ours.start(folder, free_port()), core, ours.probe) as server:
        template = create_session(server.port)
    with sqlite3.connect(folder / "alfred-mock.db", isolation_level=None) as database:
        cursor = database.execute(f"SELECT * FROM {_TABLE} WHERE id = ?", (template,))
        columns = [column[0] for column in cursor.description]
        row = dict(zip(columns, cursor.fetchone(), strict=True))
        marks = ", ".join("?" * len(columns))
        for start in range(0, count, _BATCH):
            database.execute("BEGIN")
            database.executemany(
                f"INSERT INTO {_TABLE} VALUES ({marks})",
                _rows(row, range(start, min(start + _BATCH, count)), count),
            )
            database.execute("COMMIT")
            if start % 1_000_000 == 0:
                say(f"{start:,} of {count:,} sessions")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    asked = random.Random(1).sample(range(count), min(count, _ASKED_ABOUT))
    return [_session_id(number, count) for number in asked]


def _rows(row: dict[str, Any], numbers: range, count: int) -> Iterator[tuple[Any, ...]]:
    for number in numbers:
        yield tuple({**row, "id": _session_id(number, count)}.values())


def _session_id(number: int, count: int) -> str:
    """A UUID that looks random and grows with its number: inserted in order, a file fills fast."""
    lead = number * ((1 << 32) // count)
    tail = hashlib.blake2b(str(number).encode(), digest_size=10).hexdigest()
    return f"{lead:08x}-{tail[:4]}-4{tail[4:7]}-8{tail[7:10]}-{tail[8:]}"


def _measure(
    ours: Candidate,
    folder: Path,
    sessions: list[str],
    plan: Plan,
    cores: Cores,
    found: f.Figures,
    name: str,
) -> None:
    details = [detail(session) for session in sessions]
    with serving(ours.start(folder, free_port()), cores.server, details[0]) as server:
        found.add(name, f.START, server.start_seconds * 1_000)
        check_detail(server.port, sessions[-1])
        load.run(server.port, details, seconds=plan.seconds)
        sample = load.run(server.port, details, seconds=plan.seconds)
        found.add(name, f.DETAIL, sample.rate)
        found.add(name, f.DETAIL_P99, sample.p99)
        found.add(name, f.MEMORY_LOAD, server.memory())


def _judge(found: f.Figures, large: int) -> list[Outcome]:
    names = (_name(large), _name(SMALL))
    return [
        Outcome(
            Goal("detail, requests/s, large to small", lambda _: None, 0.9, True),
            found.ratio(*names, f.DETAIL),
        ),
        Outcome(
            Goal("start, large to small (5 % is noise)", lambda _: None, _NOISE, False),
            found.ratio(*names, f.START),
        ),
    ]


def _markdown(found: f.Figures, outcomes: list[Outcome]) -> str:
    figures = (f.DETAIL, f.DETAIL_P99, f.START, f.MEMORY_LOAD)
    rows = [
        [name, *(f"{found.median(name, figure) or 0:,.1f}" for figure in figures)]
        for name in found.values
    ]
    parts = ["# Scale", report.table(["file", *figures], rows), report.goals(outcomes)]
    return "\n\n".join(parts) + "\n"
