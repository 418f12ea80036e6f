"""The body of a delivery: one event as JSON, never larger than receivers take."""

from types import SimpleNamespace
from typing import Any

from pydantic_core import to_json

from alfred_mock.core.ids import derived_uuid
from alfred_mock.events.payloads import envelope

MOST_BYTES = 100_000
"""The vendor's webhook demo never answers a larger body (captured)."""

FOREIGN_NAME = "Another Company"
_CUT = "…"


def body_of(event: SimpleNamespace, style: str, *, is_foreign: bool = False) -> bytes:
    """What is sent for a row of `Event`; the `content` of a body that is too large is cut.

    With `is_foreign` it says that it is another company's event.
    """
    content = envelope(event, style)
    if is_foreign:
        _put(content, company_id=foreign_company(event.company_id), company_name=FOREIGN_NAME)
    body = to_json(content)
    over = len(body) - MOST_BYTES
    text = content["event"].get("content")
    if over <= 0 or not isinstance(text, str):
        return body
    # In the style of the SDK the text is there twice.
    copies = 2 if "content" in content else 1
    kept = to_json(text)[1:-1]
    room = max(0, len(kept) - -(-over // copies) - len(_CUT.encode()) - _LONGEST_ESCAPE)
    shorter = len(text) * room // len(kept)
    while True:
        _put(content, content=text[:shorter] + _CUT)
        body = to_json(content)
        if len(body) <= MOST_BYTES or not shorter:
            return body
        # Its characters are of different sizes.
        shorter = shorter * 9 // 10


_LONGEST_ESCAPE = 6


def foreign_company(company_id: str) -> str:
    """The id of the company that a foreign event says it is of; always the same one."""
    return derived_uuid(company_id, "another company")


def _put(whole: dict[str, Any], **members: str) -> None:
    """Replace members of the inner object, and those of the same names beside it."""
    for part in (whole, whole["event"]):
        part.update({name: value for name, value in members.items() if name in part})
