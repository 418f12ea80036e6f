"""A PgBouncer before the PostgreSQL of the tests."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

PATIENCE_SECONDS = 20


@contextmanager
def pgbouncer(url: str, folder: Path, *, mode: str, size: int = 4) -> Iterator[str]:
    """The URL by which the database at `url` is reached through PgBouncer."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("there is no pgbouncer on this machine")
    target = urlsplit(url)
    host = parse_qs(target.query).get("host", [target.hostname or "127.0.0.1"])[0]
    user = target.username or "postgres"
    name = target.path.lstrip("/")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{name} = host={host} port={target.port or 5432} user={user}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = {size}\n"
        # It refuses to run as root, and the folder of a socket may be its owner's only.
        + (f"user = {_owner_of(host)}\n" if os.getuid() == 0 else "")
    )
    process = subprocess.Popen(
        [program, str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        yield f"postgresql://{user}@127.0.0.1:{port}/{name}"
    finally:
        process.kill()
        process.wait()


def _owner_of(host: str) -> str:
    return Path(host).owner() if host.startswith("/") else "nobody"
