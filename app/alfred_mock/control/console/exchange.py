"""A request and its answer as a page shows them: headers, and bodies by their kind."""

import json
import re
import shlex
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote

from python_multipart.multipart import parse_options_header

from alfred_mock.control.journal.store import OUTGOING

_CUT = re.compile(r"… \([0-9]+ bytes\)$")
_NEAREST = "no such route; the nearest is "
_DEEPEST = 60
"""JSON that is nested more deeply is shown as text."""
_OF_CONNECTION = frozenset(
    ("accept", "accept-encoding", "connection", "content-length", "host", "user-agent")
)
"""Headers that curl sends by itself."""


class Part(NamedTuple):
    """A part of a form."""

    name: str
    file_name: str | None
    """None for a field."""
    content_type: str
    value: str


class Body(NamedTuple):
    """A body, as one of the kinds; `text` is what the journal has of it."""

    text: str
    kind: str
    """`none`, `json`, `form` or `text`."""
    json: Any = None
    parts: tuple[Part, ...] = ()
    is_cut: bool = False


class Exchange:
    """A request and its answer, taken apart."""

    def __init__(self, entry: SimpleNamespace) -> None:
        self.headers: dict[str, str] = json.loads(entry.headers_json)
        self.answer_headers: dict[str, str] = json.loads(entry.response_headers_json)
        self.body = body_of(entry.body, self.headers.get("content-type", ""))
        self.answer = body_of(entry.response_body, self.answer_headers.get("content-type", ""))
        self.is_outgoing: bool = entry.path.startswith(OUTGOING)
        self.parameters = parse_qsl(entry.query, keep_blank_values=True)
        reason: str = entry.reason or ""
        self.nearest = reason.removeprefix(_NEAREST) if reason.startswith(_NEAREST) else ""
        """The route that is most like the path, where no route has it."""
        self.reason = "" if self.nearest else reason


def body_of(text: str, content_type: str) -> Body:
    """A body by its kind, which the content type suggests and the text decides."""
    if not text:
        return Body(text, "none")
    is_cut = bool(_CUT.search(text))
    media_type, options = parse_options_header(content_type)
    if media_type == b"multipart/form-data" and b"boundary" in options:
        parts = _parts(text, options[b"boundary"].decode("latin-1"))
        if parts:
            return Body(text, "form", parts=parts, is_cut=is_cut)
    if media_type == b"application/x-www-form-urlencoded" and not is_cut:
        return Body(text, "form", parts=_fields(parse_qsl(text, keep_blank_values=True)))
    if text.lstrip()[:1] in ("{", "[") and not is_cut:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if value is not None and _depth(value) <= _DEEPEST:
            return Body(text, "json", json=value)
    return Body(text, "text", is_cut=is_cut)


def _fields(pairs: list[tuple[str, str]]) -> tuple[Part, ...]:
    return tuple(Part(name, None, "", value) for name, value in pairs)


def _parts(text: str, boundary: str) -> tuple[Part, ...]:
    found = []
    for piece in text.split(f"--{boundary}")[1:]:
        head, separator, value = piece.removeprefix("\r\n").partition("\r\n\r\n")
        if not separator:
            continue
        headers = {
            name.strip().lower(): content.strip()
            for name, _, content in (line.partition(":") for line in head.split("\r\n"))
        }
        _, options = parse_options_header(headers.get("content-disposition", ""))
        file_name = options.get(b"filename")
        found.append(
            Part(
                options.get(b"name", b"").decode("utf-8", "replace"),
                None if file_name is None else file_name.decode("utf-8", "replace"),
                headers.get("content-type", ""),
                value.removesuffix("\r\n"),
            )
        )
    return tuple(found)


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        depth += 1
        level = [
            item
            for each in level
            for item in (
                each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
            )
        ]
    return depth


def curl_of(entry: SimpleNamespace, *, public_url: str | None) -> str:
    """The request as a command; what is masked in the journal is masked in it."""
    headers: dict[str, str] = json.loads(entry.headers_json)
    if entry.path.startswith(OUTGOING):
        url = entry.path
    else:
        url = (public_url or f"http://{headers.get('host', 'localhost')}") + quote(entry.path)
    if entry.query:
        url += f"?{entry.query}"
    body = body_of(entry.body, headers.get("content-type", ""))
    is_form = body.kind == "form" and "multipart" in headers.get("content-type", "")
    words = [] if entry.method == "GET" and not entry.body else ["-X", entry.method]
    lines = [shlex.join(["curl", *words, url])]
    for name, value in headers.items():
        if name not in _OF_CONNECTION and not (is_form and name == "content-type"):
            lines.append(shlex.join(["-H", f"{name}: {value}"]))
    if is_form:
        lines += [shlex.join(["-F", _form_argument(part)]) for part in body.parts]
    elif entry.body:
        lines.append(shlex.join(["--data-raw", entry.body]))
    return " \\\n  ".join(lines)


def _form_argument(part: Part) -> str:
    if part.file_name is None:
        return f"{part.name}={part.value}"
    of_type = f";type={part.content_type}" if part.content_type else ""
    return f"{part.name}=@{part.file_name}{of_type}"
