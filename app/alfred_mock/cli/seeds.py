"""`alfred-mock reset` and `alfred-mock seed`."""

from pathlib import Path
from typing import Any

import click

from alfred_mock.cli.output import print_line
from alfred_mock.cli.remote import Server, company_option, print_json, remote
from alfred_mock.control_client import given

PARTS = ("state", "journal", "faults", "clock")


@click.command("reset")
@company_option
@click.option(
    "--only",
    type=click.Choice(PARTS),
    multiple=True,
    help="Only this part; may be repeated.",
)
@remote
def reset_command(server: Server, company: str | None, only: tuple[str, ...]) -> None:
    """Go back to the seed.

    Credentials stay valid.
    """
    body = given({"company": company, "only": list(only) or None})
    done = f"reset {'all companies' if company is None else company}"
    server.show(server.call("POST", "reset", body=body), lambda _: print_line(done))


@click.group("seed")
def seed_command() -> None:
    """Show the present state as a seed, or load a seed."""


@seed_command.command("show")
@company_option
@click.option(
    "--content/--no-content", default=None, help="With the content of files, or without it."
)
@click.option(
    "--secrets/--no-secrets",
    default=None,
    help="With passwords and keys, or with a mask in their places; by default with them unless the"
    " server protects them by a key.",
)
@remote
def show(server: Server, company: str | None, content: bool | None, secrets: bool | None) -> None:
    """Print the present state as a seed, in YAML, or in JSON with --json."""
    query = {"company": company, "content": _flag(content), "secrets": _flag(secrets)}
    server.show(server.call("GET", "seed", query=query), _print_yaml)


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _print_yaml(document: Any) -> None:
    import yaml

    click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), nl=False)


@seed_command.command("load")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@company_option
@remote
def load(server: Server, file: Path, company: str | None) -> None:
    """Load a seed (.yaml, .json or .toml): all of it or nothing.

    It adds and updates, and removes nothing; `alfred-mock reset` goes back to it from then on.
    """
    from alfred_mock.cli.seed_files import read_seed_file

    content = read_seed_file(file)
    answer = server.call("PUT", "seed", query={"company": company}, body=content)
    if server.as_json:
        print_json(answer)
        return
    for loaded in answer["companies"]:
        print_line(f"loaded {loaded['name']} ({loaded['id']})")
