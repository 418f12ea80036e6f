"""`alfred-mock connections`: who listens in realtime, and connections lost on purpose."""

import click

from alfred_mock.cli.output import Column, print_line, print_table
from alfred_mock.cli.remote import Server, company_option, remote


@click.group("connections", invoke_without_command=True)
@company_option
@remote
def connections_command(server: Server, company: str | None) -> None:
    """List the realtime connections, or drop them."""
    columns = [
        Column("ID", lambda connection: connection["id"]),
        Column("COMPANY", lambda connection: connection["company"]),
        Column("USER", lambda connection: connection["user_name"], gives_way=True),
        Column("TRANSPORT", lambda connection: connection["transport"]),
        Column("CONNECTED", lambda connection: connection["connected"]),
    ]
    answer = server.call("GET", "connections", query={"company": company})
    server.show(answer, lambda shown: print_table(shown["connections"], columns))


@connections_command.command("drop")
@click.argument("id", required=False)
@company_option
@remote
def drop(server: Server, id: str | None, company: str | None) -> None:  # noqa: A002
    """Drop one connection, those of a company, or all, as if the network had failed."""
    if id is not None and company is not None:
        raise click.UsageError("an ID is that of one connection: leave out --company")
    if id is not None:
        answer = server.call("DELETE", "connections", id)
    else:
        answer = server.call("DELETE", "connections", query={"company": company})
    server.show(answer, lambda shown: print_line(f"dropped {shown['dropped']}"))
