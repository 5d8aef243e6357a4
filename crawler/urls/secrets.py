"""Addresses as they may be shown: in a log, in the database, in the raw archive.

Imported from ``crawler.urls``.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_USERINFO = re.compile(r"(?<=//)[^/?#\s]*@")
_NESTED = 3  #: addresses within addresses' queries that are looked into; what lies deeper is not shown
_PLAIN = "/:?=@!$'()*,+~"  #: signs of an address in a query that are as plain as letters
_PAIR = re.compile(r"([?&;#])([^?=&;#\s]+)=((?:[^&;#\s]*[^&;#\s:])?)")  # a message goes on behind ":"
_SECRET = re.compile(
    r"token|secret|passw|pwd|pass$|signature|credential|session|jwt"
    r"|(?<![a-z])sig(?![a-z])|key(?!word)|auth(?!or)",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """A text whose addresses show no user name and no secret query values, nor do addresses in their queries."""
    return _bare(text, _NESTED)


def _bare(text: str, depth: int) -> str:
    return _PAIR.sub(lambda pair: _hidden(pair, depth), _USERINFO.sub("", text))


def _hidden(pair: re.Match[str], depth: int) -> str:
    separator, key, value = pair.groups()
    if _SECRET.search(unquote(key)):
        return f"{separator}{key}=***"
    inner = unquote(value)
    if "?" not in inner and "//" not in inner:
        return pair[0]
    if not depth:
        return f"{separator}{key}=***"
    bare = _bare(inner, depth - 1)
    return pair[0] if bare == inner else f"{separator}{key}={quote(bare, safe=_PLAIN)}"
