"""WebSub subscriptions as rows, one a feed; the part of ``SqlStore`` that keeps ``ports.Subscriptions``.

A secret is kept as it is, for it has to check signatures; of the callback's token only the digest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Executable, text

from crawler import pushing
from crawler.model import Subscription
from crawler.store.rows import NewRow, Row, feed_of, instant, instant_or_none, stamp, stamp_or_none, storable
from crawler.store.writer import Group, Writer

_INSTANTS = (
    "requested_at", "verified_at", "lease_until", "called_at", "last_push_at", "missed_at", "not_before",
)  # fmt: skip
_PLAIN = ("state", "callback", "secret", "pushes", "forged", "failures")
_COLUMNS = ("hub", "topic", "token_sha256", "note", "next_at", *_PLAIN, *_INSTANTS)
_KEEP = text(
    f"INSERT INTO subscriptions (feed_id, {', '.join(_COLUMNS)}) "  # noqa: S608 - our own names
    f"VALUES (:feed_id, {', '.join(f':{name}' for name in _COLUMNS)}) "
    f"ON CONFLICT (feed_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS)}"
)
_KNOWN = text("SELECT * FROM subscriptions ORDER BY feed_id")
_FEEDS = text("SELECT * FROM feeds WHERE id IN (SELECT feed_id FROM subscriptions)")
_REMOVED = text("""
    SELECT s.feed_id FROM subscriptions s JOIN feeds f ON f.id = s.feed_id
    WHERE f.enabled = 0 AND s.state IN ('pending', 'verified', 'distrusted')""")
#: A feed that is lent is being asked at this moment; one in trouble keeps to its own schedule.
_CALL = text("""
    UPDATE feeds SET next_poll_at = :at
    WHERE id = :feed AND enabled = 1 AND lent_from IS NULL AND failures = 0
      AND next_poll_at > :at AND coalesce(not_before, '') <= :at""")


class SqlSubscriptions:
    """Mixed into the store, of whose one writer each method is a unit."""

    _writer: Writer

    async def subscriptions(self) -> list[Subscription]:
        """All of them, those of removed feeds too."""
        return await self._writer.run(_subscriptions)

    async def removed(self) -> list[int]:
        """Feeds that are no longer in the configuration and still subscribed."""
        return await self._writer.run(_removed)

    async def keep_subscription(self, known: Subscription) -> None:
        """Commit it."""
        row = _row(known)
        await self._writer.run(lambda group: _run(group, _KEEP, row))

    async def call_feed(self, feed_id: int, at: datetime) -> None:
        """Make a feed due at ``at`` if it would be later; not one in trouble, nor within its silence."""
        row = {"feed": feed_id, "at": stamp(at)}
        await self._writer.run(lambda group: _run(group, _CALL, row))


def _run(group: Group, statement: Executable, row: NewRow) -> None:
    group.flush()  # a poll that was settled before must not be written after
    group.connection.execute(statement, row)


def _subscriptions(group: Group) -> list[Subscription]:
    group.flush()
    feeds = {row["id"]: dict(row) for row in group.connection.execute(_FEEDS).mappings()}
    rows = [dict(row) for row in group.connection.execute(_KNOWN).mappings()]
    return [_subscription(row, feeds[row["feed_id"]]) for row in rows]


def _removed(group: Group) -> list[int]:
    group.flush()
    return list(group.connection.execute(_REMOVED).scalars())


def _row(known: Subscription) -> NewRow:
    row: NewRow = {name: getattr(known, name) for name in _PLAIN}
    row |= {name: stamp_or_none(getattr(known, name)) for name in _INSTANTS}
    return row | {
        "feed_id": known.feed.id,
        "hub": storable(known.hub),
        "topic": storable(known.topic),
        "token_sha256": pushing.digest(pushing.token(known.secret)),
        "note": storable(known.note),
        "next_at": stamp(known.next_at),
    }


def _subscription(row: Row, feed: Row) -> Subscription:
    told: dict[str, Any] = {name: row[name] for name in _PLAIN}
    told |= {name: instant_or_none(row[name]) for name in _INSTANTS}
    return Subscription(
        feed=feed_of(feed),
        hub=row["hub"],
        topic=row["topic"],
        next_at=instant(row["next_at"]),
        note=row["note"],
        wanted=bool(feed["enabled"]),
        **told,
    )
