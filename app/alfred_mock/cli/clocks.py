"""`alfred-mock clock`: the time that tokens, signatures, dates and timed jobs go by."""

from typing import Any

import click

from alfred_mock.cli.output import print_members
from alfred_mock.cli.parameters import Seconds
from alfred_mock.cli.remote import Server, company_option, remote
from alfred_mock.control_client import given


@click.group("clock")
def clock_command() -> None:
    """Show, set, freeze and advance the clock."""


@clock_command.command("show")
@company_option
@remote
def show(server: Server, company: str | None) -> None:
    """Show what the clock says."""
    server.show(server.call("GET", "clock", query={"company": company}), _print)


@clock_command.command("set")
@click.argument("instant")
@company_option
@remote
def set_to(server: Server, instant: str, company: str | None) -> None:
    """Go on from an instant, such as 2026-01-31T12:00:00; UTC unless it names a zone."""
    _put(server, company, now=instant)


@clock_command.command("freeze")
@click.argument("instant", required=False)
@company_option
@remote
def freeze(server: Server, instant: str | None, company: str | None) -> None:
    """Stand still, at an instant or the present one."""
    _put(server, company, now=instant, frozen=True)


@clock_command.command("resume")
@company_option
@remote
def resume(server: Server, company: str | None) -> None:
    """Go on from where it stands frozen."""
    _put(server, company, frozen=False)


@clock_command.command("advance", context_settings={"ignore_unknown_options": True})
@click.argument("duration", type=Seconds())
@company_option
@remote
def advance(server: Server, duration: float, company: str | None) -> None:
    """Move on at once, by 90 (seconds), 15m, 2h or 30d; a frozen clock stays frozen."""
    _put(server, company, advance_s=duration)


@clock_command.command("offset", context_settings={"ignore_unknown_options": True})
@click.argument("duration", type=Seconds())
@company_option
@remote
def offset(server: Server, duration: float, company: str | None) -> None:
    """Go ahead of the real time, or behind it for a negative duration."""
    _put(server, company, offset_s=duration)


@clock_command.command("reset")
@company_option
@remote
def reset(server: Server, company: str | None) -> None:
    """Go back to the real time."""
    server.show(server.call("DELETE", "clock", query={"company": company}), _print)


def _put(server: Server, company: str | None, **fields: Any) -> None:
    body = given({"company": company, **fields})
    server.show(server.call("PUT", "clock", body=body), _print)


def _print(clock: Any) -> None:
    offset_s = round(clock["offset_s"], 3)
    state = "going with the real time"
    if clock["frozen"]:
        state = "frozen"
    elif offset_s:
        way = "ahead of" if offset_s > 0 else "behind"
        state = f"going, {abs(offset_s):g} s {way} the real time"
    print_members([("now", clock["now"]), ("state", state)])
