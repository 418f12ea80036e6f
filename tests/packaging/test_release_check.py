"""What keeps a release from being published is found, and says so."""

import json
import subprocess
from pathlib import Path

import pytest

from alfred_mock import __version__
from tests.packaging import npm_package
from tests.packaging.building import MOST_BYTES, ROOT, clean_copy
from tests.packaging.release_check import (
    NotReady,
    Release,
    check_contents,
    check_versions,
    differ,
    step,
)

RELEASED = "# Changelog\n\n## 1.2.3 - 2030-01-31\n"
UNRELEASED = "# Changelog\n\n## Unreleased\n\n## 1.2.2 - 2030-01-30\n"


@pytest.mark.parametrize(
    ("changelog", "tags"),
    [(UNRELEASED, []), (RELEASED, []), (RELEASED, ["v1.2.3"]), (RELEASED, ["nightly", "v1.2.3"])],
)
def test_versions_that_agree(changelog: str, tags: list[str]) -> None:
    check_versions("1.2.3", changelog, tags, "1.2.3")


@pytest.mark.parametrize(
    ("changelog", "tags", "client", "said"),
    [
        (RELEASED, ["v1.2.4"], "1.2.3", "the tag is v1.2.4, and the version 1.2.3"),
        (RELEASED, ["v1.2.3", "v1.2.4"], "1.2.3", "the tag is v1.2.3, v1.2.4"),
        (UNRELEASED, ["v1.2.3"], "1.2.3", "no heading '## 1.2.3 - YYYY-MM-DD'"),
        (RELEASED.replace("1.2.3", "1x2.3"), ["v1.2.3"], "1.2.3", "no heading"),
        (RELEASED.replace("1.2.3", "1.2.2"), [], "1.2.3", "neither 'Unreleased' nor 1.2.3"),
        (UNRELEASED, [], "1.2.2", "clients/typescript has version 1.2.2"),
    ],
)
def test_versions_that_do_not(changelog: str, tags: list[str], client: str, said: str) -> None:
    with pytest.raises(NotReady, match=said):
        check_versions("1.2.3", changelog, tags, client)


def test_the_versions_of_today_agree() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    check_versions(__version__, changelog, [], npm_package.version())


def test_a_file_too_many_and_one_too_few_are_named() -> None:
    with pytest.raises(NotReady, match="the wheel has") as problem:
        differ("wheel", {"a", "b"}, {"b", "c"})
    assert str(problem.value).splitlines()[1:] == ["+ a", "- c"]


def test_a_wheel_without_its_files_is_not_ready(tmp_path: Path) -> None:
    wheel = tmp_path / "alfred_mock-0-py3-none-any.whl"
    wheel.write_bytes(b"PK\x05\x06" + bytes(18))  # an archive of nothing
    assert wheel.stat().st_size < MOST_BYTES
    with pytest.raises(NotReady, match=r"- alfred_mock/py\.typed"):
        check_contents(Release(tmp_path, wheel, wheel, 0))


def test_a_step_that_fails_ends_it_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise NotReady("a reason")

    with pytest.raises(SystemExit, match="NOT it holds: a reason"):
        step("it holds", fail)
    assert step("it holds", lambda: 7) == 7
    assert capsys.readouterr().out.startswith("it holds ")


def test_a_clean_copy_has_what_git_has_and_nothing_that_is_ignored(tmp_path: Path) -> None:
    copy = clean_copy(tmp_path)
    assert (copy / "pyproject.toml").read_bytes() == (ROOT / "pyproject.toml").read_bytes()
    listed = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        input="\n".join(str(path.relative_to(copy)) for path in copy.rglob("*")),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert listed.stdout == ""


def test_the_report_of_npm_is_read_after_what_a_build_prints() -> None:
    files = [{"path": "LICENSE"}, {"path": "dist/index.js"}]
    report = "\n> alfred-mock-client@0.1.0 prepack\n> npm run build\n\n" + json.dumps(
        [{"files": files}], indent=2
    )
    assert npm_package.files_of(report) == {"LICENSE", "dist/index.js"}


def test_the_package_for_npm_is_described_in_full() -> None:
    described = json.loads((npm_package.CLIENT / "package.json").read_text("utf-8"))
    assert described["license"] == "MIT"
    assert described.get("dependencies", {}) == {}
    assert described["files"] == ["dist"]
    licence = (npm_package.CLIENT / "LICENSE").read_text("utf-8")
    assert licence == (ROOT / "LICENSE").read_text("utf-8")


def test_the_lock_of_the_client_has_hashes_and_no_address() -> None:
    text = (npm_package.CLIENT / "package-lock.json").read_text("utf-8")
    assert "resolved" not in text
    packages = json.loads(text)["packages"]
    pinned = {name for name, each in packages.items() if "integrity" in each}
    assert pinned == packages.keys() - {""}
