"""A body is one event as JSON, and never larger than receivers take."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from alfred_mock.events.payloads import Style, envelope
from alfred_mock.events.webhooks.bodies import MOST_BYTES, body_of

COMPANY = "0f767925-b464-4ffa-b621-1a0aeacad257"


def event_of(**fields: Any) -> SimpleNamespace:
    return SimpleNamespace(
        id="0f6f7925-b464-4ffa-b621-1a0aeacad257",
        company_id=COMPANY,
        name="file_extracted_data_create",
        occurred_at=1_795_481_862_041,
        fields_json=json.dumps({"company_id": COMPANY, "company_name": "Mine", **fields}),
    )


@pytest.mark.parametrize("style", list(Style))
def test_a_body_is_the_envelope(style: Style) -> None:
    event = event_of(content="short", provider="google")
    assert json.loads(body_of(event, style)) == envelope(event, style)


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("text", ["x", "é", "\u20ac", '"', "\n", "\0", "\U0001f600"])
def test_a_text_that_is_too_long_is_cut_and_all_else_stays(style: Style, text: str) -> None:
    event = event_of(content=text * 200_000, provider="google")
    body = body_of(event, style)
    assert MOST_BYTES * 0.8 < len(body) <= MOST_BYTES
    content = json.loads(body)
    shown = content["event"]["content"]
    assert shown.endswith("…")
    assert shown[:-1] == text * (len(shown) - 1)
    whole = envelope(event, style)
    for part, expected in ((content, whole), (content["event"], whole["event"])):
        if "content" in part:
            assert part.pop("content") == shown
            del expected["content"]
        part.pop("event", None)
        expected.pop("event", None)
        assert part == expected


def test_a_text_of_mixed_characters_is_cut_too() -> None:
    event = event_of(content="x" * 60_000 + "\0" * 60_000, provider="google")
    assert len(body_of(event, Style.DOCS)) <= MOST_BYTES


@pytest.mark.parametrize("style", list(Style))
def test_a_foreign_body_names_another_company_wherever_it_names_one(style: Style) -> None:
    content = json.loads(body_of(event_of(content="a"), style, is_foreign=True))
    assert COMPANY not in json.dumps(content)
    assert content["event"]["company_name"] == "Another Company"
    assert json.loads(body_of(event_of(content="a"), style, is_foreign=True)) == content
