"""Brings PostgreSQL's schema to head while servers of the version before go on serving.

A change of a table waits for everybody who uses it, and everybody who comes after waits for the
change: behind one long transaction, such as that of `pg_dump`, all requests would stand still. So
a change gives up its place in the queue soon, lets them pass, and tries again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from alfred_mock.database.errors import CannotStart
from alfred_mock.database.migrations import Migrations

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

log = logging.getLogger(__name__)

LOCK_MILLISECONDS = 500
"""So long a change may keep requests waiting for a lock that it waits for itself."""
PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 60.0
"""For each revision; who holds a lock for longer is for an operator to find."""
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


async def upgrade(
    connect: Callable[[], Awaitable[Any]], migrations: Migrations, *, lock: int
) -> None:
    """Bring the schema to head; the advisory lock keeps other replicas waiting meanwhile.

    Raises:
        CannotStart: the server cannot be reached, or refuses a revision; those before it are done.
    """
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    engine = create_async_engine(
        "postgresql+asyncpg://",
        # SQLAlchemy brings its own way with UUIDs.
        async_creator=connect,
        poolclass=NullPool,
        # A pooler may hand the connection on with what was prepared on it.
        connect_args={"prepared_statement_name_func": lambda: f"__alfred_mock_{uuid4()}__"},
    )
    try:
        while not await _patient_step(engine, migrations, lock):
            pass
    except OSError as error:
        raise CannotStart(f"cannot connect to PostgreSQL: {error}") from None
    except DBAPIError as error:
        reason = str(error.orig).partition(": ")[2] or error.orig
        raise CannotStart(f"cannot migrate the database: {reason}") from None
    finally:
        await engine.dispose()


async def _patient_step(engine: "AsyncEngine", migrations: Migrations, lock: int) -> bool:
    """The next revision, in a transaction of its own; True if there is no other."""
    from sqlalchemy.exc import DBAPIError

    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_SECONDS
    while True:
        try:
            return await _step(engine, migrations, lock)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
                raise
            if loop.time() > end:
                raise CannotStart(
                    f"cannot migrate the database: other transactions have held what it needs for"
                    f" {PATIENCE_SECONDS:g} s; end them, or try again later"
                ) from None
        log.warning("the migration gives way to transactions that use its tables; it tries again")
        await asyncio.sleep(PAUSE_SECONDS)


async def _step(engine: "AsyncEngine", migrations: Migrations, lock: int) -> bool:
    from sqlalchemy import text

    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        await connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}"))
        return await connection.run_sync(migrations.step)
