"""The golden copies of the OpenAPI documents: what was published last.

`python -m tests.contract.golden` renews them, and says which changes break clients.
"""

import json
from pathlib import Path
from typing import Any

from alfred_mock.control.api import control_app
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.openapi import DocumentedApp
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


def renew() -> None:
    """Write the documents as they are now."""
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        path, document = FOLDER / f"{name}.json", application(name).openapi()
        for change in changes(golden(name), document) if path.exists() else ():
            print(f"{name}: {change}")  # noqa: T201
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    renew()
