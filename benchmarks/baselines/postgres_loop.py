"""What PostgreSQL and its driver can do by themselves: no HTTP, no framework, one event loop.

A number of connections, each running the statement that alfred-mock runs for a request, again and
again, in autocommit. Prints the statements per second.

    python -m benchmarks.baselines.postgres_loop URL detail|create CONNECTIONS SECONDS
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import uvloop

from benchmarks.wire import COMPANY

_DETAIL = (
    "SELECT id, creation_date, update_date, status, user_name, company_id, job_id"
    " FROM deferred_session WHERE id = $1 AND company_id = $2"
)
_CREATE = (
    "INSERT INTO deferred_session"
    " (id, company_id, user_name, status, creation_date, update_date, job_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
)


async def _repeat(
    connection: Any, sql: str, values: Callable[[], tuple[Any, ...]], end: float
) -> int:
    done = 0
    while time.perf_counter() < end:
        await connection.fetch(sql, *values())
        done += 1
    return done


def _new_session() -> tuple[Any, ...]:
    now = time.time_ns() // 1_000_000
    return (str(uuid4()), COMPANY, "API Key 1", "open", now, now, None)


async def _connect(url: str) -> Any:
    connection = await asyncpg.connect(url)
    # Ids go as text, as they do in alfred-mock: on the wire of the API they are text too.
    await connection.set_type_codec(
        "uuid", encoder=str, decoder=str, schema="pg_catalog", format="text"
    )
    return connection


async def measure(url: str, what: str, count: int, seconds: float) -> float:
    """Statements per second over that many connections."""
    connections = [await _connect(url) for _ in range(count)]
    known = await connections[0].fetchval("SELECT id FROM deferred_session LIMIT 1")
    sql, values = (
        (_CREATE, _new_session) if what == "create" else (_DETAIL, lambda: (known, COMPANY))
    )
    for connection in connections:
        rows = await connection.fetch(sql, *values())
        if what == "detail" and len(rows) != 1:
            raise RuntimeError(f"{len(rows)} sessions found where one was looked for")
    started = time.perf_counter()
    done = await asyncio.gather(
        *(_repeat(connection, sql, values, started + seconds) for connection in connections)
    )
    took = time.perf_counter() - started
    for connection in connections:
        await connection.close()
    return sum(done) / took


def main() -> None:
    """Measure what the command line says."""
    url, what, connections, seconds = sys.argv[1:]
    print(uvloop.run(measure(url, what, int(connections), float(seconds))))


if __name__ == "__main__":
    main()
