"""The package for npm that `clients/typescript` makes."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.packaging.building import ROOT

CLIENT = ROOT / "clients" / "typescript"
_SOURCES = ("src", "test", "package.json", "package-lock.json", "tsconfig.json")
_AS_THEY_ARE = ("LICENSE", "README.md")


def version() -> str:
    """The version that the package says it has."""
    described: dict[str, Any] = json.loads((CLIENT / "package.json").read_text("utf-8"))
    return str(described["version"])


def expected() -> set[str]:
    """The files that it has: each source compiled, with its types."""
    sources = [path.stem for path in (CLIENT / "src").glob("*.ts")]
    compiled = {f"dist/{name}.{kind}" for name in sources for kind in ("js", "d.ts")}
    return compiled | {"package.json", *_AS_THEY_ARE}


def copy(folder: Path) -> Path:
    """The client's sources elsewhere, so that whoever builds at the same time does not meet."""
    folder.mkdir(parents=True)
    for name in (*_SOURCES, *_AS_THEY_ARE):
        source = CLIENT / name
        if source.is_dir():
            leave_out = shutil.ignore_patterns("examples")
            shutil.copytree(source, folder / name, ignore=leave_out)
        else:
            shutil.copy2(source, folder / name)
    return folder


def pack(folder: Path, into: Path) -> set[str]:
    """Install the compiler, build and pack; the files in what is written to `into`.

    Raises:
        CalledProcessError: one of these fails.
    """
    copy(folder)
    into.mkdir(exist_ok=True)
    _run(["npm", "ci", "--loglevel=error"], folder)
    text = _run(["npm", "pack", "--json", "--silent", "--pack-destination", str(into)], folder)
    return files_of(text)


def files_of(report: str) -> set[str]:
    """The files that `npm pack --json` names; what a build prints may come before it."""
    (packed,) = json.loads(report[report.index("[\n") :])
    return {file["path"] for file in packed["files"]}


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout
