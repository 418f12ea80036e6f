"""The fast path: a compiled route is answered from the protocol, head and body as one block.

Between uvicorn's protocol and an endpoint stand a cycle, a task, a dozen layers and four messages a
request. Where none of them has anything to do, they are most of what a request costs. So a request
without a body, whose head asks for nothing special, is run by its plan alone. Everything else goes
the ordinary way, which is decided before the endpoint is called, and every answer is the same on
both. It takes 0.4 of the processor time between the bytes of a request and those of its answer.
The shares that single tricks are said to save are of that: `python -m benchmarks protocol`.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope

from alfred_mock.core.host_header import LONGEST, is_host
from alfred_mock.core.middleware import CommonHeaders, usable_id
from alfred_mock.core.scope_keys import REQUEST_ID, ROUTE
from alfred_mock.core.slots import Slots
from alfred_mock.engine.blocks import Blocks
from alfred_mock.engine.compiled_routes import FastLane, Plan
from alfred_mock.engine.direct_answer import Connection, DirectAnswer, Manner, Witness

MOST_HEADS = 256
"""So many heads are known again; then all are learnt anew."""
MOST_HEAD_BYTES = 4_096

_VERSION = b" HTTP/1.1"
_PARAMETER = re.compile(rb"[\w.~-]+", re.ASCII)
_SPECIAL = frozenset(
    (b"expect", b"proxy-connection", b"transfer-encoding", b"upgrade", b"x-alfred-mock-fault")
)
"""Headers that ask for what only the ordinary way can do."""
_NEVER_AGAIN = frozenset((b"traceparent", b"x-request-id"))
"""Headers that differ from request to request, so that their heads are not worth knowing."""


class Head(NamedTuple):
    """The headers of a request without a body, which ask for nothing special."""

    headers: list[tuple[bytes, bytes]]
    size: int
    """The bytes of all names and values."""
    fields: Headers
    request_id: bytes | None
    """The client's own."""
    is_usual: bool
    """Whether other requests may have the same."""


def head_of(headers: list[tuple[bytes, bytes]]) -> Head | None:
    """The head that these headers are, None if they ask for anything special."""
    request_id, is_usual, hosts, size = None, True, 0, 0
    for name, value in headers:
        size += len(name) + len(value)
        if name in _SPECIAL:
            return None
        if name == b"host":
            hosts += 1
            if len(value) > LONGEST or not is_host(value):
                return None
        elif name == b"content-length":
            if value != b"0":
                return None
        elif name == b"connection":
            if value.lower() != b"keep-alive":
                return None
        elif name == b"content-type":
            if value[:10].lower() == b"multipart/":
                return None
        elif name in _NEVER_AGAIN:
            is_usual = False
            if name == b"x-request-id" and request_id is None and usable_id(value):
                request_id = value
    if hosts != 1 or size > MOST_HEAD_BYTES:
        return None
    return Head(headers, size, Headers(raw=headers), request_id, is_usual)


class PlainRequest(Request):
    """A request whose head is known already."""

    def __init__(self, scope: Scope, receive: Receive, head: Head) -> None:
        super().__init__(scope, receive)
        self._headers = head.fields


class Route(NamedTuple):
    """A compiled route, as it stands in the first line of a request."""

    plan: Plan
    method: str
    read: Callable[[str], Any] | None
    """Reads the parameter that follows, if the route has one."""


class Asked(NamedTuple):
    """A route, and what a request asks of it."""

    route: Route
    path: bytes
    argument: Any


class FastPath:
    """Which requests of an application are answered directly, and how."""

    def __init__(
        self,
        app: Any,
        lane: FastLane,
        *,
        common: CommonHeaders,
        slots: Slots,
        witness: Witness | None,
        needs_tasks: bool,
        is_free: Callable[[], bool],
        is_exempt: Callable[[str], bool],
    ) -> None:
        """`is_free` says whether no fault may want the next request.

        `is_exempt` says for which paths the layers that are left out do not count. `needs_tasks`
        is for a database whose reads wait; elsewhere a request has no task until it waits.
        """
        self._common = common
        self._manner = Manner(Blocks(common), slots, witness, needs_tasks)
        self._app = app
        self._lane = lane
        self._slots = slots
        self._is_free = is_free
        self._paths = {
            f"{method} {path}".encode(): (method, path)
            for method, path in lane.paths
            if not is_exempt(path)
        }
        """Those of routes that have not been asked for yet."""
        self._routes: dict[bytes, Route] = {}
        self._heads: dict[bytes, Head] = {}

    def known(self, lines: bytes) -> Head | None:
        """The head that consists of these lines, if a parser has understood them before."""
        return self._heads.get(lines)

    def learn(self, lines: bytes, head: Head) -> None:
        """Know a head again, without parsing it (30 %): the same bytes mean the same."""
        if head.is_usual:
            if len(self._heads) >= MOST_HEADS:
                self._heads.clear()
            self._heads[lines] = head

    def asked_by(self, line: bytes) -> Asked | None:
        """What a request asks for by its first line, None if that is for the ordinary way."""
        if not line.endswith(_VERSION) or not self._is_free():
            return None
        target = line[: -len(_VERSION)]
        route = self._routes.get(target) or self._compiled(target)
        argument = None
        if route is None:
            before, slash, last = target.rpartition(b"/")
            route = self._routes.get(before + slash) or self._compiled(before + slash)
            if route is None or route.read is None or not _PARAMETER.fullmatch(last):
                return None
            try:
                argument = route.read(last.decode())
            except ValidationError:
                return None
        elif route.read is not None:
            return None
        return Asked(route, target[len(route.method) + 1 :], argument)

    def _compiled(self, beginning: bytes) -> Route | None:
        """The route whose requests begin so, when it is asked for first."""
        if beginning not in self._paths:
            return None
        method, path = self._paths.pop(beginning)
        plan = self._lane.plan_of(method, path)
        if plan is None or not plan.is_plain:
            return None
        read = None if plan.adapter is None else plan.adapter.validator.validate_python
        route = self._routes[beginning] = Route(plan, method, read)
        return route

    def answer(self, connection: Connection, asked: Asked, head: Head) -> bool:
        """Answer a request, at once if nothing has to be waited for; False if the server is busy.

        A plan runs without a task until it first waits.
        """
        if not self._slots.has_room:
            return False
        route = asked.route
        scope: Scope = {
            **connection.base_scope,
            "method": route.method,
            "path": asked.path.decode(),
            "raw_path": asked.path,
            "query_string": b"",
            "headers": head.headers,
            "state": connection.app_state.copy(),
            "app": self._app,
            REQUEST_ID: head.request_id or self._common.next_id(),
            ROUTE: route.plan.path,
        }
        answer = DirectAnswer(self._manner, connection, scope, head.size)
        request = PlainRequest(scope, answer.receive, head)
        answer.start(request, route.plan.run(request, asked.argument))
        return True
