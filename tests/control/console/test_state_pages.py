"""Jobs, sessions and files by the console: lists, one opened, and what can be done to it."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

from alfred_mock.control.console.state import entries, pages
from tests.control.console.forms import (
    CONSOLE,
    TOKEN,
    console,
    held_to,
    leads_to,
    refusal,
    text,
)
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

JOBS, SESSIONS, FILES = (f"{CONSOLE}/state/{what}" for what in ("jobs", "sessions", "files"))
CONTENT = b"%PDF-1.4"


async def _session(client: httpx.AsyncClient, **headers: str) -> str:
    answer = await client.post("/api/deferred/create", headers=headers or WITH_KEY)
    return str(answer.json()["session_id"])


async def _file(
    client: httpx.AsyncClient, session: str, name: str = "invoice.pdf", **headers: str
) -> str:
    answer = await client.post(
        "/api/file/uploadfile",
        headers=headers or WITH_KEY,
        data={"session_id": session, "metadata": '{"department": "sales"}'},
        files={"file": (name, CONTENT)},
    )
    return str(answer.json()["file_id"])


async def _job(client: httpx.AsyncClient, session: str, **headers: str) -> str:
    asked = {"session_id": session, "metadata": {"customer": 7}}
    answer = await client.post("/api/job/create", headers=headers or WITH_KEY, json=asked)
    return str(answer.json()["job_id"])


async def _made(client: httpx.AsyncClient, **headers: str) -> tuple[str, str, str]:
    """A session, its file and its job."""
    session = await _session(client, **headers)
    file = await _file(client, session, **headers)
    return session, file, await _job(client, session, **headers)


async def test_the_lists_show_where_each_is_in_its_course(client: httpx.AsyncClient) -> None:
    session, file, job = await _made(client)
    waiting = await _session(client)
    await _file(client, waiting, "waiting.txt")
    jobs = await text(client, JOBS)
    assert f"{job[:8]} completed completed immediate 1" in jobs
    sessions = await text(client, f"{SESSIONS}?company={COMPANY}")
    assert f"{session[:8]} closed 1 {job[:8]} API Key 1" in sessions
    assert f"{waiting[:8]} open 1 API Key 1" in sessions
    files = await text(client, FILES)
    assert f"invoice.pdf finished FACTURA 8 B job {job[:8]}" in files
    assert f"waiting.txt uploaded 8 B session {waiting[:8]}" in files
    assert "invoice.pdf finished" in await text(client, f"{SESSIONS}/{session}")
    assert re.search(r"monto [0-9.]+", await text(client, f"{FILES}/{file}"))
    assert "1 of 1 finished" in await text(client, f"{JOBS}/{job}")


@pytest.mark.parametrize("path", [JOBS, SESSIONS, FILES])
async def test_empty_lists_say_so(path: str) -> None:
    async with console() as client:
        await client.delete(f"/__admin/companies/{COMPANY}")
        assert re.search(r"No \w+ has been", await text(client, path))


@pytest.mark.parametrize("number", ["2", "0", "x", "9" * 30])
async def test_a_list_goes_on_on_another_page(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pages, entries):
        monkeypatch.setattr(module, "PAGE_ROWS", 1)
    async with console() as client:
        for _ in range(3):
            await _session(client)
        first = await text(client, SESSIONS)
        shown = await text(client, f"{SESSIONS}?page={number}")
        assert "Page 1 Older" in first
        assert ("Newer Page 2 Older" in shown, shown == first) == (number == "2", number != "2")


async def test_lists_and_courses_are_sent_again_only_when_they_have_changed() -> None:
    async with console() as client:
        _, _, job = await _made(client)
        for page in (JOBS, f"{JOBS}/{job}"):
            [path] = re.findall(r'data-region hx-get="([^"]+)"', (await client.get(page)).text)
            assert (await client.get(unescape(path))).status_code == 204
            change = {"stage": "in_revision" if page == JOBS else "cancelled"}
            await client.patch(f"/__admin/jobs/{job}", json=change)
            assert (await client.get(unescape(path))).status_code == 200


async def test_a_job_is_shown_with_its_line_its_files_and_its_metadata() -> None:
    async with console() as client:
        _, _, job = await _made(client)
        page = await text(client, f"{JOBS}/{job}")
        assert "queued passed started passed in progress passed completed files finished" in page
        assert "1 of 1 finished" in page
        assert "invoice.pdf finished FACTURA Download" in page
        assert '"customer" : 7' in page


async def test_looking_at_a_manual_job_does_not_move_it() -> None:
    async with console() as client:
        _, _, job = await _made(client)
        await leads_to(client, f"{JOBS}/{job}", progression="manual")
        assert await text(client, f"{JOBS}/{job}") == await text(client, f"{JOBS}/{job}")


async def test_a_job_is_advanced_held_released_and_given_another_outcome() -> None:
    async with console() as client:
        _, _, job = await _made(client)

        async def detail() -> dict[str, Any]:
            answer: dict[str, Any] = (await client.patch(f"/__admin/jobs/{job}", json={})).json()
            return answer

        assert await leads_to(client, f"{JOBS}/{job}", advance="1") == f"{JOBS}/{job}"
        assert (await detail())["stage"] == "started"
        await leads_to(client, f"{JOBS}/{job}", stage="in_revision")
        assert (await detail())["stage"] == "in_revision"
        assert "in_revision held here" in await text(client, f"{JOBS}/{job}")
        await leads_to(client, f"{JOBS}/{job}", stage="-")
        assert (await detail())["stage"] == "started"
        await leads_to(client, f"{JOBS}/{job}", outcome="failed", progression="immediate")
        assert (await detail())["stage"] == "failed"
        assert "The job could not be processed." in await text(client, f"{JOBS}/{job}")
        await leads_to(client, f"{JOBS}/{job}", creation_date="2022-11-17T00:00:00.000")
        assert (await detail())["creation_date"] == "2022-11-17T00:00:00.000"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"advance": "x"}, "'advance' must be a valid integer"),
        ({"advance": "0"}, "'advance' must be greater than or equal to 1"),
        ({"stage": "queued", "advance": "1"}, "has both stage and advance"),
        ({"creation_date": "yesterday"}, "must be a date such as"),
    ],
)
async def test_a_refused_change_of_a_job_says_why(fields: dict[str, str], said: str) -> None:
    async with console() as client:
        _, _, job = await _made(client)
        assert said in await refusal(client, f"{JOBS}/{job}", **fields)
        missing = await refusal(client, f"{JOBS}/{UNKNOWN_ID}", advance="1")
        assert missing == f"Job with ID {UNKNOWN_ID} does not exist."


async def test_a_file_is_shown_downloaded_and_changed() -> None:
    async with console() as client:
        _, file, _ = await _made(client)
        page = await text(client, f"{FILES}/{file}")
        assert "FACTURA" in page
        assert '"department" : "sales"' in page
        assert re.search(r"monto [0-9.]+", page)
        content = await client.get(f"{FILES}/{file}/download")
        assert content.content == CONTENT
        assert "invoice.pdf" in content.headers["Content-Disposition"]
        changed = {"status": "ocr", "values": '{"monto": "7.25"}', "classification_score": "0.5"}
        assert await leads_to(client, f"{FILES}/{file}", **changed) == f"{FILES}/{file}"
        page = await text(client, f"{FILES}/{file}")
        assert "ocr held" in page
        assert "FACTURA callers do not see it" in page
        assert "monto 7.25" in page
        await leads_to(client, f"{FILES}/{file}", status="-", tag="-")
        assert "Status finished Tag none" in await text(client, f"{FILES}/{file}")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"values": "{"}, "Field 'values' must be JSON"),
        ({"values": '{"mont": "1"}'}, "has no data point mont; the nearest is monto"),
        ({"tag": "FACTURAS"}, "there is no tag FACTURAS"),
        ({"classification_score": "high"}, "'classification_score' must be a valid number"),
    ],
)
async def test_a_refused_change_of_a_file_says_why(fields: dict[str, str], said: str) -> None:
    async with console() as client:
        _, file, _ = await _made(client)
        assert said in await refusal(client, f"{FILES}/{file}", **fields)


async def test_a_session_is_made_opened_and_closed() -> None:
    async with console() as client:
        asked = {"company": COMPANY, "user_name": "Somebody", "creation_date": "2022-11-17"}
        made = await leads_to(client, SESSIONS, **asked)
        page = await text(client, made)
        assert "open" in page
        assert "2022-11-17 00:00:00" in page
        assert await leads_to(client, made, job_id=UNKNOWN_ID) == made
        assert f"Job {UNKNOWN_ID[:8]}" in await text(client, made)
        await leads_to(client, made, status="open")
        assert f"Job {UNKNOWN_ID[:8]}" not in await text(client, made)
        assert "is required: a closed session has one" in await refusal(
            client, made, status="closed"
        )
        assert "must be a UUID" in await refusal(client, SESSIONS, company=COMPANY, id="x")
        taken = {"company": COMPANY, "id": made.rpartition("/")[2]}
        assert "exists already" in await refusal(client, SESSIONS, **taken)


async def test_what_is_removed_has_gone() -> None:
    async with console() as client:
        session, file, job = await _made(client)
        for path, id_ in ((FILES, file), (JOBS, job), (SESSIONS, session)):
            assert await leads_to(client, f"{path}/{id_}/remove") == path
            assert (await client.get(f"{path}/{id_}")).status_code == 404
            assert "does not exist" in await refusal(client, f"{path}/{id_}/remove")


@pytest.mark.parametrize("path", [JOBS, SESSIONS, FILES])
async def test_what_is_not_there_is_told(path: str) -> None:
    async with console() as client:
        for id_ in (UNKNOWN_ID, "x"):
            answer = await client.get(f"{path}/{id_}")
            assert (answer.status_code, "<nav" in answer.text) == (404, True)


async def test_a_token_of_a_company_sees_and_changes_only_what_is_its_own() -> None:
    async with held_to(COMPANY) as client:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        other = (await client.post("/__admin/companies", headers=bearer)).json()
        foreign = await _made(client, **{"X-TagshelfAPI-Key": other["api_key"]})
        own = await _made(client)
        for path, mine, theirs in zip((SESSIONS, FILES, JOBS), own, foreign, strict=True):
            listed = (await client.get(path)).text
            assert (mine in listed, theirs in listed) == (True, False)
            assert (await client.get(f"{path}/{mine}")).status_code == 200
            assert (await client.get(f"{path}/{theirs}")).status_code == 403
            assert (await client.get(f"{path}/{UNKNOWN_ID}")).status_code == 403
            assert "one company's" in await refusal(client, f"{path}/{theirs}")
            assert "not for the token" in await refusal(client, f"{path}/{mine}/remove")
            assert "Remove" not in await text(client, f"{path}/{mine}")
        assert (await client.get(f"{FILES}/{foreign[1]}/download")).status_code == 403
        assert await leads_to(client, f"{JOBS}/{own[2]}", advance="1")
        made = await leads_to(client, SESSIONS, company=other["id"])
        assert (await client.get(made)).status_code == 200  # it is the own company's
