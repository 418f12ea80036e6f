"""The interface of every database."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

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


class Names(NamedTuple):
    """What an application's processes call things in PostgreSQL; all of them must agree."""

    listener: str
    """The `application_name` of the connections that listen."""
    told: str
    """The channel on which an announcement is made."""
    heard: str
    """The channel on which each process says that it has taken notice."""
    changed: str
    """The channel on which triggers announce changes of the tables for `look_up`."""
    noticed: str
    """The channel of `Notice`."""
    announced: str
    """The sequence that counts announcements where nobody can listen."""
    migration_lock: int
    """The advisory lock that keeps others from migrating at the same time."""


class Schema(NamedTuple):
    """Where a database stands in the schema's history."""

    revision: str | None
    """None for a database without a schema."""
    serves_from: str | None = None
    """The oldest version that it serves; only asked for where it is newer than this version."""


class Usage(NamedTuple):
    """How busy a database is with this process."""

    waiting: int
    """Requests that wait for a connection, or for their turn in a commit."""
    connections: int | None = None
    """Connections that requests hold; None where they share one."""
    most_connections: int | None = None


class Database(Protocol):
    """Runs statements. A change is durable, even against `kill -9`, when its method returns.

    Every method raises `DatabaseUnavailable` where the database does not answer, and the writing
    ones `ConstraintViolated` where a row does not fit.
    """

    migrates_itself: bool
    """Whether a start may bring the schema to head unasked: no other server uses the database."""

    is_shared: bool
    """Whether other processes may use it at the same time."""

    has_one_writer: bool
    """Whether writers take turns, so that a long transaction keeps all others waiting."""

    hears_others: bool
    """Whether `on_notice` hears of what other processes have committed."""

    async def open(self) -> None:
        """Connect; must be called before anything else."""

    async def close(self) -> None:
        """Finish what is under way and disconnect."""

    async def fetch(self, call: Call) -> Rows:
        """The rows that a reading statement finds."""

    async def fetch_together(self, calls: Sequence[Call]) -> list[Rows]:
        """The rows that each of several reading statements finds, all as of one moment.

        For very many rows: neither the event loop nor a writer waits for them.
        """

    async def look_up(self, call: Call) -> Rows:
        """The rows that `fetch` would find, possibly from memory.

        Only for tables whose every change the database announces: those of credentials.
        """

    @property
    def remembered(self) -> dict[Any, Any]:
        """For what is made of the rows of `look_up`: it is emptied as soon as they may be others.

        Take it before the rows are asked for.
        """

    async def write(self, call: Call) -> Rows:
        """Run one writing statement; the rows are those of its RETURNING."""

    async def transact(self, transaction: Transaction[T]) -> T:
        """Run a transaction to its end and return its result."""

    def on_announcement(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Have `handler` called, too, whenever any process has announced something."""

    async def announce(self) -> None:
        """Have every process that shares the database call its handlers, in order.

        When this returns, each has, or will have before it handles its next request.
        """

    async def refresh(self) -> None:
        """Take notice of announcements; to be awaited before each request where it is shared."""

    def on_notice(self, handler: Callable[[str], None]) -> None:
        """Have `handler` called with the text of each `Notice` that was committed.

        It is called with an empty text where some may have been missed. Other processes on the
        same SQLite file do not hear of it.
        """

    def on_tally(self, handler: Callable[[Any], None]) -> None:
        """Have `handler` called with `what` of each `Tally` that this process has committed.

        It is called on the event loop and must be quick.
        """

    def usage(self) -> Usage:
        """How busy it is; costs nothing. To be asked of an open database."""

    async def schema(self) -> Schema:
        """Where it stands in the schema's history."""

    async def check(self) -> Schema:
        """The same as `schema`, and soon, whatever else the database is busy with.

        Raises:
            DatabaseUnavailable: requests cannot be served; the text says why.
        """

    async def upgrade(self) -> None:
        """Bring the schema to head; safe when several processes do so at once.

        A schema that is newer, and serves this version, is left as it is.

        Raises:
            CannotStart: it cannot be migrated; what is done by then is whole revisions.
        """
