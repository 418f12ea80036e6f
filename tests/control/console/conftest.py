"""A browser for the pages of the console, and a server with something to show."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from alfred_mock.testing import AlfredMock
from tests.control.console.browser import launched


@pytest.fixture(scope="session")
async def chromium(anyio_backend: str) -> AsyncIterator[Browser]:
    """One browser for all tests of a worker; each opens tabs of its own."""
    async with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def alfred() -> Iterator[AlfredMock]:
    """A server with the demo company, for the tests of a module."""
    with AlfredMock(demo=True) as server:
        yield server
