"""The wheel that users install: what it holds, and that it serves on its own."""

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from alfred_mock import __version__
from tests.packaging.building import (
    MOST_BYTES,
    ROOT,
    VENDORED,
    build,
    clean_copy,
    expected_in_sdist,
    expected_in_wheel,
    names_in,
    out_of_place,
    sha256,
    unpacked,
)
from tests.support import server_process


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source tree."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel puts into `site-packages`."""
    folder = tmp_path_factory.mktemp("site-packages")
    shutil.unpack_archive(wheel, folder, format="zip")
    return folder


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    top_level = {name.partition("/")[0] for name in names_in(wheel)}
    assert top_level == {"alfred_mock", f"alfred_mock-{__version__}.dist-info"}


def test_it_holds_every_module_migration_and_example_and_the_rows_of_fidelity(wheel: Path) -> None:
    expected = expected_in_wheel()
    assert {"alfred_mock/migrations/env.py", "alfred_mock/py.typed"} <= expected
    assert any(name.startswith("alfred_mock/migrations/versions/") for name in expected)
    assert any(name.startswith("alfred_mock/examples/") for name in expected)
    assert {name for name in names_in(wheel) if name.startswith("alfred_mock/")} == expected


@pytest.mark.parametrize("folder", VENDORED)
def test_it_holds_what_others_made_with_its_licence(wheel: Path, folder: str) -> None:
    there = {name for name in names_in(wheel) if f"app/{name}".startswith(folder)}
    assert any("LICENSE" in name for name in there)
    assert any(name.endswith((".js", ".js.gz")) for name in there)


def test_it_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < MOST_BYTES


def test_it_holds_nothing_that_is_out_of_place(wheel: Path) -> None:
    assert out_of_place(names_in(wheel)) == set()


@pytest.mark.parametrize(
    "name", ["tests/a.py", "a/test_b.py", "a/.env", "a/node_modules/b.js", "server.pem", "a.db"]
)
def test_what_is_out_of_place_is_found(name: str) -> None:
    assert out_of_place({name, "alfred_mock/testing/plugin.py"}) == {name}


def test_its_metadata_names_the_command_the_plugin_and_the_license(installed: Path) -> None:
    (distribution,) = importlib.metadata.distributions(path=[str(installed)])
    points = {point.group: point for point in distribution.entry_points}
    assert {group: point.name for group, point in points.items()} == {
        "console_scripts": "alfred-mock",
        "pytest11": "alfred-mock",
    }
    assert callable(points["console_scripts"].load())
    assert distribution.version == __version__
    assert distribution.metadata["License-Expression"] == "MIT"
    shipped = distribution.read_text("licenses/LICENSE")
    assert shipped == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_source_archive_has_what_it_should_and_makes_the_same_wheel(
    wheel: Path, tmp_path: Path
) -> None:
    sdist = build("sdist", ROOT, tmp_path / "sdist")
    assert names_in(sdist) == expected_in_sdist()
    assert out_of_place(names_in(sdist)) == set()
    source = unpacked(sdist, tmp_path / "source")
    assert sha256(build("wheel", source, tmp_path / "wheel")) == sha256(wheel)


def test_a_build_is_the_same_wherever_it_is_done(tmp_path: Path) -> None:
    epoch = 1_700_000_000
    copy = clean_copy(tmp_path / "copy")
    first = build("sdist", ROOT, tmp_path / "first", epoch=epoch)
    other = build("sdist", copy, tmp_path / "other", epoch=epoch)
    assert sha256(first) == sha256(other)


def test_it_migrates_and_serves_without_the_source_tree(
    installed: Path, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It comes before `site-packages`, and so before the editable installation there.
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.chdir(tmp_path)
    code = "from alfred_mock.core.database import MIGRATIONS; print(MIGRATIONS.folder)"
    folder = subprocess.check_output([sys.executable, "-c", code], text=True).strip()
    assert Path(folder) == installed / "alfred_mock" / "migrations"
    rows = "from alfred_mock.conformance.rows import fidelity_file; print(fidelity_file())"
    file = subprocess.check_output([sys.executable, "-c", rows], text=True).strip()
    assert Path(file) == installed / "alfred_mock" / "fidelity.yaml"
    command = [sys.executable, "-m", "alfred_mock", "example", "two-companies"]
    seed = subprocess.check_output(command, text=True)
    assert seed == (ROOT / "examples" / "two-companies.yaml").read_text(encoding="utf-8")
    with server_process("--database-url", sqlite_url) as server:
        answer = httpx.get(f"{server.url}/readyz", trust_env=False)
    assert answer.status_code == 200, answer.text
