"""How much more a start of alfred-mock takes than the same with a hello world of its stack.

Processor time instead of time on the clock: other work on the machine changes it less. Each pair
runs in turn, and the median of the pairs' ratios counts.
"""

import os
import resource
import shutil
import statistics
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import alfred_mock
from benchmarks import machine
from benchmarks.candidates import Candidate, hello_world, ours_on_sqlite
from benchmarks.machine import Cores, pinned
from benchmarks.plan import Plan, scratch
from benchmarks.processes import StartFailed, free_port, python, serving
from benchmarks.progress import say
from benchmarks.report import table
from benchmarks.tools import HERE

MOST_MEMORY = 75
_BYTECODE = "PYTHONPYCACHEPREFIX"
_OURS = """
import urllib.request

def test_a_session(alfred):
    request = urllib.request.Request(
        alfred.url + "/api/deferred/create", method="POST", headers=alfred.headers
    )
    assert urllib.request.urlopen(request).status == 200
"""
_THEIRS = """
import threading, time, urllib.request
import pytest

@pytest.fixture(scope="session")
def url():
    import uvicorn
    from benchmarks.baselines.hello_world import app

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.001)
    yield "http://127.0.0.1:%d" % server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()

def test_heroes(url):
    assert urllib.request.urlopen(url + "/").status == 200
"""
# Other plugins of the environment take longer than either run.
_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis")
_PYTEST_ALL = (*_PYTEST, "-p", "no:hypothesispytest", "-p", "no:randomly", "-p", "no:xdist")


@dataclass
class _Pair:
    """Two things to run, ours and the measure, and how often one may take the other's time."""

    text: str
    bound: float
    ours: Callable[[], None]
    theirs: Callable[[], None]
    seconds: list[tuple[float, float]] = field(default_factory=list)

    def run(self) -> None:
        self.seconds.append((_processor_time(self.ours), _processor_time(self.theirs)))

    def row(self) -> list[str]:
        """The medians, from all runs but the first, which reads from the disk."""
        kept = self.seconds[1:]
        ours, theirs = (statistics.median(column) for column in zip(*kept, strict=True))
        ratio = statistics.median(ours / theirs for ours, theirs in kept)
        met = "yes" if ratio <= self.bound else "no"
        return [self.text, f"{ours:.2f}", f"{theirs:.2f}", f"{ratio:.2f}", f"{self.bound:g}", met]


def run(plan: Plan, cores: Cores) -> bool:
    """Measure and print."""
    machine.pin(cores.load)
    memory: list[float] = []
    with scratch() as folder:
        os.environ[_BYTECODE] = str(folder / "bytecode")
        pairs = [
            _servers(folder, cores.server, memory),
            _imports(cores.server),
            _tests(folder, cores.server, kept=True),
            _tests(folder, cores.server, kept=False),
        ]
        for number in range(plan.starts + 1):
            say(f"starting everything, {number} of {plan.starts}")
            for pair in pairs:
                pair.run()
    rows = [pair.row() for pair in pairs]
    head = ["processor time", "alfred-mock, s", "hello world, s", "ratio", "at most", "met"]
    print(table(head, rows))
    if memory:
        found = statistics.median(memory)
        print(f"\nMemory after the first answer: {found:.1f} MiB, at most {MOST_MEMORY}")
    return True


def _processor_time(work: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _servers(scratch: Path, core: int | None, memory: list[float]) -> _Pair:
    def start(candidate: Candidate, found: list[float]) -> Callable[[], None]:
        folder = scratch / f"server-{candidate.ours}"
        folder.mkdir()

        def work() -> None:
            launch = candidate.start(folder, free_port())
            with serving(launch, core, candidate.probe) as server:
                used = server.memory()
                if used is not None:
                    found.append(used)

        return work

    ours = start(ours_on_sqlite(), memory)
    return _Pair("to the first 200 on an existing file", 1.25, ours, start(hello_world(), []))


def _imports(core: int | None) -> _Pair:
    def load(modules: str) -> Callable[[], None]:
        return lambda: _run(core, "-c", f"import {modules}")

    text = "`import alfred_mock.main` to `import fastapi, sqlmodel`"
    return _Pair(text, 1.3, load("alfred_mock.main"), load("fastapi, sqlmodel"))


def _tests(scratch: Path, core: int | None, *, kept: bool) -> _Pair:
    """One test in a run of pytest; bytecode of all libraries is there, of ours only if `kept`."""
    folder = scratch / f"tests-{kept}"
    folder.mkdir()
    (folder / "test_ours.py").write_text(_OURS)
    (folder / "test_theirs.py").write_text(_THEIRS)
    bytecode = folder / "bytecode"
    special = {_BYTECODE: str(bytecode), "PYTHONPATH": _path()}

    def work(name: str) -> Callable[[], None]:
        argv = (*_PYTEST_ALL, f"--rootdir={folder}", str(folder / name))
        return lambda: _run(core, *argv, special=special, folder=folder)

    pair = _Pair(
        f"pytest, one test, {'with' if kept else 'without'} our bytecode",
        1.25,
        work("test_ours.py"),
        work("test_theirs.py"),
    )
    if not kept:
        pair.run()
        pair.seconds.clear()
        package = Path(alfred_mock.__file__).parent
        for own in (package, HERE, folder):
            shutil.rmtree(bytecode / own.relative_to("/"), ignore_errors=True)
        special["PYTHONDONTWRITEBYTECODE"] = "1"
    return pair


def _path() -> str:
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(HERE.parent), *([given] if given else [])])


def _run(
    core: int | None,
    *arguments: str,
    special: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> None:
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    with pinned(core):
        done = subprocess.run(
            python(*arguments),
            cwd=folder,
            env={**environment, **(special or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise StartFailed(f"{arguments[-1]}: {done.stdout[-1_000:]}{done.stderr[-1_000:]}")
