"""A PgBouncer before a PostgreSQL; the tests use it as well."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.machine import pinned
from benchmarks.postgres import CONNECTIONS
from benchmarks.processes import (
    START_TIMEOUT_SECONDS,
    Launch,
    StartFailed,
    end_group,
    free_port,
    spawn,
)
from benchmarks.relay import place_of


def program() -> str | None:
    """Where PgBouncer is."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def pooled(
    url: str,
    folder: Path,
    core: int | None = None,
    *,
    mode: str = "transaction",
    size: int = CONNECTIONS,
) -> Iterator[tuple[str, int]]:
    """The URL by which the database at `url` is reached, and the id of PgBouncer's process.

    Raises:
        StartFailed: there is no PgBouncer, or it does not listen.
    """
    found, port, parts = program(), free_port(), urlsplit(url)
    name, who = parts.path.lstrip("/"), parts.username or "postgres"
    if found is None:
        raise StartFailed("there is no pgbouncer on this machine")
    socket_file, host, target_port = place_of(url)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{name} = host={host} port={target_port} user={who}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = {size}\n"
        # It refuses to run as root, and the folder of a socket may be its owner's only.
        + (
            f"user = {socket_file.owner() if socket_file else 'nobody'}\n"
            if os.getuid() == 0
            else ""
        )
    )
    launch = Launch([found, str(settings)], folder, port)
    with (folder / "pgbouncer.log").open("wb") as log, pinned(core):
        process = spawn(launch, log)
    try:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while b"process up" not in (folder / "pgbouncer.log").read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartFailed("pgbouncer does not start")
            time.sleep(0.02)
        yield f"postgresql://{who}@127.0.0.1:{port}/{name}", process.pid
    finally:
        end_group(process)
