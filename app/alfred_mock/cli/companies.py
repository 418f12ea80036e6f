"""`alfred-mock company`: a tenant for each test, by hand."""

from pathlib import Path
from typing import Any

import click

from alfred_mock.cli.output import Column, print_line, print_members, print_table
from alfred_mock.cli.parameters import Seconds
from alfred_mock.cli.remote import Server, given_company, remote
from alfred_mock.control_client import given


@click.group("company")
def company_command() -> None:
    """Make, list and remove companies."""


@company_command.command("create")
@click.argument("name", required=False)
@click.option(
    "--seed",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file (.yaml, .json or .toml) with what it begins with: what a company has in a seed,"
    " less its id and name.",
)
@click.option("--ttl", type=Seconds(), help="How long it lives, such as 30m; else for good.")
@remote
def create(server: Server, name: str | None, seed: Path | None, ttl: float | None) -> None:
    """Make a company with credentials of its own.

    They are shown this once.
    """
    content = None
    if seed is not None:
        from alfred_mock.cli.seed_files import read_seed_file

        content = read_seed_file(seed)
    body = given({"name": name, "seed": content, "ttl_s": ttl})
    server.show(server.call("POST", "companies", body=body), _print_made)


def _print_made(made: Any) -> None:
    members = [
        ("id", made["id"]),
        ("name", made["name"]),
        ("API key", made["api_key"]),
        ("user", f"{made['user']['user_name']}, password {made['user']['password']}"),
        ("HMAC", f"id {made['hmac']['id']}, key {made['hmac']['key']}"),
    ]
    if made["admin_token"] is not None:
        members.append(("admin token", made["admin_token"]))
    print_members(members)


@company_command.command("list")
@remote
def list_all(server: Server) -> None:
    """List the companies, the oldest first."""
    columns = [
        Column("ID", lambda company: company["id"]),
        Column("NAME", lambda company: company["name"], gives_way=True),
        Column("CREATED", lambda company: company["created"]),
        Column("EXPIRES", lambda company: company["expires"]),
    ]
    answer = server.call("GET", "companies")
    server.show(answer, lambda shown: print_table(shown["companies"], columns))


@company_command.command("remove")
@click.argument("id", shell_complete=given_company)
@remote
def remove(server: Server, id: str) -> None:  # noqa: A002
    """Remove a company and all that it owns."""
    server.show(server.call("DELETE", "companies", id), lambda _: print_line(f"removed {id}"))
