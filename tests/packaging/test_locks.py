"""The lock files: every pin has hashes, none has an address, and they agree with each other."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"([a-z0-9-]+)==([\w.!+-]+)( ; [^\\]+?)?((?: --hash=sha256:[0-9a-f]{64})+)")


def pins_of(lock: Path) -> dict[str, str]:
    """Versions by name; fails on a line that is anything but a pin with hashes."""
    text = re.sub(r"^ *#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r" *\\\n +", " ", text).splitlines()
    found = [(line, PIN.fullmatch(line)) for line in lines]
    assert [line for line, pin in found if pin is None] == []
    return {pin[1]: pin[2] for _, pin in found if pin is not None}


def name_of(requirement: str) -> str:
    """The normalised name of the project that a requirement is about."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    """What the project asks for."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_pin_has_hashes_and_none_an_address(lock: Path) -> None:
    assert "://" not in lock.read_text(encoding="utf-8")
    assert pins_of(lock)


def test_every_direct_dependency_is_pinned(pyproject: dict[str, Any]) -> None:
    groups, extras = pyproject["dependency-groups"], pyproject["project"]["optional-dependencies"]
    asked = {
        "build": [*groups["build"], *pyproject["build-system"]["requires"]],
        "extras": [
            *pyproject["project"]["dependencies"],
            *(item for extra in extras.values() for item in extra),
        ],
        "runtime": pyproject["project"]["dependencies"],
        "development": [*groups["dev"], *pyproject["project"]["dependencies"]],
    }
    assert sorted(asked) == sorted(lock.stem for lock in LOCKS)
    for lock in LOCKS:
        assert {name_of(requirement) for requirement in asked[lock.stem]} <= set(pins_of(lock))


def test_the_locks_agree_on_what_they_share() -> None:
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in pins_of(lock).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
