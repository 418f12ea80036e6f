"""The real Alfred, asked with the care that somebody's production needs.

One request at a time, so many a second and so many in all; what the headers say of limits is
obeyed. Nothing is sent unencrypted but to this machine, no redirect is followed, and no proxy of
the environment is used. When a run has to end early is for `patience` to say.
"""

import asyncio
import http.client
import ipaddress
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from alfred_mock import __version__
from alfred_mock.conformance.exchange import Answer, Request, Stopped
from alfred_mock.core.errors import Refusal

USER_AGENT = f"alfred-mock-conformance/{__version__}"
LARGEST = 8 * 1024**2
"""Bytes of an answer that are read at the most."""
TIMEOUT_SECONDS = 60
LONGEST_WAIT = 120
"""Seconds that a limit is waited for; a longer one ends the run."""


@dataclass(frozen=True)
class Limits:
    """How much may be sent."""

    requests: int = 60
    per_second: float = 2.0


class Remote:
    """A server behind a URL, which is asked within limits."""

    def __init__(
        self,
        url: str,
        *,
        limits: Limits | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`now` and `sleep` are for tests.

        Raises:
            Refusal: nothing may be sent to that URL.
        """
        self._parts = checked_url(url)
        self.host = self._parts.netloc
        self.sent = 0
        self._limits = limits or Limits()
        self._now, self._sleep = now, sleep
        self._next = 0.0
        self._connection: http.client.HTTPConnection | None = None

    async def send(self, request: Request) -> Answer:
        """Send a request when it may be sent.

        Raises:
            Stopped: no more may be sent, or the server cannot be reached.
        """
        if self.sent >= self._limits.requests:
            raise Stopped(f"{self._limits.requests} requests were sent, and no more are allowed")
        await self._wait()
        self.sent += 1
        try:
            answer = await asyncio.to_thread(self._exchange, request)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Stopped(f"{self.host} cannot be reached: {why(error)}") from None
        self._next = self._now() + 1 / self._limits.per_second
        self._obey(answer)
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _wait(self) -> None:
        seconds = self._next - self._now()
        if seconds > LONGEST_WAIT:
            raise Stopped(f"the server allows the next request in {seconds:.0f} s only")
        if seconds > 0:
            await self._sleep(seconds)

    def _obey(self, answer: Answer) -> None:
        """Put off the next request as the headers ask."""
        after = _whole(answer.header("retry-after"))
        if after is not None:
            self._next = max(self._next, self._now() + after)
        if _whole(answer.header("x-ratelimit-remaining")) == 0:
            reset = _whole(answer.header("x-ratelimit-reset"))
            self._next = max(self._next, reset if reset is not None else self._now() + 1)

    def _exchange(self, request: Request) -> Answer:
        if self._connection is None:
            self._connection = connection_to(self._parts)
        connection = self._connection
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json", **request.headers}
        target = self._parts.path.rstrip("/") + request.target
        try:
            connection.request(request.method, target, request.body or None, headers)
            response = connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            if request.method not in ("GET", "OPTIONS"):
                raise  # it may have been done
            # The server has closed a connection that rested for too long.
            connection.close()
            connection.request(request.method, target, request.body or None, headers)
            response = connection.getresponse()
        body = response.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise http.client.HTTPException(f"an answer has more than {LARGEST} bytes")
        if response.will_close:
            self.close()
        named = tuple((name.lower(), value) for name, value in response.getheaders())
        return Answer(response.status, named, body)


def checked_url(url: str, *, option: str = "--url") -> SplitResult:
    """The parts of a URL to which a key may be sent.

    Raises:
        Refusal: it is none, or it is neither https nor on this machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Refusal(f"{option}: {error}") from None
    if parts.scheme not in ("https", "http") or not host:
        raise Refusal(f"{option}: must be like https://app.tagshelf.com")
    if parts.username is not None or parts.query or parts.fragment:
        raise Refusal(f"{option}: must have no user, no query and no fragment")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise Refusal(f"{option}: must be https, but to this machine: a key would be sent in clear")
    return parts


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return _is_this_machine(urlsplit(url).hostname or "")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def connection_to(parts: SplitResult) -> http.client.HTTPConnection:
    """A connection to the server of a URL, not opened yet."""
    host = str(parts.hostname)
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_SECONDS, context=context)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


def why(error: Exception) -> str:
    """What went wrong with a connection, in a few words."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
