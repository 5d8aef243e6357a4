"""Web addresses as this room sends, compares and shows them.

``parse`` is the only way from text to an address; ``urls.redacted`` is the only way from an address
to a message.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

from yarl import URL

from crawler import urls

# Everything RFC 3986 allows in a path or a query, and the escapes that are already there.
_KEPT = "!$%&'()*+,-./:;=?@[]_~"
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.*", re.IGNORECASE)
_WEB = re.compile(r"https?:", re.IGNORECASE)
_LONGEST_NAME = 253  # RFC 1035 §2.3.4
_IGNORED = str.maketrans("", "", "\t\r\n")


@lru_cache(maxsize=1024)  # feeds are asked again and again
def parse(text: str) -> URL:
    """Read an address; without userinfo and fragment, its path and query byte for byte as written.

    Raises ``ValueError`` with the reason when it is not an http or https address with a host.
    """
    text = text.strip("\x00\x09\x0a\x0c\x0d\x20").translate(_IGNORED)
    if any(ord(character) < 32 for character in text):
        raise ValueError("it holds control characters")
    try:
        parts = urlsplit(text)
        url = URL(f"{parts.scheme}://{parts.netloc}")
    except ValueError:  # its own words may repeat a password
        raise ValueError("its host or port is not usable") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError("only http and https addresses can be fetched")
    if not _is_host(url.raw_host or "") or url.explicit_port == 0:
        raise ValueError("its host or port is not usable")
    return URL.build(
        scheme=url.scheme,
        authority=(url.host_port_subcomponent or "").lower(),
        path=_escaped(parts.path) or "/",
        query_string=_escaped(parts.query),
        encoded=True,
    )


def join(base: URL, location: str) -> URL:
    """The address a ``Location`` leads to (RFC 9110 §10.2.2); raises ``ValueError``."""
    location = location.strip()
    try:
        # "http:///x" and "http:x" lead nowhere; ``urljoin`` would take them for relative (RFC 3986 §5.2.2).
        target = location if _WEB.match(location) else urljoin(str(base), location)
    except ValueError:
        raise ValueError("its host or port is not usable") from None
    return parse(target)


def origin(url: URL) -> str:
    """Scheme, host and port as one text (RFC 6454)."""
    return f"{url.scheme}://{url.host_subcomponent}:{url.port}"


def same_site(first: URL, second: URL) -> bool:
    """True for one origin, or its upgrade from http to https at the default ports."""
    upgraded = first.scheme == "http" and second.scheme == "https"
    default = first.is_default_port() and second.is_default_port()
    return origin(first) == origin(second) or (upgraded and default and first.raw_host == second.raw_host)


@lru_cache(maxsize=4096)
def is_literal(host: str) -> bool:
    """Whether a host is an address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def redacted(address: str | URL) -> str:
    """An address as it may stand in a message (``urls.redacted``)."""
    return urls.redacted(str(address))


def _is_host(text: str) -> bool:
    if ":" in text:  # IPv6, already read by the library; the guard judges it
        return True
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def _escaped(text: str) -> str:
    # A header may carry bytes that are no UTF-8: they arrive as lone surrogates and leave as they came.
    return quote(text.encode("utf-8", "surrogateescape"), safe=_KEPT)
