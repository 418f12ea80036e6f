"""Something between this process and PostgreSQL that shares connections out, such as PgBouncer.

In PgBouncer's transaction mode each transaction may run on another connection of the server. So
nothing may outlast one: no prepared statement, no LISTEN, no setting. In statement mode there are
no transactions at all.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from sqlalchemy import text

from alfred_mock.database.errors import CannotStart
from alfred_mock.database.interface import Names, Rows
from alfred_mock.database.pool import close_soon, transaction_on
from alfred_mock.database.statements import Call, Statement

_PROCESS = "SELECT pg_backend_pid()"
_SERVER = "SELECT current_database(), system_identifier FROM pg_control_system()"
_NO_TRANSACTIONS = "transaction blocks not allowed"


class Route(NamedTuple):
    """A way to PostgreSQL."""

    is_pooled: bool
    """Whether it is shared with other clients."""
    server: tuple[Any, ...] | None
    """Names the database, whichever way leads to it."""


async def route_of(connection: Any, *, with_server: bool = False) -> Route:
    """The way that a new connection takes, which has no prepared statements; closes it.

    Raises:
        CannotStart: it takes no transactions.
    """
    try:
        async with transaction_on(connection):
            process = await connection.fetchval(_PROCESS)
            server = tuple(await connection.fetchrow(_SERVER)) if with_server else None
        # A pooler gives its clients numbers of its own.
        return Route(process != connection.get_server_pid(), server)
    except Exception as error:
        if _NO_TRANSACTIONS not in str(error):
            raise
        raise CannotStart(
            "the pooler before PostgreSQL takes no transactions: put PgBouncer into transaction"
            " mode (pool_mode = transaction)"
        ) from None
    finally:
        await close_soon(connection)


class CountedAnnouncements:
    """Tells all processes that something was changed, where they cannot listen.

    A number in the database is raised with each announcement, and looked at before each request.
    """

    def __init__(self, fetch: Callable[[Call], Awaitable[Rows]], names: Names) -> None:
        self._fetch = fetch
        self._raise = Statement(text(f"SELECT nextval('{names.announced}')"))
        look = f"SELECT last_value FROM {names.announced}"  # noqa: S608 - a name of ours
        self._look = Statement(text(look))
        self._number: int | None = None
        self._handlers: list[Callable[[], Awaitable[None]]] = []

    def add_handler(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Have `handler` called on every announcement."""
        self._handlers.append(handler)

    async def announce(self) -> None:
        """Have every process call its handlers before its next request."""
        await self._fetch(self._raise())
        await self.refresh()

    async def refresh(self) -> None:
        """Call the handlers if anything was announced since the last time."""
        ((number,),) = await self._fetch(self._look())
        if number != self._number:
            for handler in self._handlers:
                await handler()
            self._number = number

    async def close(self) -> None:
        """Nothing is under way."""
