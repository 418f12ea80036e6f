"""Node packages for tests, each set pinned by a `package-lock.json` of its own."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL_SECONDS = 180


def installed_node(folder: Path) -> str:
    """Path of a Node that finds the packages of this folder's lock installed there; else skips."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("there is no node or no npm on this machine")
    lock = folder / "package-lock.json"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    installed = folder / "node_modules" / ".installed"
    with lock.open() as held:
        # Workers that run at the same time wait here for the one that installs.
        fcntl.flock(held, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_text() != wanted:
            _install(npm, folder)
            installed.write_text(wanted)
    return node


def _install(npm: str, folder: Path) -> None:
    options = ["--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    try:
        done = subprocess.run(
            [npm, "ci", "--loglevel=error", *options],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm ci took longer than {INSTALL_SECONDS} s")
    if "EUSAGE" in done.stderr or "EINTEGRITY" in done.stderr:
        pytest.fail(f"package-lock.json is wrong: {done.stderr}")
    if done.returncode != 0:
        reason, *_ = [*done.stderr.splitlines(), f"exit status {done.returncode}"]
        pytest.skip(f"npm ci failed: {reason}")
