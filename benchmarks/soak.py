"""A soak: all kinds of calls for twenty minutes, events included; what grows, and what does not.

Each client has a company of its own, whose events go to a webhook. It takes files through the whole
flow, reads everything back, and now and then resets its company.
"""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from benchmarks import figures as f
from benchmarks import machine, report, tools
from benchmarks.candidates import ours_with_journal
from benchmarks.events import EVENTS_OF_A_FLOW, JSON, Receiver, ask, company, flow_of
from benchmarks.goals import Goal, Outcome
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.processes import Server, free_port, serving
from benchmarks.progress import say

CLIENTS = 4
SAMPLES = 40
FLOWS_IN_A_ROW, FLOWS_BETWEEN_RESETS = 5, 200
PATIENCE_SECONDS = 60
"""For the last events to arrive."""
NAME = "alfred-mock"


class Sample(NamedTuple):
    """The server at one moment."""

    flows: int
    events: int
    mib: float
    descriptors: int
    threads: int
    database_mib: float


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results."""
    seconds = 1_200 if plan is FULL else 30
    ours = ours_with_journal()
    machine.pin(cores.load)
    with scratch() as folder:
        launch = ours.start(folder, free_port())
        with serving(launch, cores.server, ours.probe) as server:
            samples, failures = _soak(server, folder, seconds)
    # What is allocated once, such as caches, is there after a tenth of the time.
    early, late = samples[len(samples) // 10], samples[-1]
    outcomes = [
        Outcome(_at_most("memory at the end, to a tenth of the time", 1.15), late.mib / early.mib),
        Outcome(_at_most("more descriptors", 0), float(late.descriptors - early.descriptors)),
        Outcome(_at_most("calls that failed", 0), float(failures.total())),
        Outcome(
            _at_most("events that did not arrive", 0),
            float(late.flows * EVENTS_OF_A_FLOW - late.events),
        ),
    ]
    rows = [
        [
            f"{seconds * number / (len(samples) - 1):.0f}",
            f"{each.flows:,}",
            f"{each.events:,}",
            f"{each.mib:.1f}",
            str(each.descriptors),
            str(each.threads),
            f"{each.database_mib:.1f}",
        ]
        for number, each in enumerate(samples)
        if number % (len(samples) // 10) == 0
    ]
    head = ["second", "flows", "events delivered", "MiB", "descriptors", "threads", "database, MiB"]
    text = "\n\n".join(["# Soak", report.table(head, rows), report.goals(outcomes)]) + "\n"
    found = f.Figures()
    for each in samples:
        for figure, value in each._asdict().items():
            found.add(NAME, figure, float(value))
    found.failed += [f"{count} of {failure}" for failure, count in failures.most_common()]
    setting = {"machine": machine.describe(), "versions": tools.versions()}
    report.write(plan.results, "soak", text, report.as_json(found, outcomes, setting))
    print(text)
    return not failures


def _at_most(name: str, most: float) -> Goal:
    return Goal(name, lambda _: None, most, False, "")


def _soak(server: Server, folder: Path, seconds: float) -> tuple[list[Sample], Counter[str]]:
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{receiver.server_port}/"
    ended, jobs, failures = threading.Event(), list[str](), Counter[str]()
    clients = [
        threading.Thread(target=_client, args=[server.port, hook, ended, jobs, failures])
        for _ in range(CLIENTS)
    ]
    begun, told = time.monotonic(), Receiver.count
    for client in clients:
        client.start()
    samples = []
    for number in range(SAMPLES + 1):
        time.sleep(max(0.0, begun + seconds * number / SAMPLES - time.monotonic()))
        if number == SAMPLES:
            ended.set()
            for client in clients:
                client.join()
            _await_events(lambda: Receiver.count - told, len(jobs) * EVENTS_OF_A_FLOW)
        samples.append(_sample(server.pid, folder, len(jobs), Receiver.count - told))
        say(str(samples[-1]))
    receiver.shutdown()
    return samples, failures


def _client(
    port: int,
    hook: str,
    ended: threading.Event,
    jobs: list[str],
    failures: Counter[str],
) -> None:
    key = company(port)
    own = {"X-TagshelfAPI-Key": key}
    ask(port, "POST", "/api/account/webhook", json.dumps({"url": hook}).encode(), own | JSON)
    flow = flow_of(port, key)
    for number in itertools.count(1):
        if ended.is_set():
            return
        try:
            job = flow(number)
            shown = ask(port, "GET", f"/api/job/detail/{job}", headers=own)
            file = shown["files"][0]["id"]
            ask(port, "GET", f"/api/file/detail/{file}", headers=own)
            ask(port, "GET", f"/api/values/file/{file}", headers=own)
            ask(port, "GET", "/api/job/all?pageSize=10", headers=own)
            ask(port, "GET", f"/__admin/requests?company={key}&limit=5")
            jobs.append(job)
            if number % FLOWS_IN_A_ROW == 0:
                _settle(port, key)
            if number % FLOWS_BETWEEN_RESETS == 0:
                ask(port, "POST", "/__admin/reset", json.dumps({"company": key}).encode(), JSON)
                body = json.dumps({"url": hook}).encode()
                ask(port, "POST", "/api/account/webhook", body, own | JSON)
        except Exception as error:
            failures[f"{type(error).__name__}: {error}"[:200]] += 1


def _settle(port: int, key: str) -> None:
    """Wait until all events are delivered: deliveries are slower, and a reset ends what waits."""
    for _ in range(500):
        asked = f"/__admin/deliveries?company={key}&limit=1"
        newest = ask(port, "GET", f"/__admin/events?company={key}&limit=1")["events"][-1]
        delivered = ask(port, "GET", asked)["deliveries"]
        if delivered and delivered[-1]["event"] == newest["id"]:
            return
        time.sleep(0.02)


def _await_events(count: Callable[[], int], wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while count() < wanted and time.monotonic() < deadline:
        time.sleep(0.05)


def _sample(process: int, folder: Path, flows: int, events: int) -> Sample:
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
    )
    return Sample(
        flows=flows,
        events=events,
        mib=int(status["VmRSS"].split()[0]) / 1_024,
        descriptors=len(list(Path(f"/proc/{process}/fd").iterdir())),
        threads=int(status["Threads"]),
        database_mib=sum(file.stat().st_size for file in folder.glob("*.db*")) / 1_024**2,
    )
