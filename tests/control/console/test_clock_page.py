"""The clock by the console: frozen, let go, advanced, set and reset."""

from typing import Any

import httpx
import pytest

from tests.control.console.forms import CONSOLE, TOKEN, console, held_to, leads_to, refusal, text
from tests.support import COMPANY

pytestmark = pytest.mark.anyio

PAGE = f"{CONSOLE}/clock"
OWN = f"{PAGE}?company={COMPANY}"
DATE = "2022-11-17T01:02:03.000"


async def _clock(client: httpx.AsyncClient, company: str | None = COMPANY) -> dict[str, Any]:
    query = {} if company is None else {"company": company}
    answer: dict[str, Any] = (await client.get("/__admin/clock", params=query)).json()
    return answer


async def test_a_clock_is_set_frozen_advanced_let_go_and_reset() -> None:
    async with console() as client:
        assert "going UTC, the real time" in await text(client, OWN)
        assert await leads_to(client, OWN, now=f" {DATE} ", frozen="true") == OWN
        assert (await _clock(client))["now"] == DATE
        assert "2022-11-17 01:02:03 frozen" in await text(client, OWN)
        await leads_to(client, OWN, advance_s="90.5")
        assert (await _clock(client))["now"] == "2022-11-17T01:03:33.500"
        await leads_to(client, OWN, frozen="false")
        assert not (await _clock(client))["frozen"]
        await leads_to(client, OWN, offset_s="90061")
        assert "1 d 1 h 1 min 1 s ahead of the real time" in await text(client, OWN)
        assert (await _clock(client, None))["offset_s"] == 0
        assert await leads_to(client, f"{PAGE}/reset?company={COMPANY}") == OWN
        assert (await _clock(client))["offset_s"] == 0


async def test_the_clock_of_all_is_another_one_and_says_who_has_their_own() -> None:
    async with console() as client:
        assert "as all companies without their own" in await text(client, OWN)
        await leads_to(client, PAGE, now="2030-01-01", frozen="true")
        assert "2030-01-01 00:00:00 frozen" in await text(client, OWN)
        assert "Companies with a clock of their own" not in await text(client, PAGE)
        await leads_to(client, OWN, advance_s="1")
        assert "clock of their own Demo Company" in await text(client, PAGE)
        assert "as all companies" not in await text(client, OWN)
        await leads_to(client, f"{PAGE}/reset")
        assert "the real time" in await text(client, OWN)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"now": "today"}, "'now' must be a date such as 2022-11-17T00:00:00.000"),
        ({"advance_s": "x"}, "'advance_s' must be a valid number"),
        ({"advance_s": "-99999999999"}, "cannot be set to a time before 1970"),
    ],
)
async def test_a_refusal_is_told_in_the_form(fields: dict[str, str], said: str) -> None:
    async with console() as client:
        assert said in await refusal(client, OWN, **fields)


async def test_a_token_of_a_company_sets_that_clock_alone() -> None:
    async with held_to(COMPANY) as client:
        assert await leads_to(client, PAGE, now=DATE, frozen="true") == PAGE
        assert "2022-11-17 01:02:03 frozen" in await text(client, PAGE)
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert (await client.get("/__admin/clock", headers=bearer)).json()["offset_s"] == 0
        await leads_to(client, f"{PAGE}/reset")
        assert "the real time" in await text(client, PAGE)
