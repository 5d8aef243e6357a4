"""The feeds of the configuration in the database: registering them, calling them up.

The functions run inside the writer's transaction; ``sql`` queues them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, bindparam, insert, select, text, update

from crawler import timing
from crawler.config.units import spelled
from crawler.model import Feed, Resting, Selection
from crawler.store import rechecks
from crawler.store.edits import MOST_EDITS
from crawler.store.entries import host_of
from crawler.store.intake import PENDING
from crawler.store.rows import NewRow, feed_row, instant_or_none, length, listed, stamp
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
    feeds.c.moved_to,
)
_ADD = insert(feeds)
_CHANGE = update(feeds).where(feeds.c.id == bindparam("feed"))
#: Another address answers for itself: what was remembered of the old one would lie.
_FORGET = text("""
    UPDATE feeds SET etag = NULL, last_modified = NULL, validators_url = NULL, body_sha256 = NULL,
        failures = 0, failure_weight = 0, last_error = NULL, last_error_kind = NULL,
        not_before = NULL, fresh_seconds = NULL, fetched_at = NULL, not_modified = 0,
        lying = 0, probed_at = NULL, probes = 0, moving = NULL, moved_to = NULL, gone = 0, gone_at = NULL,
        next_poll_at = :now, lent_from = NULL, lent_at = NULL
    WHERE id = :feed""")
#: … unless it is the address to which the old one moved: nothing changes but who says so.
_FOLLOW = text("UPDATE feeds SET moving = NULL, moved_to = NULL WHERE id = :feed")
_LEAVE = text("UPDATE feed_addresses SET until = :now WHERE feed_id = :feed AND until IS NULL")
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
_WANTED = text("""
    SELECT id, name, floor_seconds, polled_at, lent_at, not_before FROM feeds
    WHERE enabled = 1 AND next_poll_at > :now
      AND (:names IS NULL OR name IN (SELECT value FROM json_each(:names)))
    ORDER BY name""")
_CALL = text("""
    UPDATE feeds SET next_poll_at = :now, lent_from = NULL, lent_at = NULL
    WHERE id IN (SELECT value FROM json_each(:feeds))""")
_OVERDUE = text("""
    SELECT id, url, interval_seconds FROM feeds
    WHERE enabled = 1 AND interval_seconds IS NOT NULL AND next_poll_at <= :now
    ORDER BY next_poll_at, id LIMIT -1 OFFSET :at_once""")
#: No wish, no back-off and no skipped week reaches farther ahead than an interval and 40 days.
_FROZEN = text("""
    SELECT id, url, interval_seconds FROM feeds
    WHERE enabled = 1 AND julianday(next_poll_at) - julianday(:now) >
          40 + max(coalesce(interval_seconds, 0), coalesce(floor_seconds, 0)) / 86400.0""")
_THAW = text("UPDATE feeds SET next_poll_at = :at, not_before = NULL WHERE id = :feed")
_PUT_OFF = text("UPDATE feeds SET next_poll_at = :at WHERE id = :feed")

#: So many new feeds are polled at once; each further one gives them all this much longer to begin.
_AT_ONCE, _PACE = 100, timedelta(seconds=0.1)
#: … of those that are overdue, so many at once; each further one gives them this much, up to their interval.
_OVERDUE_AT_ONCE, _CATCHING_UP = 50, timedelta(seconds=10)
_THAWED_WITHIN = timedelta(hours=1)
#: A feed that was lent is asked so soon, or goes back: a slice begins nothing later.
_BEGUN_WITHIN = timedelta(minutes=1)


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
        for parking in (_PARK, rechecks.PARK):
            group.connection.execute(parking, {"feeds": listed(gone)})
    _spread_overdue(group, now)


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
    if "url" in changed and changed["url"] == known["moved_to"]:
        group.connection.execute(_FOLLOW, {"feed": known["id"]})
    elif "url" in changed:
        for statement in (_FORGET, _LEAVE):
            group.connection.execute(statement, {"feed": known["id"], "now": stamp(now)})
    if "enabled" in changed:
        group.connection.execute(_UNPARK, {"feeds": listed([known["id"]]), "now": stamp(now)})


def _spread_overdue(group: Group, now: datetime) -> None:
    """After a long rest: of many feeds that are overdue, the first begin at once, the others by and by.

    Each waits for its own stable moment within its interval, so that it stays apart from the others
    from then on.
    """
    rows = list(
        group.connection.execute(_OVERDUE, {"now": stamp(now), "at_once": _OVERDUE_AT_ONCE}).mappings()
    )
    room = _CATCHING_UP * len(rows)
    later = [{"feed": row["id"], "at": stamp(_soon(row, now, room))} for row in rows]
    if later:
        group.connection.execute(_PUT_OFF, later)


def thaw(group: Group, now: datetime) -> None:
    """Feeds whose next poll was set by a clock that was months ahead are due soon: else nobody asks them for years.

    Not at a start, when the clock itself may not have been set yet.
    """
    group.flush()
    rows = group.connection.execute(_FROZEN, {"now": stamp(now)}).mappings()
    soon = [{"feed": row["id"], "at": stamp(_soon(row, now, _THAWED_WITHIN))} for row in rows]
    if soon:
        group.connection.execute(_THAW, soon)


def _soon(row: RowMapping, now: datetime, most: timedelta) -> datetime:
    """A feed's own stable moment within its interval."""
    interval = length(row["interval_seconds"])
    return timing.first_poll_at(row["url"], now, most if interval is None else min(interval, most))


def call_feeds(group: Group, want: Selection, now: datetime, floor: timedelta) -> list[Resting]:
    """Make every wanted feed due now; those that may not be asked yet keep their time and are returned.

    A feed rests until its server's own wish has passed, and its floor (or ``floor``) since it was
    polled, in vain or not (failures that are ours are none), or since it was lent to a run that a
    crash cut off: that one may have asked.
    """
    group.flush()
    names = None if want.feeds is None else listed(sorted(want.feeds))
    called, resting = [], []
    for row in group.connection.execute(_WANTED, {"now": stamp(now), "names": names}).mappings():
        until, why = _rests(row, length(row["floor_seconds"]) or floor)
        if until is None or until <= now:
            called.append(row["id"])
        else:
            resting.append(Resting(feed=row["name"], until=until, why=why))
    group.connection.execute(_CALL, {"now": stamp(now), "feeds": listed(called)})
    return resting


def _rests(row: RowMapping, floor: timedelta) -> tuple[datetime | None, str]:
    """Until when a feed must not be asked, as far as is known, and why."""
    polled, lent = instant_or_none(row["polled_at"]), instant_or_none(row["lent_at"])
    latest = lent + min(floor, _BEGUN_WITHIN) if lent else None
    asked = max(filter(None, (polled, latest)), default=None)
    until = asked + floor if asked else None
    wish = instant_or_none(row["not_before"])
    if wish is not None and (until is None or wish > until):
        return wish, "its server asked to wait"
    return until, f"asked less than {spelled(floor)} ago".replace('"', "")
