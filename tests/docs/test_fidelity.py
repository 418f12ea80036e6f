"""The table of what is imitated has every route, and no other."""

import re

import pytest
from pydantic import BaseModel

from alfred_mock.alfred.deferred_sessions.schemas import SessionDetail
from alfred_mock.alfred.files.schemas import FileDetail
from alfred_mock.alfred.jobs.schemas import JobDetail
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.docs.markdown import code_in, read, rows, section

FIDELITY = read("docs/fidelity.md")
SOURCES = ("docs", "SDK", "captured", "our choice")


def test_every_route_is_there_and_no_other() -> None:
    app = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:"))
    served = {
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    assert set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", FIDELITY)) == served


def test_every_behaviour_has_a_source() -> None:
    not_alfreds = rows(section(FIDELITY, "Not Alfred's"))
    described = [row for row in rows(FIDELITY) if row not in not_alfreds and row[1] != "source"]
    assert len(described) > 30
    assert [row for row in described if not row[1].startswith(SOURCES)] == []


@pytest.mark.parametrize(
    ("route", "model"),
    [
        ("`GET /api/file/detail/{id}`", FileDetail),
        ("`GET /api/job/detail/{id}`", JobDetail),
        ("`GET /api/deferred/detail/{id}`", SessionDetail),
    ],
)
def test_every_field_has_a_source(route: str, model: type[BaseModel]) -> None:
    if model is SessionDetail:
        (row,) = [row for row in rows(FIDELITY) if row[0].startswith(route)]
        named = set(code_in(row[0]))
    else:
        named = {name for row in rows(section(FIDELITY, route)) for name in code_in(row[0])}
    assert set(model.model_fields) <= named
