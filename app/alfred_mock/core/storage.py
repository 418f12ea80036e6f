"""The interface of every place where the content of files can be kept."""

from collections.abc import AsyncIterator
from typing import BinaryIO, Protocol

from alfred_mock.core.errors import Unavailable
from alfred_mock.database import Transaction


class Storage(Protocol):
    """Keeps content under the ids of its company and its file.

    Content is put in two steps, so that it is there if and only if its file is: `keep` before the
    transaction that makes the file, `statements` inside it. A place outside the database does its
    work in the first, the database in the second. A transaction that fails is followed by
    `discard`.

    Every asynchronous method raises `DatabaseUnavailable` or `StorageUnavailable` where the place
    does not answer.
    """

    is_database: bool
    """Whether content is in the database, so that only `statements` puts it."""

    async def open(self) -> None:
        """Connect; raises `Refusal` where this place cannot be used."""

    async def close(self) -> None:
        """Disconnect."""

    async def keep(self, company_id: str, file_id: str, source: BinaryIO) -> None:
        """Put all of the content in `source`, unless `statements` does."""

    def statements(self, company_id: str, file_id: str, source: BinaryIO) -> Transaction[None]:
        """Put the same content as part of a transaction, unless `keep` did."""

    async def discard(self, company_id: str, file_id: str) -> None:
        """Remove the content that `keep` has put."""

    def read(self, company_id: str, file_id: str, first: int, size: int) -> AsyncIterator[bytes]:
        """`size` bytes of the content from byte `first` on, in pieces.

        Raises:
            ContentGone: the content, or a part of it, is not there any more.
        """

    async def forget(self, company_id: str) -> None:
        """Remove all content of a company, unless deleting the company has done so already."""


class StorageUnavailable(Unavailable):
    """The place does not answer; the request may be sent again."""

    def __init__(self, reason: str) -> None:
        super().__init__("The storage cannot be reached; try again later.", reason=reason)


class ContentGone(Exception):
    """The content was removed while, or before, it was read."""
