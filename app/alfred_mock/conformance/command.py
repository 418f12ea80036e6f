"""`alfred-mock conformance`: what it is given, what it prints, how it ends."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from alfred_mock.conformance.checks import Level
from alfred_mock.conformance.formats import FORMATS
from alfred_mock.conformance.keys import api_key_of
from alfred_mock.conformance.observations import save
from alfred_mock.conformance.remote import Limits, Remote, is_loopback
from alfred_mock.conformance.report import Report
from alfred_mock.conformance.run import run
from alfred_mock.core.clock import Clock, to_wire
from alfred_mock.core.errors import Refusal

CONFORMS, DIFFERS, ENDED_EARLY = 0, 1, 3
"""Exit statuses; 2 is a refusal before anything is sent, or where the company is another."""


def conformance(
    url: str,
    api_key_file: Path | None,
    level: str,
    company: str | None,
    per_second: float,
    output: Path | None,
    observations: Path | None,
    shown: str,
) -> int:
    """Run, print and write; returns the exit status.

    Raises:
        Refusal: nothing, or nothing more, may be sent with what is given.
    """
    remote = Remote(url, limits=Limits(per_second=per_second))
    if per_second > Limits.per_second and not is_loopback(url):
        raise Refusal(f"--per-second: at most {Limits.per_second}, but to this machine")
    permit = None if level == Level.READ else _permit_for(company)
    report = Report(remote.host, level, to_wire(Clock().real())[:10])
    api_key = api_key_of(api_key_file)
    try:
        asyncio.run(run(remote, api_key, report, permit=permit))
    finally:
        remote.close()
    report.requests = remote.sent
    click.echo(FORMATS[shown][0](report))
    if output is not None:
        _write(report, output)
    if observations is not None:
        save(report, observations)
    if report.stopped:
        click.echo(f"alfred-mock: it ended early: {report.stopped}", err=True)
        return ENDED_EARLY
    return DIFFERS if report.has_differences else CONFORMS


def _permit_for(company: str | None) -> Callable[[str], Awaitable[None]]:
    """Lets a run leave things behind only in the company that is meant."""
    if company is None and not sys.stdin.isatty():
        raise Refusal("this level leaves things behind: --company says in which company")

    async def permit(name: str) -> None:
        said = company or click.prompt("Things are left behind in the company called", err=True)
        if said != name:
            raise Refusal("the key is not one of that company; only one request was sent")

    return permit


def _write(report: Report, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for make, ending in FORMATS.values():
            (folder / f"conformance.{ending}").write_text(make(report) + "\n", encoding="utf-8")
    except OSError as error:
        raise Refusal(f"--output: {folder}: {error.strerror}") from None
