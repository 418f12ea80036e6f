"""Which hosts remote files are fetched from, and which addresses a connection may go to."""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings, variable_of

if TYPE_CHECKING:
    import httpx

_PORTS = {"http": 80, "https": 443}
_ENTRY = re.compile(r"(\*\.)?(\[[^\[\]]+\]|[^\[\]:/?#@*\\\s]+)(?::([0-9]{1,5}))?")
_ORDINARY_IPV6 = ipaddress.IPv6Network("2000::/3")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Failure(Exception):
    """Why a file is not fetched, as a sentence."""


@dataclass(frozen=True)
class Entry:
    """A host that is listed."""

    name: str
    port: int | None
    is_domain: bool

    def covers(self, name: str, port: int) -> bool:
        """Whether this entry lists a host."""
        if port not in (_PORTS.values() if self.port is None else (self.port,)):
            return False
        return name.endswith(f".{self.name}") if self.is_domain else name == self.name


def check_available(settings: Settings) -> None:
    """Make sure, at start, that files can be fetched if they are to be.

    Raises:
        Refusal: hosts are listed, but not in a way that is understood, or httpx is missing.
    """
    if not settings.fetch_hosts:
        return
    try:
        import httpx  # noqa: F401
    except ImportError:
        raise Refusal(
            f"{variable_of('fetch_hosts')} needs httpx, which is not installed:"
            " pip install 'alfred-mock[fetch]'"
        ) from None
    entries_of(settings.fetch_hosts)


@cache
def entries_of(hosts: tuple[str, ...]) -> tuple[Entry, ...]:
    """The entries of the setting.

    Raises:
        Refusal: one of them is not in a form that is understood.
    """
    return tuple(map(_entry, hosts))


def _entry(text: str) -> Entry:
    with suppress(Failure):
        if found := _ENTRY.fullmatch(text):
            star, host, port = found.groups()
            url = parse_url(f"http://{host}:{port or 80}")
            return Entry(name_of(url), int(port) if port else None, bool(star))
    raise Refusal(f"{variable_of('fetch_hosts')}: {text} is not HOST, HOST:PORT or *.DOMAIN")


def parse_url(text: str, base: "httpx.URL | None" = None) -> "httpx.URL":
    """The URL of a host that can be asked over HTTP; `text` may be relative to `base`."""
    import httpx

    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError):
        raise Failure("The URL is malformed.") from None
    if url.scheme not in _PORTS:
        raise Failure("The URL does not begin with http:// or https://.")
    if not url.raw_host or not 0 < port_of(url) < 65_536:
        raise Failure("The URL is malformed.")
    return url


def name_of(url: "httpx.URL") -> str:
    """The host in the one form that is compared: lower case, ASCII, IPv6 as short as can be."""
    name = url.raw_host.decode("ascii")
    with suppress(ValueError):
        return ipaddress.ip_address(name).compressed
    return name


def port_of(url: "httpx.URL") -> int:
    """The port that a URL leads to."""
    return _PORTS[url.scheme] if url.port is None else url.port


def is_public(text: str) -> bool:
    """Whether an address can be reached from anywhere in the Internet."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address in _NAT64:
            address = ipaddress.IPv4Address(address.packed[-4:])
        elif address not in _ORDINARY_IPV6 or address in _6TO4:
            return False
    return address.is_global and not address.is_multicast
