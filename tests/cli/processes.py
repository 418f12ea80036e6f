"""Commands as processes of their own, on a terminal or not."""

import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support import command

SECONDS = 60


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that goes on by itself."""
    process = subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=SECONDS)


def interrupted(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """End a command by Ctrl-C; its exit status and what is left of its output."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


def on_a_terminal(*arguments: str, columns: int, **variables: str) -> str:
    """What a command prints on a terminal."""
    ours, theirs = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    settings = {**inherited, "TERM": "xterm", "COLUMNS": str(columns), **variables}
    process = subprocess.Popen(
        command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env=settings
    )
    os.close(theirs)
    printed = b""
    with suppress(OSError):  # the terminal has gone when its last user has
        while chunk := os.read(ours, 65_536):
            printed += chunk
    os.close(ours)
    assert process.wait(SECONDS) == 0, printed
    return printed.decode().replace("\r\n", "\n")
