"""Clients that create sessions and write down each id that was acknowledged, before they go on."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

KEY = {"X-TagshelfAPI-Key": "alfred-mock-demo-key"}
CREATE, DETAIL = "/api/deferred/create", "/api/deferred/detail/"
CLIENTS = 6
TIMEOUT_SECONDS = 20
PAUSE_SECONDS = 0.02
"""What a client waits for after a failure, so that failures do not outnumber everything else."""
_READ_EACH = 5
_ERROR = {"error", "message"}


class Recorder:
    """Several clients on one or more servers; each goes to the next server when one fails."""

    def __init__(self, ports: Sequence[int], file: Path) -> None:
        self._ports = ports
        self._file = file.open("a")
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=[number], daemon=True)
            for number in range(CLIENTS)
        ]
        self.statuses: Counter[str] = Counter()
        """How often each status came; the name of the error where no answer came."""
        self.undocumented: list[str] = []
        """Failures that have another form than the documented one."""
        self.successes: list[tuple[float, float]] = []
        """When each acknowledgement came, and how many seconds it took."""

    def __enter__(self) -> "Recorder":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS + 5)
        self._file.close()

    def longest_gap(self, since: float, until: float) -> float:
        """The longest time without an acknowledgement."""
        moments = [moment for moment, _ in self._between(since, until)]
        edges = [since, *moments, until]
        return max(later - earlier for earlier, later in itertools.pairwise(edges))

    def percentile(self, since: float, until: float, share: float = 0.99) -> float:
        """The time in seconds within which this share of the acknowledgements came."""
        took = sorted(seconds for _, seconds in self._between(since, until))
        return took[min(int(len(took) * share), len(took) - 1)] if took else float("nan")

    def first_after(self, moment: float, patience: float) -> float | None:
        """Seconds until an acknowledgement of a request that was sent after this moment."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            with self._lock:
                later = [at for at, took in self.successes[-200:] if at - took >= moment]
            if later:
                return later[0] - moment
            time.sleep(PAUSE_SECONDS)
        return None

    def _between(self, since: float, until: float) -> list[tuple[float, float]]:
        with self._lock:
            found = [success for success in self.successes if since <= success[0] <= until]
        return sorted(found)

    def _run(self, number: int) -> None:
        ports = itertools.cycle([*self._ports[number % 2 :], *self._ports[: number % 2]])
        connection = None
        for turn in itertools.count():
            if self._ended.is_set():
                break
            if connection is None:
                connection = HTTPConnection("127.0.0.1", next(ports), timeout=TIMEOUT_SECONDS)
            if not self._create(connection, reads=turn % _READ_EACH == 0):
                connection.close()
                connection = None
                time.sleep(PAUSE_SECONDS)
        if connection is not None:
            connection.close()

    def _create(self, connection: HTTPConnection, *, reads: bool) -> bool:
        begun = time.monotonic()
        try:
            connection.request("POST", CREATE, headers=KEY)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                self._failed(answer.status, answer.getheader("Retry-After"), body)
                return answer.getheader("Connection") != "close"
            self._acknowledged(json.loads(body)["session_id"], begun)
            if reads:
                connection.request("GET", DETAIL + json.loads(body)["session_id"], headers=KEY)
                found = connection.getresponse()
                body = found.read()
                if found.status != 200:
                    self._failed(found.status, found.getheader("Retry-After"), body)
        except (OSError, HTTPException, ValueError) as error:
            with self._lock:
                self.statuses[type(error).__name__] += 1
            return False
        return True

    def _acknowledged(self, session_id: str, begun: float) -> None:
        now = time.monotonic()
        with self._lock:
            self._file.write(f"{session_id}\n")
            self._file.flush()
            self.statuses["200"] += 1
            self.successes.append((now, now - begun))

    def _failed(self, status: int, retry_after: str | None, body: bytes) -> None:
        try:
            documented = set(json.loads(body)) == _ERROR
        except ValueError:
            documented = False
        if status >= 500 and (status != 503 or retry_after is None):
            documented = False
        with self._lock:
            self.statuses[str(status)] += 1
            if not documented:
                self.undocumented.append(f"{status} {body[:200]!r}")


def read_back(port: int, file: Path) -> tuple[int, int, int]:
    """How many ids were acknowledged, how many of them are lost, and how many came twice."""
    ids = file.read_text().split()
    with closing(HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)) as connection:
        lost = sum(not _is_there(connection, session_id) for session_id in dict.fromkeys(ids))
    return len(ids), lost, len(ids) - len(set(ids))


def _is_there(connection: HTTPConnection, session_id: str) -> bool:
    # A machine that is slow may still answer 503, which says nothing of what is stored.
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        connection.request("GET", DETAIL + session_id, headers=KEY)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 404:
            return False
        if answer.status == 200 and session_id.encode() in body:
            return True
        if answer.status != 503 or time.monotonic() > deadline:
            raise AssertionError(f"{answer.status} {body[:200]!r}")
        time.sleep(PAUSE_SECONDS)
