"""Handles in coroutines."""

import asyncio
import time

import httpx
import pytest

from alfred_mock.testing import AlfredMock, Company

pytestmark = pytest.mark.anyio

PING = "/api/tagshelf/ping"


async def test_waiting_does_not_hold_up_the_client(company: Company) -> None:
    async def later() -> None:
        await asyncio.sleep(0.2)
        async with httpx.AsyncClient(headers=company.headers, trust_env=False) as client:
            await client.get(f"{company.url}{PING}")

    task = asyncio.create_task(later())
    (request,) = await company.aio.wait_for(timeout=30, path=PING)
    assert request.path == PING
    await task
    assert await company.aio.assert_called("GET", PING, times=1) == [request]


async def test_every_method_has_its_asynchronous_form(server: AlfredMock, company: Company) -> None:
    made = await server.aio.company("Mine")
    assert made.name == "Mine"
    assert company.aio.id == company.id
    fault = await company.aio.fail(PING, status=503)
    assert (await company.aio.clock.freeze("2030-01-01T00:00:00")).year == 2030
    assert company.aio.clock.now.year == 2030
    assert fault.remaining is None
    await company.aio.reset()
    assert await company.aio.faults() == []
    assert repr(company) in repr(company.aio)
    with pytest.raises(AttributeError):
        _ = company.aio.wait_fro


async def test_the_blocking_form_says_what_to_do_instead(company: Company) -> None:
    with pytest.raises(AssertionError, match=r"await aio\.wait_for") as raised:
        company.wait_for(timeout=0.1)
    assert "held up its event loop" in str(raised.value)
    with pytest.raises(AssertionError) as raised:
        await company.aio.wait_for(timeout=0.1)
    assert "held up" not in str(raised.value)


async def test_a_wait_can_be_given_up(company: Company) -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await company.aio.wait_for(timeout=5)
    assert time.monotonic() - begun < 4
