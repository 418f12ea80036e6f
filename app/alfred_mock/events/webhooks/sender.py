"""A single POST to the URL of a webhook, with its rules: where to, for how long, what comes back.

The URLs are the callers' own, so they lead only where the operator allows (our choice):

- in staging to listed hosts (`ALFRED_MOCK_WEBHOOK_HOSTS`) alone;
- where the environment is local, by `https` to any host, by `http` to loopback and listed ones;
- to private addresses only with `ALFRED_MOCK_WEBHOOK_PRIVATE`; to loopback, too, where it is local.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from alfred_mock.core.clock import Clock, Instant
from alfred_mock.core.hosts import (
    Failure,
    entries_of,
    is_listed,
    is_loopback,
    is_public,
    parse_url,
)
from alfred_mock.core.ids import Ids
from alfred_mock.core.outbound import Outbound
from alfred_mock.core.settings import Settings, variable_of

if TYPE_CHECKING:
    import httpx

ANSWER_BYTES = 16_384
"""So much of an answer's body is read."""


class Exchange(NamedTuple):
    """A request that was sent, or was to be, and what came back."""

    id: str
    """Its own, as requests have them."""
    company_id: str
    at: Instant
    """Real time."""
    url: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None
    """None where there was no answer."""
    answer_headers: Mapping[str, str]
    answer: bytes
    """The beginning of the answer's body."""
    error: str | None
    """Why there is no whole answer, as a sentence."""
    seconds: float

    @property
    def is_acknowledged(self) -> bool:
        """Whether the receiver has taken it: any 2xx says so (docs)."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def problem(self) -> str | None:
        """Why it is no acknowledgement, as a sentence."""
        if self.is_acknowledged:
            return None
        return self.error or f"The receiver answered with status {self.status}."


Witness = Callable[[Exchange], Awaitable[None]]
"""Is shown each exchange, such as the journal."""


async def _nobody(exchange: Exchange) -> None:
    """Keep nothing."""


class Sender:
    """Sends requests to webhooks."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ids: Ids,
        *,
        witness: Witness = _nobody,
        outbound: Outbound | None = None,
    ) -> None:
        self.witness = witness
        self.outbound = outbound or Outbound()
        self._settings = settings
        self._clock = clock
        self._ids = ids

    async def post(
        self, company_id: str, url: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Exchange:
        """Send JSON and wait for the answer, which may be a failure of any kind."""
        import httpx

        whole = {"Content-Type": "application/json", "Accept": "*/*", **(headers or {})}
        answer = _Answer()
        error: str | None = None
        at, begun = self._clock.real(), time.perf_counter()
        timeout = self._settings.webhook_timeout
        try:
            async with asyncio.timeout(timeout):
                await self._exchange(url, whole, body, answer)
        except Failure as failure:
            error = str(failure)
        except TimeoutError:
            error = f"The receiver did not answer within {timeout:g} seconds."
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
            why = str(problem).rstrip(".") or type(problem).__name__
            error = f"The receiver gave no whole answer: {why}."
        exchange = Exchange(
            self._ids.uuid(),
            company_id,
            at,
            url,
            whole,
            body,
            answer.status,
            answer.headers,
            bytes(answer.body),
            error,
            time.perf_counter() - begun,
        )
        await self.witness(exchange)
        return exchange

    async def _exchange(
        self, url: str, headers: Mapping[str, str], body: bytes, answer: "_Answer"
    ) -> None:
        parsed = parse_url(url)
        addresses = await self._allowed(parsed)
        async with self.outbound.answer(
            "POST",
            parsed,
            addresses,
            headers=headers,
            content=body,
            seconds=self._settings.webhook_timeout,
        ) as response:
            answer.status = response.status_code
            answer.headers = dict(response.headers)
            async for chunk in response.aiter_raw():
                answer.body += chunk
                if len(answer.body) >= ANSWER_BYTES:
                    del answer.body[ANSWER_BYTES:]
                    break

    async def _allowed(self, url: "httpx.URL") -> Sequence[str]:
        """The addresses that a URL leads to.

        Raises:
            Failure: it leads where nothing is sent to.
        """
        settings = self._settings
        listed = is_listed(entries_of("webhook_hosts", settings.webhook_hosts), url)
        if not settings.is_local and not listed:
            raise Failure(f"The host is not listed in {variable_of('webhook_hosts')}.")
        addresses = await self.outbound.addresses(url)
        at_home = settings.is_local and all(map(is_loopback, addresses))
        if url.scheme == "http" and not at_home and not listed:
            raise Failure(
                "The URL does not begin with https://, and its host is neither loopback nor listed"
                f" in {variable_of('webhook_hosts')}."
            )
        if not at_home and not settings.webhook_private and not all(map(is_public, addresses)):
            raise Failure("The host's address is not a public one.")
        return addresses


class _Answer:
    """What has come of an answer so far."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.body = bytearray()
