"""Seeds for tests: the demo company with whatever else it should have, and another company."""

import json
from pathlib import Path
from typing import Any

from tests.alfred.calls import OTHER_COMPANY
from tests.support import API_KEY, COMPANY


def write_seed(folder: Path, *, other: dict[str, Any] | None = None, **own: Any) -> Path:
    """A seed in which the demo company has what is given; the other company has a key."""
    companies = [
        {
            "id": COMPANY,
            "name": "Demo Company",
            "api_keys": [{"key": API_KEY, "name": "API Key 1"}],
            **own,
        },
        {
            "id": OTHER_COMPANY,
            "name": "Other Company",
            "api_keys": [{"key": "other-key", "name": "Other Key"}],
            **(other or {}),
        },
    ]
    path = folder / "seed.json"
    path.write_text(json.dumps({"companies": companies}))
    return path
