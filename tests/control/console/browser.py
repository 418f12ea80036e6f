"""Tabs of a real Chromium, each of which minds what its pages do."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Request, async_playwright, expect

from tests.npm import installed_node

NODE = Path(__file__).parent / "node"
AXE = NODE / "node_modules" / "axe-core" / "axe.min.js"
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable")
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
_NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
_SECONDS = 30
expect.set_options(timeout=_SECONDS * 1_000)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """The machine's own Chromium; skips where it has none."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("there is no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Tab:
    """A page of a browser, and what went wrong in it."""

    page: Page
    url: str
    """Of the server, without a slash at the end."""
    problems: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Page:
        """Show a page of the console and wait until it is loaded."""
        await self.page.goto(f"{self.url}{path}", wait_until="load")
        return self.page

    async def inaccessible(self, only: str | None = None) -> list[str]:
        """What keeps somebody from using the page as it is now, each in a line.

        `only` names a single rule, where nothing else can have changed.
        """
        installed_node(NODE)
        if not await self.page.evaluate("typeof axe !== 'undefined'"):
            await self.page.evaluate(AXE.read_text())
        result: dict[str, Any] = await self.page.evaluate(
            "(only) => axe.run(only ? { runOnly: [only] } : {})", only
        )
        return [
            f"{found['id']}: {found['help']}: {json.dumps(node['target'])} {node['html'][:200]}"
            for found in result["violations"]
            for node in found["nodes"]
        ]

    async def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        width: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width

    async def violations(self) -> list[str]:
        """What the policy of the page has kept it from."""
        found: list[str] = await self.page.evaluate("window.violations ?? []")
        return found

    def _mind(self, request: Request) -> None:
        if urlsplit(request.url.removeprefix("blob:")).netloc != urlsplit(self.url).netloc:
            self.problems.append(f"a request to {request.url}")


@asynccontextmanager
async def tab(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    height: int = 800,
    scheme: str = "light",
    **options: Any,
) -> AsyncIterator[Tab]:
    """A tab with a cookie jar of its own, for the console of the server at this URL.

    Fails if a page logs an error, is kept from something by its policy, or asks another host.
    """
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(_SECONDS * 1_000)
    try:
        await context.add_init_script(_NOTE_VIOLATIONS)
        opened = Tab(await context.new_page(), url.rstrip("/"))
        opened.page.on("request", opened._mind)
        opened.page.on("pageerror", lambda error: opened.problems.append(f"{error}"))
        opened.page.on(
            "console",
            lambda said: opened.problems.append(said.text) if said.type == "error" else None,
        )
        yield opened
        assert await opened.violations() == []
        assert opened.problems == []
    finally:
        await context.close()
