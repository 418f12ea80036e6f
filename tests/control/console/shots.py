"""`make screenshots`: the pictures of the documentation, the same as long as the pages are.

A section gets a picture by a line in `SHOTS`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

import httpx
from playwright.async_api import Browser, Page, expect

from alfred_mock.testing import AlfredMock
from tests.control.console.browser import launched, tab
from tests.support import COMPANY, LOGIN, WITH_KEY

FOLDER = Path(__file__).parents[3] / "docs" / "screenshots"
HOME, CONSOLE = "/__admin/", "/__admin/console"
_HEIGHT = 760
_MULTIPART = {"Content-Type": "multipart/form-data; boundary=4c00429e"}


class Shot(NamedTuple):
    """A picture of a page."""

    name: str
    path: str
    prepare: Callable[[Page], Awaitable[object]] | None = None
    """Does something on the page before the picture is taken."""
    scheme: str = "light"


async def _open_upload(page: Page) -> None:
    await page.get_by_role("link", name="/api/file/uploadfile").first.click()
    await expect(page.get_by_role("heading", name="Answer")).to_be_visible()


async def _open_job(page: Page) -> None:
    await page.locator("tbody a").first.click()
    await page.get_by_label("Steps").fill("5")
    await page.get_by_role("button", name="Advance").click()
    await expect(page.locator("[aria-current=step]")).to_contain_text("in progress")


SHOTS = (
    Shot("requests", f"{HOME}?company={COMPANY}"),
    Shot("request", f"{HOME}?company={COMPANY}", _open_upload),
    Shot("job", f"{CONSOLE}/state/jobs", _open_job),
    Shot("events", f"{CONSOLE}/events?company={COMPANY}&name=file_status_update"),
    Shot("fault", f"{CONSOLE}/faults/new?method=GET&path=/api/job/*&status=503&times=2"),
    Shot("requests-dark", f"{HOME}?company={COMPANY}", scheme="dark"),
)


def send_requests(url: str) -> None:
    """What the pictures show: a flow, a fault, and what a client may do wrong."""
    sent = {**WITH_KEY, "Host": "localhost:8000", "User-Agent": "scanner/2.4"}
    numbers = count(1)

    def number(request: httpx.Request) -> None:
        request.headers["X-Request-ID"] = f"scan-{next(numbers)}"

    with httpx.Client(
        base_url=url, trust_env=False, headers=sent, event_hooks={"request": [number]}
    ) as client:
        fault = {"match": {"path": "/api/tagshelf/who-am-i"}, "effect": {"status": 503}, "times": 1}
        client.post("/__admin/faults", json={"company": COMPANY, **fault})
        client.get("/api/tagshelf/who-am-i")
        client.get("/api/tagshelf/who-am-i")
        session = client.post("/api/deferred/create").json()["session_id"]
        metadata = json.dumps({"customer": "ACME", "pages": 2})
        form = {"session_id": session, "metadata": metadata}
        for name in ("factura.pdf", "orden de compra.pdf"):
            files = {"file": (name, b"%PDF-1.7" * 4_000, "application/pdf")}
            client.post("/api/file/uploadfile", data=form, files=files, headers=_MULTIPART)
        job = {"session_id": session, "metadata": {"batch": 17}}
        job_id = client.post("/api/job/create", json=job).json()["job_id"]
        client.get(f"/api/job/detail/{job_id}")
        client.post("/api/job/create", json=job)
        client.get("/api/job/all", params={"currentPage": 1, "pageSize": 20})
        client.get("/api/jobs/all")
        client.post("/token", data={**LOGIN, "password": "forgotten"})
        client.post("/api/job/create", json={"session": session})


async def _take(browser: Browser, url: str, shot: Shot) -> None:
    async with tab(browser, url, height=_HEIGHT, scheme=shot.scheme) as opened:
        page = await opened.open(shot.path)
        if shot.prepare is not None:
            await shot.prepare(page)
        await page.evaluate(_SETTLE)
        await page.screenshot(path=FOLDER / f"{shot.name}.png")


# Times and durations are others each time; pictures that show the same are to be the same.
_SETTLE = """() => {
  let second = 0;
  for (const time of [...document.querySelectorAll("time")].reverse()) {
    const milliseconds = String(second * 37).padStart(3, "0");
    const said = `10:24:07.${milliseconds}`;
    const day = time.textContent.includes("-") ? "2026-01-12 10:24:07" : said;
    time.textContent = time.textContent.includes("T") ? `2026-01-12T${said}Z` : day;
    second += 1;
  }
  for (const cell of document.querySelectorAll("td.duration")) cell.textContent = "1.4 ms";
  for (const fact of document.querySelectorAll(".facts dd")) {
    if (/ ms$/.test(fact.textContent)) fact.textContent = "1.4 ms";
  }
}"""


async def take_all() -> None:
    """Take all pictures, with one browser and one server."""
    FOLDER.mkdir(exist_ok=True)
    with AlfredMock(demo=True, ids_seed="screenshots") as server:
        send_requests(server.url)
        async with launched() as browser:
            for shot in SHOTS:
                await _take(browser, server.url, shot)


if __name__ == "__main__":
    asyncio.run(take_all())
