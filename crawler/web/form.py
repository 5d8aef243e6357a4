"""One form, POSTed: how a WebSub hub is asked (W3C WebSub §5.1); everything else here is a GET.

Same guard, same gate.  Only a 307 or 308 repeats a POST elsewhere (RFC 9110 §15.4.8), and never from
https to http: the form holds a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from yarl import URL

from crawler.errors import BadRedirect
from crawler.web import addresses
from crawler.web.addresses import redacted
from crawler.web.exchange import Answer, Call

ANSWER = 65_536  #: bytes of an answer that are read; nothing in it counts
REDIRECTS = 3  #: that a form follows
_REPEATS = frozenset({307, 308})


def call(url: URL, fields: Mapping[str, str], *, agent: str, seconds: float, hop: int) -> Call:
    """The form as it is sent: no credentials, no compression."""
    return Call(
        url=url,
        method="POST",
        body=urlencode(fields).encode("ascii"),
        headers={
            "User-Agent": agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        limit=ANSWER,
        seconds=seconds,
        hop=hop,
        cut=True,
    )


def redirected(call: Call, answer: Answer) -> URL | None:
    """Where the same form is to be sent next; None if this is the answer.  Raises ``BadRedirect``."""
    shown = redacted(call.url)
    if answer.status not in _REPEATS:
        if 300 <= answer.status < 400:
            raise BadRedirect(f"{shown}: answered a form with {answer.status}; only 307 and 308 repeat one")
        return None
    try:
        target = addresses.join(answer.url, answer.location or "")
        if target == call.url:
            raise ValueError("it leads nowhere")
    except ValueError as error:
        raise BadRedirect(f"{shown}: its redirect cannot be followed: {error}") from None
    if call.url.scheme == "https" and target.scheme != "https":
        raise BadRedirect(f"{shown}: redirects a secret from https to http")
    return target
