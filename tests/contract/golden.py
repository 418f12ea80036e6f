"""The golden copies of the OpenAPI documents: what was published last.

`python -m tests.contract.golden` renews them, and says which changes break clients.
"""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from alfred_mock.control.api import control_app
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.openapi import DocumentedApp
from alfred_mock.core.openapi.document import operations
from alfred_mock.core.openapi.headers import COMMON
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.contract.changes import changes

FOLDER = Path(__file__).parents[2] / "docs" / "openapi"
NAMES = ("alfred", "control")


def application(name: str) -> DocumentedApp:
    """The application behind one of the documents; the control API's with a token."""
    app = create_app(
        Settings(_env_file=None, database_url="sqlite:///:memory:", admin_token="only-for-testers")
    )
    if name == "alfred":
        return app
    control = control_app(app.services, JournalQueue(app.services.database, app.services.settings))
    assert isinstance(control, DocumentedApp)
    return control


def golden(name: str) -> dict[str, Any]:
    """The golden copy."""
    copy: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return copy


def statuses(document: dict[str, Any]) -> str:
    """A page of tables: what each call answers, and what the errors say."""
    calls, errors = [], {}
    for path, method, operation in operations(document):
        answers = operation["responses"]
        calls.append(f"| `{method.upper()} {path}` | {', '.join(answers)} |")
        for status, answer in answers.items():
            own = answer["headers"].keys() - COMMON.keys()
            if int(status) >= HTTPStatus.BAD_REQUEST:
                headers = ", ".join(f"`{name}`" for name in sorted(own)) or "none"
                errors[status] = f"| {status} | {answer['description']} | {headers} |"
    return "\n".join(
        [
            "# What each call answers",
            "",
            "Made from the document by `make openapi`. Every answer has the `X-RateLimit-*`",
            "headers and an `X-Request-ID` besides.",
            "",
            "| call | statuses |",
            "|---|---|",
            *calls,
            "",
            "| status | `error` | headers of its own |",
            "|---|---|---|",
            *(errors[status] for status in sorted(errors)),
            "",
        ]
    )


def renew() -> None:
    """Write the documents as they are now."""
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        path, document = FOLDER / f"{name}.json", application(name).openapi()
        for change in changes(golden(name), document) if path.exists() else ():
            print(f"{name}: {change}")  # noqa: T201
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        (FOLDER / f"{name}.md").write_text(statuses(document), "utf-8")


if __name__ == "__main__":
    renew()
