"""``SqlStore``: the crawler's memory on SQLite; keeps ``ports.Store``.

Every method is one unit of the one writer: whole or not at all, even when its caller is cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, inspect

from crawler.config import StoreConfig
from crawler.errors import StoreError
from crawler.model import (
    Claim,
    Draft,
    DueItem,
    DuePoll,
    Feed,
    FeedTally,
    Intent,
    OlderPage,
    Outcome,
    PageRead,
    PollCount,
    Polled,
    Record,
    Resting,
    Selection,
    Severed,
    Slice,
)
from crawler.ports import Hold, once
from crawler.store import (
    claims,
    frames,
    freshness,
    frontier,
    intake,
    ledger,
    pages,
    politeness,
    presence,
    rawindex,
    registry,
    repeats,
    rereading,
    tally,
    unfinished,
)
from crawler.store.leaves import SqlLog
from crawler.store.lock import ArchiveLock
from crawler.store.noticing import SqlPast
from crawler.store.order import NUMBERED, WAITING
from crawler.store.owed import SqlPoliteness
from crawler.store.rows import stamp
from crawler.store.schema import VERSION
from crawler.store.subscriptions import SqlSubscriptions
from crawler.store.writer import Writer, one_thread


def _now() -> datetime:
    return datetime.now(UTC)


class SqlStore(
    frames.SqlFrames,
    SqlLog,
    SqlPast,
    SqlPoliteness,
    rawindex.SqlRawIndex,
    repeats.SqlRepeats,
    SqlSubscriptions,
):
    """Opens the database as its only writer, brings it to the newest schema, then serves the flow."""

    def __init__(
        self,
        path: Path,
        config: StoreConfig | None = None,
        *,
        slice_items: int = 20,
        slug_bytes: int = 180,
        lease: timedelta = frontier.LEASE,
        floor: timedelta = timedelta(0),
        now: Callable[[], datetime] = _now,
        threads: Callable[[], Executor] = one_thread,
        hold: Hold = once,
    ) -> None:
        self._path = path
        self._lock = ArchiveLock(path)
        self._writer = Writer(
            path, config or StoreConfig(), numbered=NUMBERED, waiting=WAITING, threads=threads, hold=hold
        )
        frames.SqlFrames.__init__(self)
        self._frontier = frontier.Frontier(most=slice_items, lease=lease, floor=floor)
        self._slug_bytes = slug_bytes
        self._now = now
        self._run: int | None = None
        self._command = ""
        self._known: str | None = None  # the version of the schema in the file
        self.was_killed = False
        self.severed: tuple[Severed, ...] = ()

    async def open(self) -> None:
        """Take the lock, migrate, end what a crash left lent.

        Raises ``ArchiveBusy`` when another crawler writes here, ``StoreError`` for a database
        that is not ours or newer than we are.
        """
        self._lock.take()
        try:
            await self._writer.open(self._check, self._prepare)
        except BaseException:
            self._lock.release()
            raise

    async def close(self) -> None:
        """Give back what is lent, commit what waits, let the lock go."""
        try:
            if self._writer.is_open:
                with suppress(StoreError):  # the next start voids what cannot be given back now
                    await self._writer.run(frontier.give_back_all)
        finally:
            await self._writer.close()
            self._lock.release()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _check(self, connection: Connection) -> None:
        """Refuse a database that is another program's, or newer than we are."""
        self._known = self._version(connection)
        if self._known is not None and self._known > VERSION:
            raise StoreError(presence.foreign(self._path, self._known, VERSION))

    def _prepare(self, connection: Connection) -> None:
        if self._known is None or self._known < VERSION:
            from crawler.store.migrations import upgrade  # Alembic costs a third of a second

            upgrade(connection)
        self.was_killed = unfinished.was_killed(connection)
        self.severed = unfinished.severed(connection)
        frontier.void_leases(connection)
        politeness.forget(connection, self._now())

    def _version(self, connection: Connection) -> str | None:
        tables = inspect(connection).get_table_names()
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise StoreError(f"{self._path}: a database of another program; name another with [store] url")
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if version is None:
            raise StoreError(presence.foreign(self._path, None, VERSION))
        return str(version)

    # ------------------------------------------------------------------ runs

    async def open_run(self, command: str, arguments: Mapping[str, Any]) -> int:
        """Note that a run began, here and in the lock file; returns its number."""
        now = stamp(self._now())
        self._run = await self._writer.run(lambda group: unfinished.open_run(group, command, arguments, now))
        self._command = command
        self._lock.note(command)
        return self._run

    def note_pause(self, why: str = "") -> None:
        """Tell other processes why nothing more is begun; without a reason, that work goes on."""
        self._lock.note(self._command, why)

    async def close_run(self, outcome: str) -> None:
        """Note how the run ended, and whether it left something to look for."""
        run, now = self._run, stamp(self._now())
        outcome += unfinished.CUT if self.is_cut else ""
        if run is not None:
            await self._writer.run(lambda group: unfinished.close_run(group, run, outcome, now))
            await self.tidy()

    async def tidy(self) -> None:
        """Keep the last days' figures of freshness, forget old hosts, undo a clock that was far ahead.

        When a run ends, and once a day.
        """
        now = self._now()
        await self._writer.run(lambda group: freshness.roll_up(group, now))
        await self._writer.run(lambda group: politeness.forget(group.connection, now))
        await self._writer.run(lambda group: frames.forget(group.connection, now))
        await self._writer.run(lambda group: repeats.forget(group.connection, now))
        await self._writer.run(lambda group: registry.thaw(group, now))

    async def tally(self, want: Selection) -> list[FeedTally]:
        """This run's table: a line for each wanted feed."""
        run = self._run
        return await self._writer.run(lambda group: tally.tally(group, want, run))

    # ------------------------------------------------------------------ what is due

    async def register(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make the stored feeds those of the configuration; history is kept."""
        await self._writer.run(lambda group: registry.register(group, feeds, now))

    async def call_feeds(
        self, want: Selection, now: datetime, *, floor: timedelta = timedelta(0)
    ) -> list[Resting]:
        """Make every wanted feed due now but those that may not be asked yet; returns these."""
        return await self._writer.run(lambda group: registry.call_feeds(group, want, now, floor))

    async def lend(self, now: datetime, want: Selection, *, slots: int, busy: Collection[str]) -> list[Slice]:
        """Up to ``slots`` slices of due work at hosts that are neither lent nor in ``busy``."""
        taken = frozenset(busy)
        lent = self._writer.submit(
            lambda group: self._frontier.lend(group, now, want, slots=slots, busy=taken)
        )
        try:
            return await asyncio.shield(lent)
        except asyncio.CancelledError:
            lent.add_done_callback(self._unwanted)
            raise

    def _unwanted(self, lent: asyncio.Future[list[Slice]]) -> None:
        """Give back what was lent to a caller who no longer waits for it."""
        if not lent.cancelled() and lent.exception() is None and self._writer.is_open:
            hosts = [piece.host for piece in lent.result()]
            _ = self._writer.submit(lambda group: frontier.give_back(group, hosts))

    async def give_back(self, hosts: Collection[str], *, cut: Collection[DuePoll | DueItem] = ()) -> None:
        """Return lent hosts; what was not begun is due again at once, ``cut`` off polls as after a crash."""
        returned, begun = list(hosts), list(cut)
        if begun:
            self.note_cut()
        await self._writer.run(lambda group: frontier.give_back(group, returned, begun))

    async def next_due(self, want: Selection, *, polls: bool = True) -> datetime | None:
        """When something wanted is due next at a host that is not lent; None for never."""
        return await self._writer.run(lambda group: frontier.next_due(group, want, polls=polls))

    # ------------------------------------------------------------------ what happened

    async def settle_poll(self, polled: Polled) -> PollCount:
        """Store a poll's facts, its items and the feed's next state, all in one transaction."""
        run = self._run
        return await self._writer.run(lambda group: intake.settle_poll(group, polled, run))

    # ------------------------------------------------------------------ the feeds' past

    async def older_pages(self, want: Selection) -> list[OlderPage]:
        """Of each wanted feed that tells of older pages and shows nothing before ``since``, the first one."""
        return await self._writer.run(lambda group: pages.older_pages(group, want))

    async def older_page(self, feed: Feed, url: str, *, now: datetime) -> OlderPage | None:
        """A page that need not be read again."""
        return await self._writer.run(lambda group: pages.older_page(group, feed, url, now))

    async def settle_page(self, read: PageRead) -> PollCount:
        """Store what a page brought, or why it failed."""
        run = self._run
        return await self._writer.run(lambda group: pages.settle_page(group, read, run))

    # ------------------------------------------------------------------ articles

    async def claim(self, item: DueItem, draft: Draft, *, code_seed: str) -> Claim:
        """Give the item's article its id, unique address and short code; stable on repeats."""
        limit, now = self._slug_bytes, stamp(self._now())
        return await self._writer.run(
            lambda group: claims.claim(group, item, draft, code_seed=code_seed, limit=limit, now=now)
        )

    async def intend(self, record: Record) -> None:
        """Write down which files are about to be put, before they are."""
        run = self._run
        self.hold(await self._writer.run(lambda group: ledger.intend(group, record, run)))

    async def settle(self, outcome: Outcome) -> None:
        """Store a capture's outcome; an intended revision becomes the article's newest."""
        run = self._run
        await self._writer.run(lambda group: ledger.settle(group, outcome, run))

    async def revise(self, article_id: int, at: datetime) -> None:
        """An intended re-extraction becomes the article's newest; nobody visited its page."""
        await self._writer.run(lambda group: rereading.revise(group, article_id, stamp(at)))

    async def unfinished(self) -> list[Intent]:
        """Revisions that were intended and not settled: a crash's remains, oldest first."""
        return await self._writer.run(unfinished.unfinished)

    async def resolve(self, intent: Intent, *, done: bool) -> None:
        """Finish (the files are there) or drop (they are not) an unfinished revision."""
        run, now = self._run, stamp(self._now())
        await self._writer.run(lambda group: unfinished.resolve(group, intent, run, now, done=done))
