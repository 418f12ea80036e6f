"""What is told as it comes, by the control API's lists and waits."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from alfred_mock.cli.remote import Server
from alfred_mock.control_client import TIMEOUT_SECONDS, ControlError

FOLLOWED = 10
"""So many are shown first, unless another number is asked for."""
_WAIT_SECONDS = 30
_MOST_SHOWN = 10_000


def show_all(
    server: Server,
    what: str,
    filters: Mapping[str, Any],
    limit: int | None,
    for_people: Callable[[Any], None],
) -> None:
    """Print the newest entries that match, and then each that comes, until Ctrl-C.

    Raises:
        ControlError: the server refuses, or cannot be reached any more.
    """
    try:
        for entry in follow(server, what, filters, limit=FOLLOWED if limit is None else limit):
            server.show(entry, for_people)
    except KeyboardInterrupt:  # the way to end it
        return


def follow(server: Server, what: str, filters: Mapping[str, Any], *, limit: int) -> Iterator[Any]:
    """The newest entries that match, at most so many, and then each that comes.

    `what` is `requests` or `events`, the name of the list and of its member. It never ends.

    Raises:
        ControlError: the server refuses, or cannot be reached any more.
    """
    shown = server.call("GET", what, query={**filters, "limit": limit})[what]
    yield from shown
    since = filters.get("since")
    while True:
        if shown:
            since = shown[-1]["number"]
        shown = _next(server, what, {**filters, "since": 0 if since is None else since})
        yield from shown


def _next(server: Server, what: str, filters: Mapping[str, Any]) -> list[Any]:
    query = {**filters, "limit": _MOST_SHOWN, "timeout": _WAIT_SECONDS}
    try:
        answer = server.call(
            "GET", what, "wait", query=query, timeout=_WAIT_SECONDS + TIMEOUT_SECONDS
        )
    except ControlError as error:
        if error.status != 408:
            raise
        return []
    found: list[Any] = answer[what]
    return found
