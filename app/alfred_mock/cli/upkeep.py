"""What an operator does to a database; servers may run meanwhile."""

import asyncio
from typing import Any

import click

from alfred_mock.cli.settings_options import options
from alfred_mock.core.environment import load_settings
from alfred_mock.core.retention import KINDS


@click.command("migrate")
@options("database_url")
def migrate_command(**given: Any) -> None:
    """Bring the database's schema to head; servers may run meanwhile."""
    from alfred_mock.core.database import migrate

    settings = load_settings(**given)
    click.echo(asyncio.run(migrate(settings.database_url)))


@click.command("reseal")
@options("database_url")
def reseal_command(**given: Any) -> None:
    """Seal all secrets in the database by the first secret key.

    It is the first of ALFRED_MOCK_SECRET_KEY.
    """
    from alfred_mock.control import upkeep
    from alfred_mock.main import create_app

    services = create_app(load_settings(**given)).services
    counts = asyncio.run(upkeep.reseal(services))
    click.echo("sealed: " + ", ".join(f"{count} {name}" for name, count in counts.items()))


@click.command("prune")
@options("database_url", "storage", "retention")
@click.option("--compact", is_flag=True, help="Rewrite a SQLite file, so that it shrinks.")
def prune_command(compact: bool, **given: Any) -> None:
    """Remove what the retention does not keep.

    ALFRED_MOCK_RETENTION says what that is; servers may run meanwhile.
    """
    from alfred_mock.control import upkeep
    from alfred_mock.main import create_app

    services = create_app(load_settings(**given)).services
    counts = asyncio.run(upkeep.prune_all(services, compact=compact))
    click.echo("removed: " + ", ".join(f"{counts[kind]} {kind}" for kind in KINDS))
