"""The wheel that users install: what it holds, and that it serves on its own."""

import importlib.metadata
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import httpx
import pytest

from alfred_mock import __version__
from tests.support import server_process

ROOT = Path(__file__).parents[2]


def build(target: str, source: Path, folder: Path) -> Path:
    """Build with what is installed, as `pip` does with `--no-build-isolation`."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    subprocess.run(
        [*command, "--directory", str(folder)], cwd=source, check=True, capture_output=True
    )
    (built,) = folder.iterdir()
    return built


def names_in(wheel: Path) -> set[str]:
    """The files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def names_under(folder: Path, prefix: str) -> set[str]:
    """The files of the source tree, named as the wheel should name them."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {f"{prefix}/{path.as_posix()}" for path in files if "__pycache__" not in path.parts}


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
    package = names_under(ROOT / "app" / "alfred_mock", "alfred_mock")
    migrations = names_under(ROOT / "migrations", "alfred_mock/migrations")
    assert {"alfred_mock/migrations/env.py", "alfred_mock/py.typed"} <= package | migrations
    assert any(name.startswith("alfred_mock/migrations/versions/") for name in migrations)
    shipped = {name for name in names_in(wheel) if name.startswith("alfred_mock/")}
    examples = names_under(ROOT / "examples", "alfred_mock/examples")
    assert shipped == package | migrations | examples | {"alfred_mock/fidelity.yaml"}


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


def test_the_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(build("sdist", ROOT, tmp_path / "sdist")) as archive:
        # The oldest 3.11 releases know no filters; the archive is our own.
        if hasattr(tarfile, "data_filter"):
            archive.extractall(tmp_path / "source", filter="data")
        else:
            archive.extractall(tmp_path / "source")  # noqa: S202
    (source,) = (tmp_path / "source").iterdir()
    assert names_in(build("wheel", source, tmp_path / "wheel")) == names_in(wheel)


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
