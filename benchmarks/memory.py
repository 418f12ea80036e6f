"""Resident memory of alfred-mock before, while and after it answers a million requests."""

from benchmarks import figures as f
from benchmarks import load, machine, report, tools
from benchmarks.candidates import ours_on_sqlite
from benchmarks.goals import Goal, Outcome
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.processes import Server, free_port, serving
from benchmarks.progress import say
from benchmarks.wire import CREATE, detail

_STEPS = 10
_SECONDS_PER_STEP = 120
_AFTER = "MiB after each tenth of the requests"


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results."""
    total = 1_000_000 if plan is FULL else 100_000
    machine.pin(cores.load)
    ours, found = ours_on_sqlite(), f.Figures()
    with scratch() as folder:
        launch = ours.start(folder, free_port())
        with serving(launch, cores.server, ours.probe) as server:
            found.add(ours.name, f.MEMORY_START, server.memory())
            sessions = ours.prepare(server.port)
            done = _answer(server, sessions, total, found, ours.name)
    outcomes = _judge(found, ours.name)
    text = _markdown(found, outcomes, done, ours.name)
    setting = {"machine": machine.describe(), "versions": tools.versions()}
    report.write(plan.results, "memory", text, report.as_json(found, outcomes, setting))
    print(text)
    return done >= total


def _answer(server: Server, sessions: list[str], total: int, found: f.Figures, name: str) -> int:
    """Let it answer as many requests, half of them creates, noting its memory on the way."""
    mixed = [request for session in sessions for request in (detail(session), CREATE)]
    done = 0
    for step in range(1, _STEPS + 1):
        part = load.run(server.port, mixed, seconds=_SECONDS_PER_STEP, limit=total // _STEPS)
        done += part.requests
        found.add(name, _AFTER, server.memory())
        say(f"{step} of {_STEPS}: {done:,} requests, {server.memory() or 0:.1f} MiB")
    return done


def _judge(found: f.Figures, name: str) -> list[Outcome]:
    start = found.median(name, f.MEMORY_START)
    after = found.values[name].get(_AFTER)
    growth = after[-1] / start if start and after else None
    return [
        Outcome(Goal("memory after start", lambda _: None, 80, False, "MiB"), start),
        Outcome(Goal("memory at the end, to after start", lambda _: None, 1.1, False), growth),
    ]


def _markdown(found: f.Figures, outcomes: list[Outcome], done: int, name: str) -> str:
    after = found.values[name].get(_AFTER, [])
    rows = [[f"{done * step // _STEPS:,}", f"{mib:.1f}"] for step, mib in enumerate(after, 1)]
    start = found.median(name, f.MEMORY_START) or 0
    grown = report.table(["requests", "MiB"], [["0", f"{start:.1f}"], *rows])
    return "\n\n".join(["# Memory", grown, report.goals(outcomes)]) + "\n"
