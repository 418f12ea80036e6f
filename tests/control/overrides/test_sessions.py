"""Sessions made and changed by a tester."""

from typing import Any

import httpx
import pytest

from alfred_mock.control.seed.document import parse_seed
from alfred_mock.main import Application
from tests.alfred.calls import (
    FILE,
    JOB,
    NOON,
    OTHER_COMPANY,
    SESSION,
    WITH_OTHER_KEY,
    get,
    job_of_files,
    job_of_session,
    new_session,
    try_job,
    try_upload,
    upload,
)
from tests.control.admin import SEED, stop_clock
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY, client_of

pytestmark = pytest.mark.anyio

SESSIONS = "/__admin/deferred-sessions"
KEY = "alfred-mock-demo-key"
DATE, LATER = "2022-11-17T00:00:00.000", "2022-11-18T00:00:00.000"
NOON_TEXT = "2023-11-14T22:13:20.000"


async def _call(app: Application, method: str, path: str, asked: Any) -> httpx.Response:
    async with client_of(app) as admin:
        return await admin.request(method, path, json=asked)


async def _make(app: Application, **asked: Any) -> Any:
    answer = await _call(app, "POST", SESSIONS, {"company": KEY, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _patch(app: Application, session_id: str, **asked: Any) -> Any:
    answer = await _call(app, "PATCH", f"{SESSIONS}/{session_id}", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _refused(app: Application, session_id: str, **asked: Any) -> str:
    answer = await _call(app, "PATCH", f"{SESSIONS}/{session_id}", asked)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["message"])


async def _is_sound(app: Application) -> None:
    """What there is now can be loaded as a seed."""
    async with client_of(app) as admin:
        parse_seed((await admin.get(SEED)).json(), source="export")


async def test_a_session_is_made_as_it_should_be(
    app: Application, client: httpx.AsyncClient
) -> None:
    made = await _make(
        app,
        id=UNKNOWN_ID.upper(),
        status="closed",
        job_id=OTHER_COMPANY,
        creation_date=DATE,
        update_date=LATER,
        user_name="Somebody",
    )
    assert made == {
        "id": UNKNOWN_ID,
        "creation_date": DATE,
        "update_date": LATER,
        "status": "closed",
        "user_name": "Somebody",
        "company_id": COMPANY,
        "job_id": OTHER_COMPANY,
    }
    assert await get(client, SESSION, UNKNOWN_ID) == made
    await _is_sound(app)


async def test_little_has_to_be_said_of_a_session(
    app: Application, client: httpx.AsyncClient
) -> None:
    await stop_clock(app, NOON)
    made = await _make(app)
    assert made["creation_date"] == made["update_date"] == NOON_TEXT
    assert (made["status"], made["user_name"], made["job_id"]) == ("open", "API Key 1", None)
    await upload(client, made["id"])
    old = await _make(app, creation_date=DATE)
    assert (old["creation_date"], old["update_date"]) == (DATE, DATE)
    assert (await _make(app, job_id=UNKNOWN_ID))["status"] == "closed"


async def test_a_session_is_made_once(app: Application) -> None:
    await _make(app, id=UNKNOWN_ID)
    answer = await _call(app, "POST", SESSIONS, {"company": KEY, "id": UNKNOWN_ID})
    assert answer.status_code == 409
    assert answer.json()["message"] == f"Deferred Session with ID {UNKNOWN_ID} exists already."


@pytest.mark.parametrize(
    ("asked", "status", "problem"),
    [
        ({}, 400, "'company' is required"),
        ({"company": "nobody"}, 404, "no company with this id or credential"),
        ({"company": KEY, "status": "closed"}, 400, "'job_id' is required"),
        ({"company": KEY, "status": "open", "job_id": UNKNOWN_ID}, 400, "an open session has none"),
        ({"company": KEY, "id": "42"}, 400, "'id' must be a UUID"),
        ({"company": KEY, "creation_date": "now"}, 400, "must be a date such as"),
        ({"company": KEY, "user": "u"}, 400, "has no key 'user'; the nearest is 'user_name'"),
        ({"company": KEY, "user_name": "a\0"}, 400, "'user_name'"),
    ],
)
async def test_what_cannot_be_made_is_refused(
    app: Application, asked: Any, status: int, problem: str
) -> None:
    answer = await _call(app, "POST", SESSIONS, asked)
    assert answer.status_code == status
    assert problem in answer.json()["message"]


async def test_dates_and_names_are_changed_and_the_rest_stays(
    app: Application, client: httpx.AsyncClient
) -> None:
    session = await new_session(client)
    before = await get(client, SESSION, session)
    changed = await _patch(app, session.upper(), creation_date=DATE, user_name="Other")
    assert changed == {**before, "creation_date": DATE, "user_name": "Other"}
    assert await get(client, SESSION, session) == changed
    assert await _patch(app, session) == changed
    assert (await _patch(app, session, update_date=LATER))["update_date"] == LATER


async def test_a_closed_session_can_be_opened_and_used_again(
    app: Application, client: httpx.AsyncClient
) -> None:
    session = await new_session(client)
    file = await upload(client, session)
    first = await job_of_session(client, session)
    await stop_clock(app, NOON)
    opened = await _patch(app, session, status="open")
    assert (opened["status"], opened["job_id"]) == ("open", None)
    assert opened["update_date"] == NOON_TEXT
    job = await get(client, JOB, first)
    assert job["deferred_session_id"] is None
    assert [part["id"] for part in job["files"]] == [file]
    await _is_sound(app)
    assert (await try_job(client, session_id=session)).status_code == 400  # nothing waits in it
    other = await upload(client, session)
    second = await job_of_session(client, session)
    assert [part["id"] for part in (await get(client, JOB, second))["files"]] == [other]
    await _is_sound(app)


async def test_null_for_the_job_opens_too(app: Application, client: httpx.AsyncClient) -> None:
    session = await new_session(client)
    await _patch(app, session, job_id=UNKNOWN_ID)
    assert (await _patch(app, session, job_id=None))["status"] == "open"


async def test_a_session_can_be_closed_by_a_job_that_is_not_there(
    app: Application, client: httpx.AsyncClient
) -> None:
    session = await new_session(client)
    await upload(client, session)
    closed = await _patch(app, session, status="closed", job_id=UNKNOWN_ID, update_date=LATER)
    assert (closed["status"], closed["job_id"]) == ("closed", UNKNOWN_ID)
    assert closed["update_date"] == LATER
    assert (await try_upload(client, session)).status_code == 409
    assert (await _patch(app, session, status="closed"))["job_id"] == UNKNOWN_ID
    await _is_sound(app)


async def test_a_job_that_is_there_takes_over_what_waits_in_its_session(
    app: Application, client: httpx.AsyncClient
) -> None:
    job = await job_of_files(client)
    await _patch(app, (await get(client, JOB, job))["deferred_session_id"], status="open")
    session = await new_session(client)
    file = await upload(client, session)
    assert (await _patch(app, session, job_id=job))["status"] == "closed"
    shown = await get(client, JOB, job)
    assert (shown["deferred_session_id"], shown["file_sources_count"]) == (session, 2)
    assert file in [part["id"] for part in shown["files"]]
    assert (await get(client, FILE, file))["status"] == "finished"
    await _is_sound(app)
    other = await job_of_files(client)
    assert f"Job with ID {other} has closed another session." in await _refused(
        app, session, job_id=other
    )
    assert (await _patch(app, session, job_id=UNKNOWN_ID))["job_id"] == UNKNOWN_ID
    assert (await get(client, JOB, job))["deferred_session_id"] is None
    await _is_sound(app)


async def test_a_job_of_another_company_closes_nothing(
    app: Application, client: httpx.AsyncClient
) -> None:
    other = {"id": OTHER_COMPANY, "name": "Other", "api_keys": [{"key": "other-key"}]}
    assert (await _call(app, "PUT", SEED, {"companies": [other]})).status_code == 200
    job = await job_of_files(client, headers=WITH_OTHER_KEY)
    session = await new_session(client)
    assert "belongs to another company" in await _refused(app, session, job_id=job)
    assert (await get(client, SESSION, session, headers=WITH_KEY))["status"] == "open"


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"status": "closed"}, "Field 'job_id' is required: a closed session has one."),
        ({"status": "closed", "job_id": None}, "a closed session has one"),
        ({"status": "open", "job_id": UNKNOWN_ID}, "an open session has none"),
        ({"status": "shut"}, "'status' must be 'open' or 'closed'"),
        ({"statsu": "open"}, "Parameter 'body' has no key 'statsu'; the nearest is 'status'."),
        ({"job_id": "42"}, "'job_id' must be a UUID"),
    ],
)
async def test_what_cannot_be_is_refused(
    app: Application, client: httpx.AsyncClient, asked: Any, problem: str
) -> None:
    session = await new_session(client)
    before = await get(client, SESSION, session)
    assert problem in await _refused(app, session, **asked)
    assert await get(client, SESSION, session) == before


async def test_an_unknown_session_is_not_found(app: Application) -> None:
    answer = await _call(app, "PATCH", f"{SESSIONS}/{UNKNOWN_ID.upper()}", {"status": "open"})
    assert answer.status_code == 404
    assert answer.json()["message"] == f"Deferred Session with ID {UNKNOWN_ID} does not exist."
    assert (await _call(app, "PATCH", f"{SESSIONS}/42", {})).status_code == 400
