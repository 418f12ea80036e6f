"""Files of a local directory that are there as a whole or not at all."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

_PIECE_BYTES = 1_048_576


def write_durably(path: Path, source: BinaryIO) -> None:
    """Write what is left of `source`; the file has its name only once all of it is on the disk."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as target:
            shutil.copyfileobj(source, target, _PIECE_BYTES)
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
