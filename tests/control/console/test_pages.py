"""What holds for every page of the console."""

import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from alfred_mock.control.browsers import CONSOLE
from alfred_mock.control.console.application import SECTIONS
from alfred_mock.testing import AlfredMock
from tests.control.console.browser import tab

pytestmark = pytest.mark.anyio

SECTION_PAGES = [section.path for section in SECTIONS]
PAGES = [
    *SECTION_PAGES,
    *(f"{CONSOLE}/state/{path}" for path in ("sessions", "sessions/new", "files")),
    *(f"{CONSOLE}/events/{path}" for path in ("emit", "deliveries", "receivers")),
    *(f"{CONSOLE}/faults/{path}" for path in ("new", "deliveries/new")),
]


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_is_kept_out(chromium: Browser, alfred: AlfredMock, path: str) -> None:
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open(path)
        assert await opened.inaccessible() == []
        await page.emulate_media(color_scheme="dark")
        assert await opened.inaccessible(only="color-contrast") == []
        await page.set_viewport_size({"width": 380, "height": 800})
        assert await opened.inaccessible() == []
        assert await opened.overflow() <= 0


@pytest.mark.parametrize("path", SECTION_PAGES)
async def test_a_keyboard_gets_everywhere(chromium: Browser, alfred: AlfredMock, path: str) -> None:
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open(path)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        assert await page.evaluate(_WITHOUT_FOCUS) == []


# What can be reached must show that it is.
_WITHOUT_FOCUS = """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
  .filter((each) => each.checkVisibility() && !each.disabled && each.type !== "hidden")
  .filter((each) => {
    each.focus({ focusVisible: true });
    const style = getComputedStyle(each);
    return document.activeElement !== each || style.outlineStyle === "none";
  })
  .map((each) => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("path", SECTION_PAGES)
async def test_the_section_is_the_present_one(client: httpx.AsyncClient, path: str) -> None:
    page = (await client.get(path)).text
    [sections] = re.findall(r'<nav class="sections".*?</nav>', page, re.DOTALL)
    assert sections.count("aria-current") == 1
    assert re.search(rf'href="{path}"\s+aria-current="page"', page)
