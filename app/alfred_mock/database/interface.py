"""What the rest of the server may ask of a database, whichever one it is."""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Protocol, TypeVar

from alfred_mock.database.statements import Call

Row = tuple[Any, ...]
"""To be unpacked; PostgreSQL's rows compare like tuples, but are none."""

Rows = list[Row]

T = TypeVar("T")

Transaction = Generator[Call, Rows, T]
"""Several statements that happen as one.

A generator that yields calls (`STATEMENT(id=...)`), is sent the rows of each, and returns its
result; an exception that leaves it undoes everything. Written this way, the same transaction runs
inside SQLite's writer thread, sharing a commit with others, and over a PostgreSQL connection.
"""


class Database(Protocol):
    """Runs statements. What `write` and `transact` have answered survives `kill -9`.

    Every method raises `DatabaseUnavailable` where the database does not answer, and the writing
    ones `ConstraintViolated` where a row does not fit.
    """

    migrates_itself: bool
    """Whether a start may bring the schema to head unasked: nobody else depends on the old one."""

    is_shared: bool
    """Whether other processes may use it at the same time."""

    async def open(self) -> None:
        """Connect; must be called before anything else."""

    async def close(self) -> None:
        """Finish what is under way and disconnect."""

    async def fetch(self, call: Call) -> Rows:
        """The rows that a reading statement finds."""

    async def look_up(self, call: Call) -> Rows:
        """What `fetch` finds, possibly from memory.

        Only for credentials, whose every change the database announces to all replicas.
        """

    async def write(self, call: Call) -> Rows:
        """Run one writing statement; the rows are those of its RETURNING."""

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run a transaction to its end and return its result."""

    def on_announcement(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Add a handler; all are called, in order, when any process announces something."""

    async def announce(self) -> None:
        """Have every process that shares the database call its handlers.

        When this returns, each has, or will have before it handles its next request.
        """

    async def refresh(self) -> None:
        """Hear of what was announced; to be awaited before each request where it is shared."""

    async def revision(self) -> str | None:
        """The schema's Alembic revision, None for a database without a schema."""

    async def upgrade(self) -> None:
        """Bring the schema to head; safe when several processes do so at once."""
