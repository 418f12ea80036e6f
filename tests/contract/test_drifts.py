"""Twelve ways to drift from the contract, each introduced on purpose and each caught.

Two things look: schemathesis, which compares the answers with the closed document, and the golden
copy, which compares the document with the one that was published.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from starlette.types import ASGIApp

from alfred_mock.core.openapi.schemas import opened
from alfred_mock.main import Application
from tests.contract.changes import changes
from tests.contract.drifted import Answer, Drifted, Unguarded
from tests.contract.golden import application, golden
from tests.support import UNKNOWN_ID, WITH_KEY

Document = dict[str, Any]
DETAIL = "/api/deferred/detail/{id}"
FLOW: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/deferred/create", {"headers": WITH_KEY}),
    ("POST", "/api/deferred/create", {}),
    ("GET", DETAIL, {"headers": WITH_KEY, "path_parameters": {"id": UNKNOWN_ID}}),
    ("GET", "/readyz", {}),
]
"""Its answers are 200, 401, 404 and 503; each begins with a new session of the demo company."""


def _same(answer: Answer) -> Answer:
    return answer


def _undocumented(document: Document) -> None:
    """Leave the document as it is."""


@dataclass(frozen=True)
class Drift:
    """How answers and document change, and what is to notice."""

    caught_by: set[str]
    answers: Callable[[Answer], Answer] = _same
    document: Callable[[Document], None] = _undocumented
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app


def _rename_in_document(document: Document) -> None:
    schema = document["components"]["schemas"]["SessionDetail"]
    schema["properties"]["state"] = schema["properties"].pop("status")
    schema["required"] = [name.replace("status", "state") for name in schema["required"]]


def _add_to_document(document: Document) -> None:
    schema = document["components"]["schemas"]["SessionDetail"]
    schema["properties"]["files_count"] = {"type": "integer"}


def _in_detail(change: Callable[[Answer], Answer]) -> Callable[[Answer], Answer]:
    """The change in the detail of a session, and nowhere else."""
    return lambda answer: change(answer) if "creation_date" in answer.body else answer


def _status(old: int, new: int) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, status=new) if answer.status == old else answer


def _other_date(answer: Answer) -> Answer:
    return answer.with_member("creation_date", answer.body["creation_date"].replace("T", " "))


SCHEMA, STATUS, HEADERS = "JsonSchemaError", "UndefinedStatusCode", "MissingHeaders"
AUTH, BREAKING, COMPATIBLE = "IgnoredAuth", "golden: breaking", "golden: compatible"
_LIMITS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
_RENAMED = _in_detail(lambda answer: answer.renamed("status", "state"))
_MORE = _in_detail(lambda answer: answer.with_member("files_count", 1))

DRIFTS = {
    "a member is renamed in the code": Drift({SCHEMA}, _RENAMED),
    "a member is renamed in code and document": Drift(
        {BREAKING, COMPATIBLE}, _RENAMED, _rename_in_document
    ),
    "200 becomes 201": Drift({STATUS}, _status(200, 201)),
    "no rate-limit headers": Drift({HEADERS}, lambda answer: answer.without(*_LIMITS)),
    "no WWW-Authenticate": Drift({HEADERS}, lambda answer: answer.without("www-authenticate")),
    "no X-Request-ID": Drift({HEADERS}, lambda answer: answer.without("x-request-id")),
    "no Retry-After": Drift({HEADERS}, lambda answer: answer.without("retry-after")),
    "another member, documented": Drift({COMPATIBLE}, _MORE, _add_to_document),
    "another member, not documented": Drift({SCHEMA}, _MORE),
    "credentials are not checked": Drift({AUTH}, around=Unguarded),
    "dates have another format": Drift({SCHEMA}, _in_detail(_other_date)),
    "404 becomes 410": Drift({STATUS}, _status(404, 410)),
}


def _caught(drift: Drift) -> set[str]:
    """What notices the drift."""
    app = application("alfred")
    assert isinstance(app, Application)
    document = app.closed_openapi()
    drift.document(document)
    found = {
        f"golden: {'breaking' if change.is_breaking else 'compatible'}"
        for change in changes(golden("alfred"), opened(document))
    }
    app.openapi_schema = document
    served = drift.around(Drifted(app, drift.answers))
    schema = schemathesis.openapi.from_asgi("/openapi.json", served)
    session = schema["/api/deferred/create"]["POST"].Case().call(headers=WITH_KEY).json()
    seen = {"headers": WITH_KEY, "path_parameters": {"id": session["session_id"]}}
    for method, path, given in [("GET", DETAIL, seen), *FLOW]:
        case = schema[path][method].Case(path_parameters=given.get("path_parameters"))
        try:
            case.call_and_validate(
                headers=given.get("headers"),
                excluded_checks=[not_a_server_error],  # one of them is meant to be 503
            )
        except BaseExceptionGroup as failures:
            found |= {type(failure).__name__ for failure in failures.exceptions}
    return found


def test_without_a_drift_nothing_is_caught() -> None:
    assert _caught(Drift(set())) == set()


@pytest.mark.parametrize("name", DRIFTS)
def test_a_drift_is_caught(name: str) -> None:
    assert _caught(DRIFTS[name]) == DRIFTS[name].caught_by
