"""The servers that are compared: what each is called, how it starts, what it can be asked."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import tools
from benchmarks.processes import Launch, python
from benchmarks.wire import CREATE, SOME_ID, Request, check_detail, check_fidelity, create_session

Starter = Callable[[Path, int], Launch]
"""Makes the launch of a server that works in a folder and listens on a port."""

KNOWN_SESSIONS = 1_000
BARE = "bare ASGI"


@dataclass(frozen=True)
class Candidate:
    """A server to measure."""

    name: str
    does: str
    start: Starter
    version: str
    ours: bool = False
    keeps_sessions: bool = False
    keeps: str = "nothing"
    """What is kept of a create, and how safely."""
    stays_up: bool = False
    """Whether it runs through all rounds rather than being started for each.

    That is for servers with constant answers whose just-in-time compiler learns for long; whoever
    keeps sessions starts anew, so that each round finds it the same.
    """
    warm_up: float = 1.0
    probe: Request = CREATE

    def prepare(self, port: int) -> list[str]:
        """Check the answers and return the sessions that details are asked about."""
        first = create_session(port)
        if not self.keeps_sessions:
            check_detail(port, SOME_ID)
            return [SOME_ID]
        check_detail(port, first)
        if not self.ours:
            return [first]
        check_fidelity(port, first)
        return [first, *(create_session(port) for _ in range(KNOWN_SESSIONS - 1))]


def ours_on(url: Callable[[Path], str], *options: str) -> Starter:
    """Alfred-mock, started as its users start it, on the database that the URL names."""
    # Resolving the link would leave the virtual environment.
    program = Path(sys.executable).with_name("alfred-mock")

    def start(folder: Path, port: int) -> Launch:
        argv = [str(program), "serve", "--port", str(port), "--database-url", url(folder)]
        return Launch([*argv, *options], folder, port)

    return start


def sqlite_in(folder: Path) -> str:
    """The URL of a real file, in the folder where the server works."""
    return f"sqlite:///{folder / 'alfred-mock.db'}"


def ours_on_sqlite() -> Candidate:
    """Alfred-mock on SQLite, without its journal: what the API itself costs."""
    return Candidate(
        "alfred-mock",
        "sessions in a SQLite file, durable, credentials checked",
        ours_on(sqlite_in, "--journal", "off"),
        tools.python_version("alfred-mock"),
        ours=True,
        keeps_sessions=True,
        keeps="SQLite, fsync before each answer",
    )


def ours_with_journal() -> Candidate:
    """The same with its journal: what one gets without saying anything."""
    return Candidate(
        "alfred-mock, journal on",
        "the same, and every request with its answer is kept",
        ours_on(sqlite_in, "--journal", "on"),
        tools.python_version("alfred-mock"),
        ours=True,
        keeps_sessions=True,
        keeps="SQLite, fsync before each answer",
    )


def ours_on_postgres(url: Callable[[Path], str]) -> Candidate:
    """Alfred-mock on PostgreSQL; each start finds an empty database."""
    return Candidate(
        "alfred-mock, PostgreSQL",
        "sessions in PostgreSQL, durable, credentials checked",
        ours_on(url, "--migrate", "--journal", "off"),
        tools.python_version("alfred-mock"),
        ours=True,
        keeps_sessions=True,
        keeps="PostgreSQL, fsync before each answer",
    )


def _asgi(application: str) -> Starter:
    def start(folder: Path, port: int) -> Launch:
        argv = python("-m", "uvicorn", f"benchmarks.baselines.{application}", "--port", str(port))
        quiet = ("--no-access-log", "--log-level", "warning")
        root = str(tools.HERE.parent)
        return Launch([*argv, *quiet], folder, port, {"PYTHONPATH": root})

    return start


def floors() -> list[Candidate]:
    """What we stand on costs: constants, no database, no credentials."""
    version = f"FastAPI {tools.python_version('fastapi')}"
    return [
        Candidate(
            BARE,
            "a constant, sent without any framework",
            _asgi("bare_asgi:app"),
            f"uvicorn {tools.python_version('uvicorn')}",
        ),
        Candidate(
            "FastAPI, ready response",
            "a constant, serialised beforehand",
            _asgi("constant_response:app"),
            version,
        ),
        Candidate(
            "FastAPI, response model",
            "a constant dict, validated and serialised by the framework",
            _asgi("constant_model:app"),
            version,
        ),
    ]


def hello_world() -> Candidate:
    """A bare FastAPI and SQLModel application, to compare the time of starting with."""
    return Candidate(
        "FastAPI + SQLModel, hello world",
        "one table, one endpoint, SQLite",
        _asgi("hello_world:app"),
        tools.python_version("sqlmodel"),
        probe=Request("GET", "/", b""),
    )
