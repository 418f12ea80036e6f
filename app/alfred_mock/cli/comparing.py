"""Beside the real Alfred: comparing with it, and recording what passes to it."""

import sys
from pathlib import Path
from typing import Any

import click


@click.command("conformance")
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
def conformance_command(**given: Any) -> None:
    """Compare a real Alfred with this double.

    The exit status is 0 where all is alike, 1 where something differs, 2 for a refusal, 3 where
    the server could not be reached or the run ended early.
    """
    from alfred_mock.conformance.command import conformance

    sys.exit(conformance(**given))


@click.command("record")
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
def record_command(**given: Any) -> None:
    """Pass requests on to a real Alfred, and make a seed of it.

    At the end the folder has what was seen, and a seed that answers the same.
    """
    from alfred_mock.recording.command import record

    sys.exit(record(**given))
