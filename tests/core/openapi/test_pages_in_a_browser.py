"""The pages of the documents in a real browser: they show, and "Try it out" is let in.

Each tab fails by itself if a page asks another host, or is kept from something by its policy.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from alfred_mock.testing import AlfredMock
from tests.control.console.browser import tab
from tests.support import API_KEY, HMAC_ID, HMAC_KEY, PASSWORD, USER_NAME

pytestmark = pytest.mark.anyio
expect.set_options(timeout=60_000)
TOKEN = "a-token-of-the-tests"


@pytest.fixture(scope="module")
def alfred() -> Iterator[AlfredMock]:
    """A server whose control API wants a token."""
    with AlfredMock(demo=True, admin_token=TOKEN) as server:
        yield server


@pytest.fixture(scope="module")
def renamed() -> Iterator[AlfredMock]:
    """A server that clients reach at another address than this browser."""
    with AlfredMock(demo=True, public_url="https://alfred.example/mock") as server:
        yield server


async def _dialog(page: Page, scheme: str) -> Locator:
    await page.get_by_role("button", name="Authorize", exact=True).first.click()
    return page.locator(".auth-container").filter(
        has=page.locator("h4", has_text=re.compile(rf"^{scheme}\b"))
    )


async def _authorize(page: Page, scheme: str, **values: str) -> None:
    dialog = await _dialog(page, scheme)
    for label, value in values.items():
        await dialog.locator(f"#{label}").fill(value)
    await dialog.get_by_role("button", name=re.compile("^Apply")).click()
    await expect(dialog.get_by_text("Authorized", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).first.click()


async def _with_key(page: Page) -> None:
    await _authorize(page, "ApiKey", api_key_value=API_KEY)


async def _with_password(page: Page) -> None:
    await _authorize(page, "OAuth2", oauth_username=USER_NAME, oauth_password=PASSWORD)


async def _with_hmac(page: Page) -> None:
    await _authorize(page, "HMAC", **{"hmac-id": HMAC_ID, "hmac-key": HMAC_KEY})


async def _try(page: Page, operation: str, body: str | None = None) -> Locator:
    """Open an operation and send it; its part of the page."""
    part = page.locator(f"[id$='-{operation}']")
    await part.locator(".opblock-summary-control").click()
    await part.get_by_role("button", name="Try it out").click()
    if body is not None:
        await part.locator("textarea.body-param__text").fill(body)
    await part.get_by_role("button", name="Execute").click()
    return part


def _answered(part: Locator) -> Locator:
    return part.locator(".live-responses-table tr.response")


async def _statuses(part: Locator, status: int) -> None:
    await expect(_answered(part).locator(".response-col_status")).to_have_text(f"{status}")


BY = pytest.mark.parametrize(
    "authorize", [_with_key, _with_password, _with_hmac], ids=["key", "oauth", "hmac"]
)


@BY
async def test_what_is_tried_out_is_let_in(
    chromium: Browser, alfred: AlfredMock, authorize: object
) -> None:
    assert callable(authorize)
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open("/docs")
        await authorize(page)
        await _statuses(await _try(page, "alfred-ping"), 200)
        await _statuses(await _try(page, "deferred-session-create"), 200)


async def test_a_body_is_signed(chromium: Browser, alfred: AlfredMock) -> None:
    company = alfred.company()
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open("/docs")
        await _authorize(page, "HMAC", **{"hmac-id": company.hmac.id, "hmac-key": company.hmac.key})
        url = f'{{"urls": ["{alfred.url}/livez"], "note": "{"ñ" * 99}"}}'
        part = await _try(page, "file-upload", url)
        await expect(_answered(part)).to_be_visible()
        (request,) = company.requests(method="POST")
        assert (request.status, request.reason) == (200, None), request.response_body


async def test_a_form_with_a_file_is_signed(chromium: Browser, alfred: AlfredMock) -> None:
    company = alfred.company()
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open("/docs")
        await _authorize(page, "HMAC", **{"hmac-id": company.hmac.id, "hmac-key": company.hmac.key})
        part = await _try(page, "deferred-session-create")
        await _statuses(part, 200)
        text = await _answered(part).locator(".response-col_description").inner_text()
        (session_id,) = set(re.findall(r'"session_id": "([^"]+)"', text))
        part = page.locator("[id$='-file-uploadfile']")
        await part.locator(".opblock-summary-control").click()
        await part.get_by_role("button", name="Try it out").click()
        await part.locator("input[type=file]").set_input_files(
            {"name": "ñ.pdf", "mimeType": "application/pdf", "buffer": bytes(range(256)) * 99}
        )
        await part.locator("[data-property-name=session_id] input").fill(session_id)
        await part.get_by_role("button", name="Execute").click()
        await _statuses(part, 200)


async def test_a_key_that_is_wrong_is_refused(chromium: Browser, alfred: AlfredMock) -> None:
    company = alfred.company()
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open("/docs")
        key = "bm90IHRoZSBrZXk="
        await _authorize(page, "HMAC", **{"hmac-id": company.hmac.id, "hmac-key": key})
        await _statuses(await _try(page, "alfred-ping"), 401)
        opened.problems.clear()  # the browser logs that something was refused


@BY
async def test_a_server_of_another_name_is_tried_where_it_is(
    chromium: Browser, renamed: AlfredMock, authorize: object
) -> None:
    assert callable(authorize)
    async with tab(chromium, renamed.url) as opened:
        page = await opened.open("/docs")
        await authorize(page)
        await _statuses(await _try(page, "alfred-ping"), 200)


async def test_control_is_tried_out_with_its_token(chromium: Browser, alfred: AlfredMock) -> None:
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open("/__admin/docs")
        dialog = await _dialog(page, "Token")
        await dialog.locator("input").fill(TOKEN)
        await dialog.get_by_role("button", name=re.compile("^Apply")).click()
        await page.get_by_role("button", name="Close", exact=True).first.click()
        await _statuses(await _try(page, "companies-list-all"), 200)


async def test_redoc_shows_each_operation(chromium: Browser, alfred: AlfredMock) -> None:
    async with tab(chromium, alfred.url) as opened:
        page = await opened.open("/redoc")
        await expect(
            page.get_by_role("heading", name="Create a new Deferred Session.")
        ).to_be_visible()
        search = page.get_by_role("textbox")
        await search.fill("webhook")
        await expect(page.locator("[role=search] li, .search-results li").first).to_be_visible()
