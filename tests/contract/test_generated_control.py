"""The control API keeps its own contract: generated requests find no 5xx and no other shape."""

from typing import Any

import schemathesis
from hypothesis import settings as hypothesis_settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from alfred_mock.core.outbound import Outbound
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.support import no_address

EXAMPLES_PER_OPERATION = 25

_BEARER = {"Authorization": "Bearer only-for-testers"}
_app = create_app(
    Settings(_env_file=None, database_url="sqlite:///:memory:", admin_token="only-for-testers")
)
_app.events.sender.outbound = Outbound(resolve=no_address)
schema = schemathesis.openapi.from_asgi("/__admin/openapi.json", _app, headers=_BEARER)
schema.config.phases.coverage.enabled = False


@schema.parametrize()
@hypothesis_settings(max_examples=EXAMPLES_PER_OPERATION, deadline=None)
def test_every_call(case: Any) -> None:
    if case.operation.path.endswith("/wait"):
        case.query["timeout"] = 0  # nobody else is going to call
    # What belongs together, and what exists, is more than a schema can say.
    case.call_and_validate(headers=_BEARER, excluded_checks=[positive_data_acceptance])
