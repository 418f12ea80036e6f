"""What the costs of the calls come to for many requests a second: the tables of docs/scaling.md.

`python -m benchmarks sizing` prints them; nothing is measured here.
"""

import json
import math
from typing import NamedTuple

from benchmarks import costs
from benchmarks.calls import (
    CHECKPOINTED,
    CREATED,
    DETAILED,
    FILE_BYTES,
    JOB,
    JOB_DETAIL,
    LOADED,
    UPLOADED,
    VALUES,
)
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan
from benchmarks.postgres import CONNECTIONS
from benchmarks.report import table

MIX = {CREATED: 1, UPLOADED: 1, JOB: 1, DETAILED: 1, JOB_DETAIL: 4, VALUES: 2}
"""The requests of one job: a client creates a session, uploads a file, makes the job, looks."""
RATES = (1_000, 10_000, 100_000)
BUSY = 0.6
"""How much of a core is planned for, so that peaks find room."""
OWN_CONNECTIONS = 2
"""Of each process beside its pool: one listens, one is asked for health."""
FEWER = 6
"""A smaller pool, with which the default of PostgreSQL suffices at 10,000 requests a second."""
DAY, MB, GB = 86_400, 1e6, 1e9
WAYS = {
    "directly": costs.DIRECT,
    "through PgBouncer, listening past it": costs.LISTENING,
    "through PgBouncer alone": costs.POOLED,
}
BILLION, ROWS = 1_000_000_000, 300_000

_FIGURES = (
    *(costs.SERVER, costs.POSTGRESQL, costs.POOLER),
    *(costs.STATEMENTS, costs.TRIPS, costs.LOGGED),
)
Found = dict[str, dict[str, list[float]]]


class Mean(NamedTuple):
    """What a request of the mix costs."""

    server: float
    postgresql: float
    pooler: float
    statements: float
    trips: float
    logged: float

    @classmethod
    def of(cls, found: Found, way: str) -> "Mean":
        """The mean over the mix, for one way to the database."""
        return cls(*(_mean(found, way, figure) for figure in _FIGURES))


def _mean(found: Found, way: str, figure: str) -> float:
    total = sum(
        times * found[call + way].get(figure, [0.0])[0]
        for call, times in MIX.items()
        if way or figure != costs.POOLER
    )
    return total / sum(MIX.values())


def tables(found: Found) -> dict[str, str]:
    """The tables, each by what it is about."""
    means = {name: Mean.of(found, way) for name, way in WAYS.items()}
    return {
        "calls": _calls(found),
        "means": _means(means),
        "sizes": _sizes(means),
        "growth": _growth(found, means["directly"]),
        "billion": _billion(found),
    }


def _calls(found: Found) -> str:
    figures = (costs.SERVER, costs.POSTGRESQL, costs.TRIPS, costs.STORED, costs.LOGGED)
    rows = []
    for call, times in MIX.items():
        server, postgresql, trips, stored, logged = (found[call][figure][0] for figure in figures)
        share = f"{_share(found, call):.0%}"
        cells = [f"{server:.2f}", f"{postgresql:.2f}", share, f"{trips:.0f}"]
        rows.append([call, f"{times}", *cells, f"{stored:,.0f}", f"{logged:,.0f}"])
    head = [*figures[:2], "share of PostgreSQL's", *figures[2:]]
    return table(["call", "of 10", *head], rows)


def _share(found: Found, *calls: str) -> float:
    of_each = {call: MIX[call] * found[call][costs.POSTGRESQL][0] for call in MIX}
    return sum(of_each[call] for call in calls) / sum(of_each.values())


