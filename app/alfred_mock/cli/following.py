"""What is told as it comes, by the control API's streams."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from alfred_mock.cli.remote import Server
from alfred_mock.control_client import ControlError

FOLLOWED = 10
"""So many are shown first, unless another number is asked for."""
_SILENT_SECONDS = 60
"""A server that is there sends something four times as often."""


def show_all(
    server: Server,
    what: str,
    filters: Mapping[str, Any],
    limit: int | None,
    for_people: Callable[[Any], None],
) -> None:
    """Print the newest entries that match, and then each that comes, until Ctrl-C.

    `what` is `requests` or `events`. With `since` among the filters all that came since are first.

    Raises:
        ControlError: the server refuses, has ended, or cannot be reached any more.
    """
    try:
        for entry in _follow(server, what, filters, FOLLOWED if limit is None else limit):
            server.show(entry, for_people)
    except KeyboardInterrupt:  # the way to end it
        return
    raise ControlError(f"{server.client.url} has ended the stream")


def _follow(server: Server, what: str, filters: Mapping[str, Any], limit: int) -> Iterator[Any]:
    lines = server.client.lines(what, "stream", query=filters, timeout=_SILENT_SECONDS)
    # Its first line says that it goes on from here, so nothing is lost between it and the list.
    next(lines, None)
    shown = set()
    if filters.get("since") is None and limit:
        for entry in server.call("GET", what, query={**filters, "limit": limit})[what]:
            shown.add(_key(entry))
            yield entry
    for entry in map(json.loads, data_of(lines)):
        if _key(entry) not in shown:
            yield entry


def _key(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    return entry["company"], entry["number"]


def data_of(lines: Iterable[str]) -> Iterator[str]:
    """The data of each event of a stream of Server-Sent Events."""
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
