"""The table of what is imitated has every route, and no other; each row rests on something."""

import ast
import re
from fnmatch import fnmatchcase
from functools import cache

import pytest
from pydantic import BaseModel

from alfred_mock.alfred.deferred_sessions.schemas import SessionDetail
from alfred_mock.alfred.files.schemas import FileDetail
from alfred_mock.alfred.jobs.schemas import JobDetail
from alfred_mock.conformance.comparing import Verdict
from alfred_mock.conformance.observations import kept_in
from alfred_mock.conformance.rows import (
    CONFORMANCE,
    EVENTS,
    EVERY_ROUTE,
    REALTIME,
    Row,
    all_rows,
)
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.conformance.sides import report_of
from tests.docs.fidelity_page import OBSERVATIONS, marks_of, page, source_of
from tests.docs.markdown import ROOT, code_in, read, rows, section
from tests.support import run_async

FIDELITY = read("docs/fidelity.md")
SOURCES = ("docs", "SDK", "captured", "our choice", "observed")
NEVER_PROVOKED = "unavailable.header.retry-after"


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


def test_the_page_is_the_one_that_is_made() -> None:
    made = page(marks_of(kept_in(OBSERVATIONS)))
    assert made == FIDELITY, "run 'make fidelity'; a row belongs into docs/fidelity.yaml"


def test_ids_of_rows_are_all_different() -> None:
    ids = [row.id for row in all_rows()]
    assert sorted(set(ids)) == sorted(ids)
    assert [id_ for id_ in ids if not re.fullmatch(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", id_)] == []


def test_every_row_is_about_a_route_that_is_served() -> None:
    app = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:"))
    served = {
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    assert {row.route for row in all_rows()} - served == {EVERY_ROUTE, EVENTS, REALTIME}


def test_a_row_without_evidence_is_our_choice() -> None:
    nothing = {row.id for row in all_rows() if row.evidence == "none"}
    assert {row.id for row in all_rows() if not row.evidence} == set()
    assert nothing == {row.id for row in all_rows() if row.source.startswith("our choice")}


def test_every_observation_that_is_evidence_is_kept() -> None:
    named = {
        name for row in all_rows() for name in re.findall(r"observations/[^)\s]+", row.evidence)
    }
    assert len(named) == 2
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_a_row_without_a_check_says_why() -> None:
    assert [row.id for row in all_rows() if bool(row.checks) == bool(row.why)] == []


@cache
def _tests_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_test_that_a_row_names_exists() -> None:
    named = [
        check for row in all_rows() for check in row.checks if not check.startswith(CONFORMANCE)
    ]
    assert len(named) > 100
    missing = []
    for check in named:
        path, _, name = check.partition("::")
        if not (ROOT / path).is_file() or name not in _tests_in(path):
            missing.append(check)
    assert missing == []


def test_every_conformance_check_that_a_row_names_exists() -> None:
    ids = [result.id for result in run_async(report_of()).results] + [NEVER_PROVOKED]
    named = [pattern for row in all_rows() for pattern in row.patterns]
    assert [each for each in named if not any(fnmatchcase(id_, each) for id_ in ids)] == []


@pytest.mark.parametrize(
    ("source", "verdict", "shown"),
    [
        ("our choice: why", Verdict.CONFIRMED, "observed 2026-11-25: why"),
        ("docs", Verdict.CONFIRMED, "docs; observed 2026-11-25"),
        ("docs", Verdict.DIFFERS, "docs; observed otherwise 2026-11-25"),
        ("our choice", Verdict.MORE, "our choice; observed otherwise 2026-11-25"),
        ("our choice", Verdict.CANNOT_TELL, "our choice"),
    ],
)
def test_what_was_observed_is_said(source: str, verdict: Verdict, shown: str) -> None:
    row = Row("a", EVERY_ROUTE, "b", source, "none")
    assert source_of(row, {"a": ("2026-11-25", verdict)}) == shown
