"""From a URL to the database it names, importing only what that one needs."""

from alfred_mock.database.errors import CannotStart
from alfred_mock.database.interface import Database


def database_for(url: str, *, pool_size: int = 10, workers: int = 1) -> Database:
    """The database, not opened yet, that `sqlite:///…` or `postgresql://…` names.

    `workers` is how many processes use a SQLite file at the same time.

    Raises:
        CannotStart: the URL names no database that can be used.
    """
    scheme, _, rest = url.partition("://")
    kind = scheme.partition("+")[0]
    if kind == "sqlite":
        from alfred_mock.database.sqlite import SQLite

        path = rest.removeprefix("/").partition("?")[0]
        if not rest.startswith("/"):
            raise CannotStart(
                "a SQLite URL has three slashes before a relative path, four before /"
            )
        if not path:
            raise CannotStart(
                "sqlite:/// names no file; a database in memory is sqlite:///:memory:"
            )
        return SQLite(path, is_shared=workers > 1)
    from alfred_mock.database.postgresql import PostgreSQL

    return PostgreSQL(f"postgresql://{rest}", pool_size=pool_size)


async def migrate(url: str) -> str:
    """Bring the schema of the database at this URL to head and return its revision.

    Raises:
        CannotStart: the database cannot be reached, or is newer than this version of the server.
    """
    database = database_for(url)
    await database.open()
    try:
        await database.upgrade()
        return str(await database.revision())
    finally:
        await database.close()
