"""Feed bytes → FeedInfo and Entries; pure, synchronous, and meant for a worker process.

``parse`` is the door: charset → JSON Feed, or mend → scan → feedparser → identity.  The crawler's workers and
``scripts/read-feeds`` use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from crawler.errors import NotAFeed
from crawler.feeds import charset, identity, jsonfeed, refusal, xmlfeed
from crawler.model import Entry, FeedDocument

__all__ = ["parse"]

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def parse(
    body: bytes,
    *,
    url: str,
    headers: Mapping[str, str] = _NO_HEADERS,
    feed_name: str = "",
    limit: int = 5000,
    every: bool = False,
) -> FeedDocument:
    """Read a feed's decompressed bytes, at most ``limit`` entries of it.

    ``url`` is the address they came from after redirects, against which relative links are resolved; of the response's
    ``headers`` (names in lower case) only ``content-type`` counts.  What was wrong and mended stands in
    ``info.notes``.  ``every`` keeps items that are blank or say the same as another under one key; without it, keys
    are unique.  Raises ``NotAFeed`` with the cause, and nothing else, whatever the bytes are.
    """
    reason = refusal.of_bytes(body)
    if reason:
        raise NotAFeed(reason)
    decoded = charset.decode(body, headers.get("content-type", ""))
    read = jsonfeed.read if jsonfeed.is_json(decoded.text) else xmlfeed.read
    document = read(decoded.text, url=url, limit=limit)
    notes = [*([decoded.note] if decoded.note else []), *document.info.notes]
    entries = identity.assign(document.entries, feed_name)
    if not every:
        entries = _worth_keeping(entries, notes)
    return FeedDocument(info=replace(document.info, notes=tuple(notes)), entries=entries)


def _worth_keeping(entries: tuple[Entry, ...], notes: list[str]) -> tuple[Entry, ...]:
    """Without blank items and repetitions; what is left out is noted."""
    speaking = tuple(entry for entry in entries if not identity.is_blank(entry))
    distinct = identity.distinct(speaking)
    if len(speaking) < len(entries):
        notes.append(f"{len(entries) - len(speaking)} empty items were left out")
    if len(distinct) < len(speaking):
        notes.append(f"{len(speaking) - len(distinct)} items that repeat another were left out")
    return distinct
