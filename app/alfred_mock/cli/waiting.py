"""`alfred-mock wait`: until something was called, or told."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import click

from alfred_mock.cli import events, journal
from alfred_mock.cli.parameters import Seconds
from alfred_mock.cli.remote import Server, remote
from alfred_mock.control_client import TIMEOUT_SECONDS, ControlError

_MOST_SECONDS = 60
"""So long the server waits at a time."""


@click.group("wait")
def wait_command() -> None:
    """Wait until a request was made, or an event told.

    The exit status is 1 if there were fewer when the time was over.
    """


def _patient(command: Any) -> Any:
    for option in (
        click.option(
            "--timeout",
            type=Seconds(),
            default="5",
            show_default=True,
            help="How long to wait at the most, such as 90 or 2m.",
        ),
        click.option(
            "--count",
            type=click.IntRange(1, 1_000_000),
            default=1,
            show_default=True,
            help="How many must match; those that are there already count.",
        ),
    ):
        command = option(command)
    return command


@wait_command.command("request")
@click.argument("path", required=False)
@journal.filtered_beside_path
@_patient
@remote
def request(server: Server, path: str | None, count: int, timeout: float, **filters: Any) -> None:
    """Wait for requests, with this PATH (a glob) or of any."""
    query = journal.query_of({**filters, "path": path})
    _wait(server, "requests", query, count, timeout, journal.print_requests)


@wait_command.command("event")
@click.argument("name", required=False, shell_complete=events.names)
@events.filtered
@_patient
@remote
def event(server: Server, name: str | None, count: int, timeout: float, **filters: Any) -> None:
    """Wait for events, of this NAME or of any."""
    query = {**filters, "name": name}
    _wait(server, "events", query, count, timeout, events.print_events)


def _wait(
    server: Server,
    what: str,
    filters: Mapping[str, Any],
    count: int,
    timeout: float,
    for_people: Callable[[Any], None],
) -> None:
    deadline = time.monotonic() + timeout
    while True:
        left = max(0.0, deadline - time.monotonic())
        seconds = min(left, _MOST_SECONDS)
        query = {**filters, "count": count, "timeout": f"{seconds:.3f}"}
        try:
            answer = server.call(
                "GET", what, "wait", query=query, timeout=seconds + TIMEOUT_SECONDS
            )
        except ControlError as error:
            if error.status == 408 and left > _MOST_SECONDS:
                continue
            if error.status == 408:
                server.show(error.answer, lambda late: for_people(late) if late[what] else None)
            raise
        server.show(answer, for_people)
        return
