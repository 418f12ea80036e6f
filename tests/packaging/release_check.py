"""What must hold of a release before it is published: `make release-check`.

Builds into `dist/`, and needs no network but a package index. Ends with status 1 at the first thing
that is wrong.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from alfred_mock import __version__
from tests.packaging import building, installing, npm_package
from tests.packaging.building import ROOT, build, names_in, sha256

T = TypeVar("T")
DIST = ROOT / "dist"


class NotReady(Exception):
    """What keeps this from being released."""


@dataclass(frozen=True)
class Release:
    """What is checked, and a folder for what comes up on the way."""

    folder: Path
    wheel: Path
    sdist: Path
    epoch: int


def check_versions(version: str, changelog: str, tags: list[str], client: str) -> None:
    """The tag of this commit, the changelog and the client in TypeScript name this version.

    Raises:
        NotReady: one of them does not.
    """
    ours = [tag for tag in tags if re.fullmatch(r"v\d.*", tag)]
    if ours and ours != [f"v{version}"]:
        raise NotReady(f"the tag is {', '.join(ours)}, and the version {version}")
    heading = re.escape(f"## {version}") + r" - \d{4}-\d\d-\d\d"
    if ours and not re.search(f"^{heading}$", changelog, re.MULTILINE):
        raise NotReady(f"CHANGELOG.md has no heading '## {version} - YYYY-MM-DD'")
    if not re.search(rf"^(?:{heading}|## Unreleased)$", changelog, re.MULTILINE):
        raise NotReady(f"CHANGELOG.md has neither 'Unreleased' nor {version}")
    if client != version:
        raise NotReady(f"clients/typescript has version {client}, and the package {version}")


def check_contents(release: Release) -> None:
    """Wheel and source archive have what they should, and the wheel is small.

    Raises:
        NotReady: a file is missing or too many, or the wheel too large.
    """
    about = f"alfred_mock-{__version__}.dist-info/"
    shipped = {name for name in names_in(release.wheel) if not name.startswith(about)}
    differ("wheel", shipped, building.expected_in_wheel())
    differ("source archive", names_in(release.sdist), building.expected_in_sdist())
    for archive in (release.wheel, release.sdist):
        wrong = building.out_of_place(names_in(archive))
        if wrong:
            raise NotReady(f"{archive.name} has {', '.join(sorted(wrong))}")
    if release.wheel.stat().st_size >= building.MOST_BYTES:
        raise NotReady(f"the wheel has {release.wheel.stat().st_size} bytes")


def differ(what: str, found: set[str], expected: set[str]) -> None:
    """Raise NotReady where two sets of files are not the same."""
    if found != expected:
        lines = [f"+ {name}" for name in sorted(found - expected)]
        lines += [f"- {name}" for name in sorted(expected - found)]
        raise NotReady("\n".join([f"the {what} has too much (+) or too little (-):", *lines]))


def check_reproducible(release: Release) -> None:
    """Another build in another folder, and one from the source archive, have the same bytes.

    Raises:
        NotReady: one differs.
    """
    copy = building.clean_copy(release.folder / "copy")
    source = building.unpacked(release.sdist, release.folder / "source")
    for target, first, tree in (
        ("sdist", release.sdist, copy),
        ("wheel", release.wheel, copy),
        ("wheel", release.wheel, source),
    ):
        folder = release.folder / f"again-{target}-{tree.parent.name}-{tree.name}"
        again = build(target, tree, folder, epoch=release.epoch)
        if sha256(again) != sha256(first):
            raise NotReady(f"{first.name} is another one when it is built in {tree.name}")


def built(folder: Path) -> Release:
    """The archives, made of this tree and written to `dist/`."""
    epoch = int(_git("log", "-1", "--format=%ct"))
    archives = [build(kind, ROOT, folder / kind, epoch=epoch) for kind in ("wheel", "sdist")]
    DIST.mkdir(exist_ok=True)
    wheel, sdist = (Path(shutil.copy2(archive, DIST)) for archive in archives)
    return Release(folder, wheel, sdist, epoch)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def _versions() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    tags = _git("tag", "--points-at", "HEAD").split()
    check_versions(__version__, changelog, tags, npm_package.version())


def _twine(twine: str, release: Release) -> None:
    subprocess.run([twine, "check", "--strict", release.wheel, release.sdist], check=True)


def _npm(release: Release) -> None:
    found, expected = npm_package.pack(release.folder / "npm", DIST), npm_package.expected()
    differ("package for npm", found, expected)


def main() -> None:
    """Check one thing after the other, and say how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--twine", default="twine", help="path of twine")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        step("versions agree", _versions)
        release = step("wheel and source archive are built", lambda: built(folder))
        step("the index would take them", lambda: _twine(options.twine, release))
        step("they have what they should", lambda: check_contents(release))
        step("other builds have the same bytes", lambda: check_reproducible(release))
        step("an installed one serves", lambda: installing.check_session(folder, release.wheel))
        step("the extras are there", lambda: installing.check_extras(folder, release.wheel))
        step("the client for npm has what it should", lambda: _npm(release))
    print(f"dist/ has {__version__}")  # noqa: T201


def step(what: str, do: Callable[[], T]) -> T:
    """Do one of the checks; ends the process if it fails."""
    begun = time.perf_counter()
    try:
        done = do()
    except (NotReady, AssertionError, subprocess.CalledProcessError) as problem:
        said = getattr(problem, "stderr", None) or ""
        sys.exit(f"NOT {what}: {problem}\n{said}")
    print(f"{what:40} {time.perf_counter() - begun:6.1f} s", flush=True)  # noqa: T201
    return done


if __name__ == "__main__":
    main()
