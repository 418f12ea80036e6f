"""What the image, the compose file and the workflow say about the project is still true."""

import os
import re
import subprocess
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
    del services["balancer"], services["prune"]
    assert len(services) == 2
    for replica in services.values():
        waits_for = replica["depends_on"]["migrate"]["condition"]
        assert waits_for == "service_completed_successfully"
        assert replica["image"] == migrate["image"]
        assert replica["environment"] == migrate["environment"]


def test_pruning_is_run_when_it_is_asked_for_only() -> None:
    services = load(ROOT / "docker-compose.yml")["services"]
    prune = services["prune"]
    assert prune["profiles"]
    assert prune["command"] == ["prune"]
    assert prune["restart"] == "no"
    assert prune["environment"] == services["server-1"]["environment"]
    assert "ALFRED_MOCK_RETENTION" in prune["environment"]


def test_the_balancer_waits_for_the_replicas_and_has_their_names() -> None:
    services = load(ROOT / "docker-compose.yml")["services"]
    balancer = services["balancer"]
    assert set(balancer["depends_on"]) == {"server-1", "server-2"}
    assert all(each["condition"] == "service_healthy" for each in balancer["depends_on"].values())
    (config,) = (volume.partition(":")[0] for volume in balancer["volumes"])
    text = (ROOT / config).read_text(encoding="utf-8")
    assert re.findall(r"server (\S+) max_fails", text) == ["server-1:8000", "server-2:8000"]
    (published,) = balancer["ports"]
    assert f"listen {published.rpartition(':')[2]};" in text


def test_containers_of_ours_are_confined() -> None:
    services = load(ROOT / "docker-compose.yml")["services"]
    for name in ("migrate", "prune", "server-1", "server-2", "balancer"):
        service = services[name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["tmpfs"] == ["/tmp"], name  # noqa: S108


def test_the_proxy_that_is_believed_is_in_the_network_of_the_compose_file() -> None:
    document = load(ROOT / "docker-compose.yml")
    (network,) = document["networks"]["default"]["ipam"]["config"]
    environment = document["services"]["server-1"]["environment"]
    assert environment["ALFRED_MOCK_TRUSTED_PROXIES"] == network["subnet"]


def test_nginx_takes_what_the_server_takes() -> None:
    text = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", text)
    settings = Settings(_env_file=None)
    assert int(megabytes) * 1024 * 1024 >= settings.max_body
    (seconds,) = re.findall(r"    keepalive_timeout (\d+)s;\n    }", text)
    assert int(seconds) < settings.keep_alive


def test_the_image_takes_any_lock_and_docker_may_read_it() -> None:
    names = re.findall(r"ARG REQUIREMENTS=(\S+)", (ROOT / "Dockerfile").read_text())
    ignored = (ROOT / ".dockerignore").read_text()
    for name in (*names, "extras.txt"):
        assert (ROOT / "requirements" / name).exists()
        assert f"!requirements/{name}\n" in ignored


def _base() -> str:
    """The base image that the Dockerfile names."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (base,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    return str(base)


def test_the_base_image_is_the_same_wherever_it_is_named() -> None:
    dockerfile, base = (ROOT / "Dockerfile").read_text(encoding="utf-8"), _base()
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2
    build = load(ROOT / "docker-compose.yml")["services"]["migrate"]["build"]
    assert build["args"] == {"PYTHON_IMAGE": f"${{PYTHON_IMAGE:-{base}}}"}
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"BASE={base}\n" in runbook


def test_the_digest_of_the_base_image_is_looked_up_as_the_runbook_says(tmp_path: Path) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (documented,) = re.findall(r"DIGEST=\$\((.+)\)\n", runbook)
    steps = load(WORKFLOW)["jobs"]["image"]["steps"]
    (script,) = (step["run"] for step in steps if "PYTHON_IMAGE" in step.get("run", ""))
    assert documented.replace("$BASE", "$base") in script
    # Docker's own answer, in the form of its documentation.
    digest = f"sha256:{'1' * 64}"
    docker = tmp_path / "docker"
    docker.write_text(
        "#!/bin/sh\n"
        'echo "Name:      $4"\n'
        f"echo 'MediaType: application/vnd.oci.image.index.v1+json\nDigest:    {digest}\n'\n"
        'echo "Manifests:\n  Name:      $4@sha256:2\n  Platform:  linux/amd64"\n'
    )
    docker.chmod(0o755)
    told = tmp_path / "told"
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_ENV": str(told)}
    subprocess.run(["/bin/sh", "-e", "-c", script], cwd=ROOT, env=environment, check=True)
    assert told.read_text() == f"PYTHON_IMAGE={_base()}@{digest}\n"


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
