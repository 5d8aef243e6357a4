"""The header fields of an answer: as the house keeps them, and what they say of its body's end."""

from __future__ import annotations

import re
from collections.abc import Mapping

import aiohttp

from crawler.errors import Unreachable
from crawler.message import head

_BODILESS = frozenset({204, 304})
# RFC 9110 §5.5: a field value holds no control characters but the tab.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def kept(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Names in lower case; of fields that have one value only, the first; cookies left out.

    Raises ``Unreachable`` where a value holds control characters.
    """
    if any(map(_CONTROL.search, response.headers.values())):
        raise Unreachable("the answer is not well-formed HTTP: a header holds control characters")
    return head.kept(response.headers.items())


def bounded(headers: Mapping[str, str]) -> bool:
    """Whether the end of the body is told by a length or by chunks (RFC 9112 §6.3)."""
    return "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()


def suspect(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a connection must not be kept after this answer.

    Its fields hold control characters, or announce a body where none can be (RFC 9112 §6.3).
    """
    announced = headers.get("content-length", "0").strip() != "0" or "transfer-encoding" in headers
    return (announced and status in _BODILESS) or any(map(_CONTROL.search, headers.values()))