def facts(found: Found) -> list[str]:
    """What the page says of the same figures in its sentences."""
    direct, listening, alone = (Mean.of(found, way) for way in WAYS.values())
    least = [cores(rate, direct.server) for rate in RATES]
    held = [each * (CONNECTIONS + OWN_CONNECTIONS) for each in least]
    fewer = [each * (FEWER + OWN_CONNECTIONS) for each in least]
    checkpointed, usual = found[CHECKPOINTED][costs.LOGGED][0], found[CREATED][costs.LOGGED][0]
    pages = found[LOADED.format(ROWS)][costs.INDEXED][0] * BILLION / 8_192 / 1e6
    return [
        f"{direct.server:.2f} ms / {BUSY:g}, {least[1]} processes",
        f"{_share(found, DETAILED, JOB_DETAIL, VALUES):.0%} of PostgreSQL's time",
        f"{listening.postgresql / direct.postgresql:.1f} times the time of PostgreSQL",
        f"{listening.server / direct.server:.1f} times that of the servers",
        f"{alone.postgresql / direct.postgresql:.1f} and {alone.server / direct.server:.1f} times",
        f"holds {held[1]:,}",
        f"`ALFRED_MOCK_DATABASE_POOL={FEWER}` leaves {fewer[1]:,}, and {fewer[2]:,} at 100,000",
        f"{cores(RATES[2], direct.postgresql)} cores",
        f"{least[2]:,} processes answer, and each hears all: {least[2] ** 2:,} notifications",
        f"{checkpointed:,.0f} bytes of WAL instead of {usual:,.0f}",
        f"{pages:.1f} million pages",
        f"{found[JOB][costs.STATEMENTS][0]:.0f} statements, one after the other",
    ]


def _means(means: dict[str, Mean]) -> str:
    rows = [
        [
            name,
            *(f"{value:.2f}" for value in (mean.server, mean.postgresql, mean.pooler)),
            *(f"{value:.1f}" for value in (mean.statements, mean.trips)),
        ]
        for name, mean in means.items()
    ]
    figures = [costs.SERVER, costs.POSTGRESQL, costs.POOLER, costs.STATEMENTS, costs.TRIPS]
    return table(["a request of the mix", *figures], rows)


def cores(rate: int, milliseconds: float) -> int:
    """How many cores so many requests a second keep busy, with room for peaks."""
    return math.ceil(rate * milliseconds / 1_000 / BUSY)


def _sizes(means: dict[str, Mean]) -> str:
    rows = []
    for rate in RATES:
        for name, mean in means.items():
            processes, pooled = cores(rate, mean.server), cores(rate, mean.pooler)
            held = processes * (CONNECTIONS + OWN_CONNECTIONS)
            counts = (processes, cores(rate, mean.postgresql), pooled, held)
            busy = f"{rate * mean.trips / 1_000:,.0f}"
            rows.append([f"{rate:,}", name, *(f"{count:,}" for count in counts), busy])
    head = ["requests/s", "way", "server processes", "PostgreSQL cores", "PgBouncer processes"]
    return table([*head, "connections held", "busy at 1 ms a round trip"], rows)


def _growth(found: Found, mean: Mean) -> str:
    (stored, content) = (
        sum(found[call][figure][0] for call in (CREATED, UPLOADED, JOB))
        for figure in (costs.STORED, costs.CONTENT)
    )
    logged_content = FILE_BYTES / sum(MIX.values())
    rows = []
    for rate in RATES:
        jobs = rate / sum(MIX.values())
        per_day = [jobs * DAY * size / GB for size in (stored, stored - content)]
        logged = [rate * size / MB for size in (mean.logged, mean.logged - logged_content)]
        writes = jobs * sum(MIX[call] for call in (CREATED, UPLOADED, JOB))
        cells = [f"{jobs:,.0f}", f"{writes:,.0f}", *(f"{value:,.0f}" for value in per_day)]
        rows.append([f"{rate:,}", *cells, *(f"{value:,.1f}" for value in logged)])
    kept = ("GB a day", "… content elsewhere", "WAL, MB/s", "… content elsewhere")
    return table(["requests/s", "jobs/s", "commits/s", *kept], rows)


def _billion(found: Found) -> str:
    session = found[LOADED.format(ROWS)]
    upload, job = found[UPLOADED], found[JOB]
    files = upload[costs.STORED][0] - upload[costs.CONTENT][0]
    sizes = {
        "sessions": session[costs.STORED][0],
        "… of these indexes": session[costs.INDEXED][0],
        "files, one for each, without content": files,
        "jobs, one for each": job[costs.STORED][0],
        "content of 10 KB, in the database": upload[costs.CONTENT][0],
    }
    rows = [[name, f"{size:,.0f}", f"{size * BILLION / GB:,.0f}"] for name, size in sizes.items()]
    return table(["a billion", "bytes of each", "GB"], rows)


def run(_: Plan, __: Cores) -> bool:
    """Print the tables, from the results that are kept."""
    kept = json.loads((FULL.results / "costs.json").read_text())
    print("\n\n".join([*tables(kept["figures"]).values(), *facts(kept["figures"])]))
    return True
