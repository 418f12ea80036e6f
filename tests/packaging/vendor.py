"""Renews what the pages of the documentation are made of: `make vendor`.

The files are packages of npm, at the versions below, and are kept compressed beside their licences;
`vendored.json` says what they are.
"""

import gzip
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "app" / "alfred_mock" / "core" / "openapi" / "pages" / "vendor"
RECORD = FOLDER / "vendored.json"


class Package(NamedTuple):
    """A package of npm, and what of it is kept."""

    name: str
    version: str
    folder: str
    files: tuple[str, ...]
    licences: tuple[str, ...]
    changes: tuple[tuple[str, str], ...] = ()
    """Texts that are replaced, each of which must be there once."""


PACKAGES = (
    Package(
        name="swagger-ui-dist",
        version="5.35.0",
        folder="",
        files=("swagger-ui-bundle.js", "swagger-ui.css"),
        licences=("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"),
    ),
    # Version 3 brings a package that sends telemetry.
    Package(
        name="redoc",
        version="2.5.4",
        folder="bundles",
        files=("redoc.standalone.js",),
        licences=("LICENSE", "bundles/redoc.standalone.js.LICENSE.txt"),
        # Its maker's logo, which every page would load from there; the maker's name stays.
        changes=(("https://cdn.redoc.ly/redoc/logo-mini.svg", "data:,"),),
    ),
)


def main() -> None:
    """Write the files anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    record = {package.name: _vendored(package) for package in PACKAGES}
    RECORD.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def _vendored(package: Package) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{package.name}@{package.version}"
        command = ["npm", "pack", "--silent", "--pack-destination", folder, wanted]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).iterdir()
        with tarfile.open(archive) as tar:
            for licence in package.licences:
                name = f"{package.name}.{Path(licence).name}"
                (FOLDER / name).write_bytes(_content(tar, licence))
            hashes = {name: _keep(package, tar, name) for name in package.files}
    return {"version": package.version, "sha256": hashes, "changes": dict(package.changes)}


def _keep(package: Package, tar: tarfile.TarFile, name: str) -> str:
    """Write a file compressed; returns the hash of what it holds."""
    content = _content(tar, str(Path(package.folder) / name))
    for old, new in package.changes:
        if content.count(old.encode()) != 1:
            raise SystemExit(f"{name} of {package.name} has {old} not once")
        content = content.replace(old.encode(), new.encode())
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
    return hashlib.sha256(content).hexdigest()


def _content(tar: tarfile.TarFile, path: str) -> bytes:
    member = tar.extractfile(f"package/{path}")
    if member is None:
        raise SystemExit(f"{path} is no file")
    return member.read()


if __name__ == "__main__":
    main()
