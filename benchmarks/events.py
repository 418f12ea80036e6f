"""What events cost: for companies that nobody listens to, that are looked at, and with a webhook.

A flow is a session, a file and an immediate job. All three companies are on one server, on a SQLite
file, and take turns; the receiver of the webhook is a thread of this process.
"""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from benchmarks import figures as f
from benchmarks import machine, report, tools
from benchmarks.candidates import ours_on_sqlite
from benchmarks.goals import Goal, Outcome
from benchmarks.machine import Cores
from benchmarks.plan import FULL, Plan, scratch
from benchmarks.processes import Server, free_port, serving
from benchmarks.processor_time import of_group
from benchmarks.progress import say

EVENTS_OF_A_FLOW = 18
CLIENTS = 8
NOBODY, LOOKED_AT, WEBHOOK = "nobody listens", "events are looked at", "a webhook"
FLOWS, CPU, TOLD = "flows a second", "CPU of a flow, ms", "events a second"
JSON = {"Content-Type": "application/json"}
_FORM = (
    b'--b\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n%s\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\nx\r\n--b--\r\n'
)


class Receiver(BaseHTTPRequestHandler):
    """Takes events, and verifies itself."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_POST(self) -> None:
        """One event, or the handshake."""
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = str(content.get("challenge", "")).encode()
        Receiver.count += "event" in content
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def run(plan: Plan, cores: Cores) -> bool:
    """Measure, print, and keep the results."""
    flows = 400 if plan is FULL else 60
    machine.pin(cores.load)
    ours, found = ours_on_sqlite(), f.Figures()
    with scratch() as folder:
        launch = ours.start(folder, free_port())
        with serving(launch, cores.server, ours.probe) as server:
            _measure(server, flows, plan.rounds, found)
    nobody, looked_at = (found.median(name, CPU) or 0 for name in (NOBODY, LOOKED_AT))
    outcomes = [
        Outcome(
            Goal("CPU of a flow that is looked at, to one that is not", lambda _: None, 2.0, False),
            looked_at / nobody,
        )
    ]
    rows = [
        [name, *(f"{found.median(name, figure) or 0:.2f}" for figure in (FLOWS, CPU, TOLD))]
        for name in (NOBODY, LOOKED_AT, WEBHOOK)
    ]
    table = report.table(["company", FLOWS, CPU, TOLD], rows)
    title = f"# Events\n\n{plan.rounds} rounds of {flows} flows each, {CLIENTS} clients."
    text = "\n\n".join([title, table, report.goals(outcomes)]) + "\n"
    setting = {"machine": machine.describe(), "versions": tools.versions()}
    report.write(plan.results, "events", text, report.as_json(found, outcomes, setting))
    print(text)
    return True


def _measure(server: Server, flows: int, rounds: int, found: f.Figures) -> None:
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    keys = {name: company(server.port) for name in (NOBODY, LOOKED_AT, WEBHOOK)}
    ask(server.port, "GET", f"/__admin/events?company={keys[LOOKED_AT]}")
    hook = {"url": f"http://127.0.0.1:{receiver.server_port}/"}
    key = {"X-TagshelfAPI-Key": keys[WEBHOOK]}
    ask(server.port, "POST", "/api/account/webhook", json.dumps(hook).encode(), key | JSON)
    for number in range(rounds):
        for name, key_of in keys.items():
            say(f"{name}, {number + 1} of {rounds}")
            before, begun, told = of_group(server.pid), time.perf_counter(), Receiver.count
            with ThreadPoolExecutor(CLIENTS) as clients:
                list(clients.map(flow_of(server.port, key_of), range(flows)))
            took = time.perf_counter() - begun
            while name == WEBHOOK and Receiver.count - told < flows * EVENTS_OF_A_FLOW:
                time.sleep(0.005)
            found.add(name, FLOWS, flows / took)
            found.add(name, CPU, (of_group(server.pid) - before) / flows * 1_000)
            if name != NOBODY:
                until_told = time.perf_counter() - begun
                found.add(name, TOLD, flows * EVENTS_OF_A_FLOW / until_told)
    receiver.shutdown()


def company(port: int) -> str:
    """The API key of a new company."""
    return str(ask(port, "POST", "/__admin/companies", b'{"name": "Measured"}', JSON)["api_key"])


def flow_of(port: int, key: str) -> Callable[[int], str]:
    """What takes a file through a session and a job of this company; answers the job's id."""
    own = {"X-TagshelfAPI-Key": key}
    form = own | {"Content-Type": "multipart/form-data; boundary=b"}

    def flow(_: int) -> str:
        session = ask(port, "POST", "/api/deferred/create", b"", own)["session_id"]
        ask(port, "POST", "/api/file/uploadfile", _FORM % session.encode(), form)
        body = json.dumps({"session_id": session}).encode()
        return str(ask(port, "POST", "/api/job/create", body, own | JSON)["job_id"])

    return flow


_connections = threading.local()


def ask(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Any:
    """The body of an answer with status 200, on this thread's own connection."""
    connection = getattr(_connections, "kept", None)
    if connection is None:
        connection = _connections.kept = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body or None, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise AssertionError(f"{path}: {answer.status} {content[:200]!r}")
    return json.loads(content)
