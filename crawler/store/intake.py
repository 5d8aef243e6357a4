"""What a poll brought: the poll, its items and sightings, the feed's next state, in one transaction.

Only what is new or edited is written: of a changed feed's thirty entries that is usually one.
The functions run inside the writer's transaction; ``sql`` queues them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text, update

from crawler.model import Entry, Feed, FeedDocument, PollCount, Polled
from crawler.store import edits, rawindex
from crawler.store.edits import MOST_EDITS
from crawler.store.entries import entry_digest, host_of
from crawler.store.rows import NewRow, info_row, listed, shown, stamp, state_row, storable
from crawler.store.schema import feed_items, feeds, polls, sightings
from crawler.store.writer import Group
from crawler.timing import overflowed

#: Whether there is something left to do for an item ``i``, even while it rests with its feed:
#: it was not captured yet, or edited since, or its page is still wanted, or its twin's article; or the end
#: of its embargo, or that it is held back because it was killed.
PENDING = """
    i.state IN ('new', 'retry')
    OR i.changes BETWEEN 1 AND :most_edits AND i.last_changed >= coalesce(i.captured_at, i.first_seen)
    OR i.state = 'fallback' AND (
        SELECT c.retry_at FROM captures c WHERE c.item_id = i.id ORDER BY c.id DESC LIMIT 1) IS NOT NULL
    OR EXISTS (
        SELECT 1 FROM articles a WHERE a.item_id = i.id AND a.draft <> (a.notice IS 'kill')
            AND (i.state = 'archived' OR a.notice = 'kill') AND a.taken_down_at IS NULL)
    OR i.state = 'duplicate' AND EXISTS (
        SELECT 1 FROM articles a WHERE a.id = i.article_id AND a.revision = 0)"""

POLL = insert(polls)
#: The feed, if its address was not replaced while it was asked: the answer speaks for the old one.
_STILL = (
    feeds.c.id == bindparam("feed"),
    func.coalesce(feeds.c.moved_to, feeds.c.url) == bindparam("asked"),
)
#: One each, for rows that are written together must name the same columns.
FEED_CHANGED = update(feeds).where(*_STILL)
FEED_UNCHANGED = update(feeds).where(*_STILL)
FEED_FAILED = update(feeds).where(*_STILL)
_ASKED = select(feeds.c.id).where(*_STILL)

_ITEM = insert(feed_items)
_EDIT = update(feed_items).where(feed_items.c.id == bindparam("item"))
_SIGHTING = insert(sightings)
_RETOLD = text(
    "UPDATE sightings SET digest = :digest, last_seen = NULL WHERE item_id = :item AND feed_id = :feed"
)
_WAKE = text("UPDATE feed_items SET due_at = :at WHERE id = :item")
_GONE = text("""
    UPDATE sightings SET last_seen = :last_seen
    WHERE feed_id = :feed AND last_seen IS NULL AND item_id IN (
        SELECT i.id FROM json_each(:keys) k JOIN feed_items i ON i.key = k.value)""")
_BEFORE = text("SELECT latest_keys, answered_at FROM feeds WHERE id = :feed")
_LEFT = text("SELECT url FROM feeds WHERE id = :feed AND moved_to <> url")
_MOVE = (
    text("""
        INSERT INTO feed_addresses (feed_id, url, since, reason)
        SELECT id, :before, registered_at, 'configured' FROM feeds
        WHERE id = :feed AND NOT EXISTS (
            SELECT 1 FROM feed_addresses WHERE feed_id = :feed AND url = :before AND until IS NULL)"""),
    text("UPDATE feed_addresses SET until = :at WHERE feed_id = :feed AND until IS NULL"),
    text("""
        INSERT INTO feed_addresses (feed_id, url, since, reason)
        VALUES (:feed, :url, :at, :reason)"""),
    text("UPDATE feeds SET host = :host WHERE id = :feed"),
)
_KNOWN_ITEMS = """
    SELECT i.id, i.key, i.feed_id, i.state, i.due_at, i.captures, i.first_seen, i.digest, i.changes,
           i.previous_digest, i.last_changed, i.churn,
           s.digest AS told, s.last_seen,
           i.feed_id = :feed OR first.enabled = 0 AS heeded,
           i.due_at IS NULL AND ({pending}) AS parked
    FROM json_each(:keys) k
    JOIN feed_items i ON i.key = k.value
    JOIN feeds first ON first.id = i.feed_id
    LEFT JOIN sightings s ON s.item_id = i.id AND s.feed_id = :feed"""
_KNOWN = text(_KNOWN_ITEMS.format(pending=PENDING)).bindparams(most_edits=MOST_EDITS)


@dataclass(slots=True)
class _Writes:
    """The rows of one poll that have to be written."""

    items: list[NewRow] = field(default_factory=list)
    edits: list[NewRow] = field(default_factory=list)
    sightings: list[NewRow] = field(default_factory=list)
    retold: list[NewRow] = field(default_factory=list)
    woken: list[NewRow] = field(default_factory=list)

    def write(self, group: Group) -> None:
        """Items before the sightings that refer to them."""
        pairs = (
            (_ITEM, self.items),
            (_EDIT, self.edits),
            (_SIGHTING, self.sightings),
            (_RETOLD, self.retold),
            (_WAKE, self.woken),
        )
        for statement, rows in pairs:
            if rows:
                group.connection.execute(statement, rows)


def settle_poll(group: Group, polled: Polled, run_id: int | None) -> PollCount:
    """Store a poll; validators stand only beside the items they vouch for."""
    poll_id = group.numbers.take(polls)
    if polled.document is None:
        count = PollCount(seen=len(polled.state.window) if polled.outcome == "unchanged" else 0)
        group.later(POLL, _poll_row(polled, poll_id, run_id, count, gap=False))
        _remember(group, polled)
    else:
        count = _changed(group, polled, polled.document, poll_id, run_id)
    owner = {"run_id": run_id, "poll_id": poll_id, "item_id": None, "capture_id": None}
    rawindex.fetched(group, polled.attempts, owner)
    return count


def _poll_row(polled: Polled, poll_id: int, run_id: int | None, count: PollCount, *, gap: bool) -> NewRow:
    return {
        "id": poll_id,
        "run_id": run_id,
        "feed_id": polled.feed.id,
        "at": stamp(polled.at),
        "outcome": polled.outcome,
        "status": polled.status,
        "seen": count.seen,
        "new": count.new,
        "known_share": 1 - count.new / count.seen if count.seen else None,
        "bytes": polled.body_bytes,
        "sha256": polled.body_digest,
        "error": shown(polled.error),
        "error_kind": polled.error_kind,
        "possible_gap": gap,
    }


def _in_vain(polled: Polled) -> bool:
    """Whether a server answered and we failed: no poll as far as the rhythm goes, but it was asked just now."""
    ours = polled.outcome == "failed" and polled.state.polled_at != polled.at
    return ours and any(attempt.status for attempt in polled.attempts)


def _remember(group: Group, polled: Polled) -> None:
    """The feed's next state; its entries' keys and its rhythm only when they may have changed."""
    if polled.state.moved_to not in {None, polled.feed.url}:
        _move(group, polled, polled.state.moved_to or "", "permanent redirect")
    elif polled.outcome == "failed" and polled.state.moved_to is None:
        configured = group.connection.execute(_LEFT, {"feed": polled.feed.id}).scalar()
        if configured is not None:
            _move(group, polled, configured, "no answer where it had moved to")
    row = state_row(polled.state) | {
        "feed": polled.feed.id,
        "asked": storable(polled.feed.url),
        "lent_from": None,
        "lent_at": stamp(polled.at) if _in_vain(polled) else None,
        "last_error": shown(polled.error),
        "last_error_kind": polled.error_kind,
    }
    if polled.outcome != "failed":
        row["answered_at"] = stamp(polled.at)
    if polled.document is not None:
        group.later(FEED_CHANGED, row | info_row(polled.document.info))
        return
    del row["latest_keys"], row["rhythm"]
    group.later(FEED_FAILED if polled.outcome == "failed" else FEED_UNCHANGED, row)


def _move(group: Group, polled: Polled, target: str, reason: str) -> None:
    """From now on the feed is asked at another address; where it was asked before is kept."""
    to = storable(target) or ""
    values = {"feed": polled.feed.id, "before": polled.feed.url, "url": to, "at": stamp(polled.at)}
    group.flush()
    if group.connection.execute(_ASKED, {"feed": polled.feed.id, "asked": polled.feed.url}).first() is None:
        return
    for statement in _MOVE:
        group.connection.execute(statement, values | {"host": host_of(to), "reason": reason})


def _changed(
    group: Group, polled: Polled, document: FeedDocument, poll_id: int, run_id: int | None
) -> PollCount:
    feed_id = polled.feed.id
    entries = distinct(document.entries)
    before = group.connection.execute(_BEFORE, {"feed": feed_id}).mappings().one()
    known = _known(group, polled.feed, entries)
    window = tuple(json.loads(before["latest_keys"]))
    count = PollCount(seen=len(entries), new=len(entries) - len(known))
    gap = before["answered_at"] is not None and overflowed(window, tuple(entries))
    group.connection.execute(POLL, _poll_row(polled, poll_id, run_id, count, gap=gap))
    _compare(group, polled.feed, polled.at, entries, known, poll_id).write(group)
    gone = [key for key in window if key not in entries]
    if gone:
        values = {"keys": listed(gone), "feed": feed_id, "last_seen": before["answered_at"]}
        group.connection.execute(_GONE, values)
    _remember(group, polled)
    return count


def take_older(group: Group, feed: Feed, at: datetime, entries: dict[str, Entry]) -> PollCount:
    """The items of a page of a feed's past: new ones only, for of the others the feed itself tells the newest."""
    known = _known(group, feed, entries)
    fresh = {key: entry for key, entry in entries.items() if known.get(key, {}).get("told") is None}
    _compare(group, feed, at, fresh, known, None).write(group)
    return PollCount(seen=len(entries), new=len(entries) - len(known))


