"""What the image, the compose file and the workflow say about the project is still true."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from alfred_mock.core.settings import Settings, variable_of

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


def load(path: Path) -> dict[str, Any]:
    """A YAML document."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("name", ["Dockerfile", "docker-compose.yml"])
def test_only_real_settings_are_set(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"ALFRED_MOCK_\w+", text))
    assert named
    assert named <= {variable_of(field) for field in Settings.model_fields}


def test_two_replicas_wait_for_the_migration_which_waits_for_the_database() -> None:
    services = load(ROOT / "docker-compose.yml")["services"]
    migrate = services.pop("migrate")
    assert migrate["command"] == ["migrate"]
    assert migrate["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "healthcheck" in services.pop("postgres")
    assert len(services) == 2
    for replica in services.values():
        waits_for = replica["depends_on"]["migrate"]["condition"]
        assert waits_for == "service_completed_successfully"
        assert replica["image"] == migrate["image"]
        assert replica["environment"] == migrate["environment"]


def test_the_workflow_runs_every_python_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [name.rpartition(" :: ")[2] for name in project["classifiers"]]
    minors = [version for version in named if re.fullmatch(r"3\.\d+", version)]
    test = load(WORKFLOW)["jobs"]["test"]
    assert test["strategy"]["matrix"]["python"] == minors
    assert test["steps"][-1]["run"].startswith("make test ")


def test_the_workflow_pins_its_actions_and_may_only_read() -> None:
    assert load(WORKFLOW)["permissions"] == {"contents": "read"}
    uses = re.findall(r"uses: (.+)", WORKFLOW.read_text(encoding="utf-8"))
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
