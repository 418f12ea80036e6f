"""Generated requests about webhooks; in this process, where no name of a receiver is found."""

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import settings as hypothesis_settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from alfred_mock.core.outbound import Outbound
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.support import WITH_KEY, no_address

EXAMPLES_PER_OPERATION = 25

_app = create_app(
    Settings(
        _env_file=None,
        database_url="sqlite:///:memory:",
        seed=Path(__file__).parents[2] / "examples" / "documented.yaml",
        admin_token="only-for-testers",
    )
)
_app.events.sender.outbound = Outbound(resolve=no_address)
_alfred = schemathesis.openapi.from_asgi("/openapi.json", _app, headers=WITH_KEY)
_control = schemathesis.openapi.from_asgi(
    "/__admin/openapi.json", _app, headers={"Authorization": "Bearer only-for-testers"}
)
for _schema in (_alfred, _control):
    _schema.config.phases.coverage.enabled = False


def _check(case: Any) -> None:
    # What exists, and who answers, is more than a schema can say.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])


@_alfred.include(path_regex="webhook").parametrize()
@hypothesis_settings(max_examples=EXAMPLES_PER_OPERATION, deadline=None)
def test_alfred_keeps_its_document(case: Any) -> None:
    _check(case)


@_control.include(path_regex="webhook").parametrize()
@hypothesis_settings(max_examples=EXAMPLES_PER_OPERATION, deadline=None)
def test_the_control_api_keeps_its_document(case: Any) -> None:
    _check(case)
