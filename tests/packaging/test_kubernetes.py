"""The manifests are valid, confined, and agree with the server."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from alfred_mock.cli import main
from alfred_mock.core.retention import KINDS, Retention
from alfred_mock.core.settings import Settings, variable_of
from tests.docs.markdown import ROOT, blocks, read, section

FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
VERSIONS = ("1.29", "1.33", "1.37")
LABELS = {"app.kubernetes.io/name": "alfred-mock"}


def _documents(text: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(text) if document]


def _resources() -> list[dict[str, Any]]:
    named = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    assert sorted(named) == [file.name for file in FILES if file.name != "kustomization.yaml"]
    return [document for name in named for document in _documents((FOLDER / name).read_text())]


@pytest.fixture(scope="module")
def built() -> list[dict[str, Any]]:
    """What kustomize makes of the folder."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    made = subprocess.run([kubectl, "kustomize", str(FOLDER)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return _documents(made.stdout)


def _only(documents: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = (document for document in documents if document["kind"] == kind)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_what_kustomize_makes_is_what_kubernetes_takes(
    built: list[dict[str, Any]], version: str
) -> None:
    assert len(built) == len(_resources()) + 1  # the settings
    for document in built:
        kubernetes_validate.validate(document, version, strict=True)


def test_each_selector_selects_the_pods_and_nothing_else(built: list[dict[str, Any]]) -> None:
    deployment = _only(built, "Deployment")["spec"]
    assert deployment["template"]["metadata"]["labels"] == LABELS
    assert deployment["selector"]["matchLabels"] == LABELS
    assert _only(built, "Service")["spec"]["selector"] == LABELS
    assert _only(built, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == LABELS
    assert _only(built, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == LABELS


def test_a_pod_that_prunes_is_no_replica(built: list[dict[str, Any]]) -> None:
    template = _only(built, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]
    ((key, value),) = template["metadata"]["labels"].items() - LABELS.items()
    budget = _only(built, "PodDisruptionBudget")["spec"]["selector"]
    assert budget["matchExpressions"] == [{"key": key, "operator": "NotIn", "values": [value]}]
    # Without a port of that name it is no endpoint of the Service.
    (port,) = _only(built, "Service")["spec"]["ports"]
    assert isinstance(port["targetPort"], str)
    assert all("ports" not in container for container in template["spec"]["containers"])


def test_pruning_has_the_settings_of_the_server(built: list[dict[str, Any]]) -> None:
    spec = _only(built, "CronJob")["spec"]
    (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    (server,) = _only(built, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["envFrom"] == server["envFrom"]
    assert container["image"] == server["image"]
    assert main.get_command(None, container["args"][0]) is not None  # type: ignore[arg-type]
    assert spec["concurrencyPolicy"] == "Forbid"


def test_an_overlay_says_what_is_kept(tmp_path: Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    shutil.copytree(FOLDER, tmp_path / "base")
    (documented,) = blocks(section(read("docs/operations.md"), "Kubernetes"), "yaml")
    overlay = tmp_path / "kustomization.yaml"
    overlay.write_text("resources: [base]\n" + documented)
    made = subprocess.run([kubectl, "kustomize", str(tmp_path)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    settings = _only(_documents(made.stdout), "ConfigMap")["data"]
    assert settings["ALFRED_MOCK_ENVIRONMENT"] == "staging"
    kept = settings["ALFRED_MOCK_RETENTION"].split(",")
    assert {rule.partition("=")[0] for rule in kept} <= set(KINDS)
    assert Retention(kept).rule(None, "sessions").age_ms is not None


def _pod() -> dict[str, Any]:
    pod: dict[str, Any] = _only(_resources(), "Deployment")["spec"]["template"]["spec"]
    return pod


def _pod_that_prunes() -> dict[str, Any]:
    job = _only(_resources(), "CronJob")["spec"]["jobTemplate"]
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize("pod", [_pod(), _pod_that_prunes()], ids=["server", "prune"])
def test_every_container_is_confined(pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    user = pod["securityContext"]["runAsUser"]
    assert f"USER {user}:{user}\n" in (ROOT / "Dockerfile").read_text()
    for container in [*pod.get("initContainers", ()), *pod["containers"]]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


def test_the_settings_are_real_and_the_ports_are_those_that_they_name(
    built: list[dict[str, Any]],
) -> None:
    settings = _only(built, "ConfigMap")["data"]
    known = {variable_of(field): field for field in Settings.model_fields}
    assert set(settings) <= set(known)
    given = {known[name]: value for name, value in settings.items()}
    read = Settings(_env_file=None, host="0.0.0.0", **given)  # noqa: S104
    ports = {port["name"]: port["containerPort"] for port in _pod()["containers"][0]["ports"]}
    assert read.metrics_address == f"0.0.0.0:{ports['metrics']}"
    assert ports["http"] == Settings.model_fields["port"].default
    annotations = _only(_resources(), "Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(ports["metrics"])


def test_the_grace_is_longer_than_the_servers_own() -> None:
    grace = Settings.model_fields["grace"].default
    (server,) = _pod()["containers"]
    waits = int(server["lifecycle"]["preStop"]["exec"]["command"][1])
    assert waits + grace < _pod()["terminationGracePeriodSeconds"]
