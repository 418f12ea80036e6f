"""The two requests that are measured, and what a right answer to them looks like."""

import http.client
import json
from typing import Any, NamedTuple
from uuid import UUID

KEY = "alfred-mock-demo-key"
COMPANY = "286e2ed0-3626-4faa-a745-8ebf3488fbd7"
SOME_ID = "5b2a1f0e-6c1d-4c7b-9a51-0d5a4c1f9e11"
"""The session that servers with constant answers know."""

_FIELDS = {
    "id",
    "creation_date",
    "update_date",
    "status",
    "user_name",
    "company_id",
    "job_id",
}


class Request(NamedTuple):
    """A request, and a piece of text that every right answer to it contains."""

    method: str
    path: str
    marker: bytes
    key: str = KEY
    content_type: str = ""
    body: bytes = b""

    @property
    def raw(self) -> bytes:
        """The request as it goes over a connection that is kept open."""
        of_type = f"Content-Type: {self.content_type}\r\n" if self.content_type else ""
        length = f"Content-Length: {len(self.body)}"
        head = (
            f"{self.method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-TagshelfAPI-Key: {self.key}\r\n{of_type}"
            f"{length if self.method == 'POST' else 'Accept: */*'}\r\n\r\n"
        )
        return head.encode() + self.body


CREATE = Request("POST", "/api/deferred/create", b'"session_id"')


def detail(session: str) -> Request:
    """The request for a session's details."""
    return Request("GET", f"/api/deferred/detail/{session}", b'"company_id"')


class WrongAnswer(Exception):
    """A server does not answer as it should, so timing it would mean nothing."""


def ask(
    port: int, request: Request, *, key: str | None = KEY, timeout: float = 10
) -> tuple[int, dict[str, str], bytes]:
    """Send one request on a connection of its own; status, headers in lower case, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        headers = {"X-TagshelfAPI-Key": key} if key is not None else {}
        connection.request(request.method, request.path, headers=headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read()
    finally:
        connection.close()


def create_session(port: int) -> str:
    """Create a session, check the answer, and return the session's id."""
    answer = _object(port, CREATE)
    if set(answer) != {"session_id"}:
        raise WrongAnswer(f"create answers with the fields {sorted(answer)}")
    return str(UUID(answer["session_id"]))


def check_detail(port: int, session: str) -> None:
    """Check what the server answers about a session."""
    answer = _object(port, detail(session))
    if set(answer) != _FIELDS or answer["status"] != "open" or answer["company_id"] != COMPANY:
        raise WrongAnswer(f"detail answers {answer}")


def check_fidelity(port: int, session: str) -> None:
    """Check what only the real thing does: it knows its sessions, refuses strangers, has limits."""
    answer = _object(port, detail(session))
    _, headers, _ = ask(port, detail(session))
    if answer["id"] != session:
        raise WrongAnswer(f"asked for {session}, got {answer['id']}")
    if ask(port, detail(session), key="no-such-key")[0] != 401:
        raise WrongAnswer("an unknown API key is not refused")
    if missing := [name for name in _LIMITS if name not in headers]:
        raise WrongAnswer(f"the documented headers {missing} are missing")


_LIMITS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def _object(port: int, request: Request) -> dict[str, Any]:
    status, headers, body = ask(port, request)
    if status != 200 or "application/json" not in headers.get("content-type", ""):
        raise WrongAnswer(f"{request.method} {request.path} answers {status}: {body[:200]!r}")
    answer = json.loads(body)
    if not isinstance(answer, dict):
        raise WrongAnswer(f"{request.method} {request.path} answers no JSON object")
    return answer
