"""The peers' programs: installed at pinned versions into a folder of the benchmark's own."""

import json
import shutil
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.progress import say

HERE = Path(__file__).parent
PEERS = HERE / "peers"
TOOLS = HERE / ".tools"
MODULES = TOOLS / "node_modules"
_PINS = ("package.json", "package-lock.json", ".npmrc")
_INSTALL_TIMEOUT_SECONDS = 300


@cache
def node() -> str | None:
    """Where Node is."""
    return shutil.which("node")


@cache
def java() -> str | None:
    """Where Java is."""
    return shutil.which("java")


def install() -> str | None:
    """Install what is pinned, unless it is there already; why not, if that cannot be done."""
    npm = shutil.which("npm")
    if npm is None or node() is None:
        return "Node.js with npm is not installed"
    if _installed():
        return None
    say("installing the peers from npm")
    TOOLS.mkdir(exist_ok=True)
    (TOOLS / _PINS[1]).unlink(missing_ok=True)
    for name in (_PINS[0], _PINS[2]):
        shutil.copy(PEERS / name, TOOLS)
    shutil.copy(PEERS / _PINS[1], TOOLS)
    done = subprocess.run(
        [npm, "ci", "--loglevel=error"],
        cwd=TOOLS,
        capture_output=True,
        text=True,
        timeout=_INSTALL_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        (TOOLS / _PINS[1]).unlink(missing_ok=True)
        say(f"npm said: {done.stderr.strip()[-1_000:]}")
        return "npm could not install it"
    return None


def _installed() -> bool:
    """Whether the folder holds what is pinned now: npm notes there what it has installed."""
    mine = TOOLS / _PINS[1]
    finished = (MODULES / ".package-lock.json").exists()
    return finished and mine.exists() and mine.read_bytes() == (PEERS / _PINS[1]).read_bytes()


def npm_version(package: str) -> str:
    """The version of an installed npm package."""
    return str(json.loads((MODULES / package / "package.json").read_text())["version"])


def python_version(package: str) -> str:
    """The version of an installed Python package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """What runs the servers, and what ours stands on."""
    found = {name: python_version(name) for name in ("fastapi", "uvicorn", "sqlmodel", "asyncpg")}
    for name, program in (("node", node()), ("java", java())):
        if program is not None:
            asked = subprocess.run(
                [program, "--version"], capture_output=True, text=True, timeout=30, check=False
            )
            found[name] = (asked.stdout or asked.stderr).splitlines()[0].strip()
    return found
