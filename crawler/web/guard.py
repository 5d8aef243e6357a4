"""Which addresses may be fetched: one judgement for every surface, hop and stage.

The fetcher asks before a request, the connector again for the answers of name resolution and for
the peer of every socket just before it connects, so that neither literals nor rebinding slip past.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from yarl import URL

from crawler.errors import Refused
from crawler.web import addresses

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# A last label that is a number makes the whole host a number (WHATWG URL §3.5): "127.1", "0x7f.1".
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)\.*", re.IGNORECASE)

# IANA's special-purpose registries (RFC 6890) and multicast: nobody publishes there.  The standard
# library's ``is_global`` lets several of these pass.  NAT64 and 6to4 are judged by what they hold.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23",
        "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  #: RFC 5214 §6.1, before the last four bytes
_LAST_FOUR = (_MAPPED, _TRANSLATED, _COMPATIBLE, _NAT64, _NAT64_LOCAL)


def embedded(address: IPAddress) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses inside an IPv6 address: mapped, compatible, 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv4Address) or int(address) <= 1:
        return ()
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if any(address in network for network in _LAST_FOUR):
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


@lru_cache(maxsize=4096)
def is_public(address: IPAddress) -> bool:
    """Whether an address, and every address inside it, is one of the public Internet."""
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None or not _is_public_tunnel(address):
            return False
        inner = embedded(address)
        if inner:
            return all(is_public(each) for each in inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_public_tunnel(address: ipaddress.IPv6Address) -> bool:
    """False where a tunnel inside a site (ISATAP) would lead to a private IPv4 address."""
    if int(address) >> 32 & 0xFFFFFFFF not in _ISATAP:
        return True
    return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))


class Guard:
    """Judges addresses by the ``[web]`` settings ``ports`` and ``allow_private``."""

    def __init__(self, *, ports: Iterable[int], allow_private: Iterable[str] = ()) -> None:
        self._ports = frozenset(ports)
        self._let_in: tuple[IPNetwork, ...] = tuple(map(ipaddress.ip_network, allow_private))

    def admit(self, text: str) -> URL:
        """The address to fetch, without userinfo and fragment; raises ``Refused``."""
        try:
            url = addresses.parse(text)
        except ValueError as error:
            raise Refused(f"{addresses.redacted(text)}: refused: {error}") from None
        self.check(url)
        return url

    def check(self, url: URL) -> None:
        """Judge what can be judged before name resolution; raises ``Refused``."""
        host, port = url.raw_host or "", url.port or 0
        literal = _literal(host)
        if literal is not None:
            self._check_address(url, literal, port)
        elif port not in self._ports and not self._let_in:
            raise Refused(f"{addresses.redacted(url)}: refused: {self._port_reason(port)}")

    def check_answers(self, host: str, port: int, answers: Sequence[str]) -> None:
        """Judge the addresses a name resolved to: one bad one refuses all; raises ``Refused``."""
        for answer in answers:
            self._check_address(host, _address(host, answer), port)

    def check_peer(self, address: str, port: int) -> None:
        """Judge the address a socket is about to connect to; raises ``Refused``."""
        self._check_address(address, _address(address, address), port)

    def _check_address(self, asked: str | URL, address: IPAddress, port: int) -> None:
        if self._is_let_in(address):
            return
        shown = asked if isinstance(asked, str) else addresses.redacted(asked)
        if not is_public(address):
            network = ipaddress.ip_network((address, address.max_prefixlen))
            raise Refused(
                f"{shown}: refused: {address} is not a public address; "
                f'[web] allow_private = ["{network}"] would let it in'
            )
        if port not in self._ports:
            raise Refused(f"{shown}: refused: {self._port_reason(port)}")

    def _is_let_in(self, address: IPAddress) -> bool:
        if not self._let_in:
            return False
        if isinstance(address, ipaddress.IPv6Address):
            if address.scope_id is not None:
                return False
            # Only a mapped address leads to the same machine; tunnels and translators lead elsewhere.
            address = address.ipv4_mapped or address
        return any(address in network for network in self._let_in)

    def _port_reason(self, port: int) -> str:
        known = ", ".join(map(str, sorted(self._ports)))
        return f"port {port} is not one of {known}; adding it to [web] ports would allow it"


def _literal(host: str) -> IPAddress | None:
    """The address a host spells, None for a name; raises ``Refused`` for outdated spellings."""
    if ":" not in host and not _NUMERIC.fullmatch(host):
        return None
    return _address(host, host)


@lru_cache(maxsize=4096)
def _address(shown: str, text: str) -> IPAddress:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise Refused(
            f"{shown}: refused: {text} is not an address in its usual spelling; "
            "write four decimal numbers, or IPv6 in brackets"
        ) from None
