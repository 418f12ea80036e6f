"""From the start of a process to its first answer with status 200."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import figures as f
from benchmarks.candidates import Candidate
from benchmarks.processes import StartFailed, free_port, serving
from benchmarks.progress import say
from benchmarks.wire import Request, create_session, detail

_MILLISECONDS = 1_000


@dataclass(frozen=True)
class Case:
    """One thing to start over and over, and the request whose answer ends the clock."""

    candidate: Candidate
    figure: str
    folder: Callable[[int], Path]
    probe: Request


def measure(
    ours: Candidate,
    others: Sequence[Candidate],
    starts: int,
    core: int | None,
    scratch: Path,
    found: f.Figures,
) -> None:
    """Time the starts of each in turn, again and again."""
    cases = [_other(candidate, scratch) for candidate in others]
    if found.median(ours.name, f.DETAIL) is not None:
        cases = [_existing(ours, core, scratch), _empty(ours, scratch), *cases]
    for number in range(starts + 1):
        say(f"starting everything, {number} of {starts}")
        for case in cases:
            took = _time(case, number, core, found)
            # The first start reads from the disk and leaves bytecode behind: it does not count.
            if number > 0 and took is not None:
                found.add(case.candidate.name, case.figure, took * _MILLISECONDS)


def _time(case: Case, number: int, core: int | None, found: f.Figures) -> float | None:
    launch = case.candidate.start(case.folder(number), free_port())
    try:
        with serving(launch, core, case.probe) as server:
            return server.start_seconds
    except StartFailed as error:
        found.failed.append(f"start of {case.candidate.name}: {error}")
        return None


def _existing(ours: Candidate, core: int | None, scratch: Path) -> Case:
    folder = scratch / "existing"
    folder.mkdir()
    with serving(ours.start(folder, free_port()), core, ours.probe) as server:
        session = create_session(server.port)
    return Case(ours, f.START, lambda _: folder, detail(session))


def _empty(ours: Candidate, scratch: Path) -> Case:
    def new_folder(number: int) -> Path:
        folder = scratch / f"empty-{number}"
        folder.mkdir()
        return folder

    return Case(ours, f.START_EMPTY, new_folder, ours.probe)


def _other(candidate: Candidate, scratch: Path) -> Case:
    folder = scratch / f"start-{candidate.name.split()[0].strip(',')}"
    folder.mkdir()
    return Case(candidate, f.START, lambda _: folder, candidate.probe)
