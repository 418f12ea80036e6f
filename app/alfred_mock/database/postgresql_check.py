"""Whether PostgreSQL can be used, asked on a connection that no request keeps busy."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from alfred_mock.database.errors import DatabaseUnavailable
from alfred_mock.database.interface import Rows, Schema
from alfred_mock.database.migrations import IN_POSTGRESQL, Migrations
from alfred_mock.database.pool import BROKEN, close_soon, transaction_on
from alfred_mock.database.statements import Call

CHECK_SECONDS = 2
_STATE = """
    SELECT current_setting('transaction_read_only') = 'on',
           has_table_privilege(to_regclass($1), 'INSERT')
"""


class Check:
    """One connection for nothing but this; it is opened when it is first needed."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], migrations: Migrations) -> None:
        self._connect = connect
        self._migrations = migrations
        self._connection: Any = None

    def open(self) -> None:
        """Begin to check."""
        # Made here, since it belongs to the event loop in which it is first waited for.
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await close_soon(self._connection)

    async def schema(self) -> Schema:
        """Where the schema stands in its history.

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

    async def _ask(self) -> Schema:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        async with transaction_on(self._connection):
            schema = await self._migrations.find_schema(self._fetch, IN_POSTGRESQL)
            if schema.revision is None:
                return schema
            table = self._migrations.table
            is_read_only, may_write = await self._connection.fetchrow(_STATE, table)
        if is_read_only:
            raise DatabaseUnavailable("the database is read-only")
        if may_write is False:
            raise DatabaseUnavailable(f"the database lets nothing be written to {table}")
        return schema

    async def _fetch(self, call: Call) -> Rows:
        rows: Rows = await self._connection.fetch(call.statement.postgresql.sql)
        return rows
