"""Which hub pushes a feed, under which topic: Link headers before the document (W3C WebSub §4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from crawler import urls
from crawler.model import FeedInfo, PushOffer

LONGEST = 2048  #: characters of a hub's or topic's address
_MOST = 64  #: links of one header field that are looked at
_TARGET = re.compile(r"\s*(?:,\s*)?<([^<>]*)>")
_PARAMETER = re.compile(r'\s*;\s*([^\s=;,"<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')
_ESCAPE = re.compile(r"\\(.)")


def offer(headers: Mapping[str, str], info: FeedInfo | None, url: str) -> PushOffer | None:
    """What a response offers: the first usable hub, and the topic.

    Header names are lower case; ``url`` is the address that answered, ``info`` what its document
    says, if it has one.  Without a topic (rel="self") there is no subscription, and none under an
    address that holds a secret: a hub is a stranger.
    """
    found = _of_headers(headers.get("link", ""), url)
    hub = next(filter(usable, found.get("hub", ())), None) or (info.hub if info else None)
    topic = next(filter(usable, found.get("self", ())), None) or (info.topic if info else None)
    if hub is None or topic is None or not usable(hub) or not usable(topic):
        return None
    if urls.without_secrets(topic) != topic:
        return None
    return PushOffer(hub=hub, topic=topic)


def links(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Target and relations (lower case) of each link of a Link header (RFC 8288 §3).

    Links with an ``anchor`` speak of another resource and are passed over; what is no link ends it.
    """
    at = 0
    for _ in range(_MOST):
        target = _TARGET.match(text, at)
        if target is None:
            return
        at, anchored = target.end(), False
        relations: tuple[str, ...] = ()
        while parameter := _PARAMETER.match(text, at):
            at = parameter.end()
            name, value = parameter[1].lower(), _ESCAPE.sub(r"\1", parameter[2] or parameter[3] or "")
            if name == "rel" and not relations:  # RFC 8288 §3.3: further ones are ignored
                relations = tuple(value.lower().split())
            anchored = anchored or name == "anchor"
        if not anchored:
            yield target[1], relations


def usable(address: str) -> bool:
    """Whether an address may be a hub's or a topic's: of the web, of sensible length, without userinfo."""
    try:
        parts = urlsplit(address)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and len(address) <= LONGEST
            and address.isprintable()
        )
    except ValueError:
        return False


def _of_headers(text: str, url: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for target, relations in links(text):
        try:
            address = urljoin(url, target.strip())
        except ValueError:
            continue
        for relation in relations:
            found.setdefault(relation, []).append(address)
    return found
