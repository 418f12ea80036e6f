"""The measured servers as processes: started on their core, awaited, and always ended again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO

from benchmarks.machine import pinned
from benchmarks.progress import say
from benchmarks.wire import Request, ask

START_TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.002
# Settings of ours would change what is measured; the other one keeps bytecode from being kept.
_UNWANTED = ("ALFRED_MOCK_", "PYTHONDONTWRITEBYTECODE")


class StartFailed(Exception):
    """A server ended, or did not answer in time."""


@dataclass(frozen=True)
class Launch:
    """How to start a server: its command line, and what is special about its environment."""

    argv: Sequence[str]
    folder: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    pid: int
    port: int
    start_seconds: float

    def memory(self) -> float | None:
        """MiB of resident memory of its whole process group; None where there is no /proc."""
        return _group_memory(self.pid)


@contextmanager
def serving(launch: Launch, core: int | None, probe: Request) -> Iterator[Server]:
    """Start a server, wait until it answers the probe with 200, and end it afterwards.

    Raises:
        StartFailed: it did not come to answer.
    """
    log = launch.folder / "log.txt"
    with log.open("wb") as output, pinned(core):
        started = time.perf_counter()
        process = spawn(launch, output)
    try:
        _await_answer(process, launch.port, probe, log)
        yield Server(process.pid, launch.port, time.perf_counter() - started)
    finally:
        end_group(process)


def spawn(launch: Launch, output: BinaryIO) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own.

    Raises:
        StartFailed: there is no such program, or it may not be run.
    """
    try:
        return subprocess.Popen(
            launch.argv,
            cwd=launch.folder,
            env=_environment(launch.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise StartFailed(f"its program cannot be run: {error.strerror}") from error


def _environment(special: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNWANTED)}
    return {**kept, **special}


def _await_answer(process: subprocess.Popen[bytes], port: int, probe: Request, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if ask(port, probe, timeout=5)[0] == 200:
                return
        except (OSError, HTTPException):
            pass
        time.sleep(_POLL_SECONDS)
    # Told here only: what a program says may hold paths of this machine, and reports are kept.
    say(f"it said: {log.read_text(errors='replace')[-1_000:]}")
    if process.poll() is not None:
        raise StartFailed(f"it ended with {process.returncode} before it answered")
    raise StartFailed(f"it did not answer within {START_TIMEOUT_SECONDS} s")


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, politely first."""
    for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    process.wait(5)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


def python(*arguments: str) -> list[str]:
    """The command line of a Python program in the environment of the benchmark."""
    return [sys.executable, *arguments]


def _group_memory(group: int) -> float | None:
    if not Path("/proc/self/statm").exists():
        return None
    pages = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if os.getpgid(int(folder.name)) == group:
                pages += int((folder / "statm").read_text().split()[1])
        except (ProcessLookupError, FileNotFoundError):
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2
