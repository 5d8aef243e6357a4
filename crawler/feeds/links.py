"""Which of an entry's addresses is the entry, and which are its media."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crawler import urls
from crawler.feeds.facts import ItemFacts, LinkFact
from crawler.feeds.plain import joined, scrubbed
from crawler.model import Enclosure

_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "html", "xhtml"})
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_PATH = re.compile(r"/[^/\s][^\s]*")


def choose(facts: ItemFacts, url: str) -> str | None:
    """The entry's address, absolute: a link of relation ``alternate``, else the permalink.

    RFC 4287 §4.2.7 and RSS 2.0 ``<guid>``.
    """
    candidates = [link for link in facts.links if link.target.strip() and link.relation == "alternate"]
    for link in sorted(candidates, key=_rank):
        address = page(link.target, link.base, url)
        if address:
            return address
    return _permalink(facts, url)


def _rank(link: LinkFact) -> int:
    """RSS's own link first, then what calls itself a page, then what does not say, then other types."""
    if link.written:
        return 0
    if link.type in _PAGE_TYPES:
        return 1
    return 3 if link.type else 2


def resolve(target: str, base: str, url: str) -> str | None:
    """An address made absolute and tidy; None for what is not the web's, or far too long."""
    if len(target) > 8 * urls.LONGEST:  # a text of megabytes in an address's place
        return None
    address = re.sub(r"[\r\n\t]+\s*", "", scrubbed(target).strip()).replace("&amp;", "&")
    address = joined(joined(url, base) if base else url, address)
    if _WEB.match(address):
        return address
    return address if not url and address and ":" not in address.partition("/")[0] else None


def page(target: str, base: str, url: str) -> str | None:
    """``resolve`` for an entry's page: a place in the feed, or the feed itself, is none.

    A feed's own address may carry a key to it, and is every entry's.
    """
    address = None if scrubbed(target).lstrip().startswith("#") else resolve(target, base, url)
    if address and url and urls.identity(address) == urls.identity(url):
        return None
    return address


def original(facts: ItemFacts, url: str) -> str | None:
    """The article's own address behind a redirector's (feedburner:origLink)."""
    target = facts.first("original")
    return page(target, "", url) if target else None


def _permalink(facts: ItemFacts, url: str) -> str | None:
    guid = facts.first("guid") or facts.about or ""
    claimed = (facts.permalink or "").strip().lower()
    if not guid or claimed == "false":
        return None
    if _WEB.match(guid) or claimed == "true" or _PATH.fullmatch(guid):
        return page(guid, facts.base, url)
    return None


def enclosures(entry: dict[str, Any], base: str) -> tuple[Enclosure, ...]:
    """Media in the order of their weight: enclosures, media:content, thumbnails, the episode's image.

    ``type`` is ``image/*`` where a feed says that it is an image but not which.
    """
    found: dict[str, Enclosure] = {}
    for address, kind, length in _media(entry):
        target = resolve(address, "", base) if isinstance(address, str) and address.strip() else None
        if target and target not in found:
            found[target] = Enclosure(url=target, type=_kind(kind), length=_length(length))
    return tuple(found.values())


def _media(entry: dict[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    for link in dict.get(entry, "links") or ():
        if link.get("rel") == "enclosure":
            yield link.get("href"), link.get("type"), link.get("length")
    for media in dict.get(entry, "media_content") or ():
        kind = media.get("type") or ("image/*" if media.get("medium") == "image" else None)
        yield media.get("url"), kind, media.get("filesize")
    for media in dict.get(entry, "media_thumbnail") or ():
        yield media.get("url"), "image/*", None
    image = dict.get(entry, "image")
    if isinstance(image, Mapping):
        yield image.get("href"), "image/*", None


def _kind(text: Any) -> str | None:
    kind = text.strip().lower() if isinstance(text, str) else ""
    return kind if "/" in kind else None


def _length(text: Any) -> int | None:
    digits = str(text if text is not None else "").strip()
    return int(digits) or None if digits.isascii() and digits.isdigit() and len(digits) < 16 else None
