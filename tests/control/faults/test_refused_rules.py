"""What is no rule is refused, and its message names what is wrong."""

from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.control.faults.serving import FAULTS

pytestmark = pytest.mark.anyio

_GONE = {"status": 503}


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url)


_NO_EFFECT: list[tuple[Any, str]] = [
    ({}, "must do something"),
    ({"status": None}, "must do something"),
    ({"after": True}, "must do something"),
    ({"status": 199}, "greater than or equal to 200"),
    ({"status": 600}, "less than or equal to 599"),
    ({"status": "503"}, "valid integer"),
    ({"status": True}, "valid integer"),
    ({"state": 503}, "has no key 'state'"),
    ({"delay_ms": 5, "message": "late"}, "a message but no status"),
    ({"status": 302, "message": "There."}, "a message, which only an error has"),
    ({"content_type": "text/html"}, "a content_type but no content"),
    ({"content": "a", "content_base64": "YQ=="}, "both content and content_base64"),
    ({"content": "a", "status": 503, "message": "b"}, "both a message and content"),
    ({"content": "a", "status": 204}, "an answer with status 204 has none"),
    ({"content": "a", "connection": "close"}, "both give an answer"),
    ({"content": 1}, "Parameter 'content'"),
    ({"content": "x" * 1_000_001}, "at most 1000000"),
    ({"content_base64": "a"}, "must be base64"),
    ({"content_base64": "\u20ac"}, "must be base64"),
    ({"content": "a", "content_type": "a\r\nb: c"}, "a value that a header can have"),
    ({"delay_ms": 5, "after": True}, "after but neither"),
    ({"delay_ms": -1}, "greater than or equal to 0"),
    ({"delay_ms": 600_001}, "less than or equal to 600000"),
    ({"delay_ms": {"min": 2, "max": 1}}, "min that is not above its max"),
    ({"delay_ms": {"min": 2}}, "Parameter 'max'"),
    ({"delay_ms": {"median": 2}}, "Parameter 'sigma'"),
    ({"delay_ms": {"median": 0, "sigma": 1}}, "greater than 0"),
    ({"drip_ms": 0}, "greater than 0"),
    ({"body": "large"}, "'empty', 'truncated' or 'malformed'"),
    ({"connection": "open"}, "'reset' or 'close'"),
    ({"connection": "reset", "status": 503}, "both give an answer"),
    ({"connection": "reset", "headers": {"A": "b"}}, "both give an answer"),
    ({"headers": {"A b": "c"}}, "names that a header can have"),
    ({"headers": {"A": "b\r\nC: d"}}, "values that a header can have"),
    ({"headers": {"A": "\u20ac"}}, "values that a header can have"),
    ({"headers": {"content-Length": "1"}}, "must not have Content-Length"),
]
_NO_RULE: list[tuple[dict[str, Any], str]] = [
    ({}, "either an effect or a sequence"),
    ({"effect": _GONE, "sequence": [_GONE]}, "either an effect or a sequence"),
    ({"effect": 503}, "Parameter 'effect'"),
    ({"sequence": []}, "at least 1 item"),
    ({"sequence": [None, {}]}, "must do something"),
    ({"sequence": [_GONE], "times": 1}, "takes no times"),
    ({"effect": _GONE, "every": 2, "percentage": 50}, "both every and percentage"),
    ({"effect": _GONE, "times": 0}, "greater than or equal to 1"),
    ({"effect": _GONE, "times": 2**31}, "less than or equal to"),
    ({"effect": _GONE, "every": 0}, "greater than or equal to 1"),
    ({"effect": _GONE, "percentage": 101}, "less than or equal to 100"),
    ({"effect": _GONE, "seed": 1}, "valid string"),
    ({"effect": _GONE, "count": 1}, "has no key 'count'"),
    ({"effect": _GONE, "match": {"route": "*"}}, "has no key 'route'"),
    ({"effect": _GONE, "match": {"method": "G T"}}, "Parameter 'method'"),
    ({"effect": _GONE, "match": {"path": ""}}, "Parameter 'path'"),
    ({"effect": _GONE, "match": {"header": {"A:": "*"}}}, "names that a header can have"),
    ({"effect": _GONE, "company": ""}, "Parameter 'company'"),
]


@pytest.mark.parametrize(
    ("rule", "told"),
    [*_NO_RULE, *(({"effect": effect}, told) for effect, told in _NO_EFFECT)],
)
async def test_what_is_no_rule_is_refused_by_name(
    client: httpx.AsyncClient, rule: dict[str, Any], told: str
) -> None:
    answer = await client.post(FAULTS, json=rule)
    assert answer.status_code == 400
    assert told in answer.json()["message"]
    assert "Value error" not in answer.text
    assert (await client.get(FAULTS)).json() == {"faults": []}
