"""The feeds of the configuration in the database: registering them, calling them up.

The functions run inside the writer's transaction; ``sql`` queues them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update

from crawler import timing
from crawler.model import Feed, Selection
from crawler.store.intake import MOST_EDITS, PENDING
from crawler.store.rows import NewRow, feed_row, host_of, listed, stamp
from crawler.store.schema import feeds
from crawler.store.writer import Group

_KNOWN = select(
    feeds.c.id,
    feeds.c.name,
    feeds.c.url,
    feeds.c.source,
    feeds.c.source_key,
    feeds.c.floor_seconds,
    feeds.c.ceiling_seconds,
    feeds.c.user_agent,
    feeds.c.enabled,
)
_ADD = insert(feeds)
_CHANGE = update(feeds).where(feeds.c.id == bindparam("feed"))
#: Another address answers for itself: what was remembered of the old one would lie.
_FORGET = text("""
    UPDATE feeds SET etag = NULL, last_modified = NULL, body_sha256 = NULL, failures = 0,
        last_error = NULL, last_error_kind = NULL, next_poll_at = :now, lent_from = NULL
    WHERE id = :feed""")
_PARK = text("""
    UPDATE feed_items SET due_at = NULL
    WHERE due_at IS NOT NULL
      AND id IN (SELECT item_id FROM sightings WHERE feed_id IN (SELECT value FROM json_each(:feeds)))
      AND NOT EXISTS (SELECT 1 FROM sightings s JOIN feeds f ON f.id = s.feed_id
                      WHERE s.item_id = feed_items.id AND f.enabled = 1)""")
_WAKE = """
    UPDATE feed_items AS i SET due_at = :now
    WHERE i.due_at IS NULL AND ({pending})
      AND i.id IN (SELECT item_id FROM sightings WHERE feed_id IN (SELECT value FROM json_each(:feeds)))"""
_UNPARK = text(_WAKE.format(pending=PENDING)).bindparams(most_edits=MOST_EDITS)
_CALL = text("""
    UPDATE feeds SET next_poll_at = :now, lent_from = NULL
    WHERE enabled = 1 AND next_poll_at > :now
      AND (:names IS NULL OR name IN (SELECT value FROM json_each(:names)))""")

#: So many new feeds are polled at once; each further one gives them all this much longer to begin.
_AT_ONCE, _PACE = 100, timedelta(seconds=0.1)


def register(group: Group, wanted: Sequence[Feed], now: datetime) -> None:
    """Make the stored feeds those of the configuration.

    A feed is known by its name, else (renamed) by its address.  One that is gone is kept with its
    history, disabled, and its pending items rest; both wake when it comes back.
    """
    group.flush()
    rows = [dict(row) for row in group.connection.execute(_KNOWN).mappings()]
    named = {row["name"]: row for row in rows}
    names = {feed.name for feed in wanted}
    orphans = {row["url"]: row for row in rows if row["name"] not in names}
    kept: set[int] = set()
    fresh: list[Feed] = []
    for feed in wanted:
        known = named.get(feed.name) or orphans.pop(feed.url, None)
        if known is None:
            fresh.append(feed)
        else:
            kept.add(known["id"])
            _change(group, known, feed_row(feed), now)
    if fresh:
        spread = _PACE * max(0, len(fresh) - _AT_ONCE)
        group.connection.execute(_ADD, [_fresh(feed, now, spread) for feed in fresh])
    gone = [row["id"] for row in rows if row["enabled"] and row["id"] not in kept]
    if gone:
        group.connection.execute(_CHANGE, [{"feed": number, "enabled": False} for number in gone])
        group.connection.execute(_PARK, {"feeds": listed(gone)})


def _fresh(feed: Feed, now: datetime, spread: timedelta) -> NewRow:
    begin = timing.first_poll_at(feed.url, now, spread)
    first = {"next_poll_at": stamp(begin), "registered_at": stamp(now), "failures": 0, "latest_keys": "[]"}
    return feed_row(feed) | first | {"host": host_of(feed.url)}


def _change(group: Group, known: Mapping[str, Any], told: NewRow, now: datetime) -> None:
    changed = {name: value for name, value in told.items() if known[name] != value}
    if not changed:
        return
    if "url" in changed:
        changed["host"] = host_of(changed["url"])
    group.connection.execute(_CHANGE, [{"feed": known["id"], **changed}])
    if "url" in changed:
        group.connection.execute(_FORGET, {"feed": known["id"], "now": stamp(now)})
    if "enabled" in changed:
        group.connection.execute(_UNPARK, {"feeds": listed([known["id"]]), "now": stamp(now)})


def call_feeds(group: Group, want: Selection, now: datetime) -> None:
    """Make every wanted feed due now."""
    group.flush()
    names = None if want.feeds is None else listed(sorted(want.feeds))
    group.connection.execute(_CALL, {"now": stamp(now), "names": names})
