"""Generated requests find no 5xx, no undocumented status and no answer off its schema."""

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import settings as hypothesis_settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from alfred_mock.core.outbound import Outbound
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.support import WITH_KEY, no_address

EXAMPLES_PER_OPERATION = 50

_app = create_app(
    Settings(
        _env_file=None,
        database_url="sqlite:///:memory:",
        seed=Path(__file__).parents[2] / "examples" / "documented.yaml",
    )
)
_app.events.sender.outbound = Outbound(resolve=no_address)
schema = schemathesis.openapi.from_asgi("/openapi.json", _app)
# To try each bound of a hundred URLs with each of the others takes minutes.
schema.config.phases.coverage.enabled = False

# That text must hold JSON, and a list be as long as another one, is more than a schema can say.
# And no receiver answers.
_STRICTER_THAN_DOCUMENTED = {
    "/api/file/uploadfile",
    "/api/file/upload",
    "/api/account/webhook",
}


@schema.parametrize()
@hypothesis_settings(max_examples=EXAMPLES_PER_OPERATION, deadline=None)
def test_with_and_without_credentials(case: Any) -> None:
    # To make up a request takes longer than to answer it: each is sent in both ways.
    stricter = case.operation.path in _STRICTER_THAN_DOCUMENTED
    excluded = [positive_data_acceptance] if stricter else []
    case.call_and_validate(excluded_checks=excluded, headers=WITH_KEY)
    case.call_and_validate(excluded_checks=excluded)
