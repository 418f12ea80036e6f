"""From a URL to the database it names, importing only what that one needs."""

from alfred_mock.database.errors import CannotStart
from alfred_mock.database.interface import Database, Names
from alfred_mock.database.migrations import Migrations


def database_for(
    url: str,
    *,
    migrations: Migrations,
    names: Names,
    listen_url: str | None,
    pool_size: int,
    timeout: float,
    workers: int,
) -> Database:
    """The database, not opened yet, that `sqlite:///…` or `postgresql://…` names.

    `listen_url` leads to the same PostgreSQL past a pooler such as PgBouncer.
    `timeout` is how many seconds a request waits for PostgreSQL in all, `workers` how many
    processes use a SQLite file at the same time.

    Raises:
        CannotStart: the URL names no database that can be used.
    """
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] != "sqlite":
        from alfred_mock.database.postgresql import PostgreSQL

        return PostgreSQL(
            _postgresql(url),
            migrations,
            names,
            listen_url=None if listen_url is None else _postgresql(listen_url),
            pool_size=pool_size,
            timeout=timeout,
        )

    from alfred_mock.database.sqlite import SQLite

    path = rest.removeprefix("/").partition("?")[0]
    if not rest.startswith("/"):
        raise CannotStart("a SQLite URL has three slashes before a relative path, four before /")
    if not path:
        raise CannotStart("sqlite:/// names no file; a database in memory is sqlite:///:memory:")
    return SQLite(path, migrations, is_shared=workers > 1)


def _postgresql(url: str) -> str:
    """The URL as the driver reads it, without the name of a driver for SQLAlchemy."""
    return f"postgresql://{url.partition('://')[2]}"
