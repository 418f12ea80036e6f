"""Gives the space of deleted rows back to the disk: a SQLite file does not shrink by itself."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alfred_mock.core.errors import Refusal

_PAGES = 256
"""So many pages are given back in one transaction: a megabyte, which takes milliseconds."""
_BUSY_SECONDS = 30
_INCREMENTAL = 2


def sqlite_file(database_url: str) -> Path | None:
    """The file of a SQLite database; None for one in memory, and for PostgreSQL."""
    scheme, _, rest = database_url.partition("://")
    path = rest.removeprefix("/").partition("?")[0]
    return Path(path) if scheme.startswith("sqlite") and path != ":memory:" else None


def shrink(path: Path, *, whole: bool) -> None:
    """Make the file as small as its rows allow.

    `whole` rewrites it, which needs as much space again and keeps writers waiting; from then on
    it can also be done in steps between which others write. Of a file that was never rewritten
    nothing is given back without it.

    Raises:
        Refusal: the file is in use, or cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as file:
            if whole:
                file.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
                file.execute("VACUUM")
            else:
                _give_back(file)
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise Refusal(f"{path} cannot be made smaller: {error}") from None


def _give_back(file: sqlite3.Connection) -> None:
    ((mode,),) = file.execute("PRAGMA auto_vacuum")
    before = -1
    while mode == _INCREMENTAL:
        ((free,),) = file.execute("PRAGMA freelist_count")
        if not free or free == before:
            return
        before = free
        file.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
