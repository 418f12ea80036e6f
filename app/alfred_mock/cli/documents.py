"""Documents that are printed: of the API, and of what the double rests on."""

import json

import click

from alfred_mock.core.environment import load_settings


@click.command("openapi")
def openapi_command() -> None:
    """Print the OpenAPI document."""
    from alfred_mock.main import create_app

    click.echo(json.dumps(create_app(load_settings()).openapi(), indent=2))


@click.command("fidelity")
@click.option("--route", help="Only rows about it, as in 'GET /api/job/all', or a part of it.")
def fidelity_command(route: str | None) -> None:
    """Print what each behaviour of this double rests on."""
    from alfred_mock.conformance.printing import printed

    click.echo(printed(route))
