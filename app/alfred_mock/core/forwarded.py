"""Who called, and under which URL, when the server may sit behind a proxy.

Any client can write `X-Forwarded-*` headers, so they count only if the peer is a trusted proxy
(`ALFRED_MOCK_TRUSTED_PROXIES`).
"""

import ipaddress
from functools import cached_property

from starlette.datastructures import Headers
from starlette.types import Scope

from alfred_mock.core.errors import BadRequest
from alfred_mock.core.host_header import LONGEST, is_host

_SCHEMES = ("http", "https")


class Forwarding:
    """Knows which proxies to believe and under which URL the server is published."""

    def __init__(self, trusted: tuple[str, ...], public_url: str | None) -> None:
        self._trusted = trusted
        self._public_url = public_url

    @cached_property
    def _networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        return [ipaddress.ip_network(item, strict=False) for item in self._trusted if item != "*"]

    def _trusts(self, address: str) -> bool:
        if "*" in self._trusted:
            return True
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def client_address(self, scope: Scope) -> str | None:
        """The address that the request came from; None on a Unix socket without a proxy."""
        peer = scope["client"][0] if scope.get("client") else None
        if not self._is_from_proxy(peer):
            return peer
        hops = [hop.strip() for hop in Headers(scope=scope).get("x-forwarded-for", "").split(",")]
        # Each proxy appends the address it saw, so the rightmost one that no proxy of ours has is
        # the client; anything further left could have been made up by it.
        for hop in reversed(hops):
            if hop and not self._trusts(hop):
                return hop
        return hops[0] or peer

    def client_url(self, scope: Scope) -> str:
        """The absolute URL, path and query unchanged, as the client wrote it.

        Raises:
            BadRequest: a proxy forwards what is no scheme or no host.
        """
        path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        query: str = scope["query_string"].decode("latin-1")
        return self._origin(scope) + path + (f"?{query}" if query else "")

    def _origin(self, scope: Scope) -> str:
        if self._public_url is not None:
            return self._public_url
        headers = Headers(scope=scope)
        scheme, host = scope["scheme"], headers.get("host", "")
        if self._is_from_proxy(scope["client"][0] if scope.get("client") else None):
            scheme = _first(headers.get("x-forwarded-proto")) or scheme
            host = _first(headers.get("x-forwarded-host")) or host
            if scheme.lower() not in _SCHEMES:
                raise BadRequest("The X-Forwarded-Proto header must be http or https.")
            if len(host) > LONGEST or not is_host(host.encode("latin-1")):
                raise BadRequest("The X-Forwarded-Host header must be a host.")
        return f"{scheme}://{host}"

    def _is_from_proxy(self, peer: str | None) -> bool:
        # Only a local process that may open the socket's file can be behind a Unix socket.
        return bool(self._trusted) and (peer is None or self._trusts(peer))


def _first(header: str | None) -> str:
    return (header or "").partition(",")[0].strip()
