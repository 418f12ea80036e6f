"""Types what a page shows being typed, and compares what is printed with what is shown."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from alfred_mock.testing import AlfredMock

SHOWN_PORT = "8000"
SHOWN_DATABASE = "postgresql://alfred:alfred@127.0.0.1/alfred"
SECONDS = 120

# What is different each time, but must be the same thing wherever a page shows it again.
_MADE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=\")[\w-]{43}(?=\")|(?<= )[\w-]{43}(?=')"
)
_VARIES = re.compile(
    r"\d{4}-\d\d-\d\d[T ][\d:.,]+|(?<=127\.0\.0\.1:)\d+|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} .+? GMT"
    r"|(?<=^x-ratelimit-reset: )\d+|(?<=^x-request-id: ).+",
    re.MULTILINE,
)
_SERVE = re.compile(r"^(?:[A-Z_]+=\S+ )*alfred-mock serve\b", re.MULTILINE)
_COMMAND = f"{sys.executable} -m alfred_mock"
_ONE = r"\w+=(?:\$\(.+\)|'[^']*'|\S*)"
_VARIABLES = re.compile(rf"(?:export )?{_ONE}(?: {_ONE})*")


def typed_in(console: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, with what it prints."""
    for entry in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, output = entry.partition("\n")
        yield command, output.strip()


class Transcript:
    """One reader's session: a folder, variables of the shell, and a server at a time.

    Until the page starts a server itself, there is one with the demo company.
    """

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self._folder = folder
        self._database_url = database_url
        self._variables: list[str] = []
        self._meant: dict[str, str] = {}
        self._port: str | None = None
        self._servers = ExitStack()

    def __enter__(self) -> "Transcript":
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()

    def type(self, command: str, shown: str) -> None:
        """Type a command; it prints what is shown, but for ids, dates and ports."""
        typed = self._as_typed_here(command)
        names = _assigned(command)
        if names:
            # With its value, since what a command printed is not to be asked for again.
            self._variables.append(self._run(f"{typed}\ndeclare -p {names}", command))
        elif self._stays(command, shown):
            printed = self._served(typed)
            self._compare(command, printed if shown else "", shown)
        else:
            self._compare(command, self._run(typed, command), shown)

    def _compare(self, command: str, printed: str, shown: str) -> None:
        meant = dict(self._meant)
        for there, here in zip(_MADE.findall(shown), _MADE.findall(printed), strict=True):
            assert meant.setdefault(there, here) == here, (command, printed)
        self._meant = meant
        there_for = {here: there for there, here in meant.items()}
        as_there = _MADE.sub(lambda made: there_for.get(made[0], made[0]), printed)
        assert _plain(as_there) == _plain(shown), (command, printed)

    def _as_typed_here(self, command: str) -> str:
        typed = _MADE.sub(lambda made: self._meant.get(made[0], made[0]), command)
        if self._database_url is not None:
            typed = typed.replace(SHOWN_DATABASE, self._database_url)
        if _SERVE.match(command):
            return typed
        if SHOWN_PORT in typed and self._port is None:
            self._port = self._servers.enter_context(_demo_server())
        return typed.replace(f"127.0.0.1:{SHOWN_PORT}", f"127.0.0.1:{self._port}").replace(
            f"--port {SHOWN_PORT}", f"--port {self._port}"
        )

    @staticmethod
    def _stays(command: str, shown: str) -> bool:
        return bool(_SERVE.match(command)) and (not shown or shown.startswith("Listening"))

    def _shell(self, typed: str) -> list[str]:
        return ["bash", "-c", "\n".join([*self._variables, typed])]

    def _run(self, typed: str, command: str) -> str:
        is_ours = "alfred-mock " in command
        done = subprocess.run(
            self._shell(typed.replace("alfred-mock ", f"{_COMMAND} ", 1) if is_ours else typed),
            cwd=self._folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if is_ours else subprocess.PIPE,
            text=True,
            timeout=SECONDS,
        )
        assert is_ours or done.returncode == 0, (command, done.stderr)
        return done.stdout

    def _served(self, typed: str) -> str:
        """Start a server, which later commands are for; its first line."""
        self._servers.close()
        process = subprocess.Popen(
            self._shell(typed.replace("alfred-mock ", f"exec {_COMMAND} ", 1)),
            cwd=self._folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._servers.callback(_end, process)
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"Listening on http://127\.0\.0\.1:(\d+)\n", line)
        assert found is not None, (typed, line)
        self._port = found[1]
        return line


def _assigned(command: str) -> str:
    """The names of the variables that a command does nothing but set."""
    if not _VARIABLES.fullmatch(command):
        return ""
    names = re.findall(r"(?:^|\s)(\w+)=", command)
    return names[0] if "$(" in command else " ".join(names)


def _plain(text: str) -> str:
    return _VARIES.sub("…", text).strip()


def _environment() -> dict[str, str]:
    return {**os.environ, "no_proxy": "127.0.0.1", "ALFRED_MOCK_PORT": "0"}


@contextmanager
def _demo_server() -> Iterator[str]:
    with AlfredMock(demo=True) as server:
        yield server.url.rpartition(":")[2]


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS)
