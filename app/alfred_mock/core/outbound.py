"""Requests to hosts that a caller has named.

A server that asks every URL of its callers is a way into its own network. So a URL is asked in two
steps: its name is resolved, the caller of this module judges the addresses, and the connection
goes to those very addresses. Redirects are not followed, proxies of the environment are not used,
and certificates are checked (our choice).
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING

from alfred_mock.core.hosts import Failure, name_of, port_of

if TYPE_CHECKING:
    import httpx

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a name, for a connection to a port."""


class Outbound:
    """Resolves names and sends requests; imports httpx when it first does."""

    def __init__(
        self, *, resolve: Resolver | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """Unless given, `resolve` is the system's, and `tls` has the well-known authorities."""
        self._resolve = resolve or _resolve
        self._tls = tls

    async def addresses(self, url: "httpx.URL") -> Sequence[str]:
        """Where the URL's host is.

        Raises:
            Failure: the URL has credentials in it, or its name cannot be resolved.
        """
        if url.userinfo:
            raise Failure("The URL has credentials in it.")
        try:
            addresses = await self._resolve(name_of(url), port_of(url))
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            raise Failure("The host's name cannot be resolved.")
        return addresses

    @asynccontextmanager
    async def answer(
        self,
        method: str,
        url: "httpx.URL",
        addresses: Sequence[str],
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        seconds: float,
    ) -> "AsyncIterator[httpx.Response]":
        """The answer, not read yet, of the first address that takes a connection.

        Within `seconds` all addresses are tried; the caller limits the time of the rest.

        Raises:
            httpx.HTTPError: there is none.
        """
        import httpx

        tls = self._tls or _well_known_authorities()
        # Each request has a client of its own: a shared one would use a connection again for other
        # names at the same address, for which no certificate was checked. It is only the transport,
        # because httpx.AsyncClient logs URLs.
        async with httpx.AsyncHTTPTransport(verify=tls, trust_env=False) as transport:
            own = {"Host": url.netloc.decode("ascii"), "User-Agent": "alfred-mock"}
            # An address that does not answer must leave some time for the others.
            share = seconds / len(addresses)
            options = {"timeout": {"connect": share}, "sni_hostname": name_of(url)}
            requests = [
                httpx.Request(
                    method,
                    url.copy_with(host=address),
                    headers={**own, **headers},
                    content=content,
                    extensions=options,
                )
                for address in addresses
            ]
            answer = await _first_answer(transport, requests)
            try:
                yield answer
            finally:
                await answer.aclose()


async def _first_answer(
    transport: "httpx.AsyncHTTPTransport", requests: "Sequence[httpx.Request]"
) -> "httpx.Response":
    import httpx

    for request in requests[:-1]:
        with suppress(httpx.ConnectError, httpx.ConnectTimeout):
            return await transport.handle_async_request(request)
    return await transport.handle_async_request(requests[-1])


async def _resolve(name: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@cache
def _well_known_authorities() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context(trust_env=False)
