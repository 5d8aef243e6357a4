"""What is due: lending it in host slices, taking it back, and when there is more.

Every question walks an index of pending work only, so its cost does not grow with the archive.
The functions run inside the writer's transaction; ``sql`` queues them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from typing import Any

from sqlalchemy import Connection, text

from crawler.model import DueItem, DuePoll, Selection, Slice
from crawler.store import rechecks
from crawler.store.asking import Ask
from crawler.store.entries import due_item_of
from crawler.store.rows import feed_of, feed_state_of, instant, listed, stamp
from crawler.store.writer import Group

#: A poll that a crash cut off may have been sent, at the latest so long after it was lent: it is due
#: again when its floor has passed since then.  A crash loop must not hammer a wire.
AFTER_CRASH = timedelta(minutes=5)
#: How long a lease lasts whose holder says nothing; the holder's own ``busy`` list outranks it.
LEASE = timedelta(minutes=15)

_FEED_HOSTS = """
    SELECT host FROM feeds INDEXED BY feeds_due
    WHERE enabled = 1 AND next_poll_at <= :now {feed_limits}
      AND host NOT IN (SELECT value FROM json_each(:taken))
    GROUP BY host ORDER BY min(next_poll_at) LIMIT :slots"""

_ITEM_HOSTS = """
    {pending}
    SELECT host FROM pending
    WHERE host IS NOT NULL AND host NOT IN (SELECT value FROM json_each(:taken)) AND EXISTS (
        SELECT 1 FROM feed_items i INDEXED BY {index}
        WHERE i.host = pending.host AND i.due_at <= :now {item_limits})
    LIMIT :slots"""

_DUE_POLLS = """
    SELECT f.* FROM json_each(:hosts) h CROSS JOIN feeds f
    WHERE f.id IN (
        SELECT id FROM feeds INDEXED BY feeds_of_host
        WHERE enabled = 1 AND host = h.value AND next_poll_at <= :now {feed_limits}
        ORDER BY next_poll_at LIMIT :most)
    ORDER BY h.key, f.next_poll_at"""

_DUE_ITEMS = """
    SELECT i.*, {on_behalf},
        a.state AS standing, a.notice, a.draft AS held
    FROM json_each(:hosts) h CROSS JOIN feed_items i
    LEFT JOIN articles a ON a.item_id = i.id AND a.revision > 0
    WHERE i.id IN (
        SELECT i.id FROM feed_items i INDEXED BY feed_items_newest
        WHERE i.host = h.value AND i.due_at <= :now {item_limits}
        ORDER BY i.dated DESC LIMIT :most)
    ORDER BY h.key, i.dated DESC, i.id"""

_NEXT_POLL = """
    SELECT next_poll_at FROM feeds INDEXED BY feeds_due
    WHERE enabled = 1 {feed_limits} AND host NOT IN (SELECT host FROM hosts WHERE lease_until IS NOT NULL)
    ORDER BY next_poll_at LIMIT 1"""

_NEXT_ITEM = """
    {pending}
    SELECT min((
        SELECT min(i.due_at) FROM feed_items i INDEXED BY {index}
        WHERE i.host = pending.host AND i.due_at IS NOT NULL {item_limits}))
    FROM pending
    WHERE host IS NOT NULL AND host NOT IN (SELECT host FROM hosts WHERE lease_until IS NOT NULL)"""

_FEEDS = text("SELECT * FROM feeds WHERE id IN (SELECT value FROM json_each(:ids))")
_LENT = text("SELECT host FROM hosts WHERE lease_until > :now")
_EPOCHS = text("SELECT host, lease_epoch FROM hosts WHERE host IN (SELECT value FROM json_each(:hosts))")
_LEND_HOST = text("""
    INSERT INTO hosts (host, lease_epoch, lease_until) VALUES (:host, :epoch, :until)
    ON CONFLICT (host) DO UPDATE
    SET lease_epoch = excluded.lease_epoch, lease_until = excluded.lease_until""")
_LEND_FEEDS = text("""
    UPDATE feeds SET lent_from = next_poll_at, lent_at = :now, next_poll_at = strftime(
        '%Y-%m-%dT%H:%M:%f000Z', :until, coalesce(floor_seconds, :floor) || ' seconds')
    WHERE id IN (SELECT value FROM json_each(:ids))""")

RETURN_HOST = text("UPDATE hosts SET lease_until = NULL WHERE host = :host")
RETURN_FEEDS = text("""
    UPDATE feeds SET next_poll_at = lent_from, lent_from = NULL, lent_at = NULL
    WHERE lent_from IS NOT NULL AND host = :host""")
#: A poll that was cut off may have been sent: it stays where ``_LEND_FEEDS`` put it.
_KEEP_FEED = text("UPDATE feeds SET lent_from = NULL WHERE lent_from IS NOT NULL AND id = :feed")
_LEFT_OVER = (
    text("UPDATE hosts SET lease_until = NULL WHERE lease_until IS NOT NULL"),
    text("UPDATE feeds SET lent_from = NULL WHERE lent_from IS NOT NULL"),
)
_RETURN_ALL = (
    _LEFT_OVER[0],
    text("""
        UPDATE feeds SET next_poll_at = lent_from, lent_from = NULL, lent_at = NULL
        WHERE lent_from IS NOT NULL"""),
)


@dataclass(slots=True)
class Frontier:
    """Lends due work; remembers whose turn it is among the hosts."""

    most: int  #: polls, and items, of one host lent at a time
    lease: timedelta = LEASE
    floor: timedelta = timedelta(0)  #: shortest polling interval of a feed that has none of its own
    _turn: str = ""  #: the host of items that was served last

    def lend(
        self, group: Group, now: datetime, want: Selection, *, slots: int, busy: Collection[str]
    ) -> list[Slice]:
        """Slices for up to ``slots`` free hosts: oldest due polls, newest items, hosts by turns."""
        group.flush()
        connection = group.connection
        ask = Ask.of(connection, want, now=stamp(now), most=self.most)
        lent = connection.execute(_LENT, {"now": stamp(now)}).scalars()
        chosen = self._hosts(ask, slots, {*busy, *lent})
        if not chosen:
            return []
        polls = _due_polls(ask, chosen)
        items = self._items(ask, chosen)
        epochs = _take(connection, chosen, until=stamp(now + self.lease))
        self._hold(connection, polls, now)
        return [
            Slice(
                host=host,
                epoch=epochs[host],
                polls=tuple(polls.get(host, ())),
                items=tuple(items.get(host, ())),
            )
            for host in chosen
        ]

    def _items(self, ask: Ask, chosen: list[str]) -> dict[str, list[DueItem]]:
        """What is due at each host, then what is only looked at again; in all no more than is lent at a time."""
        due = _due_items(ask, ask.rows(_DUE_ITEMS, hosts=listed(chosen)))
        room = listed([host for host in chosen if len(due.get(host, ())) < self.most])
        looks = ask.rows(rechecks.ITEMS, hosts=room, most=rechecks.AT_ONCE)
        looks = rechecks.lendable(ask.connection, looks)
        for host, items in _due_items(ask, looks).items():
            known = due.setdefault(host, [])
            known += items[: self.most - len(known)]
        return due

    def _hold(self, connection: Connection, polls: dict[str, list[DuePoll]], now: datetime) -> None:
        """Commit the next moment before anything is sent: a restart then cannot poll early."""
        ids = [due.feed.id for host in polls.values() for due in host]
        if ids:
            moments = {"now": stamp(now), "until": stamp(now + AFTER_CRASH)}
            floor = self.floor.total_seconds()
            connection.execute(_LEND_FEEDS, {"ids": listed(ids), "floor": floor, **moments})

    def _hosts(self, ask: Ask, slots: int, taken: set[str]) -> list[str]:
        """Hosts with polls and hosts with items, one of each in turn."""
        polling = [row["host"] for row in ask.rows(_FEED_HOSTS, taken=listed(list(taken)), slots=slots)]
        reading = self._item_hosts(ask, slots, taken)
        pairs = zip_longest(polling, reading)
        chosen = list(dict.fromkeys(host for host in chain.from_iterable(pairs) if host is not None))[:slots]
        if len(chosen) < slots:
            wanted = {"taken": listed([*taken, *chosen]), "slots": slots - len(chosen)}
            chosen += [row["host"] for row in ask.rows(rechecks.HOSTS, **wanted)]
        served = [host for host in reading if host in chosen]
        self._turn = served[-1] if served else self._turn
        return chosen

    def _item_hosts(self, ask: Ask, slots: int, taken: set[str]) -> list[str]:
        """Hosts with due items, beginning after the one that was served last."""
        found: list[str] = []
        for after in dict.fromkeys((self._turn, "")):
            wanted = {"taken": listed([*taken, *found]), "slots": slots - len(found), "after": after}
            if wanted["slots"]:
                found += [row["host"] for row in ask.rows(_ITEM_HOSTS, **wanted)]
        return found


def _due_polls(ask: Ask, chosen: list[str]) -> dict[str, list[DuePoll]]:
    polls: dict[str, list[DuePoll]] = {}
    for row in ask.rows(_DUE_POLLS, hosts=listed(chosen)):
        polls.setdefault(row["host"], []).append(DuePoll(feed=feed_of(row), state=feed_state_of(row)))
    return polls


def _due_items(ask: Ask, rows: list[dict[str, Any]]) -> dict[str, list[DueItem]]:
    ids = {"ids": listed(sorted({row["for_feed"] for row in rows}))}
    known = {row["id"]: feed_of(dict(row)) for row in ask.connection.execute(_FEEDS, ids).mappings()}
    items: dict[str, list[DueItem]] = {}
    for row in rows:
        feed = known[row["for_feed"]]
        items.setdefault(row["host"], []).append(due_item_of(row, feed))
    return items


def _take(connection: Connection, chosen: list[str], *, until: str) -> dict[str, int]:
    """Lend the hosts; each gets its next epoch."""
    before = {row.host: row.lease_epoch for row in connection.execute(_EPOCHS, {"hosts": listed(chosen)})}
    epochs = {host: before.get(host, 0) + 1 for host in chosen}
    connection.execute(
        _LEND_HOST, [{"host": host, "epoch": epoch, "until": until} for host, epoch in epochs.items()]
    )
    return epochs


def give_back(group: Group, hosts: Collection[str], cut: Collection[DuePoll | DueItem] = ()) -> None:
    """Return lent hosts; polls that were not begun are due when they were, those ``cut`` off as after a crash."""
    polls = [{"feed": due.feed.id} for due in cut if isinstance(due, DuePoll)]
    if polls:
        group.flush()  # what was settled meanwhile stays so
        group.connection.execute(_KEEP_FEED, polls)
    for host in hosts:
        group.later(RETURN_HOST, {"host": host})
        group.later(RETURN_FEEDS, {"host": host})


def give_back_all(group: Group) -> None:
    """Return every lent host: an orderly end."""
    group.flush()
    for returning in _RETURN_ALL:
        group.connection.execute(returning)


def void_leases(connection: Connection) -> None:
    """End what a crash left lent; its polls stay where ``AFTER_CRASH`` put them."""
    for ending in _LEFT_OVER:
        connection.execute(ending)


def next_due(group: Group, want: Selection, *, polls: bool) -> datetime | None:
    """When something wanted (without ``polls`` an item) is due next at a host that is not lent."""
    group.flush()
    ask = Ask.of(group.connection, want, after="")
    later = (_NEXT_POLL, rechecks.NEXT) if polls else ()  # which a one-shot waits for never
    found = [row for question in (*later, _NEXT_ITEM) for row in ask.rows(question)]
    moments = [moment for row in found for moment in row.values() if moment is not None]
    return instant(min(moments)) if moments else None
