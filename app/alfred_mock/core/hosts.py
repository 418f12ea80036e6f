"""Hosts that a setting lists, and the addresses that a connection may go to.

Remote files are fetched from such hosts, and webhooks are delivered to them.
"""

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
    """Why a host is not asked, or has not answered, as a sentence without the URL."""


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
    """Make sure, at start, that the lists of hosts are understood.

    Raises:
        Refusal: one of their entries is not.
    """
    for setting in ("fetch_hosts", "webhook_hosts"):
        if getattr(settings, setting):
            entries_of(setting, getattr(settings, setting))


@cache
def entries_of(setting: str, hosts: tuple[str, ...]) -> tuple[Entry, ...]:
    """The entries of a setting.

    Raises:
        Refusal: one of them is not in a form that is understood.
    """
    return tuple(_entry(setting, text) for text in hosts)


def is_listed(entries: tuple[Entry, ...], url: "httpx.URL") -> bool:
    """Whether one of the entries lists the host of a URL."""
    name, port = name_of(url), port_of(url)
    return any(entry.covers(name, port) for entry in entries)


def _entry(setting: str, text: str) -> Entry:
    with suppress(Failure):
        if found := _ENTRY.fullmatch(text):
            star, host, port = found.groups()
            url = parse_url(f"http://{host}:{port or 80}")
            return Entry(name_of(url), int(port) if port else None, bool(star))
    raise Refusal(f"{variable_of(setting)}: {text} is not HOST, HOST:PORT or *.DOMAIN")


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
    address = _unwrapped(text)
    if isinstance(address, ipaddress.IPv6Address) and (
        address not in _ORDINARY_IPV6 or address in _6TO4
    ):
        return False
    return address.is_global and not address.is_multicast


def is_loopback(text: str) -> bool:
    """Whether an address is this machine's own, which nobody else can reach."""
    return _unwrapped(text).is_loopback


def _unwrapped(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address that is meant: an IPv6 one may stand for one of IPv4."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(address.packed[-4:])
    return address
