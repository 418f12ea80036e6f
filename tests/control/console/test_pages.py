"""What holds for every page of the console."""

import pytest
from playwright.async_api import Browser

from alfred_mock.control.console.application import SECTIONS
from alfred_mock.testing import AlfredMock
from tests.control.console.browser import tab

pytestmark = pytest.mark.anyio

PAGES = [section.path for section in SECTIONS]


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_is_kept_out(chromium: Browser, alfred: AlfredMock, path: str) -> None:
    for width, scheme in ((1280, "light"), (1280, "dark"), (380, "light")):
        async with tab(chromium, alfred.url, width=width, scheme=scheme) as opened:
            await opened.open(path)
            assert await opened.inaccessible() == []
            assert await opened.overflow() <= 0
