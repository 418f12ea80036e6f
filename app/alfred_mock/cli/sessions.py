"""`alfred-mock session`: deferred sessions in states that no client can bring them to."""

from typing import Any

import click

from alfred_mock.cli.output import Column, print_line, print_members
from alfred_mock.cli.remote import Server, company_option, given_company, remote, with_nulls
from alfred_mock.cli.state_lists import list_parts
from alfred_mock.control_client import given

_STATUS = click.Choice(["open", "closed"])
_CLOSED_BY = "The job that has closed it, which need not exist."
_DATE = "Such as 2022-11-17T00:00:00.000."


@click.group("session")
def session_command() -> None:
    """List, show, make and change deferred sessions."""


@session_command.command("list")
@company_option
@remote
def list_all(server: Server, company: str | None) -> None:
    """List the sessions."""
    columns = [
        Column("ID", lambda session: session["id"]),
        Column("STATUS", lambda session: session.get("status", "open"), _colour_of),
        Column("CREATED", lambda session: session.get("creation_date")),
        Column("USER", lambda session: session.get("user_name"), gives_way=True),
        Column("JOB", lambda session: session.get("job_id")),
    ]
    list_parts(server, company, "deferred_sessions", columns)


def _colour_of(session: Any) -> str:
    return "green" if session.get("status", "open") == "open" else "dim"


@session_command.command("show")
@click.argument("id")
@remote
def show(server: Server, id: str) -> None:  # noqa: A002
    """Show a session."""
    # A change of nothing changes nothing, and answers with the session.
    server.show(server.call("PATCH", "deferred-sessions", id, body={}), _print)


@session_command.command("create")
@click.argument("company", shell_complete=given_company)
@click.option("--id", "session_id", help="A new one unless given.")
@click.option("--status", type=_STATUS, help="Open, or closed by --job-id.")
@click.option("--job-id", help=_CLOSED_BY)
@click.option("--creation-date", help=_DATE)
@click.option("--update-date", help=_DATE)
@click.option("--user-name", help="Who has made it; else API Key 1.")
@remote
def create(server: Server, company: str, session_id: str | None, **fields: Any) -> None:
    """Make a session of a company, as it should be."""
    body = given({"company": company, "id": session_id, **fields})
    server.show(server.call("POST", "deferred-sessions", body=body), _print)


@session_command.command("set")
@click.argument("id")
@click.option("--status", type=_STATUS, help="Open it again, or close it by --job-id.")
@click.option("--job-id", help=f"{_CLOSED_BY} `none` opens the session.")
@click.option("--creation-date", help=_DATE)
@click.option("--update-date", help=_DATE)
@click.option("--user-name", help="Who has made it.")
@remote
def set_fields(server: Server, id: str, **fields: Any) -> None:  # noqa: A002
    """Change a session in ways that no client can."""
    body = with_nulls(fields, "job_id")
    server.show(server.call("PATCH", "deferred-sessions", id, body=body), _print)


@session_command.command("remove")
@click.argument("id")
@remote
def remove(server: Server, id: str) -> None:  # noqa: A002
    """Remove a session, with the files that wait in it."""
    answer = server.call("DELETE", "deferred-sessions", id)
    server.show(answer, lambda _: print_line(f"removed {id}"))


def _print(session: Any) -> None:
    print_members(session.items())
