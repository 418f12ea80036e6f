"""`alfred-mock events` and `alfred-mock emit`: what was told of jobs and files."""

import sys
from typing import Any

import click

from alfred_mock.cli.output import Column, print_table, text
from alfred_mock.cli.parameters import JsonPair
from alfred_mock.cli.remote import Server, company_option, remote
from alfred_mock.control_client import given
from alfred_mock.core.request_line import joined
from alfred_mock.core.terminal import has_colour, padded, plain, write_line

_NAME_CELLS = 28
_TELLING = ("stage", "file_status", "new_file_directory", "name")
"""Members that tell an event from others of its name."""

_COLUMNS = [
    Column("NUMBER", lambda event: event["number"], lambda _: "dim", is_number=True),
    Column("AT", lambda event: event["at"], lambda _: "dim"),
    Column("ID", lambda event: event["id"]),
    Column("COMPANY", lambda event: event["company"], gives_way=True),
    Column("NAME", lambda event: event["name"], lambda _: "cyan"),
    Column("ABOUT", lambda event: _about(event)),
    Column("TELLS", lambda event: _telling(event), gives_way=True),
]


def names(ctx: Any, param: Any, incomplete: str) -> list[str]:
    """The names of events, for a shell to complete."""
    from alfred_mock.events.catalogue import KINDS

    return [name for name in KINDS if name.startswith(incomplete)]


def filtered(command: Any) -> Any:
    """Give a command the filters of events, all but the name."""
    for option in (
        click.option("--since", help="Those after this number, or from this ISO 8601 date on."),
        click.option("--file", help="The id of their file."),
        click.option("--job", help="The id of their job."),
        company_option,
    ):
        command = option(command)
    return command


@click.command("events")
@filtered
@click.option("--name", shell_complete=names, help="Such as job_finished.")
@click.option("--limit", type=click.IntRange(0, 10_000), help="The newest so many; else 100.")
@click.option("--follow", "-f", is_flag=True, help="Go on with each event as it is told.")
@remote
def events_command(server: Server, follow: bool, limit: int | None, **filters: Any) -> None:
    """List the events that were told.

    With --follow each is a line, and with --json one JSON document a line.
    """
    if follow:
        from alfred_mock.cli.following import show_all

        show_all(server, "events", filters, limit, _print_line)
        return
    server.show(server.call("GET", "events", query={**filters, "limit": limit}), print_events)


def print_events(answer: Any) -> None:
    """Print events for people."""
    print_table(answer["events"], _COLUMNS)


@click.command("emit")
@click.argument("name", shell_complete=names)
@click.option("--job", help="The id of the job that it is about.")
@click.option("--file", help="The id of the file that it is about.")
@click.option(
    "--field",
    "fields",
    type=JsonPair(),
    multiple=True,
    help="A member that is to differ; the value is JSON, or else text. May be repeated.",
)
@remote
def emit_command(
    server: Server,
    name: str,
    job: str | None,
    file: str | None,
    fields: tuple[tuple[str, Any], ...],
) -> None:
    """Tell an event although nothing has happened.

    NAME is any of the 24, such as file_move_to_recycle_bin.
    """
    body = {**given({"name": name, "job": job, "file": file}), "fields": dict(fields)}
    server.show(server.call("POST", "events", body=body), print_events)


def _about(event: Any) -> str:
    return f"file {event['file']}" if event["file"] else f"job {event['job']}"


def _telling(event: Any) -> str:
    return " ".join(text(event["fields"][key]) for key in _TELLING if key in event["fields"])


def _print_line(event: Any) -> None:
    parts: list[tuple[str, str | None]] = [
        (event["at"], "dim"),
        (padded(plain(event["name"]), _NAME_CELLS), "cyan"),
        (_about(event), None),
        (_telling(event), "magenta"),
    ]
    colour = has_colour(sys.stdout)
    write_line(sys.stdout, joined(parts, colour=colour, width=None))
