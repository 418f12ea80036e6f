"""A request and its answer on one line, as people follow them."""

from collections.abc import Mapping
from typing import Any

from alfred_mock.core.terminal import cells, coloured, padded, plain, shortened

UNANSWERED = 0
"""The status of a request whose answer did not reach its end."""
_METHOD, _PATH, _CALLER = 7, 46, 24


def colour_of(status: int) -> str:
    """The colour in which people expect a status."""
    if status == UNANSWERED or status >= 500:
        return "red"
    if status >= 400:
        return "yellow"
    return "cyan" if status >= 300 else "green"


def duration_of(milliseconds: float) -> str:
    """A duration in a unit that suits it."""
    if milliseconds < 1_000:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds / 1_000:.2f} s"


def why_of(fields: Mapping[str, Any]) -> str:
    """The fault that the request met, and the reason that its client was not told."""
    fault, reason = fields.get("fault"), fields.get("reason")
    return "; ".join(part for part in (fault and f"fault {fault}", reason) if part)


def request_line(fields: Mapping[str, Any], *, colour: bool, width: int | None = None) -> str:
    """Time, method, path, status, duration, caller and what went wrong, each in its column.

    `fields` has them by these names: `at` (text), `method`, `path`, `query`, `status`,
    `duration_ms`, `caller`, `fault` and `reason`. A line is cut at the width, if there is one.
    """
    status = int(fields["status"])
    query = fields.get("query")
    path = plain(f"{fields['path']}?{query}" if query else fields["path"])
    parts: list[tuple[str, str | None]] = [
        (fields["at"], "dim"),
        (padded(plain(fields["method"]), _METHOD), "bold"),
        (padded(path, _PATH), None),
        (f"{status:3}", colour_of(status)),
        (f"{duration_of(fields['duration_ms']):>9}", "dim"),
        (padded(shortened(plain(fields.get("caller") or "-"), _CALLER), _CALLER), "blue"),
        (plain(why_of(fields)), "magenta"),
    ]
    return joined(parts, colour=colour, width=width)


def joined(
    parts: list[tuple[str, str | None]], *, colour: bool, width: int | None, gap: str = "  "
) -> str:
    """Parts with their colours as a line; a line is cut at the width, if there is one."""
    room = width
    shown = []
    while parts and not parts[-1][0].strip():
        parts = parts[:-1]
    for index, (text, its_colour) in enumerate(parts):
        if index == len(parts) - 1:
            text = text.rstrip()
        if room is not None:
            text = shortened(text, room)
            room = max(0, room - cells(text) - len(gap))
        shown.append(coloured(text, its_colour) if colour else text)
        if room == 0:
            break
    return gap.join(shown).rstrip()
