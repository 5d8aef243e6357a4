"""``SqlRetelling``: a database that is told again; keeps ``rebuilding.stores.Retelling``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from crawler.model import (
    DueItem,
    DuePoll,
    Feed,
    Fronted,
    Outcome,
    PageRead,
    PollCount,
    Polled,
    RawRecord,
    Retold,
)
from crawler.store import freshness, ledger, registry
from crawler.store.retelling import fronts, revisions, visits
from crawler.store.rows import stamp
from crawler.store.schema import feed_items
from crawler.store.sql import SqlStore
from crawler.store.writer import Group

#: Nobody knows when a feed was asked last, nor in vain: as after a crash it rests for its floor.
_REST = text("""
    UPDATE feeds SET lent_from = NULL, lent_at = :now,
        next_poll_at = max(next_poll_at, strftime('%Y-%m-%dT%H:%M:%f000Z', :now,
                                                  coalesce(floor_seconds, :floor) || ' seconds'))""")
#: What was to be looked at again while nobody knew is not made up for all at once.
_MISSED = text("UPDATE feed_items SET recheck_at = NULL WHERE recheck_at <= :now")
#: A twin's visit may be told before the one whose body it had.
_REFERRING = text("""
    UPDATE warc_records AS w SET refers_to = (
        SELECT max(o.id) FROM warc_records o WHERE o.sha256 = w.sha256 AND o.type = 'response')
    WHERE type = 'revisit' AND refers_to IS NULL""")
#: Visits of older archives name their item by its guid alone.
_FIND = text("CREATE INDEX IF NOT EXISTS rebuilding_guids ON feed_items (guid)")
_FOUND = text("DROP INDEX rebuilding_guids")
_COUNTED = """
    SELECT (SELECT count(*) FROM feeds) AS feeds, (SELECT count(*) FROM polls) AS polls,
           (SELECT count(*) FROM feed_items) AS items, (SELECT count(*) FROM fetches) AS fetches,
           (SELECT count(*) FROM warc_records) AS records,
           (SELECT count(*) FROM articles WHERE revision > 0) AS articles,
           (SELECT count(*) FROM revisions WHERE state <> 'dropped') AS revisions"""


class SqlRetelling(SqlStore):
    """A database beside the one that is lost; nobody else knows of it until it is whole."""

    _before = 0  #: the newest row of a revision that an older database had

    async def begin(self, feeds: Sequence[Feed], highest: int, now: datetime) -> None:
        """Before anything is told: the feeds, and up to which number items are spoken for."""

        def unit(group: Group) -> int:
            registry.register(group, feeds, now)
            group.numbers.skip(feed_items, highest)
            group.connection.execute(_FIND)
            return revisions.newest(group)

        self._before = await self._writer.run(unit)

    async def note_run(self, number: int, began: datetime, software: str) -> None:
        """A run, as far as what it kept tells of it."""
        await self._writer.run(lambda group: visits.note_run(group, number, began, software))

    async def is_told(self, record: RawRecord) -> bool:
        """Whether a record is known already."""
        return await self._writer.run(lambda group: visits.is_told(group, record))

    async def due_poll(self, name: str) -> DuePoll | None:
        """A feed as it is remembered at this point of the story."""
        return await self._writer.run(lambda group: visits.due_poll(group, name))

    async def due_item(self, number: int, feed: str) -> DueItem | None:
        """An item as it stands at this point of the story, captured for a feed."""
        return await self._writer.run(lambda group: visits.due_item(group, number, feed))

    async def item_of(self, feed: str, guid: str) -> int | None:
        """The item that a feed showed under a guid."""
        return await self._writer.run(lambda group: visits.item_of(group, feed, guid))

    async def unknown(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys of which there is no item yet, in their order."""
        return await self._writer.run(lambda group: visits.unknown(group.connection, keys))

    async def poll(self, polled: Polled, run: int | None, numbers: Mapping[str, int]) -> PollCount:
        """A poll, settled as it was; new items get the numbers that they had."""
        return await self._writer.run(lambda group: visits.poll(group, polled, run, numbers))

    async def is_archived(self, feed_id: int, url: str) -> bool:
        """Whether a page of a feed's past never changes, as what led to it said."""
        return await self._writer.run(lambda group: visits.is_archived(group, feed_id, url))

    async def page(self, read: PageRead, run: int | None, numbers: Mapping[str, int]) -> PollCount:
        """A page of a feed's past, settled as it was."""
        return await self._writer.run(lambda group: visits.page(group, read, run, numbers))

    async def owner(self, item: DueItem, address: str) -> tuple[int | None, int | None]:
        """The item's own article, and another one that has the address which its page led to."""
        return await self._writer.run(lambda group: visits.owner(group, item, address))

    async def visit(self, outcome: Outcome, run: int | None) -> None:
        """A visit that brought no revision."""
        await self._writer.run(lambda group: ledger.settle(group, outcome, run))

    async def revision(self, told: Retold) -> None:
        """A revision, from its intent to its end."""
        await self._writer.run(lambda group: revisions.revision(group, told, self._before))

    async def fronted(self, told: Iterable[Fronted]) -> list[Fronted]:
        """Articles of which only their files tell; the revisions that were not known."""
        batch = list(told)
        return await self._writer.run(lambda group: [one for one in batch if fronts.revision(group, one)])

    async def finish(self, feeds: Sequence[Feed], now: datetime, *, floor: timedelta) -> dict[str, int]:
        """All is told: the feeds of the configuration, resting; what was counted."""

        def unit(group: Group) -> dict[str, int]:
            registry.register(group, feeds, now)
            group.connection.execute(_REST, {"now": stamp(now), "floor": floor.total_seconds()})
            group.connection.execute(_MISSED, {"now": stamp(now)})
            group.connection.execute(_REFERRING)
            group.connection.execute(_FOUND)
            freshness.roll_up(group, now)
            return dict(group.connection.execute(text(_COUNTED)).mappings().one())

        return await self._writer.run(unit)
