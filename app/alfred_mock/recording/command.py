"""`alfred-mock record`: serves the proxy until it is told to stop, then writes what has passed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import click

from alfred_mock.conformance.comparing import Verdict
from alfred_mock.conformance.double import COMPANY, Double, started
from alfred_mock.conformance.keys import secret_in
from alfred_mock.conformance.report import BAD, Result
from alfred_mock.core.environment import settings_of
from alfred_mock.core.errors import Refusal
from alfred_mock.listening import listening
from alfred_mock.recording.credentials import Credentials, HmacPair
from alfred_mock.recording.proxy import Recorder
from alfred_mock.recording.shadow import Routes, Shadow
from alfred_mock.recording.upstream import Upstream
from alfred_mock.recording.writing import texts_of, write
from alfred_mock.serve import Server, http_config

DONE, DIFFERS = 0, 1
"""Exit statuses; 2 is a refusal, also where a credential would have been written."""


@asynccontextmanager
async def recorder(upstream: Upstream, credentials: Credentials) -> AsyncIterator[Recorder]:
    """A recorder with a double beside it."""
    async with started(COMPANY) as app:
        yield Recorder(upstream, credentials, Shadow(Double(app)), Routes(app.routers))


def record(
    to: str,
    output: Path,
    host: str,
    port: int,
    hmac_id: str | None,
    hmac_key_file: Path | None,
    keep: Collection[str],
    fail_on: str,
) -> int:
    """Record; returns the exit status.

    Raises:
        Refusal: it cannot begin, or may not write.
    """
    upstream = Upstream(to)
    credentials = Credentials(upstream.origin, _pair(hmac_id, hmac_key_file))

    def announce(url: str) -> None:
        click.echo(f"Recording {upstream.origin} at {url}; Ctrl-C ends it and writes {output}")

    made = asyncio.run(_serve(upstream, credentials, host, port, announce))
    texts = texts_of(
        made.exchanges,
        made.results,
        keeps_values="values" in keep,
        keeps_content="content" in keep,
    )
    write(output, texts, credentials.seen)
    click.echo(listed(made.results, requests=len(made.exchanges)))
    bad = {result.verdict for result in made.results} & BAD
    fails = {"never": set(), "differs": {Verdict.DIFFERS}, "more": set(BAD)}[fail_on]
    return DIFFERS if bad & fails else DONE


def _pair(hmac_id: str | None, key_file: Path | None) -> HmacPair | None:
    if (hmac_id is None) != (key_file is None):
        raise Refusal("--hmac-id and --hmac-key-file are given together")
    if hmac_id is None or key_file is None:
        return None
    return HmacPair(hmac_id, secret_in(key_file))


async def _serve(
    upstream: Upstream,
    credentials: Credentials,
    host: str,
    port: int,
    announce: Callable[[str], None],
) -> Recorder:
    settings = settings_of(host=host, port=port)
    async with recorder(upstream, credentials) as made:
        with listening(settings) as sockets:
            server = Server(http_config(settings, made, lifespan="off"), announce)
            await server.serve(sockets)
    return made


def listed(results: list[Result], *, requests: int) -> str:
    """What differs, each once, and a line of counts."""
    different = {(r.id, r.there, r.here, r.verdict) for r in results if r.verdict in BAD}
    lines = [
        f"{id_}  {there}  {here}  {verdict}" for id_, there, here, verdict in sorted(different)
    ]
    counts = {verdict: sum(each[3] is verdict for each in different) for verdict in BAD}
    differs, more = counts[Verdict.DIFFERS], counts[Verdict.MORE]
    return "\n".join([*lines, f"{requests} exchanges; {differs} differ, {more} are more"])
