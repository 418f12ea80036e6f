"""Load shed over real sockets: many clients at once, of whom there is room for a few."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.control.faults.serving import CREATE, make_over, served
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

AT_A_TIME, WAITING, CLIENTS = 4, 4, 60
DELAY = 0.4
"""Seconds that each request is worked on."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("busy") / "alfred-mock.db"
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{path}",
        max_requests=AT_A_TIME,
        max_queue=WAITING,
        queue_seconds=20,
    )
    with served(create_app(settings)) as address:
        with httpx.Client(base_url=address) as client:
            make_over(client, match={"path": CREATE}, effect={"delay_ms": DELAY * 1_000})
        yield address


async def _timed(client: httpx.AsyncClient, method: str, path: str) -> tuple[int, float]:
    begun = time.monotonic()
    answer = await client.request(method, path)
    return answer.status_code, time.monotonic() - begun


async def test_what_is_let_in_is_answered_in_bounded_time_and_the_rest_refused_before(
    url: str,
) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, headers=WITH_KEY, limits=limits, timeout=20
    ) as client:
        flood = [asyncio.create_task(_timed(client, "POST", CREATE)) for _ in range(CLIENTS)]
        waiting = set(flood)
        while len(waiting) > CLIENTS // 2:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        refused = {each.result()[0] for each in flood if each.done()}
        # The slots are all taken, and the service is in order all the same.
        beside = [
            await _timed(client, "GET", path) for path in ("/livez", "/readyz", "/__admin/faults")
        ]
        answers = await asyncio.gather(*flood)
    assert refused == {503}
    assert [status for status, _ in beside] == [200, 200, 200]
    assert [status for status, _ in answers].count(200) == AT_A_TIME + WAITING
    admitted = [seconds for status, seconds in answers if status == 200]
    turned_away = [seconds for status, seconds in answers if status == 503]
    assert max(turned_away) < max(admitted)
    # Two rounds of slots, and time for a machine that has other things to do.
    assert max(admitted) < 2 * DELAY + 2
