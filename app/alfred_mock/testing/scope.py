"""All that a test can do both to one company and to the whole server."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlencode

from alfred_mock.control_client import TIMEOUT_SECONDS, ControlClient, ControlError, given
from alfred_mock.testing.aio import AsyncForm, is_in_coroutine
from alfred_mock.testing.clock import CompanyClock
from alfred_mock.testing.events import CompanyEvents, Event, emit
from alfred_mock.testing.faults import EffectJson, Fault, effect_of
from alfred_mock.testing.journal import Request, closest, listing, request_from
from alfred_mock.testing.strays import paragraph, strays

MOST_SHOWN = 10_000
"""The most that the server shows at once."""

Part = Literal["state", "journal", "faults", "clock"]


class Scope:
    """One company, or all of them."""

    def __init__(
        self, control: ControlClient, company_id: str | None, since: int | None = None
    ) -> None:
        """`since` is the number of the last request that is none of this test's."""
        self._control = control
        self._company_id = company_id
        self._since = since
        self.clock = CompanyClock(control, company_id)
        """The company's clock, or the one of all companies that have none of their own."""
        self.events = CompanyEvents(control, company_id)
        """What was told of jobs and files."""

    @property
    def aio(self) -> AsyncForm:
        """The same for coroutines: each method is awaited, and does not block the event loop."""
        return AsyncForm(self)

    def reset(self, only: Sequence[Part] | None = None) -> None:
        """Go back to the seed: all of it, or only these parts. Credentials stay valid."""
        body = {"company": self._company_id, "only": None if only is None else list(only)}
        self._control.call("POST", "reset", body=given(body))

    def fail(
        self,
        path: str | None = None,
        method: str | None = None,
        header: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        status: int | None = None,
        message: str | None = None,
        headers: Mapping[str, str] | None = None,
        delay_ms: float | Mapping[str, float] | None = None,
        drip_ms: float | None = None,
        content: str | bytes | None = None,
        content_type: str | None = None,
        body: Literal["empty", "truncated", "malformed"] | None = None,
        connection: Literal["reset", "close"] | None = None,
        after: bool | None = None,
        sequence: Sequence[EffectJson | int | None] | None = None,
        times: int | None = None,
        every: int | None = None,
        percentage: float | None = None,
        seed: str | None = None,
    ) -> Fault:
        """Make the requests fail that have this path (a glob), method, header and query.

        `sequence` says instead what happens to the first of them, the second and so on: a status,
        an effect such as `{"connection": "reset"}`, or None for nothing.
        """
        effect = {
            "status": status,
            "message": message,
            "headers": headers,
            "delay_ms": delay_ms,
            "drip_ms": drip_ms,
            "content": content,
            "content_type": content_type,
            "body": body,
            "connection": connection,
            "after": after,
        }
        rule = {
            "company": self._company_id,
            "match": given({"path": path, "method": method, "header": header, "query": query}),
            "effect": effect_of(given(effect)) or None,
            "sequence": None if sequence is None else [effect_of(item) for item in sequence],
            "times": times,
            "every": every,
            "percentage": percentage,
            "seed": seed,
        }
        return Fault(self._control, self._control.call("POST", "faults", body=given(rule)))

    def faults(self) -> list[Fault]:
        """The faults that are there, in the order in which they are tried."""
        answer = self._control.call("GET", "faults", query={"company": self._company_id})
        return [Fault(self._control, shown) for shown in answer["faults"]]

    def emit(
        self, name: str, /, *, job: str | None = None, file: str | None = None, **fields: Any
    ) -> list[Event]:
        """Tell an event although nothing has happened; returns it, with what follows from it.

        `name` is any of the 24, such as `file_move_to_recycle_bin`, `job` or `file` the id of what
        it is about, and the rest are members that are to differ.
        """
        return emit(self._control, name, job=job, file=file, fields=fields)

    def strays(self) -> list[Request]:
        """The requests of no company since this one was made; of this test or of another.

        They have no credentials, or unknown ones. On the server itself they are in `requests`.
        """
        return strays(self._control, self._since)

    def requests(self, **filters: Any) -> list[Request]:
        """The requests that the server was sent, oldest first.

        Filters are `method`, `path` (a glob, in which * also stands for slashes), `query` (globs by
        the names of parameters), `status` (404, or "4xx"), `since` (a request's number, or an ISO
        8601 date) and `limit`.
        """
        answer = self._control.call("GET", "requests", query=self._filtered(filters))
        return [request_from(entry) for entry in answer["requests"]]

    def wait_for(self, count: int = 1, timeout: float = 5, **filters: Any) -> list[Request]:
        """The same, as soon as there are `count` requests.

        Raises:
            AssertionError: there were fewer when the time was over.
        """
        query = self._filtered({**filters, "count": count, "timeout": timeout})
        patience = timeout + TIMEOUT_SECONDS
        try:
            answer = self._control.call("GET", "requests", "wait", query=query, timeout=patience)
        except ControlError as error:
            if error.status != 408:
                raise
            came = listing(request_from(entry) for entry in error.answer["requests"])
            asked = "".join(f" {name}={value}" for name, value in filters.items())
            lines = [f"{error} Asked for:{asked or ' any'}. Came:", came, *self._hints()]
            raise AssertionError("\n".join(lines)) from None
        return [request_from(entry) for entry in answer["requests"]]

    def assert_called(
        self, method: str, path: str, times: int | None = None, **filters: Any
    ) -> list[Request]:
        """The requests of this method and path (a glob): at least one, or exactly `times`.

        Raises:
            AssertionError: there are fewer or more; the message says what was called instead.
        """
        found = self.requests(method=method, path=path, **filters)
        if len(found) == times or (times is None and found):
            return found
        expected = "at least once" if times is None else f"{times} times"
        every = self.requests()
        lines = [
            f"expected {method} {path} {expected}; it was called {len(found)} times.",
            "What was called, newest last:",
            *(f"  {line}" for line in listing(every).splitlines()),
        ]
        near = None if found else closest(every, method, path)
        if near is not None:
            lines.append(f"The closest was {near}")
        if times is None or len(found) < times:
            lines += paragraph(self.strays())
        raise AssertionError("\n".join(lines))

    def _hints(self) -> list[str]:
        """What may be the reason that requests have not come."""
        hints = paragraph(self.strays())
        if is_in_coroutine():
            hints.append(
                "This waited in a coroutine, and held up its event loop: await aio.wait_for(...)."
            )
        return hints

    def _filtered(self, filters: Mapping[str, Any]) -> dict[str, Any]:
        query = filters.get("query")
        if isinstance(query, Mapping):
            filters = {**filters, "query": urlencode(query)}
        return {"company": self._company_id, "limit": MOST_SHOWN, **filters}
