"""The journal as an HTTP archive."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.alfred.calls import SESSION_CREATE
from tests.control.journal.calls import JOURNAL
from tests.support import COMPANY, LOGIN, ORIGIN, PASSWORD, WITH_KEY

pytestmark = pytest.mark.anyio

# What http://www.softwareishard.com/blog/har-12-spec/ does not call optional.
_ENTRY: dict[str, type] = {"startedDateTime": str, "time": float, "cache": dict} | {
    "request": dict,
    "response": dict,
    "timings": dict,
}
_MESSAGE: dict[str, type] = {"httpVersion": str, "cookies": list, "headers": list} | {
    "headersSize": int,
    "bodySize": int,
}
_REQUEST: dict[str, type] = {"method": str, "url": str, "queryString": list, **_MESSAGE}
_RESPONSE: dict[str, type] = {
    "status": int,
    "statusText": str,
    "content": dict,
    "redirectURL": str,
    **_MESSAGE,
}


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


def _check(given: dict[str, Any], expected: dict[str, type]) -> None:
    for name, kind in expected.items():
        assert isinstance(given[name], kind), name
    assert all(name in expected or name.startswith("_") for name in set(given) - {"postData"})


async def test_it_has_every_field_that_a_har_must_have(client: httpx.AsyncClient) -> None:
    await client.post(f"{SESSION_CREATE}?a=b%20c&d", headers=WITH_KEY, json={"x": 1})
    await client.get("/nö where")
    await client.post("/token", data=LOGIN)
    await client.get("/token", headers={"X-Alfred-Mock-Fault": '{"status": 599}'})
    answer = await client.get(f"{JOURNAL}/har")
    assert PASSWORD not in answer.text
    log = answer.json()["log"]
    assert log["version"] == "1.2"
    assert set(log["creator"]) == {"name", "version"}
    assert len(log["entries"]) == 4
    for entry in log["entries"]:
        _check(entry, _ENTRY)
        _check(entry["request"], _REQUEST)
        _check(entry["response"], _RESPONSE)
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        assert set(entry["timings"]) == {"send", "wait", "receive"}
        assert {"size", "mimeType"} <= set(entry["response"]["content"])
        for message in (entry["request"], entry["response"]):
            assert all(set(pair) == {"name", "value"} for pair in message["headers"])


async def test_an_entry_is_the_request(client: httpx.AsyncClient) -> None:
    answered = await client.post(f"{SESSION_CREATE}?a=b%20c&d", headers=WITH_KEY, json={"x": 1})
    (entry,) = (await client.get(f"{JOURNAL}/har", params={"status": 200})).json()["log"]["entries"]
    request, response = entry["request"], entry["response"]
    assert request["url"] == f"{ORIGIN}{SESSION_CREATE}?a=b%20c&d"
    assert request["queryString"] == [{"name": "a", "value": "b c"}, {"name": "d", "value": ""}]
    assert request["postData"]["text"] == '{"x":1}'
    assert request["bodySize"] == 7
    assert {"name": "x-tagshelfapi-key", "value": "***"} in request["headers"]
    assert (response["status"], response["statusText"]) == (200, "OK")
    assert response["content"]["text"] == answered.text
    assert response["content"]["size"] == len(answered.content)
    assert entry["_company"] == COMPANY
