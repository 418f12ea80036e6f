"""Content outside the database: places that cannot be used, and what goes wrong on the way."""

import importlib
import os
import stat
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from alfred_mock.alfred.storage import objects
from alfred_mock.alfred.storage.objects import ObjectStorage
from alfred_mock.core.errors import Refusal
from alfred_mock.core.ids import Ids
from alfred_mock.core.storage import ContentGone, StorageUnavailable
from tests.alfred.files.contents import MIB, digest, joined, large_file

pytestmark = pytest.mark.anyio

COMPANY, FILE = Ids().uuid(), Ids().uuid()


class _Breaks(BytesIO):
    """Content that cannot be read beyond its first pieces."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > MIB:
            raise OSError("the disk is broken")
        return super().read(size)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    return tmp_path / "content"


@pytest.fixture
async def directory(folder: Path) -> AsyncIterator[ObjectStorage]:
    storage = ObjectStorage(f"file://{folder}")
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def bucket(s3_url: str) -> AsyncIterator[ObjectStorage]:
    storage = ObjectStorage(f"{s3_url}/prefix/")
    await storage.open()
    yield storage
    await storage.close()


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def _replace_by_a_file(folder: Path) -> None:
    folder.rmdir()
    folder.write_bytes(b"")


async def _refused(url: str) -> str:
    with pytest.raises(Refusal) as refusal:
        await ObjectStorage(url).open()
    reason = str(refusal.value)
    assert reason.startswith("ALFRED_MOCK_STORAGE: ")
    assert "\n" not in reason
    return reason


async def test_a_directory_is_made_and_holds_nothing_but_content(
    directory: ObjectStorage, folder: Path
) -> None:
    assert _names(folder) == []
    await directory.keep(COMPANY, FILE, BytesIO(b"content"))
    assert _names(folder) == [f"{COMPANY}/{FILE}"]
    assert (folder / COMPANY / FILE).read_bytes() == b"content"
    await directory.forget(COMPANY)
    assert _in(folder) == []


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the names of open files cannot be told here"
)
async def test_what_is_in_a_directory_is_whole_and_on_the_disk(
    directory: ObjectStorage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def recording(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        assert (folder / COMPANY / FILE).exists() == (len(synced) > 1)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", recording)
    await directory.keep(COMPANY, FILE, BytesIO(b"content"))
    assert synced[0].endswith(".part")
    assert synced[1:] == [str(folder / COMPANY), str(folder)]


async def test_nothing_is_left_of_what_could_not_be_kept(
    directory: ObjectStorage, folder: Path
) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be reached") as error:
        await directory.keep(COMPANY, FILE, _Breaks(bytes(3 * MIB)))
    assert error.value.reason == "OSError: the disk is broken"
    assert _names(folder) == []


async def test_a_directory_that_has_gone_away_is_an_error_that_may_pass(
    directory: ObjectStorage, folder: Path
) -> None:
    _replace_by_a_file(folder)
    with pytest.raises(StorageUnavailable):
        await directory.keep(COMPANY, FILE, BytesIO(b"content"))
    with pytest.raises(StorageUnavailable):
        await joined(directory.read(COMPANY, FILE, 0, 1))


async def test_large_content_reaches_a_bucket_in_parts(
    bucket: ObjectStorage, tmp_path: Path
) -> None:
    md5 = large_file(tmp_path / "large", 20)
    with (tmp_path / "large").open("rb") as source:
        await bucket.keep(COMPANY, FILE, source)
    assert await digest(bucket.read(COMPANY, FILE, 0, 20 * MIB)) == md5


async def test_nothing_is_left_in_a_bucket_of_what_could_not_be_kept(
    bucket: ObjectStorage,
) -> None:
    with pytest.raises(StorageUnavailable):
        await bucket.keep(COMPANY, FILE, _Breaks(bytes(3 * MIB)))
    with pytest.raises(ContentGone):
        await joined(bucket.read(COMPANY, FILE, 0, 1))


async def test_a_bucket_is_laid_out_like_a_directory(bucket: ObjectStorage, s3_url: str) -> None:
    await bucket.keep(COMPANY, FILE, BytesIO(b"content"))
    assert bucket._fs.find(s3_url) == [f"{s3_url[5:]}/prefix/{COMPANY}/{FILE}"]


async def test_all_content_of_a_company_is_forgotten_whoever_put_it(
    bucket: ObjectStorage, s3_url: str
) -> None:
    bucket._fs.ls(s3_url)  # so that there is a listing to be remembered
    other = ObjectStorage(f"{s3_url}/prefix")
    await other.open()
    await bucket.keep(COMPANY, FILE, BytesIO(b"1"))
    bucket._fs.find(f"{s3_url}/prefix/{COMPANY}")
    await other.keep(COMPANY, Ids().uuid(), BytesIO(b"2"))
    await other.close()
    await bucket.forget(COMPANY)
    bucket._fs.invalidate_cache()
    assert bucket._fs.find(s3_url) == []


async def test_an_unknown_protocol_is_refused() -> None:
    assert "nonsense" in await _refused("nonsense://somewhere")


async def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = importlib.import_module("fsspec.registry")
    monkeypatch.delitem(registry._registry, "s3", raising=False)
    monkeypatch.setitem(sys.modules, "s3fs", None)
    assert "install s3fs, which is the extra s3" in await _refused("s3://bucket")


async def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    url = f"file://{tmp_path}/file/below"
    assert f"cannot write to {url}" in await _refused(url)


async def test_a_bucket_that_does_not_exist_is_refused_and_not_made(s3_url: str) -> None:
    for _ in range(2):
        assert "cannot write to" in await _refused(f"{s3_url}-misspelt/prefix")


async def test_a_password_in_the_url_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(storage: ObjectStorage) -> None:
        raise OSError("no")

    monkeypatch.setattr(objects.ObjectStorage, "_probe", fails)
    assert "secret" not in await _refused("memory://somebody:secret@host/place")


async def test_its_folders_are_for_their_owner_only(directory: ObjectStorage, folder: Path) -> None:
    await directory.keep(COMPANY, FILE, BytesIO(b"x"))
    for made in (folder, folder / COMPANY):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
