"""Fetches remote files from the hosts that the setting `fetch_hosts` lists, and from no others.

A server that fetches every URL of its callers is a way into its own network. So a host must be
listed, and a listed name is not enough: every address that it resolves to is checked, and so is
every target of a redirect (our choice).
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from alfred_mock.alfred.remote_uploads.hosts import (
    Failure,
    entries_of,
    is_public,
    name_of,
    parse_url,
    port_of,
)
from alfred_mock.core.settings import Settings

if TYPE_CHECKING:
    import httpx

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a name, for a connection to a port."""

AT_ONCE = 10
REDIRECTS = 5
IN_MEMORY_BYTES = 1_048_576
"""A file goes to disk beyond this."""

_CHUNK = 65_536
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched; the caller closes it."""

    content: BinaryIO
    """A temporary file, at its beginning."""
    content_type: str | None
    """The media type without parameters, if the host has sent one."""
    size: int

    def close(self) -> None:
        """Let go of the content."""
        self.content.close()


@dataclass(frozen=True)
class NotFetched:
    """A file whose host is not listed: it gets stand-in content."""


@dataclass(frozen=True)
class Failed:
    """A file that should have been fetched, and was not."""

    reason: str
    """A sentence, without the URL, which may hold a secret."""


async def fetch_all(
    urls: Sequence[str],
    settings: Settings,
    *,
    resolve: Resolver | None = None,
    tls: ssl.SSLContext | None = None,
) -> list[Fetched | NotFetched | Failed]:
    """The result for each URL, in the same order.

    Unless given, `resolve` is the system's resolver, and `tls` has the well-known authorities.
    """
    if not settings.fetch_hosts:
        return [NotFetched() for _ in urls]
    fetcher = _Fetcher(settings, resolve or _resolve, tls or _well_known_authorities())
    tasks: list[asyncio.Task[Fetched | NotFetched | Failed]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks += [group.create_task(fetcher.fetch(url)) for url in urls]
    except BaseException:
        for task in tasks:
            if not task.cancelled() and not task.exception():
                _close(task.result())
        raise
    return [task.result() for task in tasks]


class _Fetcher:
    """Fetches the files of one upload, which share their time."""

    def __init__(self, settings: Settings, resolve: Resolver, tls: ssl.SSLContext) -> None:
        self._settings = settings
        self.entries_of = entries_of(settings.fetch_hosts)
        self._resolve = resolve
        self._tls = tls
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._deadline = asyncio.get_running_loop().time() + settings.fetch_timeout

    async def fetch(self, url: str) -> Fetched | NotFetched | Failed:
        import httpx

        try:
            parsed = parse_url(url)
            if not self._is_listed(parsed):
                return NotFetched()
            with ExitStack() as undone:
                spooled = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
                undone.callback(spooled.close)
                content = cast(BinaryIO, spooled)
                async with asyncio.timeout_at(self._deadline), self._turn:
                    content_type = await self._follow(parsed, content)
                size = content.tell()
                content.seek(0)
                undone.pop_all()
            return Fetched(content, content_type, size)
        except Failure as failure:
            return Failed(str(failure))
        except TimeoutError:
            return Failed(f"It was not fetched within {self._settings.fetch_timeout:g} seconds.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            why = str(error).rstrip(".") or type(error).__name__
            return Failed(f"It cannot be fetched: {why}.")

    def _is_listed(self, url: "httpx.URL") -> bool:
        name, port = name_of(url), port_of(url)
        return any(entry.covers(name, port) for entry in self.entries_of)

    async def _follow(self, url: "httpx.URL", content: BinaryIO) -> str | None:
        """Write the content that the URL leads to in the end; its media type."""
        for _ in range(1 + REDIRECTS):
            async with self._answer(url) as answer:
                if not answer.has_redirect_location:
                    return await self._receive(answer, content)
                url = parse_url(answer.headers["Location"], base=url)
            if not self._is_listed(url):
                raise Failure("It is redirected to a host that files are not fetched from.")
        raise Failure(f"It is redirected more than {REDIRECTS} times.")

    @asynccontextmanager
    async def _answer(self, url: "httpx.URL") -> "AsyncIterator[httpx.Response]":
        import httpx

        if url.userinfo:
            raise Failure("The URL has credentials in it.")
        addresses = await self._addresses(url)
        # Each request has a client of its own: a shared one would use a connection again for other
        # names at the same address, for which no certificate was checked. It is only the transport,
        # because httpx.AsyncClient logs URLs.
        async with httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False) as transport:
            answer = await self._send(transport, url, addresses)
            try:
                yield answer
            finally:
                await answer.aclose()

    async def _addresses(self, url: "httpx.URL") -> Sequence[str]:
        """Where the URL's host is; the connection goes there and is not resolved again."""
        try:
            addresses = await self._resolve(name_of(url), port_of(url))
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            raise Failure("The host's name cannot be resolved.")
        if not self._settings.fetch_private and not all(map(is_public, addresses)):
            raise Failure("The host's address is not a public one.")
        return addresses

    async def _send(
        self, transport: "httpx.AsyncHTTPTransport", url: "httpx.URL", addresses: Sequence[str]
    ) -> "httpx.Response":
        """Ask at the first address that takes a connection."""
        import httpx

        headers = {
            "Host": url.netloc.decode("ascii"),
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": "alfred-mock",
        }
        # An address that does not answer must leave some time for the others.
        share = self._settings.fetch_timeout / len(addresses)
        options = {"timeout": {"connect": share}, "sni_hostname": name_of(url)}
        requests = [
            httpx.Request("GET", url.copy_with(host=address), headers=headers, extensions=options)
            for address in addresses
        ]
        for request in requests[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await transport.handle_async_request(request)
        return await transport.handle_async_request(requests[-1])

    async def _receive(self, answer: "httpx.Response", content: BinaryIO) -> str | None:
        if answer.status_code != 200:
            raise Failure(f"The host answers with status {answer.status_code}.")
        # Encoded content is refused: a small answer could expand without bounds.
        encoding = answer.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise Failure("The host answers with a Content-Encoding that was not asked for.")
        limit = self._settings.max_upload
        too_large = Failure(f"It has more than {limit} bytes.")
        declared = answer.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise too_large
        async for chunk in answer.aiter_raw(_CHUNK):
            if content.tell() + len(chunk) > limit:
                raise too_large
            # Not in a thread, which would go on after a cancellation and write to a closed file.
            content.write(chunk)
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return media_type if _MEDIA_TYPE.fullmatch(media_type) else None


async def _resolve(name: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@cache
def _well_known_authorities() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def _close(result: Fetched | NotFetched | Failed) -> None:
    if isinstance(result, Fetched):
        result.close()
