"""What testers do on the console, in a browser: from a form to what comes of it."""

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from alfred_mock.testing import AlfredMock
from tests.control.console.browser import Tab, tab
from tests.support import COMPANY, WITH_KEY

pytestmark = pytest.mark.anyio

CONSOLE = "/__admin/console"
OWN = f"?company={COMPANY}"
_SECONDS = 60


def _client(alfred: AlfredMock, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=alfred.url, headers=headers or WITH_KEY, timeout=_SECONDS, trust_env=False
    )


async def _job(client: httpx.AsyncClient) -> tuple[str, str]:
    """A job and its file."""
    session = (await client.post("/api/deferred/create")).json()
    files = {"file": ("invoice.pdf", b"%PDF-1.4")}
    file = (await client.post("/api/file/uploadfile", data=session, files=files)).json()["file_id"]
    job = (await client.post("/api/job/create", json=session)).json()["job_id"]
    return job, file


async def _is_usable(opened: Tab, path: str) -> None:
    """Whether a page with something on it keeps nobody out, also where it is narrow."""
    page = await opened.open(path)
    await page.set_viewport_size({"width": 380, "height": 800})
    assert await opened.inaccessible() == []
    assert await opened.overflow() <= 0


def _forget_refusal(opened: Tab) -> None:
    """The browser logs each refusal; nothing else may have gone wrong."""
    refused = [said for said in opened.problems if "400" in said]
    assert refused == opened.problems
    opened.problems.clear()


async def test_a_company_is_made_and_its_key_copied(chromium: Browser, alfred: AlfredMock) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    async with tab(chromium, alfred.url, permissions=allowed) as opened:
        page = await opened.open(f"{CONSOLE}/companies")
        await page.get_by_label("Seconds to live").fill("soon")
        await page.get_by_role("button", name="Make company").click()
        await expect(
            page.get_by_role("alert").filter(has_text="must be a valid number")
        ).to_have_count(1)
        _forget_refusal(opened)
        await page.get_by_label("Seconds to live").fill("")
        await page.get_by_label("Name").fill("Acme")
        await page.get_by_role("button", name="Make company").click()
        await expect(page.get_by_role("heading", name="Acme")).to_be_visible()
        await expect(page.get_by_role("main")).to_be_focused()
        assert await opened.inaccessible() == []
        await page.get_by_role("button", name="Copy API key").click()
        await expect(page.get_by_role("button", name="Copy API key")).to_have_text("Copied")
        key = await page.evaluate("navigator.clipboard.readText()")
        async with _client(alfred, **{"X-TagshelfAPI-Key": key}) as client:
            caller = (await client.get("/api/tagshelf/who-am-i")).json()
        assert caller["company_name"] == "Acme"
        await page.go_back()
        await expect(page.get_by_role("heading", name="New company")).to_be_visible()
        await page.get_by_role("button", name="Remove Acme").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(page.get_by_role("row", name="Acme")).to_have_count(0)
        await expect(page.get_by_role("option", name="Acme")).to_have_count(0)


