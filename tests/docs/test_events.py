"""What docs/events.md teaches of events works as it stands there."""

from collections.abc import Iterator

import httpx
import pytest

from alfred_mock.events.catalogue import KINDS
from alfred_mock.testing import AlfredMock
from alfred_mock.testing.events import CompanyEvents
from tests.docs.markdown import code_in, read, rows, section

EVENTS, FIDELITY = read("docs/events.md"), read("docs/fidelity.md")


@pytest.fixture
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


def test_every_event_is_told_at_some_moment() -> None:
    _, *table = rows(section(EVENTS, "What is told, and when"))
    named = {name for row in table for name in code_in(row[1])}
    assert named >= set(KINDS)


def test_every_event_has_a_source() -> None:
    _, *table = rows(section(FIDELITY, "Each event"))
    assert {name for row in table for name in code_in(row[0])} >= set(KINDS)


def test_the_table_of_calls_has_each_of_them(server: AlfredMock) -> None:
    _, *table = rows(section(EVENTS, "From other languages"))
    document = httpx.get(f"{server.url}/__admin/openapi.json", trust_env=False, timeout=60).json()
    there = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation["tags"] == ["Events"]
    ]
    named = [name for row in table for name in code_in(row[0])]
    assert sorted(named) == sorted(there)


def test_the_handle_is_described() -> None:
    for name in vars(CompanyEvents):
        if not name.startswith("_"):
            assert f"alfred.events.{name}(" in EVENTS
