"""The list of requests and one request opened, in a browser."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from alfred_mock.testing import AlfredMock
from tests.control.console.browser import tab
from tests.support import COMPANY, WITH_KEY

pytestmark = pytest.mark.anyio

HOME = "/__admin/"
ROWS = "#rows [data-number]"


@pytest.fixture
async def sender(alfred: AlfredMock) -> AsyncIterator[httpx.AsyncClient]:
    """Sends what the console is to show; the journal is empty."""
    async with httpx.AsyncClient(base_url=alfred.url, trust_env=False) as client:
        (await client.delete("/__admin/requests")).raise_for_status()
        yield client


async def _live(page: Page) -> None:
    """Wait until rows come by themselves."""
    await expect(page.locator("[data-live][data-connected]")).to_be_attached()


async def test_requests_come_by_themselves_are_filtered_and_paused(
    chromium: Browser, alfred: AlfredMock, sender: httpx.AsyncClient
) -> None:
    await sender.get("/before")
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open(HOME)
        rows = page.locator(ROWS)
        await expect(rows).to_have_count(1)
        await _live(page)
        await sender.get("/api/tagshelf/ping", headers=WITH_KEY)
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("/api/tagshelf/ping")
        await expect(rows.first).to_contain_text("Demo Company")
        await expect(rows.last).to_contain_text("no such route")

        await page.keyboard.press("/")
        await page.keyboard.type("4xx bef")
        await expect(rows).to_have_count(1)
        await expect(page).to_have_url(f"{alfred.url}{HOME}?q=4xx+bef")
        await _live(page)
        await sender.get("/after")
        await sender.get("/before-that")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("/before-that")

        await page.locator("[data-pause]").click()
        await sender.get("/before-long")
        await expect(page.get_by_text("Paused, 1 new")).to_be_visible()
        await expect(rows).to_have_count(2)
        await page.locator("[data-pause]").click()
        await expect(rows).to_have_count(3)
        await expect(page.get_by_role("status")).to_have_text("Live")


async def test_a_company_is_chosen_and_kept(
    chromium: Browser, alfred: AlfredMock, sender: httpx.AsyncClient
) -> None:
    await sender.get("/nobodys")
    await sender.get("/own", headers=WITH_KEY)
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open(HOME)
        await page.get_by_label("Company").select_option(COMPANY)
        await expect(page.locator(ROWS)).to_have_count(1)
        await page.locator(ROWS).get_by_role("link").click()
        await expect(page).to_have_url(
            f"{alfred.url}/__admin/console/requests/{await _newest(sender)}?company={COMPANY}"
        )
        await page.get_by_role("link", name="← Requests").click()
        await expect(page.locator(ROWS)).to_have_count(1)


async def _newest(sender: httpx.AsyncClient) -> int:
    requests = (await sender.get("/__admin/requests")).json()["requests"]
    number: int = requests[-1]["number"]
    return number


async def test_of_many_requests_the_newest_are_shown_and_older_ones_on_demand(
    chromium: Browser, alfred: AlfredMock, sender: httpx.AsyncClient
) -> None:
    for number in range(130):
        await sender.get(f"/{number}")
    async with tab(chromium, alfred.url, height=400) as opened:
        page = await opened.open(HOME)
        rows = page.locator(ROWS)
        await expect(rows).to_have_count(100)
        await _live(page)
        await sender.get("/130")
        await expect(rows).to_have_count(101)
        await page.get_by_role("button", name="Older requests").scroll_into_view_if_needed()
        await expect(rows).to_have_count(131)
        paths = await page.locator("#rows .path a").all_text_contents()
        assert paths == [f"/{number}" for number in reversed(range(131))]


async def test_one_request_says_all_there_is(
    chromium: Browser, alfred: AlfredMock, sender: httpx.AsyncClient
) -> None:
    made = await sender.post("/api/deferred/create", headers=WITH_KEY)
    session = made.json()["session_id"]
    form = {"session_id": session, "metadata": json.dumps({"customer": "<ACME>"})}
    await sender.post(
        "/api/file/uploadfile", headers=WITH_KEY, data=form, files={"file": ("a.pdf", b"%P")}
    )
    await sender.post(
        "/api/job/create", headers=WITH_KEY, json={"session_id": session, "metadata": {"n": [1]}}
    )
    await sender.get("/api/jobs/all", headers=WITH_KEY, params={"pageSize": "5"})
    last = await _newest(sender)
    for scheme, width in (("light", 1280), ("dark", 380)):
        async with tab(
            chromium,
            alfred.url,
            scheme=scheme,
            width=width,
            permissions=["clipboard-read", "clipboard-write"],
        ) as opened:
            page = await opened.open(f"/__admin/console/requests/{last}")
            assert await opened.inaccessible() == []
            assert await opened.overflow() <= 0
            told = page.get_by_role("region", name="What the client was not told")
            await expect(told).to_contain_text("The nearest is GET /api/job/all.")
            fails = page.get_by_role("link", name="Make this fail")
            wanted = f"method=GET&path=%2Fapi%2Fjobs%2Fall&company={COMPANY}&status=503"
            await expect(fails).to_have_attribute("href", f"/__admin/console/faults/new?{wanted}")
            await page.get_by_role("button", name="Copy as curl").click()
            copied = await page.evaluate("navigator.clipboard.readText()")
            assert copied.startswith(f"curl '{alfred.url}/api/jobs/all?pageSize=5'")
            assert "x-tagshelfapi-key: ***" in copied

            page = await opened.open(f"/__admin/console/requests/{last - 2}")
            asked = page.get_by_role("region", name="Request")
            await expect(asked).to_contain_text("a.pdf")
            await expect(asked).to_contain_text('{"customer": "<ACME>"}')
            assert await opened.inaccessible() == []
            assert await opened.overflow() <= 0

            page = await opened.open(f"/__admin/console/requests/{last - 1}")
            number = page.get_by_text("1", exact=True)
            await expect(number).to_be_visible()
            await page.get_by_role("region", name="Request").locator("summary").first.click()
            await expect(number).to_be_hidden()


async def test_a_log_in_by_hand_and_the_way_back(chromium: Browser) -> None:
    with AlfredMock(demo=True, admin_token="only-for-testers") as server:
        async with tab(chromium, server.url) as opened:
            page = await opened.open("/")
            await expect(page).to_have_url(f"{server.url}/__admin/console/login")
            assert await opened.inaccessible() == []
            await page.keyboard.type("wrong")
            async with page.expect_response(lambda answer: answer.status == 403):
                await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text("This is not the token.")
            assert await opened.inaccessible() == []
            opened.problems.clear()  # Chromium logs each answer that is an error
            await page.get_by_label("Control token").fill("only-for-testers")
            await page.get_by_role("button", name="Log in").click()
            await expect(page).to_have_url(f"{server.url}{HOME}")
            await _live(page)
            await page.get_by_role("button", name="Log out").click()
            await expect(page).to_have_url(f"{server.url}/__admin/console/login")


async def test_a_page_of_another_origin_gets_nothing(
    chromium: Browser, alfred: AlfredMock, sender: httpx.AsyncClient
) -> None:
    await sender.get("/secret-path")
    other = alfred.url.replace("127.0.0.1", "localhost")  # the same site to no browser
    async with tab(chromium, other) as opened:
        page = await opened.open("/livez")
        opened.url = alfred.url
        got = await page.evaluate(_ATTACK, alfred.url)
        # Chromium logs each refusal, and where it came to nothing.
        opened.problems.clear()
    assert got == {"fetch": "failed", "stream": "failed", "script": "failed", "frame": "empty"}
    entries = (await sender.get("/__admin/requests")).json()["requests"]
    assert entries[0]["path"] == "/secret-path"  # its DELETE came to nothing


_ATTACK = """async (url) => {
  const home = `${url}/__admin/`;
  const got = {};
  got.fetch = await fetch(home).then((answer) => answer.text(), () => "failed");
  got.stream = await new Promise((resolve) => {
    const source = new EventSource(`${url}/__admin/requests/stream?since=0`);
    source.onmessage = (event) => { source.close(); resolve(event.data); };
    source.onerror = () => { source.close(); resolve("failed"); };
  });
  got.script = await new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = `${url}/__admin/console/static/console.js`;
    script.onload = () => resolve("loaded");
    script.onerror = () => resolve("failed");
    document.body.append(script);
  });
  got.frame = await new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = home;
    frame.onload = () => {
      let text = "empty";
      try { text = frame.contentDocument.body.textContent || "empty"; } catch {}
      resolve(text);
    };
    document.body.append(frame);
  });
  const form = document.createElement("form");
  form.method = "post";
  form.action = `${url}/__admin/console/logout`;
  document.body.append(form);
  await fetch(form.action, { method: "POST", mode: "no-cors" }).catch(() => {});
  await fetch(`${url}/__admin/requests`, { method: "DELETE", mode: "cors" }).catch(() => {});
  return got;
}"""
