"""The clock over HTTP, and what follows it."""

import time
from typing import Any

import httpx
import pytest

from alfred_mock.core.clock import from_wire
from alfred_mock.main import Application, create_app
from tests.auth.vectors import amx
from tests.support import (
    COMPANY,
    HMAC_ID,
    HMAC_KEY,
    LOGIN,
    ORIGIN,
    UNKNOWN_ID,
    WITH_KEY,
    application,
    client_of,
)

pytestmark = pytest.mark.anyio

CLOCK = "/__admin/clock"
MONDAY = "2030-01-07T12:00:00.000"


async def _set(client: httpx.AsyncClient, **body: Any) -> Any:
    answer = await client.put(CLOCK, json={"company": COMPANY, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _session_date(client: httpx.AsyncClient, **headers: str) -> str:
    headers = headers or WITH_KEY
    created = (await client.post("/api/deferred/create", headers=headers)).json()["session_id"]
    detail = await client.get(f"/api/deferred/detail/{created}", headers=headers)
    date: str = detail.json()["creation_date"]
    return date


async def test_it_tells_the_real_time_at_first(client: httpx.AsyncClient) -> None:
    clock = (await client.get(CLOCK)).json()
    assert abs(from_wire(clock["now"]) / 1_000 - time.time()) < 60
    assert (clock["frozen"], clock["offset_s"]) == (False, 0)


async def test_frozen_it_stands_still_and_dates_are_what_it_says(client: httpx.AsyncClient) -> None:
    assert (await _set(client, now=MONDAY, frozen=True))["now"] == MONDAY
    assert await _session_date(client) == await _session_date(client) == MONDAY
    assert (await client.get(CLOCK, params={"company": COMPANY})).json()["now"] == MONDAY


async def test_it_advances_where_it_stands(client: httpx.AsyncClient) -> None:
    await _set(client, now=MONDAY, frozen=True)
    assert (await _set(client, advance_s=90.5))["now"] == "2030-01-07T12:01:30.500"
    assert (await _set(client, advance_s=-0.5))["frozen"] is True


async def test_set_it_goes_on_from_there(client: httpx.AsyncClient) -> None:
    await _set(client, now=MONDAY)
    date = await _session_date(client)
    assert date > MONDAY
    assert date.startswith("2030-01-07T12:0")


async def test_released_it_goes_on_from_where_it_stood(client: httpx.AsyncClient) -> None:
    await _set(client, now=MONDAY, frozen=True)
    released = await _set(client, frozen=False)
    assert released["frozen"] is False
    assert released["now"].startswith("2030-01-07T12:0")


async def test_an_offset_is_from_the_real_time(client: httpx.AsyncClient) -> None:
    assert (await _set(client, now=MONDAY, offset_s=3600))["now"] == MONDAY
    assert (await _set(client, offset_s=3600))["offset_s"] == 3600
    assert (await _set(client, offset_s=0))["offset_s"] == 0


async def test_a_company_s_clock_is_its_own(client: httpx.AsyncClient) -> None:
    other = (await client.post("/__admin/companies")).json()
    await _set(client, now=MONDAY, frozen=True)
    theirs = await _session_date(client, **{"X-TagshelfAPI-Key": other["api_key"]})
    assert not theirs.startswith("2030")


async def test_everybody_s_clock_is_that_of_all_who_have_none(client: httpx.AsyncClient) -> None:
    other = (await client.post("/__admin/companies")).json()
    await _set(client, now="2040-01-01T00:00:00", frozen=True)
    await client.put(CLOCK, json={"now": MONDAY, "frozen": True})
    assert await _session_date(client) == "2040-01-01T00:00:00.000"
    assert await _session_date(client, **{"X-TagshelfAPI-Key": other["api_key"]}) == MONDAY


async def test_a_company_s_first_own_clock_begins_with_everybody_s(
    client: httpx.AsyncClient,
) -> None:
    await client.put(CLOCK, json={"now": MONDAY, "frozen": True})
    assert (await _set(client, advance_s=1))["now"] == "2030-01-07T12:00:01.000"


async def test_a_company_is_named_by_a_credential_too(client: httpx.AsyncClient) -> None:
    for credential in ("alfred-mock-demo-key", HMAC_ID, "SuperTagShelf"):
        body = {"company": credential, "now": MONDAY, "frozen": True}
        assert (await client.put(CLOCK, json=body)).status_code == 200
        assert await _session_date(client) == MONDAY
        await client.delete(CLOCK, params={"company": credential})
        assert await _session_date(client) != MONDAY


async def test_without_a_company_every_clock_goes_back_to_real_time(
    client: httpx.AsyncClient,
) -> None:
    await _set(client, now=MONDAY)
    await client.put(CLOCK, json={"now": MONDAY})
    assert (await client.delete(CLOCK)).json()["offset_s"] == 0
    assert not (await _session_date(client)).startswith("2030")


async def test_tokens_expire_by_it(client: httpx.AsyncClient) -> None:
    granted = (await client.post("/token", data=LOGIN)).json()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    await _set(client, advance_s=granted["expires_in"] - 60)
    assert (await client.get("/api/tagshelf/ping", headers=bearer)).status_code == 200
    await _set(client, advance_s=61)
    assert (await client.get("/api/tagshelf/ping", headers=bearer)).status_code == 401


async def test_signatures_age_by_it(client: httpx.AsyncClient) -> None:
    await _set(client, now=MONDAY, frozen=True)
    url = f"{ORIGIN}/api/tagshelf/ping"

    async def ping(timestamp: int) -> int:
        signed = amx(HMAC_ID, HMAC_KEY, "GET", url, nonce=str(timestamp), timestamp=timestamp)
        answer = await client.get("/api/tagshelf/ping", headers={"Authorization": signed})
        return answer.status_code

    assert await ping(from_wire(MONDAY) // 1_000) == 200
    assert await ping(int(time.time())) == 401


async def test_it_outlives_a_restart(app: Application, client: httpx.AsyncClient) -> None:
    if app.services.settings.database_url.endswith(":memory:"):
        pytest.skip("nothing in memory does")
    await _set(client, now=MONDAY, frozen=True)
    async with application(create_app(app.services.settings)) as again, client_of(again) as other:
        assert await _session_date(other) == MONDAY


@pytest.mark.parametrize(
    "body",
    [
        {"now": "yesterday"},
        {"now": "0001-01-01T00:00:00"},
        {"now": "9999-12-31T23:59:59"},
        {"advance_s": 1e300},
        {"advance_s": "soon"},
        {"offset_s": -1e11},
        {"frozen": "maybe"},
        {"freeze": True},
        {"company": ""},
        [],
    ],
)
async def test_what_it_cannot_be_set_to_is_refused(client: httpx.AsyncClient, body: Any) -> None:
    answer = await client.put(CLOCK, json=body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "message"}
    assert (await client.get(CLOCK)).json()["offset_s"] == 0


@pytest.mark.parametrize("company", [UNKNOWN_ID, "nobody"])
async def test_a_company_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, company: str
) -> None:
    assert (await client.put(CLOCK, json={"company": company})).status_code == 404
    assert (await client.get(CLOCK, params={"company": company})).status_code == 404
