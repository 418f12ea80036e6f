"""The workflows are what GitHub takes, and publish only what was tested."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import code_in, read, rows, section

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RELEASE = ROOT / ".github" / "workflows" / "release.yml"
PUBLISHING = ("publish-image", "publish-python", "publish-npm")
MAY_BE_NAMED = r"(?:actions|docker|sigstore)/[\w-]+@v\d+|pypa/gh-action-pypi-publish@release/v1"
"""Their makers move these names to newer patches only."""


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    """The jobs of the release."""
    found: dict[str, Any] = yaml.safe_load(RELEASE.read_text("utf-8"))["jobs"]
    return found


def test_they_are_of_the_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema"]
    schema = ["--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, *schema, *WORKFLOWS], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_each_action_is_pinned(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)", workflow.read_text("utf-8"))
    assert used
    for action in used:
        by_hash = re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
        assert by_hash or re.fullmatch(MAY_BE_NAMED, action), action


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_no_checkout_leaves_its_token_behind(workflow: Path) -> None:
    for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values():
        for step in job["steps"]:
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_no_expression_is_put_into_a_script(workflow: Path) -> None:
    for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values():
        scripts = [step.get("run", "") for step in job["steps"]]
        for script in scripts:
            assert set(re.findall(r"\$\{\{ *([\w.]+)", script)) <= {"matrix.python"}, script


def test_only_a_tag_releases() -> None:
    text = RELEASE.read_text("utf-8")
    assert 'on:\n  push:\n    tags: ["v*"]\n' in text
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}


def test_nothing_is_published_before_all_tests(jobs: dict[str, Any]) -> None:
    for name in PUBLISHING:
        assert set(jobs[name]["needs"]) == {"test", "image"}, name
    assert jobs["test"]["needs"] == jobs["image"]["needs"] == "build"
    assert set(jobs["announce"]["needs"]) == set(PUBLISHING)


def test_who_may_write_does_not_build_and_no_secret_is_kept(jobs: dict[str, Any]) -> None:
    for name, job in jobs.items():
        writes = {key for key, value in job.get("permissions", {}).items() if value == "write"}
        if name in ("build", "test"):
            assert writes == set(), name
        if name in ("publish-python", "publish-npm"):
            assert writes == {"id-token"}, name
            assert job["environment"], name
    assert set(re.findall(r"secrets\.(\w+)", RELEASE.read_text("utf-8"))) == {"GITHUB_TOKEN"}


def test_both_workflows_test_the_same_pythons(jobs: dict[str, Any]) -> None:
    tested = yaml.safe_load((RELEASE.with_name("ci.yml")).read_text("utf-8"))["jobs"]["test"]
    assert jobs["test"]["strategy"]["matrix"] == tested["strategy"]["matrix"]


def test_what_is_run_are_targets_of_make(jobs: dict[str, Any]) -> None:
    run = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    used = {found for script in run for found in re.findall(r"^make ([\w-]+)", script)}
    assert used == {"release-check", "sbom", "installed"}
    assert used <= set(re.findall(r"^([\w-]+):.* ## ", read("Makefile"), re.MULTILINE))


def test_the_page_has_each_job(jobs: dict[str, Any]) -> None:
    _, *table = rows(section(read("docs/releasing.md"), "What the workflow does"))
    assert [code_in(row[0])[0] for row in table] == list(jobs)
