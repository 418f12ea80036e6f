"""Content outside the database: in a directory, in S3, in any other place fsspec can write to.

fsspec is imported when a storage is opened, as most servers never need it, and its blocking calls
are made on threads. Nothing here relies on listings that fsspec has cached, since other replicas
write to the same place.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from starlette.concurrency import run_in_threadpool

from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import variable_of
from alfred_mock.core.storage import ContentGone, StorageUnavailable
from alfred_mock.database import Transaction

T = TypeVar("T")

PIECE_BYTES = 1_048_576
"""How much of a file is in memory at a time, and asked for by one request when it is read."""
PART_BYTES = 8_388_608
"""How much is sent by one request when it is put; S3 takes no less than 5 MiB."""

_OWNER_ONLY = 0o700
_PROBE = ".alfred-mock"
_WITHOUT_DIRECTORIES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "oss"}
"""Stores that would take a new directory for a new bucket."""


class ObjectStorage:
    """Keeps each file's content as `<company id>/<file id>` under a URL."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._fs: Any = None
        self._root = ""
        self._is_local = False
        self._makes_directories = False

    async def open(self) -> None:
        """Connect, and make sure that the place can be written to."""
        await run_in_threadpool(self._connect)

    def _connect(self) -> None:
        from fsspec.core import url_to_fs

        protocol = self._url.partition("://")[0]
        try:
            self._fs, root = url_to_fs(self._url, skip_instance_cache=True)
            self._root = root.rstrip("/")
        except ImportError as error:
            package = "install s3fs, which is the extra s3 of alfred-mock"
            hint = package if protocol in {"s3", "s3a"} else _one_line(error)
            raise self._refusal(f"{protocol}:// needs a package that is missing; {hint}") from None
        except Exception as error:
            raise self._refusal(_one_line(error)) from None
        self._is_local = protocol in {"file", "local"}
        self._makes_directories = protocol not in _WITHOUT_DIRECTORIES
        try:
            self._probe()
        except Exception as error:
            shown = re.sub("//[^/]*@", "//", self._url)
            raise self._refusal(f"cannot write to {shown}: {_one_line(error)}") from None

    def _probe(self) -> None:
        if self._makes_directories:
            self._make_folder(self._root or "/")
        probe = f"{self._root}/{_PROBE}"
        self._fs.pipe_file(probe, b"Written to see whether it can be.")
        with suppress(FileNotFoundError):  # another replica has removed it
            self._fs.rm_file(probe)

    def _make_folder(self, folder: str) -> None:
        """Make a folder that is missing; on this machine it is its owner's only."""
        if not self._is_local:
            self._fs.makedirs(folder, exist_ok=True)
            return
        made = Path(folder)
        made.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            made.mkdir(_OWNER_ONLY)

    def _refusal(self, reason: str) -> Refusal:
        return Refusal(f"{variable_of('storage')}: {reason}")

    async def close(self) -> None:
        """Let go of the connections."""
        await run_in_threadpool(setattr, self, "_fs", None)

    async def keep(self, company_id: str, file_id: str, source: BinaryIO) -> None:
        """Put the content; when this returns, all of it is there."""
        await self._run(self._put, company_id, file_id, source)

    def _put(self, company_id: str, file_id: str, source: BinaryIO) -> None:
        source.seek(0)
        folder, path = self._folder(company_id), self._path(company_id, file_id)
        if self._makes_directories:
            self._make_folder(folder)
        if self._is_local:
            _write_durably(Path(path), source)
            return
        try:
            with self._fs.open(path, "wb", block_size=PART_BYTES) as target:
                shutil.copyfileobj(source, target, PIECE_BYTES)
        except BaseException:
            # Closing the target has completed it with a part of the content.
            with suppress(Exception):
                self._fs.rm_file(path)
            raise

    def statements(self, company_id: str, file_id: str, source: BinaryIO) -> Transaction[None]:
        """Nothing: it is all done before the transaction."""
        yield from ()

    async def discard(self, company_id: str, file_id: str) -> None:
        """Remove the content of one file."""
        await self._run(self._remove, self._path(company_id, file_id))

    def _remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self._fs.rm_file(path)

    async def read(
        self, company_id: str, file_id: str, first: int, size: int
    ) -> AsyncIterator[bytes]:
        """The bytes asked for, a request for each piece."""
        path = self._path(company_id, file_id)
        end = first + size
        for start in range(first, end, PIECE_BYTES):
            stop = min(start + PIECE_BYTES, end)
            data = await self._run(self._get, path, start, stop)
            if len(data) < stop - start:
                raise ContentGone
            yield data

    def _get(self, path: str, start: int, stop: int) -> bytes:
        try:
            data: bytes = self._fs.cat_file(path, start=start, end=stop)
        except FileNotFoundError:
            return b""
        return data

    async def forget(self, company_id: str) -> None:
        """Remove the company's folder with all that is in it."""
        await self._run(self._remove_all, self._folder(company_id))

    def _remove_all(self, folder: str) -> None:
        self._fs.invalidate_cache()
        with suppress(FileNotFoundError):
            self._fs.rm(folder, recursive=True)

    def _folder(self, company_id: str) -> str:
        return f"{self._root}/{company_id}"

    def _path(self, company_id: str, file_id: str) -> str:
        return f"{self._root}/{company_id}/{file_id}"

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        try:
            return await run_in_threadpool(work, *arguments)
        except Exception as error:  # each of fsspec's implementations has its own
            raise StorageUnavailable(f"{type(error).__name__}: {_one_line(error)}") from error


def _write_durably(path: Path, source: BinaryIO) -> None:
    """Write what is left of `source`; the file has its name only once all of it is on the disk."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as target:
            shutil.copyfileobj(source, target, PIECE_BYTES)
            target.flush()
            os.fsync(target.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    # The folder may be new, too.
    _sync_names_in(path.parent)
    _sync_names_in(path.parent.parent)


def _sync_names_in(folder: Path) -> None:
    if hasattr(os, "O_DIRECTORY"):  # other systems neither can nor need it
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
