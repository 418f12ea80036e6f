"""Serving, and asking whether a server is ready."""

import sys
from typing import Any

import click

from alfred_mock.cli.settings_options import options
from alfred_mock.cli.statuses import NOT_MET
from alfred_mock.core.environment import load_settings
from alfred_mock.core.garbage import no_collection
from alfred_mock.core.settings import Settings


@click.command("serve")
@options(*Settings.model_fields)
def serve_command(**given: Any) -> None:
    """Serve the API until Ctrl-C or SIGTERM."""
    with no_collection():
        from alfred_mock.serve import serve

    settings = load_settings(**given)
    if not settings.dev:
        sys.exit(serve(settings))
    from alfred_mock.cli.development import watch_for

    watch = watch_for(settings)
    try:
        sys.exit(serve(settings, announced=None if watch is None else watch.begin))
    finally:
        if watch is not None:
            watch.end()


@click.command("ready")
@options("host", "port", "uds")
@click.option("--wait", is_flag=True, help="Keep asking until the server is ready.")
@click.option("--timeout", default=30.0, show_default=True, help="Seconds to wait at the most.")
def ready_command(wait: bool, timeout: float, **given: Any) -> None:
    """Ask a running server whether it is ready.

    The exit status is 0 if it is, 1 if not.
    """
    from alfred_mock.readiness import ask

    settings = load_settings(**given)
    problem = ask(settings, timeout=timeout if wait else None)
    if problem is not None:
        click.echo(f"not ready: {problem}", err=True)
        sys.exit(NOT_MET)
    click.echo("ready")
