"""Entries of feeds ↔ rows of ``feed_items``: what a feed tells of an item, and the item as it is lent."""

from __future__ import annotations

import hashlib
import json

from crawler import urls
from crawler.model import DueItem, Enclosure, Entry, Feed, Origin
from crawler.store.rechecks import recheck_of
from crawler.store.rows import NewRow, Row, instant, instant_or_none, listed, stamp_or_none, storable

_TEXTS = ("guid", "link", "source_link", "title", "published_raw", "updated_raw", "author", "language")
#: Where the newest revision of an article in a state is from; no state: no article that was written.
_ORIGIN = {None: None, "archived": Origin.PAGE, "fallback": Origin.FEED}


def host_of(*addresses: str | None) -> str:
    """The politeness key of the first usable address."""
    return next((host for url in addresses if url and (host := urls.politeness_key(url))), "nowhere")


def entry_digest(entry: Entry) -> str:
    """What must differ for an item to count as edited: title, link, summary, content."""
    told = (entry.title, entry.source_link or entry.link, entry.summary, entry.content)
    texts = (storable(text) for text in told)  # the same before and after a visit to the database
    return hashlib.sha256(
        "\x00".join("\x01" if text is None else text for text in texts).encode()
    ).hexdigest()


def entry_row(entry: Entry) -> NewRow:
    """An entry as the feed tells it."""
    row: NewRow = {name: storable(getattr(entry, name)) for name in _TEXTS}
    row["published"] = stamp_or_none(entry.published)
    row["updated"] = stamp_or_none(entry.updated)
    row["categories"] = storable(listed(entry.categories))
    row["enclosures"] = storable(listed([[file.url, file.type, file.length] for file in entry.enclosures]))
    row["summary"] = storable(entry.summary)
    row["content"] = storable(entry.content)
    return row


def entry_of(row: Row) -> Entry:
    """The entry of a row of ``feed_items``."""
    return Entry(
        key=row["key"],
        position=row["position"],
        published=instant_or_none(row["published"]),
        updated=instant_or_none(row["updated"]),
        categories=tuple(json.loads(row["categories"] or "[]")),
        enclosures=tuple(
            Enclosure(url=url, type=kind, length=size)
            for url, kind, size in json.loads(row["enclosures"] or "[]")
        ),
        summary=row["summary"],
        content=row["content"],
        **{name: row[name] for name in _TEXTS},
    )


def due_item_of(row: Row, feed: Feed) -> DueItem:
    """The lent item of a row of ``frontier.DUE_ITEMS``."""
    standing = _ORIGIN[row["standing"]]
    return DueItem(
        item_id=row["id"],
        feed=feed,
        entry=entry_of(row),
        first_seen=instant(row["first_seen"]),
        captures=row["captures"],
        standing=standing,
        notice=row.get("notice"),
        held=bool(row.get("held")),
        recheck=recheck_of(row),
    )
