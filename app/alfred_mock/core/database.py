"""The database of alfred-mock: its migrations, and the names that all of its processes use.

The package `database` knows none of these; it could serve another application as well.
"""

from pathlib import Path

from alfred_mock.database import CannotStart, Database, DatabaseUnavailable, Names, opening
from alfred_mock.database.migrations import Migrations


def _migrations_folder() -> Path:
    """Inside the package where it is installed, at the top of the source tree otherwise."""
    package = Path(__file__).parents[1]
    shipped = package / "migrations"
    return shipped if shipped.is_dir() else package.parents[1] / "migrations"


MIGRATIONS = Migrations(
    _migrations_folder(), command="alfred-mock migrate", table="deferred_session"
)

# Replicas of another version may be running beside this one: these never change.
NAMES = Names(
    listener="alfred-mock listener",
    told="alfred_mock_told",
    heard="alfred_mock_heard",
    changed="alfred_mock_credentials",  # the triggers in `migrations/` use it
    noticed="alfred_mock_events",
    announced="alfred_mock_announced",
    migration_lock=0x616C66726564,
)


def database_for(
    url: str,
    *,
    listen_url: str | None = None,
    pool_size: int = 10,
    timeout: float = 5.0,
    workers: int = 1,
) -> Database:
    """The database, not opened yet, that `sqlite:///…` or `postgresql://…` names.

    `listen_url` leads to the same PostgreSQL past a pooler such as PgBouncer.
    `timeout` is how many seconds a request waits for PostgreSQL in all, `workers` how many
    processes use a SQLite file at the same time.

    Raises:
        CannotStart: the URL names no database that can be used.
    """
    return opening.database_for(
        url,
        migrations=MIGRATIONS,
        names=NAMES,
        listen_url=listen_url,
        pool_size=pool_size,
        timeout=timeout,
        workers=workers,
    )


async def migrate(url: str) -> str:
    """Bring the schema of the database at this URL to head and say where it stands.

    One that is newer, and serves this version of the server, is left as it is.

    Raises:
        CannotStart: the database cannot be reached, or is newer and does not serve this version.
    """
    database = database_for(url)
    await database.open()
    try:
        await database.upgrade()
        return MIGRATIONS.describe(await database.schema())
    except DatabaseUnavailable as error:
        raise CannotStart(f"cannot migrate the database: {error}") from None
    finally:
        await database.close()
