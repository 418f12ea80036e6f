"""`alfred-mock job`: jobs that are moved on, held where they are, or given another outcome."""

from typing import Any

import click

from alfred_mock.cli.output import Column, print_line, print_members, print_table
from alfred_mock.cli.remote import Server, company_option, remote, with_nulls
from alfred_mock.cli.state_lists import list_parts


def _stages(ctx: Any, param: Any, incomplete: str) -> list[str]:
    from alfred_mock.alfred.processing.pipeline import Stage

    return [stage for stage in [*map(str, Stage), "none"] if stage.startswith(incomplete)]


def _outcomes(ctx: Any, param: Any, incomplete: str) -> list[str]:
    from alfred_mock.alfred.processing.outcomes import Outcome

    return [outcome for outcome in map(str, Outcome) if outcome.startswith(incomplete)]


@click.group("job")
def job_command() -> None:
    """List, show, advance and change jobs."""


@job_command.command("list")
@company_option
@remote
def list_all(server: Server, company: str | None) -> None:
    """List the jobs; `job show` says in which stage one is."""
    columns = [
        Column("ID", lambda job: job["id"]),
        Column("OUTCOME", lambda job: job.get("outcome", "completed")),
        Column("PROGRESSION", lambda job: job.get("progression")),
        Column("CREATED", lambda job: job.get("creation_date")),
        Column("SESSION", lambda job: job.get("deferred_session_id")),
    ]
    list_parts(server, company, "jobs", columns)


@job_command.command("show")
@click.argument("id")
@remote
def show(server: Server, id: str) -> None:  # noqa: A002
    """Show a job and its files, without moving it on."""
    # A change of nothing changes nothing, and answers with the job.
    server.show(server.call("PATCH", "jobs", id, body={}), _print)


@job_command.command("advance")
@click.argument("id")
@click.argument("steps", type=click.IntRange(1, 1_000), default=1)
@remote
def advance(server: Server, id: str, steps: int) -> None:  # noqa: A002
    """Move a job on by a step, or by STEPS; it is manual from then on."""
    server.show(server.call("PATCH", "jobs", id, body={"advance": steps}), _print)


@job_command.command("set")
@click.argument("id")
@click.option(
    "--stage",
    shell_complete=_stages,
    help="Where it stands still, such as in_revision; `none` lets it go on again.",
)
@click.option("--outcome", shell_complete=_outcomes, help="How it ends, such as failed.")
@click.option("--progression", type=click.Choice(["immediate", "timed", "manual"]))
@click.option("--creation-date", help="Such as 2022-11-17T00:00:00.000.")
@remote
def set_fields(server: Server, id: str, **fields: Any) -> None:  # noqa: A002
    """Change a job."""
    body = with_nulls(fields, "stage")
    server.show(server.call("PATCH", "jobs", id, body=body), _print)


@job_command.command("remove")
@click.argument("id")
@remote
def remove(server: Server, id: str) -> None:  # noqa: A002
    """Remove a job with its files."""
    server.show(server.call("DELETE", "jobs", id), lambda _: print_line(f"removed {id}"))


def _print(job: Any) -> None:
    print_members((name, value) for name, value in job.items() if name != "files")
    if job["files"]:
        click.echo()
        print_table(
            job["files"],
            [
                Column("FILE", lambda file: file["id"]),
                Column("NAME", lambda file: file["file_name"], gives_way=True),
                Column("STATUS", lambda file: file["status"]),
                Column("TAG", lambda file: file["tag_name"]),
            ],
        )
