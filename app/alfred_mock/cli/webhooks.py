"""`alfred-mock webhook`, `deliveries` and `redeliver`."""

from typing import Any

import click

from alfred_mock.cli.output import Column, print_line, print_members, print_table
from alfred_mock.cli.remote import Server, company_option, given_company, remote
from alfred_mock.control_client import given

_STATES = ("pending", "acknowledged", "failed", "given_up", "lost")
_EFFECTS = ("lost", "delay_s", "reordered", "copies", "foreign", "receiver_s", "status")


@click.group("webhook")
def webhook_command() -> None:
    """Show, set and remove webhooks, and make deliveries fail."""


@webhook_command.command("show")
@company_option
@remote
def show(server: Server, company: str | None) -> None:
    """Show the webhooks, and how far their deliveries have come."""
    columns = [
        Column("COMPANY", lambda webhook: webhook["company"]),
        Column("URL", lambda webhook: webhook["url"], gives_way=True),
        Column("DELIVERED", lambda webhook: webhook["delivered"], is_number=True),
        Column("WAITING", lambda webhook: webhook["waiting"], is_number=True),
    ]
    answer = server.call("GET", "webhook", query={"company": company})
    server.show(answer, lambda shown: print_table(shown["webhooks"], columns))


@webhook_command.command("set")
@click.argument("company", shell_complete=given_company)
@click.argument("to")
@click.option("--verify", is_flag=True, help="Do the handshake first, as a client's call does.")
@remote
def set_url(server: Server, company: str, to: str, verify: bool) -> None:
    """Make the URL TO the webhook of a company."""
    body = {"company": company, "url": to, "verify": verify}
    server.show(
        server.call("PUT", "webhook", body=body), lambda shown: print_members(shown.items())
    )


@webhook_command.command("remove")
@company_option
@remote
def remove(server: Server, company: str | None) -> None:
    """Remove the webhook of a company, or those of all."""
    answer = server.call("DELETE", "webhook", query={"company": company})
    server.show(answer, lambda shown: print_line(f"removed {shown['removed']}"))


@webhook_command.command("fail")
@click.argument("company", shell_complete=given_company)
@click.option("--event", help="Only events of these names, a glob such as file_*.")
@click.option("--skip", type=click.IntRange(min=0), help="Leave so many attempts alone first.")
@click.option("--times", type=click.IntRange(min=1), help="Only so many times.")
@click.option("--lost", is_flag=True, default=None, help="It is never sent.")
@click.option("--delay-s", type=float, help="It is sent so many seconds later.")
@click.option("--reordered", is_flag=True, default=None, help="It is sent after the next event.")
@click.option("--copies", type=int, help="It is sent so many times more.")
@click.option("--foreign", is_flag=True, default=None, help="It says it is another company's.")
@click.option("--receiver-s", type=float, help="The receiver seems to take so much longer.")
@click.option("--status", type=int, help="The receiver seems to answer with this status.")
@remote
def fail(server: Server, company: str, **fields: Any) -> None:
    """Make deliveries to a company's webhook go wrong."""
    body = {"company": company, **given(fields)}
    server.show(
        server.call("POST", "webhook", "faults", body=body),
        lambda shown: print_members(shown.items()),
    )


@webhook_command.command("faults")
@company_option
@remote
def faults(server: Server, company: str | None) -> None:
    """List the faults on deliveries."""
    columns = [
        Column("ID", lambda fault: fault["id"]),
        Column("COMPANY", lambda fault: fault["company"]),
        Column("EVENT", lambda fault: fault.get("event", "*")),
        Column("EFFECT", _effect_of, lambda _: "magenta", gives_way=True),
        Column("SEEN", lambda fault: fault["seen"], is_number=True),
        Column("FIRED", lambda fault: fault["fired"], is_number=True),
    ]
    answer = server.call("GET", "webhook", "faults", query={"company": company})
    server.show(answer, lambda shown: print_table(shown["faults"], columns))


def _effect_of(fault: Any) -> str:
    named = [(name, fault[name]) for name in _EFFECTS if fault.get(name)]
    return ", ".join(name if value is True else f"{name} {value:g}" for name, value in named)


@webhook_command.command("clear")
@click.argument("id", required=False)
@company_option
@remote
def clear(server: Server, id: str | None, company: str | None) -> None:  # noqa: A002
    """Clear one fault on deliveries, those of a company, or all."""
    if id is not None and company is not None:
        raise click.UsageError("an ID is that of one fault: leave out --company")
    if id is not None:
        answer = server.call("DELETE", "webhook", "faults", id)
    else:
        answer = server.call("DELETE", "webhook", "faults", query={"company": company})
    server.show(answer, lambda shown: print_line(f"cleared {shown['removed']}"))


_STATE_COLOURS = {"acknowledged": "green", "pending": "yellow"}
_DELIVERY_COLUMNS = [
    Column("AT", lambda delivery: delivery["at"], lambda _: "dim"),
    Column("COMPANY", lambda delivery: delivery["company"], gives_way=True),
    Column("EVENT", lambda delivery: delivery["event"]),
    Column("NAME", lambda delivery: delivery["name"], gives_way=True),
    Column("ATTEMPT", lambda delivery: delivery["attempt"], is_number=True),
    Column(
        "STATE",
        lambda delivery: delivery["state"],
        lambda delivery: _STATE_COLOURS.get(delivery["state"], "red"),
    ),
    Column("STATUS", lambda delivery: delivery["status"], is_number=True),
    Column("WHY", lambda delivery: delivery["error"], gives_way=True),
]


@click.command("deliveries")
@company_option
@click.option("--event", help="The id of an event.")
@click.option("--state", type=click.Choice(_STATES), help="What became of them.")
@click.option("--limit", type=click.IntRange(0, 10_000), help="The newest so many.")
@remote
def deliveries_command(server: Server, **filters: Any) -> None:
    """List the attempts to deliver events."""
    answer = server.call("GET", "deliveries", query=filters)
    server.show(answer, lambda shown: print_table(shown["deliveries"], _DELIVERY_COLUMNS))


@click.command("redeliver")
@click.argument("event")
@remote
def redeliver_command(server: Server, event: str) -> None:
    """Deliver an event once more, at once."""
    answer = server.call("POST", "events", event, "redeliver")
    server.show(answer, lambda shown: print_table([shown], _DELIVERY_COLUMNS))
