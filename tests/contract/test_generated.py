"""Generated requests find no 5xx, no undocumented status and no answer off its schema."""

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import settings as hypothesis_settings

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.support import WITH_KEY

EXAMPLES_PER_OPERATION = 50

_app = create_app(
    Settings(
        _env_file=None,
        database_url="sqlite:///:memory:",
        seed=Path(__file__).parents[2] / "examples" / "documented.yaml",
    )
)
schema = schemathesis.openapi.from_asgi("/openapi.json", _app)


@schema.parametrize()
@hypothesis_settings(max_examples=EXAMPLES_PER_OPERATION, deadline=None)
def test_with_credentials(case: Any) -> None:
    case.call_and_validate(headers=WITH_KEY)


@schema.parametrize()
@hypothesis_settings(max_examples=EXAMPLES_PER_OPERATION, deadline=None)
def test_without_credentials(case: Any) -> None:
    case.call_and_validate()
