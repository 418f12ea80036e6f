"""A receiver on loopback: it is a company's webhook, and keeps what it is sent.

It needs nothing but the standard library, and answers from threads of its own, so that a test may
wait for events while they arrive.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from alfred_mock.testing.aio import AsyncForm, is_in_coroutine

PATH = "/webhook"
SHOWN = 20
"""So many events are listed at most."""

_OTHER_NAMES = {"file_added_to_job": "file_add_to_job"}
"""Events whose documented `event_name` is not their name."""


@dataclass(frozen=True, repr=False)
class ReceivedEvent:
    """An event as it was delivered, at one attempt."""

    id: str
    """The same at each attempt."""
    name: str
    """Short: `job_finished`."""
    attempt: int
    status: int
    """What the receiver has answered."""
    body: Mapping[str, Any]
    """The whole object."""
    headers: Mapping[str, str]
    """By names in lower case."""

    @property
    def fields(self) -> Mapping[str, Any]:
        """The members of the inner object."""
        inner: Mapping[str, Any] = self.body["event"]
        return inner

    def matches(self, name: str, fields: Mapping[str, Any]) -> bool:
        """Whether its name fits this glob, and its members are these."""
        own = self.fields
        return fnmatchcase(self.name, name) and all(
            own.get(key) == value for key, value in fields.items()
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __str__(self) -> str:
        of = self.fields.get("file_id") or self.fields.get("file_log_id") or ""
        about = of or self.fields.get("job_id", "")
        again = f", attempt {self.attempt}" if self.attempt > 1 else ""
        return f"{self.name} of {about}{again}, answered with {self.status}"


class Webhook:
    """A company's webhook in this process; it is verified from the beginning."""

    def __init__(self, set_url: Callable[[str], Any], remove: Callable[[str], Any]) -> None:
        """`set_url` makes a URL the webhook of the company, `remove` ends that."""
        self._remove = remove
        self._attempts: list[ReceivedEvent] = []
        self._arrived = threading.Condition()
        self._plan: list[_Answer] = []
        self._hold = threading.Event()
        self.is_closed = False
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{PATH}"
        try:
            set_url(self.url)
        except BaseException:
            self._server.stop()
            raise

    @property
    def aio(self) -> AsyncForm:
        """The same for coroutines: each method is awaited, and does not block the event loop."""
        return AsyncForm(self)

    @property
    def attempts(self) -> list[ReceivedEvent]:
        """All that has arrived, in that order, what came again included."""
        with self._arrived:
            return list(self._attempts)

    @property
    def received(self) -> list[ReceivedEvent]:
        """Each event once, in the order in which it was acknowledged first."""
        first: dict[str, ReceivedEvent] = {}
        for attempt in self.attempts:
            if 200 <= attempt.status < 300:
                first.setdefault(attempt.id, attempt)
        return list(first.values())

    @property
    def names(self) -> list[str]:
        """The names of the events, in their order."""
        return [event.name for event in self.received]

    def answer_with(self, status: int = 200, *, delay_s: float = 0, times: int = 1) -> None:
        """Answer the next `times` deliveries with this status, so much later than they arrive."""
        with self._arrived:
            self._plan += [_Answer(status, delay_s)] * times

    def wait_for(
        self, name: str = "*", count: int = 1, timeout: float = 5, **fields: Any
    ) -> list[ReceivedEvent]:
        """The events of this name (a glob) whose members are these, as soon as there are `count`.

        Raises:
            AssertionError: there were fewer when the time was over; the message says what came.
        """
        return self._wait(
            lambda: [event for event in self.received if event.matches(name, fields)],
            count,
            timeout,
            " ".join([f"events {name}", *(f"{key}={value}" for key, value in fields.items())]),
        )

    def wait_for_attempts(self, count: int, timeout: float = 5) -> list[ReceivedEvent]:
        """All that has arrived, once it is so much, what came again included.

        Raises:
            AssertionError: it was less when the time was over.
        """
        return self._wait(lambda: self.attempts, count, timeout, "attempts")

    def _wait(
        self, find: Callable[[], list[ReceivedEvent]], count: int, timeout: float, asked: str
    ) -> list[ReceivedEvent]:
        with self._arrived:
            self._arrived.wait_for(lambda: len(find()) >= count, timeout)
            found = find()
        if len(found) >= count:
            return found
        raise AssertionError(
            f"{len(found)} of {count} {asked} came within {timeout:g} s. Came:\n"
            f"{listing(self.attempts)}{_hint()}"
        )

    def close(self) -> None:
        """End the receiver; the company has no webhook any more, if this was it."""
        if not self.is_closed:
            self.is_closed = True
            self._hold.set()
            self._remove(self.url)
            self._server.stop()

    def __enter__(self) -> "Webhook":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self.url}>"

    def _next_answer(self) -> "_Answer":
        with self._arrived:
            return self._plan.pop(0) if self._plan else _Answer(200, 0)

    def _receive(self, body: Any, headers: Mapping[str, str], status: int) -> None:
        named = str(body["event"]["event_name"])
        name = named.removeprefix("alfred_event_").removesuffix("_event")
        received = ReceivedEvent(
            id=body["event_id"],
            name=_OTHER_NAMES.get(name, name),
            attempt=int(headers.get("x-alfred-mock-attempt", 1)),
            status=status,
            body=body,
            headers=headers,
        )
        with self._arrived:
            self._attempts.append(received)
            self._arrived.notify_all()


@dataclass(frozen=True)
class _Answer:
    status: int
    delay_s: float


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, webhook: Webhook) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.webhook = webhook
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name="alfred-mock webhook", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the server has given up waiting for an answer, as a test wants it."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        webhook = self.server.webhook
        if body.get("type") == "url_verification":
            self._answer(200, json.dumps({"challenge": body["challenge"]}).encode())
            return
        answer = webhook._next_answer()
        headers = {name.lower(): value for name, value in self.headers.items()}
        webhook._receive(body, headers, answer.status)
        if answer.delay_s:
            webhook._hold.wait(answer.delay_s)
        self._answer(answer.status, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as above
        """Log nothing."""


def listing(events: Iterable[ReceivedEvent]) -> str:
    """The last of these events, a line each."""
    every = list(events)
    lines = [f"... and {len(every) - SHOWN} before"] if len(every) > SHOWN else []
    return "\n".join([*lines, *map(str, every[-SHOWN:])]) or "none"


def _hint() -> str:
    if not is_in_coroutine():
        return ""
    return "\nThis waited in a coroutine, and held up its event loop: await aio.wait_for(...)."
