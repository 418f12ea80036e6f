"""The application without a socket."""

import httpx
import pytest

from alfred_mock.testing import AlfredMock, StartError

pytestmark = pytest.mark.anyio

ORIGIN = "http://alfred.test"


async def test_it_is_started_and_makes_companies() -> None:
    async with (
        AlfredMock.asgi() as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client,
    ):
        made = (await client.post("/__admin/companies")).json()
        key = {"X-TagshelfAPI-Key": made["api_key"]}
        answer = await client.post("/api/deferred/create", headers=key)
        assert answer.status_code == 200


async def test_two_know_nothing_of_each_other() -> None:
    async with AlfredMock.asgi(demo=True) as one, AlfredMock.asgi() as other:
        for app, status in ((one, 200), (other, 401)):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                key = {"X-TagshelfAPI-Key": "alfred-mock-demo-key"}
                answer = await client.get("/api/tagshelf/ping", headers=key)
                assert answer.status_code == status


async def test_what_keeps_it_from_starting_is_raised() -> None:
    with pytest.raises(StartError, match="no-such-seed"):
        async with AlfredMock.asgi(seed="no-such-seed.yaml"):
            pass
