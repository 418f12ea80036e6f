"""`alfred-mock file`: what became of files."""

from typing import Any

import click

from alfred_mock.cli.output import Column, print_line, print_members
from alfred_mock.cli.parameters import Pair
from alfred_mock.cli.remote import Server, company_option, remote, with_nulls
from alfred_mock.cli.state_lists import list_parts


def _statuses(ctx: Any, param: Any, incomplete: str) -> list[str]:
    from alfred_mock.alfred.processing.pipeline import FileStatus

    return [status for status in [*map(str, FileStatus), "none"] if status.startswith(incomplete)]


@click.group("file")
def file_command() -> None:
    """List, show and change files."""


@file_command.command("list")
@company_option
@remote
def list_all(server: Server, company: str | None) -> None:
    """List the files; `file show` says which status one has."""
    columns = [
        Column("ID", lambda file: file["id"]),
        Column("NAME", lambda file: file["file_name"], gives_way=True),
        Column("TAG", lambda file: file.get("tag")),
        Column("SESSION", lambda file: file.get("deferred_session_id")),
        Column("JOB", lambda file: file.get("job_id")),
    ]
    list_parts(server, company, "files", columns)


@file_command.command("show")
@click.argument("id")
@remote
def show(server: Server, id: str) -> None:  # noqa: A002
    """Show a file."""
    # A change of nothing changes nothing, and answers with the file.
    server.show(server.call("PATCH", "files", id, body={}), _print)


@file_command.command("set")
@click.argument("id")
@click.option(
    "--status",
    shell_complete=_statuses,
    help="Where it stands still; `none` lets it follow its job again.",
)
@click.option("--tag", help="The name of a tag of its company; `none` for none.")
@click.option("--classification-score", type=click.FloatRange(0, 1))
@click.option(
    "--value",
    "values",
    type=Pair(),
    multiple=True,
    help="An extracted value, in the place of all it had. May be repeated.",
)
@click.option("--directory", help="Where it was moved to; `none` is where processing puts it.")
@click.option(
    "--property",
    "properties",
    type=Pair(),
    multiple=True,
    help="A property, in the place of all it had. May be repeated.",
)
@remote
def set_fields(
    server: Server,
    id: str,  # noqa: A002
    values: tuple[tuple[str, str], ...],
    properties: tuple[tuple[str, str], ...],
    **fields: Any,
) -> None:
    """Change what became of a file."""
    pairs = {"values": dict(values) or None, "properties": dict(properties) or None}
    body = with_nulls({**fields, **pairs}, "status", "tag", "directory")
    server.show(server.call("PATCH", "files", id, body=body), _print)


@file_command.command("remove")
@click.argument("id")
@remote
def remove(server: Server, id: str) -> None:  # noqa: A002
    """Remove a file with its content."""
    server.show(server.call("DELETE", "files", id), lambda _: print_line(f"removed {id}"))


def _print(file: Any) -> None:
    print_members(file.items())
