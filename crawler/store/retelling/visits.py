"""Polls, pages and visits told again: the same functions write them that wrote them first.

What differs is that numbers are given, not taken.  The functions run inside the writer's transaction.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Table, insert, text

from crawler import urls
from crawler.model import DueItem, DuePoll, PageRead, PollCount, Polled, RawRecord
from crawler.store import claims, intake, pages
from crawler.store.entries import due_item_of
from crawler.store.numbers import Numbers
from crawler.store.rows import feed_of, feed_state_of, listed, stamp, storable
from crawler.store.schema import feed_items, runs
from crawler.store.writer import Group

_FEED = text("SELECT * FROM feeds WHERE name = :name")
_FRESH = text("""
    SELECT k.value FROM json_each(:keys) k
    WHERE NOT EXISTS (SELECT 1 FROM feed_items i WHERE i.key = k.value) ORDER BY k.key""")
#: One that was not due was only looked at again.
_ITEM = text("""
    SELECT i.*, coalesce((SELECT s.position FROM sightings s
                          WHERE s.item_id = i.id AND s.feed_id = i.feed_id), 0) AS position,
           a.state AS standing, a.notice, a.draft AS held,
           CASE WHEN i.due_at IS NULL AND a.state = 'archived' THEN a.id END AS standing_id,
           (SELECT e.page_sha256 FROM revisions r JOIN extractions e ON e.id = r.extraction_id
            WHERE r.article_id = a.id AND r.number = a.revision AND r.state <> 'dropped') AS archived_sha256,
           (SELECT max(c.at) FROM captures c WHERE c.item_id = i.id AND c.outcome = 'archived') AS archived_at
    FROM feed_items i LEFT JOIN articles a ON a.item_id = i.id AND a.revision > 0
    WHERE i.id = :item""")
_BY_GUID = text("""
    SELECT i.id FROM feed_items i JOIN sightings s ON s.item_id = i.id JOIN feeds f ON f.id = s.feed_id
    WHERE f.name = :feed AND (i.guid = :guid OR i.key = :guid) ORDER BY i.id DESC LIMIT 1""")
_TOLD = text("SELECT 1 FROM warc_records WHERE path = :path AND start = :start")
_RUN = insert(runs).prefix_with("OR IGNORE")
_OWNER = text("SELECT id FROM articles WHERE url_key = :key AND item_id <> :item AND revision > 0")
_OWN = text("SELECT id FROM articles WHERE item_id = :item AND revision > 0")
_OLDER = text("""
    SELECT older_archived FROM feeds WHERE id = :feed AND older = :url
    UNION ALL SELECT older_archived FROM feed_pages WHERE feed_id = :feed AND older = :url""")


class _Given(Numbers):
    """Numbers that are given beforehand; where there is none, the store's own."""

    def __init__(self, own: Numbers, table: Table, given: Iterable[int | None]) -> None:
        self._own, self._table, self._given = own, table, deque(given)

    def take(self, table: Table) -> int:
        number = self._given.popleft() if table is self._table and self._given else None
        return self._own.take(table) if number is None else number


@contextmanager
def _numbered(group: Group, keys: Sequence[str], numbers: Mapping[str, int]) -> Iterator[None]:
    """Within: new items get the numbers that they had."""
    own = group.numbers
    fresh = unknown(group.connection, keys)
    group.numbers = _Given(own, feed_items, [numbers.get(key) for key in fresh])
    try:
        yield
    finally:
        group.numbers = own


def unknown(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Those of the keys of which there is no item yet, in their order."""
    return list(connection.execute(_FRESH, {"keys": listed([storable(key) for key in keys])}).scalars())


def due_poll(group: Group, name: str) -> DuePoll | None:
    """A feed as it is remembered at this point of the story."""
    group.flush()
    row = group.connection.execute(_FEED, {"name": name}).mappings().one_or_none()
    return None if row is None else DuePoll(feed=feed_of(dict(row)), state=feed_state_of(dict(row)))


def due_item(group: Group, number: int, name: str) -> DueItem | None:
    """An item as it stands at this point of the story, captured for a feed."""
    group.flush()
    row = group.connection.execute(_ITEM, {"item": number}).mappings().one_or_none()
    feed = group.connection.execute(_FEED, {"name": name}).mappings().one_or_none()
    if row is None or feed is None:
        return None
    return due_item_of(dict(row), feed_of(dict(feed)))


def item_of(group: Group, feed: str, guid: str) -> int | None:
    """The item that a feed showed under a guid."""
    return group.connection.execute(_BY_GUID, {"feed": feed, "guid": guid}).scalar()


def is_told(group: Group, record: RawRecord) -> bool:
    """Whether the database knows a record already."""
    group.flush()
    place = {"path": record.file, "start": record.offset}
    return group.connection.execute(_TOLD, place).first() is not None


def note_run(group: Group, number: int, began: datetime, software: str) -> None:
    """A run, as far as what it kept tells of it."""
    told = {"command": "", "arguments": "{}", "version": software.rpartition("/")[2], "process": 0}
    row = {"id": number, **told, "started_at": stamp(began), "outcome": "rebuilt"}
    group.connection.execute(_RUN, row)


def poll(group: Group, polled: Polled, run: int | None, numbers: Mapping[str, int]) -> PollCount:
    """A poll, settled as it was."""
    group.flush()
    keys = list(intake.distinct(polled.document.entries)) if polled.document else []
    with _numbered(group, keys, numbers):
        return intake.settle_poll(group, polled, run)


def page(group: Group, read: PageRead, run: int | None, numbers: Mapping[str, int]) -> PollCount:
    """A page of a feed's past, settled as it was."""
    group.flush()
    keys = list(intake.distinct(read.document.entries)) if read.document else []
    with _numbered(group, keys, numbers):
        return pages.settle_page(group, read, run)


def is_archived(group: Group, feed_id: int, url: str) -> bool:
    """Whether a page of a feed's past never changes, as what led to it said."""
    found = group.connection.execute(_OLDER, {"feed": feed_id, "url": url}).scalar()
    return bool(found)


def owner(group: Group, item: DueItem, address: str) -> tuple[int | None, int | None]:
    """The item's own article, and another one that has the address which its page led to."""
    group.flush()
    own = group.connection.execute(_OWN, {"item": item.item_id}).scalar()
    key = claims.own_address(item.entry.key, item.entry.source_link, urls.canonical(address) or "")
    other = group.connection.execute(_OWNER, {"key": key, "item": item.item_id}).scalar() if key else None
    return own, other
