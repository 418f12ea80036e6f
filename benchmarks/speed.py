"""The comparison: every server that can run here, measured side by side in one run."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from benchmarks import chart, machine, report, startup, tools
from benchmarks.candidates import (
    Candidate,
    floors,
    hello_world,
    ours_on_postgres,
    ours_on_sqlite,
    ours_with_journal,
)
from benchmarks.figures import Figures
from benchmarks.goals import OURS, OURS_POSTGRES, judge
from benchmarks.machine import Cores
from benchmarks.peer_candidates import WIREMOCK_FRESH, peers
from benchmarks.plan import Plan, scratch
from benchmarks.postgres import Postgres, postgres
from benchmarks.progress import say
from benchmarks.throughput import Throughput


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results; whether everything could be measured."""
    found = Figures()
    others, found.absent = peers()
    # Only now: npm may use the whole machine.
    machine.pin(cores.load)
    ours = ours_on_sqlite()
    with scratch() as folder, ExitStack() as running:
        database = _database(folder, running, found)
        candidates = [ours, ours_with_journal(), *_on(database), *floors(), *others]
        Throughput(plan, cores, folder, found).measure(candidates, database)
        setting = {
            "machine": machine.describe(),
            "versions": _versions([ours, *others], database),
        }
        started = [hello_world(), *(one for one in others if one.name != WIREMOCK_FRESH)]
        startup.measure(ours, started, plan.starts, cores.server, folder, found)
    _conclude(plan, cores, found, setting, [ours, *others])
    return not found.failed


def _database(folder: Path, running: ExitStack, found: Figures) -> Postgres | None:
    data = folder / "postgres"
    try:
        say("starting PostgreSQL")
        return running.enter_context(postgres(data))
    except Exception as error:  # whatever a foreign package may raise, the rest can be measured
        say(f"no PostgreSQL: {error}")
        found.absent[OURS_POSTGRES] = f"PostgreSQL does not start ({type(error).__name__})"
        shutil.rmtree(data, ignore_errors=True)
        return None


def _on(database: Postgres | None) -> list[Candidate]:
    return [ours_on_postgres(database.new_database)] if database is not None else []


def _versions(candidates: list[Candidate], database: Postgres | None) -> dict[str, str]:
    found = {
        candidate.name: candidate.version
        for candidate in candidates
        if candidate.name != WIREMOCK_FRESH
    }
    if database is not None:
        found["PostgreSQL"] = database.version()
    return {**found, **tools.versions()}


def _conclude(
    plan: Plan, cores: Cores, found: Figures, setting: report.Setting, shown: list[Candidate]
) -> None:
    outcomes = judge(found)
    text = report.markdown(found, outcomes, setting, cores.describe())
    report.write(plan.results, "speed", text, report.as_json(found, outcomes, setting))
    groups = {
        "Servers that keep what is created": {
            each.name: each.keeps for each in shown if each.keeps_sessions
        },
        "Servers that answer constants from memory": {
            each.name: f"keeps {each.keeps}" for each in shown if not each.keeps_sessions
        },
    }
    caption = f"{setting['machine']['processor']}, {setting['machine']['python']}"
    (plan.results / "speed.svg").write_text(chart.draw(found, groups, OURS, caption))
    print(text)
    say(f"kept as {plan.results.name}/speed.md, .json and .svg")