def _known(group: Group, feed: Feed, entries: dict[str, Entry]) -> dict[str, dict[str, Any]]:
    """Of the items with these keys, what is stored, and what this feed told of them."""
    keys = {"keys": listed(list(entries)), "feed": feed.id}
    return {row["key"]: dict(row) for row in group.connection.execute(_KNOWN, keys).mappings()}


def distinct(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Entries by key; of twins in one document the first counts."""
    distinct: dict[str, Entry] = {}
    for entry in entries:
        distinct.setdefault(storable(entry.key) or "", entry)
    return distinct


def _compare(
    group: Group,
    feed: Feed,
    now: datetime,
    entries: dict[str, Entry],
    known: dict[str, dict[str, Any]],
    poll_id: int | None,
) -> _Writes:
    """What differs between the document and what is stored."""
    writes = _Writes()
    feed_id, at = feed.id, stamp(now)
    for key, entry in entries.items():
        row, digest = known.get(key), entry_digest(entry)
        if row is not None and row["told"] == digest and row["last_seen"] is None:
            continue
        if row is None:
            item_id = group.numbers.take(feed_items)
            writes.items.append({"id": item_id, "key": key, **edits.new_item(feed, now, entry, digest)})
        else:
            item_id = row["id"]
            if row["parked"]:  # with another feed, which is gone: this one shows it now
                writes.woken.append({"item": item_id, "at": at})
            if row["told"] is not None:
                writes.retold.append({"item": item_id, "feed": feed_id, "digest": digest})
                if row["heeded"] and row["digest"] != digest:
                    writes.edits.append(edits.edited_item(group, feed, now, entry, digest, row))
                continue
        sighting = {"poll_id": poll_id, "first_seen": at, "position": entry.position, "digest": digest}
        writes.sightings.append({"item_id": item_id, "feed_id": feed_id, **sighting})
    return writes
