"""The application behind a socket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from alfred_mock.connections.write_coalescing import CoalescingTransport
from alfred_mock.core.settings import Settings
from alfred_mock.engine.http_protocol import Protocol
from alfred_mock.main import create_app
from tests.control.faults.serving import FAULTS, PATIENCE, served
from tests.support import WITH_KEY


class _Gathered(H11Protocol):
    def connection_made(self, transport: Any) -> None:
        super().connection_made(CoalescingTransport(transport, self.tasks))  # type: ignore[arg-type]


@pytest.fixture(
    scope="module",
    params=[
        ("uvloop", Protocol),
        ("asyncio", Protocol),
        ("uvloop", _Gathered),
        ("asyncio", H11Protocol),
    ],
    ids=["uvloop-httptools", "asyncio-httptools", "uvloop-h11", "asyncio-h11-plain"],
)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application behind a socket, with each event loop and HTTP parser in turn."""
    loop, protocol = request.param
    path: Path = tmp_path_factory.mktemp("faults") / "alfred-mock.db"
    app = create_app(Settings(_env_file=None, database_url=f"sqlite:///{path}"))
    with served(app, loop=loop, http=protocol) as address:
        yield address


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    """A client that talks over that socket, when there are no rules."""
    # Without `verify=False` each client reads all certificates of the machine first.
    with httpx.Client(base_url=url, headers=WITH_KEY, timeout=PATIENCE, verify=False) as client:  # noqa: S501
        client.delete(FAULTS)
        yield client
