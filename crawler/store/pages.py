"""Pages of the feeds' past (RFC 5005): where a backfill begins, what it has read, what a page brought.

The functions run inside the writer's transaction; ``sql`` queues them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from crawler.model import Feed, FeedDocument, OlderPage, PageRead, PollCount, Selection
from crawler.store import intake, rawindex
from crawler.store.rows import NewRow, feed_of, instant_or_none, listed, shown, stamp, storable
from crawler.store.writer import Group

#: So long a page that may change counts as read: a backfill that was cut off goes on where it was.
FRESH = timedelta(days=1)

_WANTED = text("""
    SELECT * FROM feeds f
    WHERE f.enabled = 1 AND f.older IS NOT NULL AND f.answered_at IS NOT NULL
      AND (:names IS NULL OR f.name IN (SELECT value FROM json_each(:names)))
      AND NOT EXISTS (
          SELECT 1 FROM sightings s JOIN feed_items i ON i.id = s.item_id
          WHERE s.feed_id = f.id AND s.last_seen IS NULL AND coalesce(i.published, i.updated) < :since)
    ORDER BY f.id""")
_READ = text("""
    SELECT * FROM feed_pages
    WHERE feed_id = :feed AND url = :url AND state = 'read' AND (archived = 1 OR at >= :fresh)""")
_SETTLE = text("""
    INSERT INTO feed_pages (feed_id, run_id, url, archived, state, at, older, older_archived, oldest, newest,
        seen, new, error, error_kind)
    VALUES (:feed_id, :run_id, :url, :archived, :state, :at, :older, :older_archived, :oldest, :newest,
        :seen, :new, :error, :error_kind)
    ON CONFLICT (feed_id, url) DO UPDATE SET
        run_id = excluded.run_id, archived = excluded.archived, state = excluded.state, at = excluded.at,
        older = excluded.older, older_archived = excluded.older_archived, oldest = excluded.oldest,
        newest = excluded.newest, seen = excluded.seen, new = excluded.new, error = excluded.error,
        error_kind = excluded.error_kind""")
#: What stands on a page of the past only is not in the feed any more.
_PAST = text("""
    UPDATE sightings SET last_seen = :at
    WHERE feed_id = :feed AND last_seen IS NULL AND item_id IN (
        SELECT i.id FROM json_each(:keys) k JOIN feed_items i ON i.key = k.value)
      AND item_id NOT IN (
        SELECT i.id FROM feeds f JOIN json_each(f.latest_keys) k JOIN feed_items i ON i.key = k.value
        WHERE f.id = :feed)""")


def older_pages(group: Group, want: Selection) -> list[OlderPage]:
    """Of each wanted feed that tells of older pages and shows nothing before ``since``, the first one."""
    group.flush()
    names = None if want.feeds is None else listed(sorted(want.feeds))
    since = stamp(want.since) if want.since else ""
    rows = group.connection.execute(_WANTED, {"names": names, "since": since}).mappings()
    return [
        OlderPage(feed=feed_of(dict(row)), url=row["older"], archived=bool(row["older_archived"]))
        for row in rows
    ]


def older_page(group: Group, feed: Feed, url: str, now: datetime) -> OlderPage | None:
    """A page that need not be read again."""
    group.flush()
    values = {"feed": feed.id, "url": storable(url), "fresh": stamp(now - FRESH)}
    row = group.connection.execute(_READ, values).mappings().first()
    if row is None:
        return None
    return OlderPage(
        feed=feed,
        url=url,
        archived=bool(row["archived"]),
        older=row["older"],
        older_archived=bool(row["older_archived"]),
        newest=instant_or_none(row["newest"]),
    )


def settle_page(group: Group, read: PageRead, run_id: int | None) -> PollCount:
    """Store what a page brought, or why it failed."""
    group.flush()
    owner = {"run_id": run_id, "poll_id": None, "item_id": None, "capture_id": None}
    rawindex.fetched(group, read.attempts, owner)
    if read.document is None:
        group.connection.execute(_SETTLE, _row(read, run_id, PollCount()))
        return PollCount()
    count = _items(group, read, read.document)
    group.connection.execute(_SETTLE, _row(read, run_id, count) | _told(read.document))
    return count


def _items(group: Group, read: PageRead, document: FeedDocument) -> PollCount:
    entries = intake.distinct(document.entries)
    feed = read.page.feed
    count = intake.take_older(group, feed, read.at, entries)
    keys = {"keys": listed(list(entries)), "feed": feed.id, "at": stamp(read.at)}
    group.connection.execute(_PAST, keys)
    return count


def _row(read: PageRead, run_id: int | None, count: PollCount) -> NewRow:
    return {
        "feed_id": read.page.feed.id,
        "run_id": run_id,
        "url": storable(read.page.url),
        "archived": read.page.archived,
        "state": "failed" if read.document is None else "read",
        "at": stamp(read.at),
        "older": None,
        "older_archived": False,
        "oldest": None,
        "newest": None,
        "seen": count.seen,
        "new": count.new,
        "error": shown(read.error),
        "error_kind": read.error_kind,
    }


def _told(document: FeedDocument) -> dict[str, Any]:
    dated = sorted(date for entry in document.entries if (date := entry.published or entry.updated))
    return {
        "older": storable(document.info.older),
        "older_archived": document.info.archived,
        "oldest": stamp(dated[0]) if dated else None,
        "newest": stamp(dated[-1]) if dated else None,
    }
