"""The bodies of all 24 events, key for key as documented, and typed as the SDK has them."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alfred_mock.events.catalogue import KINDS
from alfred_mock.events.payloads import Style, channels, envelope

DOCUMENTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "documented.json").read_text(encoding="utf-8")
)
AT = 1_795_481_862_041
ID = "0f6fd6cf-5f3c-4b9e-9f0e-5f0c6a1b2c3d"
_NUMBERS = ("retries", "file_count", "classification_score", "confidence")
_FLAGS = ("merge", "exceeded_retries", "manual_classification", "has_broken_input_sources")
_DATE = "2026-11-24T00:57:41.864Z"


def _native(name: str, value: Any) -> Any:
    if value == "null":
        return None
    if name in _FLAGS:
        return value == "true"
    if name in _NUMBERS:
        return float(value) if "." in value else int(value)
    return value


def event_row(name: str) -> SimpleNamespace:
    """The row of the documented event."""
    given = {"creation_date": _DATE, "update_date": _DATE, **DOCUMENTED[name]}
    fields = {key: _native(key, given[key]) for key in KINDS[name].typed_keys}
    return SimpleNamespace(id=ID, occurred_at=AT, name=name, fields_json=json.dumps(fields))


def test_all_24_are_known() -> None:
    assert list(KINDS) == list(DOCUMENTED)
    assert len(KINDS) == 24


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_body_is_the_documented_one_key_for_key(name: str) -> None:
    sent = envelope(event_row(name), Style.DOCS)
    assert list(sent) == ["event_id", "event_type", "event_time", "event"]
    assert list(sent["event"].items()) == list(DOCUMENTED[name].items())
    assert sent["event_type"] == DOCUMENTED[name]["event_type"]
    assert (sent["event_id"], sent["event_time"]) == (ID, "1795481862.04")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_typed_body_has_native_values_within_and_at_the_top(name: str) -> None:
    row = event_row(name)
    sent = envelope(row, Style.SDK)
    family = f"{KINDS[name].family}_event"
    head = {"event_name": f"alfred_event_{name}", "event_type": family}
    assert sent["event"] == {**head, **json.loads(row.fields_json)}
    assert list(sent) == [
        *("event_id", "event_type", "event_time", "event", "event_name"),
        *KINDS[name].typed_keys,
    ]
    assert {key: sent[key] for key in sent["event"]} == sent["event"]
    assert (sent["event_type"], sent["event_time"]) == (family, 1795481862.041)


def test_only_the_typed_style_has_dates_where_a_file_is_added() -> None:
    sent = envelope(event_row("file_add_to_job"), Style.SDK)
    assert sent["event"]["creation_date"] == _DATE


def test_an_event_goes_out_on_the_general_channel_first() -> None:
    assert channels("file_done") == ("file_event", "file_done_event", "alfred_event_file_done")
