"""What several tests need: the demo credentials, a client, a server process."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from alfred_mock.main import Application

T = TypeVar("T")

COMPANY = "286e2ed0-3626-4faa-a745-8ebf3488fbd7"
API_KEY = "alfred-mock-demo-key"
WITH_KEY = {"X-TagshelfAPI-Key": API_KEY}
USER_NAME, PASSWORD = "SuperTagShelf", "demo-password"
HMAC_ID, HMAC_KEY = "alfred-mock-demo-id", "YWxmcmVkLW1vY2stZGVtby1zZWNyZXQ="
LOGIN = {"grant_type": "password", "username": USER_NAME, "password": PASSWORD}
UNKNOWN_ID = "456f1234-e89b-12d3-a456-426655440000"
ORIGIN = "http://alfred.test"
SECRET_KEY = "5ea1ed" * 10 + "5ea1"
"""What secrets are sealed by in staging."""

_START_SECONDS = 60


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from a fixture that is not async."""
    return asyncio.run(coroutine)


@asynccontextmanager
async def application(app: Application) -> AsyncIterator[Application]:
    """The application between its start and its end."""
    async with app.router.lifespan_context(app):
        yield app


def client_of(app: Application, **options: Any) -> httpx.AsyncClient:
    """A client that talks to the application without a socket."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **options)


async def no_address(name: str, port: int) -> Sequence[str]:
    """A resolver that knows no name: generated URLs must not lead anywhere."""
    return ()


@dataclass
class ServerProcess:
    """A server that was started as a user would start it."""

    process: subprocess.Popen[bytes]
    url: str
    """Where it says that it listens."""

    def stop(self, with_signal: int = signal.SIGTERM) -> tuple[int, str, str]:
        """End it; the exit status and what is left of its output and errors."""
        self.process.send_signal(with_signal)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out.decode(), err.decode()


def command(*arguments: str) -> list[str]:
    """The command line of `alfred-mock`."""
    return [sys.executable, "-m", "alfred_mock", *arguments]


@contextmanager
def server_process(*arguments: str, **environment: str) -> Iterator[ServerProcess]:
    """`alfred-mock serve --port 0` with these arguments, once it says that it listens."""
    process = subprocess.Popen(
        command("serve", "--port", "0", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # a buffer would swallow what follows the first line
        env={**os.environ, **environment},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        found = re.fullmatch(r"Listening on (\S+)\n", line)
        if found is None:
            process.kill()
            raise AssertionError(f"said {line!r}, then {process.communicate()}")
        yield ServerProcess(process, found[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)
