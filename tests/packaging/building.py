"""Builds the wheel and the source archive, and says what they must hold."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_BYTES = 3_000_000
"""A wheel has no more: the pages of the documentation are in it."""
VENDORED = ("app/alfred_mock/core/openapi/pages/vendor", "app/alfred_mock/control/console/static")
_NO_PLACE_HERE = ("tests", "test", "node_modules", "__pycache__", ".venv", ".git", "dist")
_SECRETS = (".env", ".pem", ".key", ".db", ".pypirc", ".npmrc")


def build(target: str, source: Path, folder: Path, *, epoch: int | None = None) -> Path:
    """Build with what is installed, as `pip` does with `--no-build-isolation`.

    `epoch` is the time that everything in it is said to be of, in unix seconds.
    """
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    environment = dict(os.environ)
    if epoch is not None:
        environment["SOURCE_DATE_EPOCH"] = str(epoch)
    subprocess.run(
        [*command, "--directory", str(folder)],
        cwd=source,
        env=environment,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


def unpacked(archive: Path, folder: Path) -> Path:
    """The source tree in a source archive."""
    with tarfile.open(archive) as tar:
        # The oldest 3.11 releases know no filters; the archive is our own.
        if hasattr(tarfile, "data_filter"):
            tar.extractall(folder, filter="data")
        else:
            tar.extractall(folder)  # noqa: S202
    (source,) = folder.iterdir()
    return source


def clean_copy(folder: Path) -> Path:
    """The source tree as git has it, with what has changed, and nothing of what is ignored."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def sha256(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names_in(archive: Path) -> set[str]:
    """The files in a wheel, or in a source archive: there without the folder that holds all."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return set(wheel.namelist())
    with tarfile.open(archive) as tar:
        files = [member.name for member in tar.getmembers() if member.isfile()]
    return {name.partition("/")[2] for name in files}


def names_under(folder: Path, prefix: str) -> set[str]:
    """The files of the source tree, named as an archive should name them."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {f"{prefix}/{path.as_posix()}" for path in files if "__pycache__" not in path.parts}


def expected_in_wheel() -> set[str]:
    """The files that a wheel has, beside those about itself."""
    package = names_under(ROOT / "app" / "alfred_mock", "alfred_mock")
    migrations = names_under(ROOT / "migrations", "alfred_mock/migrations")
    examples = names_under(ROOT / "examples", "alfred_mock/examples")
    return package | migrations | examples | {"alfred_mock/fidelity.yaml"}


def expected_in_sdist() -> set[str]:
    """The files that a source archive has."""
    app = names_under(ROOT / "app", "app")
    folders = [names_under(ROOT / name, name) for name in ("migrations", "examples")]
    alone = {"README.md", "LICENSE", "CHANGELOG.md", "docs/fidelity.yaml"}
    return app.union(*folders) | alone | {"pyproject.toml", "PKG-INFO", ".gitignore"}


def out_of_place(names: set[str]) -> set[str]:
    """Files that no archive may have: tests, what was made on the way, secrets."""
    return {
        name
        for name in names
        if set(Path(name).parts[:-1]) & {*_NO_PLACE_HERE}
        or Path(name).name.endswith(_SECRETS)
        or Path(name).name.startswith("test_")
    }
