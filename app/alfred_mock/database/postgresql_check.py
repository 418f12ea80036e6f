"""Whether PostgreSQL can be used, asked on a connection that no request keeps busy."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from alfred_mock.database.errors import DatabaseUnavailable
from alfred_mock.database.migrations import POSTGRESQL_HAS_REVISION, REVISION
from alfred_mock.database.pool import BROKEN, close_soon, transaction_on

CHECK_SECONDS = 2
_STATE = """
    SELECT current_setting('transaction_read_only') = 'on',
           has_table_privilege(to_regclass($1), 'INSERT')
"""


class Check:
    """One connection for nothing but this; it is opened when it is first needed."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], *, table: str) -> None:
        """`table` is one that requests write to."""
        self._connect = connect
        self._table = table
        self._connection: Any = None

    def open(self) -> None:
        """Begin to check."""
        # Made here, since it belongs to the event loop in which it is first waited for.
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await close_soon(self._connection)

    async def revision(self) -> str | None:
        """The schema's revision, None for a database without a schema.

        Raises:
            DatabaseUnavailable: it does not answer soon, or takes no changes.
        """
        try:
            async with asyncio.timeout(CHECK_SECONDS), self._turn:
                return await self._ask()
        except TimeoutError:
            reason = f"the database does not answer within {CHECK_SECONDS} s"
        except (*BROKEN, asyncpg.PostgresError) as error:
            reason = f"the database does not answer ({type(error).__name__})"
        if self._connection is not None:
            self._connection.terminate()
        raise DatabaseUnavailable(reason)

    async def _ask(self) -> str | None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        async with transaction_on(self._connection):
            if not await self._connection.fetch(POSTGRESQL_HAS_REVISION.postgresql.sql):
                return None
            is_read_only, may_write = await self._connection.fetchrow(_STATE, self._table)
            rows = await self._connection.fetch(REVISION.postgresql.sql)
        if is_read_only:
            raise DatabaseUnavailable("the database is read-only")
        if may_write is False:
            raise DatabaseUnavailable(f"the database lets nothing be written to {self._table}")
        return str(rows[0][0]) if rows else None
