"""From a URL to the database it names, importing only what that one needs."""

from alfred_mock.database.errors import CannotStart
from alfred_mock.database.interface import Database, Names
from alfred_mock.database.migrations import Migrations


def database_for(
    url: str, *, migrations: Migrations, names: Names, pool_size: int, timeout: float, workers: int
) -> Database:
    """The database, not opened yet, that `sqlite:///…` or `postgresql://…` names.

    `timeout` is how many seconds a request waits for PostgreSQL in all, `workers` how many
    processes use a SQLite file at the same time.

    Raises:
        CannotStart: the URL names no database that can be used.
    """
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] != "sqlite":
        from alfred_mock.database.postgresql import PostgreSQL

        return PostgreSQL(
            f"postgresql://{rest}", migrations, names, pool_size=pool_size, timeout=timeout
        )

    from alfred_mock.database.sqlite import SQLite

    path = rest.removeprefix("/").partition("?")[0]
    if not rest.startswith("/"):
        raise CannotStart("a SQLite URL has three slashes before a relative path, four before /")
    if not path:
        raise CannotStart("sqlite:/// names no file; a database in memory is sqlite:///:memory:")
    return SQLite(path, migrations, is_shared=workers > 1)
