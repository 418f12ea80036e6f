"""The command line. What a command does not need, it does not import."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from alfred_mock import __version__
from alfred_mock.cli_example import example
from alfred_mock.core.environment import load_settings
from alfred_mock.core.garbage import no_collection
from alfred_mock.core.retention import KINDS
from alfred_mock.core.settings import Settings, variable_of
from alfred_mock.database.errors import CannotStart

EXIT_REFUSED = 2


def _options(*fields: str) -> Callable[[Any], Any]:
    """Options that set these settings, with the settings' own help; unset means environment."""

    def decorate(command: Any) -> Any:
        for field in reversed(fields):
            info = Settings.model_fields[field]
            flag = f"--{field.replace('_', '-')}"
            is_switch = info.annotation in (bool, bool | None)
            default = "" if info.default in (None, ()) else f"; default {_shown(info.default)}"
            command = click.option(
                f"{flag}/--no-{flag[2:]}" if is_switch else flag,
                field,
                default=None,
                type=None if is_switch else str,
                help=f"{info.description} [{variable_of(field)}{default}]",
            )(command)
        return command

    return decorate


def _shown(default: Any) -> str:
    """A default as it would be given."""
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


class _Commands(click.Group):
    """Turns a refusal into a message and an exit status wherever it comes from."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CannotStart as refusal:
            click.echo(f"alfred-mock: {refusal}", err=True)
            sys.exit(EXIT_REFUSED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="alfred-mock")
def main() -> None:
    """A reference server and test double for Tagshelf's Alfred API."""
    _open_standard_streams()


def _open_standard_streams() -> None:
    """Put nothing in the place of streams that were closed (`>&-`).

    The next file or socket to be opened would get their numbers, and be taken for them.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(opened, "w" if number else "r"))


@main.command()
@_options(*Settings.model_fields)
def serve(**given: Any) -> None:
    """Serve the API until Ctrl-C or SIGTERM."""
    with no_collection():
        from alfred_mock.serve import serve

    sys.exit(serve(load_settings(**given)))


@main.command()
@_options("database_url")
def migrate(**given: Any) -> None:
    """Bring the database's schema to head."""
    from alfred_mock.core.database import migrate

    settings = load_settings(**given)
    click.echo(f"schema is at {asyncio.run(migrate(settings.database_url))}")


@main.command()
@_options("database_url")
def reseal(**given: Any) -> None:
    """Seal all secrets in the database by the first of ALFRED_MOCK_SECRET_KEY."""
    from alfred_mock.control import upkeep
    from alfred_mock.main import create_app

    services = create_app(load_settings(**given)).services
    counts = asyncio.run(upkeep.reseal(services))
    click.echo("sealed: " + ", ".join(f"{count} {name}" for name, count in counts.items()))


@main.command()
@_options("database_url", "storage", "retention")
@click.option("--compact", is_flag=True, help="Rewrite a SQLite file, so that it shrinks.")
def prune(compact: bool, **given: Any) -> None:
    """Remove what ALFRED_MOCK_RETENTION does not keep; servers may run meanwhile."""
    from alfred_mock.control import upkeep
    from alfred_mock.main import create_app

    services = create_app(load_settings(**given)).services
    counts = asyncio.run(upkeep.prune_all(services, compact=compact))
    click.echo("removed: " + ", ".join(f"{counts[kind]} {kind}" for kind in KINDS))


@main.command()
@_options("host", "port", "uds")
@click.option("--wait", is_flag=True, help="Keep asking until the server is ready.")
@click.option("--timeout", default=30.0, show_default=True, help="Seconds to wait at the most.")
def ready(wait: bool, timeout: float, **given: Any) -> None:
    """Ask a running server whether it is ready; exit status 0 if it is, 1 if not."""
    from alfred_mock.readiness import ask

    settings = load_settings(**given)
    problem = ask(settings, timeout=timeout if wait else None)
    if problem is not None:
        click.echo(f"not ready: {problem}", err=True)
        sys.exit(1)
    click.echo("ready")


@main.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from alfred_mock.main import create_app

    click.echo(json.dumps(create_app(load_settings()).openapi(), indent=2))


@main.command()
@click.option("--url", required=True, help="Where the real Alfred is; https, but on this machine.")
@click.option(
    "--api-key-file",
    type=click.Path(path_type=Path),
    help="A file with the API key alone; else ALFRED_API_KEY, else a prompt.",
)
@click.option(
    "--level",
    type=click.Choice(["read", "create", "process"]),
    default="read",
    show_default=True,
    help="read leaves nothing behind, create a session and a file, process a job.",
)
@click.option("--company", help="The company's name, which create and process ask for.")
@click.option(
    "--per-second",
    type=click.FloatRange(0.01, 1_000),
    default=2.0,
    show_default=True,
    help="Requests a second; more than 2 only to this machine.",
)
@click.option(
    "--format",
    "shown",
    type=click.Choice(["table", "json", "junit", "markdown"]),
    default="table",
    show_default=True,
    help="What is printed.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder to write all four formats into.",
)
@click.option(
    "--save",
    "observations",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder to keep what was seen in, such as observations/.",
)
def conformance(**given: Any) -> None:
    """Compare a real Alfred with this double.

    The exit status is 0 where all is alike, 1 where something differs, 2 for a refusal, 3 where
    the server could not be reached or the run ended early.
    """
    from alfred_mock.conformance.command import conformance

    sys.exit(conformance(**given))


@main.command()
@click.option("--to", required=True, help="Where the real Alfred is; https, but on this machine.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default="recording",
    show_default=True,
    help="The folder that is written at the end.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 picks one.")
@click.option("--hmac-id", help="The id of the HMAC pair that signs for Alfred.")
@click.option(
    "--hmac-key-file",
    type=click.Path(path_type=Path),
    help="A file with the key of that pair alone.",
)
@click.option(
    "--keep",
    type=click.Choice(["values", "content"]),
    multiple=True,
    help="What is written although customers wrote it; may be repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["never", "differs", "more"]),
    default="never",
    show_default=True,
    help="What makes the exit status 1; more includes differs.",
)
def record(**given: Any) -> None:
    """Pass requests on to a real Alfred, and make a seed of what has passed."""
    from alfred_mock.recording.command import record

    sys.exit(record(**given))


@main.command()
@click.option("--route", help="Only rows about it, as in 'GET /api/job/all', or a part of it.")
def fidelity(route: str | None) -> None:
    """Print what each behaviour of this double rests on."""
    from alfred_mock.conformance.printing import printed

    click.echo(printed(route))


main.add_command(example)
