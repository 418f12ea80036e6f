"""Answers as blocks of bytes, head and body: what uvicorn would write, made with less."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from alfred_mock.core.clock import SECOND
from alfred_mock.core.middleware import CommonHeaders
from alfred_mock.core.rate_limits import reset_of
from alfred_mock.core.replies import JSON, JsonReply, are_usual

Pairs = list[tuple[bytes, bytes]]


class Blocks:
    """Makes answers as uvicorn and `CommonHeaders` do; what stays is joined once (10 %)."""

    def __init__(self, common: CommonHeaders) -> None:
        self._common = common
        self._until = 0
        self._default_headers: Pairs = []
        self._templates: dict[int, bytes] = {}

    def of(
        self,
        reply: JsonReply,
        request_id: bytes,
        remaining: int | None,
        default_headers: Pairs,
        *,
        closes: bool,
    ) -> bytes:
        """An answer, head and body; `closes` where it is the last one of its connection."""
        now = self._common.clock.real()
        if now >= self._until or default_headers is not self._default_headers:
            self._templates.clear()
            self._default_headers = default_headers
            self._until = reset_of(now) * SECOND
        own = reply.raw_headers
        if closes or remaining is not None or not are_usual(own):
            headers = [*default_headers, *self._common.added_to(own, request_id, remaining)]
            return _head(reply.status_code, headers, closes=closes) + reply.body
        template = self._templates.get(reply.status_code)
        if template is None:
            template = self._templates[reply.status_code] = self._template(reply.status_code)
        return template % (len(reply.body), request_id, reply.body)

    def _template(self, status: int) -> bytes:
        headers = self._common.added_to([JSON, (b"content-length", b"\0")], b"\1", None)
        escaped = _head(status, [*self._default_headers, *headers]).replace(b"%", b"%%")
        return escaped.replace(b"\0", b"%d").replace(b"\1", b"%b") + b"%b"


def _head(status: int, headers: Pairs, *, closes: bool = False) -> bytes:
    lines = [STATUS_LINE[status]]
    for name, value in headers:
        lines += name.lower(), b": ", value, b"\r\n"
        if name == b"connection":
            closes = False  # it says so itself
    if closes:
        lines.append(b"connection: close\r\n")
    return b"".join([*lines, b"\r\n"])