async def test_a_fault_of_the_form_makes_the_next_request_fail(
    chromium: Browser, alfred: AlfredMock
) -> None:
    async with tab(chromium, alfred.url) as opened, _client(alfred) as client:
        page = await opened.open(f"{CONSOLE}/faults/new?path=/api/tagshelf/ping")
        await page.get_by_label("Status").fill("700")
        await expect(page.locator("#status-why")).to_have_text("Must be less than or equal to 599.")
        await page.get_by_label("Status").fill("503")
        await expect(page.locator("#status-why")).to_be_empty()
        await page.get_by_label("Times").fill("1")
        await expect(page.locator("#preview")).to_contain_text('"times": 1')
        await page.get_by_role("button", name="Make fault").click()
        row = page.get_by_role("row", name="/api/tagshelf/ping")
        await expect(row).to_contain_text("1 times")
        assert await opened.inaccessible() == []
        await row.get_by_role("button", name="Clear").focus()
        statuses = [(await client.get("/api/tagshelf/ping")).status_code for _ in range(2)]
        assert statuses == [503, 200]
        await expect(row.get_by_role("cell").nth(4)).to_have_text("0")  # none is left
        await expect(row.get_by_role("button", name="Clear")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Nothing is made to fail.")).to_be_visible()


async def test_a_job_is_advanced_along_its_line(chromium: Browser, alfred: AlfredMock) -> None:
    async with tab(chromium, alfred.url) as opened, _client(alfred) as client:
        job, file = await _job(client)
        page = await opened.open(f"{CONSOLE}/state/jobs{OWN}")
        await page.get_by_role("link", name=job[:8]).click()
        await expect(_now(page)).to_contain_text("completed")
        await page.get_by_role("button", name="Advance").click()
        await expect(_now(page)).to_contain_text("started")
        await client.patch(f"/__admin/jobs/{job}", json={"stage": "in_revision"})
        await expect(_now(page)).to_contain_text("in revision")
        for path in (f"jobs/{job}", f"files/{file}", "files"):
            await _is_usable(opened, f"{CONSOLE}/state/{path}")
        async with page.expect_download() as download:
            await page.goto(f"{opened.url}{CONSOLE}/state/files")
            await page.get_by_role("link", name="Download invoice.pdf").first.click()
        assert (await download.value).suggested_filename == "invoice.pdf"


def _now(page: Page) -> Locator:
    return page.locator("[aria-current=step]")


async def test_an_event_is_emitted_and_seen_at_once(chromium: Browser, alfred: AlfredMock) -> None:
    async with (
        tab(chromium, alfred.url) as opened,
        tab(chromium, alfred.url) as other,
        _client(alfred) as client,
    ):
        job, _ = await _job(client)
        live = await other.open(f"{CONSOLE}/events")
        # As after the tab was hidden: the stream begins anew.
        await live.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page = await opened.open(f"{CONSOLE}/events/emit")
        await page.get_by_label("Event").select_option("job_exceeded_retries")
        await page.get_by_label("Job", exact=True).fill(job)
        await page.get_by_label("retries", exact=True).fill("7")
        await page.get_by_role("button", name="Emit").click()
        await expect(page.get_by_role("heading", name="job_exceeded_retries")).to_be_visible()
        await expect(page.get_by_text('"retries": 7').first).to_be_visible()
        await expect(live.get_by_role("link", name="job_exceeded_retries")).to_be_visible()
        assert await opened.inaccessible() == []
        assert await other.inaccessible() == []


async def test_a_bad_seed_is_told_with_its_places(chromium: Browser, alfred: AlfredMock) -> None:
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open(f"{CONSOLE}/seed{OWN}")
        await page.get_by_label("The present state").fill('{"tag": []}')
        place = "companies[0].tag there is no such key; the nearest is tags"
        await expect(page.locator("#problems")).to_contain_text(place)
        await page.get_by_role("button", name="Load", exact=True).click()
        refused = page.get_by_role("alert").filter(has_text="there is no such key")
        await expect(refused).to_be_visible()
        assert await opened.inaccessible() == []
        _forget_refusal(opened)
        await page.get_by_label("The present state").fill('{"tags": [{"name": "RECIBO"}]}')
        await expect(page.locator("#problems")).to_contain_text("Nothing is wrong with it.")
        await page.get_by_role("button", name="Load", exact=True).click()
        await expect(page.get_by_text("The seed is loaded.")).to_be_visible()


async def test_a_clock_stands_still(chromium: Browser, alfred: AlfredMock) -> None:
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open(f"{CONSOLE}/clock{OWN}")
        await page.get_by_label("Date").fill("2022-11-17T01:02:03")
        await page.get_by_label("And freeze it").check()
        await page.get_by_role("button", name="Set clock").click()
        await expect(page.locator("#live")).to_contain_text("2022-11-17 01:02:03 frozen")
        await page.get_by_role("button", name="+ 1 hour").click()
        await expect(page.locator("#live")).to_contain_text("02:02:03")
        assert await opened.inaccessible() == []
        await page.get_by_role("button", name="Reset").click()
        await page.get_by_role("dialog").get_by_role("button", name="Reset").click()
        await expect(page.locator("#live")).to_contain_text("the real time")
