import httpx
import pytest

from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio


async def test_create(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/deferred/create", headers=WITH_KEY)
    assert answer.status_code == 200
