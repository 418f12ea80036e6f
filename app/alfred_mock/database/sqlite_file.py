"""The file of a SQLite database: made for its owner only, and watched while it is in use.

A file that somebody deletes or replaces can still be read and written through what has it open; but
it is gone with the process. So nothing is acknowledged that is not where the path leads.
"""

import contextlib
import os
from collections.abc import Iterator

from alfred_mock.database.errors import DatabaseUnavailable

_OWNER_ONLY = 0o600
_BESIDE = ("-wal", "-shm")
_LOOK_SECONDS = 0.1


class DatabaseFile:
    """One file; a database in memory has none, and is always in its place."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._identity: tuple[int, int] | None = None
        self._looked = 0.0

    @contextlib.contextmanager
    def opening(self) -> Iterator[None]:
        """Make the file if there is none, and know it again from here on.

        SQLite gives the files beside it, and those of transactions, the same mode. It would take
        what another database of this name has left there for a part of a new one, so that goes
        first, while no other process can be opening the file.
        """
        if self._path == ":memory:":
            yield
            return
        with contextlib.ExitStack() as until_it_is_open:
            with contextlib.suppress(OSError):  # SQLite says why it cannot be
                file = os.open(self._path, os.O_CREAT | os.O_RDWR, _OWNER_ONLY)
                until_it_is_open.callback(os.close, file)
                _lock(file)
                if os.fstat(file).st_size == 0:
                    for beside in _BESIDE:
                        with contextlib.suppress(FileNotFoundError):
                            os.unlink(self._path + beside)
            yield
            self._identity = self._found()

    def _found(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def verify(self) -> None:
        """Look whether the path still leads to the file.

        Raises:
            DatabaseUnavailable: it does not.
        """
        if self._identity is None:
            return
        found = self._found()
        if found != self._identity:
            self._looked = 0.0  # the next one looks as well
            what = "is not there any more" if found is None else "was replaced by another one"
            raise DatabaseUnavailable(f"the file of the database {what}; start the server again")

    def verify_now_and_then(self, now: float) -> None:
        """The same, but it looks only if the last time is a moment ago; `now` is in seconds.

        Raises:
            DatabaseUnavailable: the path does not lead to the file.
        """
        if now - self._looked > _LOOK_SECONDS:
            self.verify()
            self._looked = now


def _lock(file: int) -> None:
    """Keep others waiting who open the file in this way, until it is closed."""
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:  # Windows, where a file in use cannot be deleted either
        return
    flock(file, LOCK_EX)
