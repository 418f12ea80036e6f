"""In the style `sdk`, events fit the types of the JavaScript SDK, which camel-cases them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alfred_mock.events.catalogue import KINDS
from alfred_mock.events.payloads import Style, envelope
from tests.events.test_payloads import event_row
from tests.npm import installed_node
from tests.sdk.node_sdk import FOLDER, PACKAGE

TYPES = PACKAGE / "lib" / "realtime" / "types" / "events"
_TYPE = re.compile(r"type (\w+)Event = (CompanyInfo[^{]*)\{([^}]*)\}")
_MEMBER = re.compile(r"(\w+): ([\w.]+);")
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "any": (object,),
}
_COMPANY = {"companyId": "string", "companyName": "string"}
_DATES = {"creationDate": "string", "updateDate": "string"}
# Misspelt in the types: the client itself reads no member of this name.
_MISSPELT = {"bloUrl": "blobUrl"}
# The file had no tag before: null where the types know of none.
_MAY_BE_NULL = {"previousTagId", "previousTagName"}


@pytest.fixture(scope="module")
def types() -> Path:
    installed_node(FOLDER)
    return TYPES


def _expected(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The name of each event, such as `job_start`, and the types of its members."""
    for family in ("job", "file"):
        declared = (folder / f"{family}.d.ts").read_text("utf-8")
        for name, others, members in _TYPE.findall(declared):
            found = {_MISSPELT.get(key, key): kind for key, kind in _MEMBER.findall(members)}
            del found["eventName"]
            dates = _DATES if "Timestamps" in others else {}
            yield re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(), _COMPANY | dates | found


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return "".join([first, *map(str.title, others)])


def _fits(value: Any, kind: str, name: str) -> bool:
    if value is None:
        return name in _MAY_BE_NULL
    return isinstance(value, _PYTHON[kind]) and (kind != "number" or not isinstance(value, bool))


def test_all_24_have_a_type(types: Path) -> None:
    assert {name for name, _ in _expected(types)} == set(KINDS)


def test_each_member_has_its_type_at_the_top_and_within(types: Path) -> None:
    for name, members in _expected(types):
        sent = envelope(event_row(name), Style.SDK)
        for place in (sent, sent["event"]):
            given = {_camel(key): value for key, value in place.items()}
            assert members.keys() <= given.keys(), name
            for member, kind in members.items():
                assert _fits(given[member], kind, member), (name, member, given[member])
