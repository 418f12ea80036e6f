"""A browser for the pages that show the documents."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.control.console.browser import launched


@pytest.fixture(scope="session")
async def chromium(anyio_backend: str) -> AsyncIterator[Browser]:
    """One browser for all tests of a worker; each opens tabs of its own."""
    async with launched() as browser:
        yield browser
