"""A crawler, put together: each part is handed its own section of the configuration and its
neighbours by name; from here on the flow knows ports.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from crawler.app import limits, logkeeping, present, rawarchive
from crawler.app.rawarchive import Raw
from crawler.app.room import reserved
from crawler.archive.local import LocalArchive
from crawler.backfill import Backfill, PageObserver, walk_back
from crawler.config import Config, FeedConfig, source_key
from crawler.engine.local import LocalEngine
from crawler.engine.troubles import Troubled
from crawler.holding import HeldArchive, HeldWorkers
from crawler.logbook.heads import Logbook
from crawler.model import Feed, Selection
from crawler.pipeline import Pipeline
from crawler.ports import Archive, Clock, Store, Web, Workers
from crawler.quarantine import FOLDER, Quarantine
from crawler.recovery import Recovered
from crawler.reserve import Reserve
from crawler.slices import Observer, PollWatch, SliceRunner
from crawler.store.sql import SqlStore
from crawler.web import Door
from crawler.workers.pool import WorkerPool


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An open crawler: every part in its place."""

    config: Config
    store: SqlStore
    web: Door
    pipeline: Pipeline
    workers: WorkerPool
    clock: SystemClock
    recovered: Recovered
    reserve: Reserve
    logbook: Logbook
    raw: Raw
    run_id: int

    async def end(self, outcome: str) -> None:
        """Note how the run ended; before that, unless the next start looks for them, pages nobody came for."""
        if self.raw.unread:
            self.store.note_cut()
        if not self.store.is_cut:
            await self.raw.note_left()
        await self.store.close_run(outcome)

    async def room(self) -> None:
        """Wait until more can be read, and kept, than is under way."""
        await self.workers.room()
        await self.reserve.room()

    def engine(
        self,
        stop: asyncio.Event,
        observe: Observer,
        troubled: Troubled | None = None,
        *,
        watch: PollWatch | None = None,
        wake: asyncio.Event | None = None,
        waiting: Callable[[datetime], None] = lambda due: None,
    ) -> LocalEngine:
        """The embedded engine over this house; without ``troubled`` a bug in a slice ends it.

        ``watch`` has a say in polls; ``wake`` is set by who knows that something may be due;
        ``waiting`` is told when a one-shot waits for hosts that rest.
        """
        polling = self.config.poll
        runner = SliceRunner(
            pipeline=self.pipeline,
            store=self.store,
            stop=stop,
            observe=observe,
            wake=wake or asyncio.Event(),
            clock=self.clock,
            watch=watch,
            room=self.room,
        )
        return LocalEngine(
            store=self.store,
            runner=runner,
            clock=self.clock,
            slots=polling.concurrency,
            patience=polling.patience.total_seconds(),
            waiting=waiting,
            troubled=troubled,
        )

    async def walk_back(self, engine: LocalEngine, observe: PageObserver, want: Selection) -> None:
        """One shot: all that is due, and what is older than the feeds show, back to ``want.since``."""
        backfill = Backfill(
            web=self.pipeline.web,
            workers=self.pipeline.workers,
            store=self.store,
            clock=self.clock,
            stop=engine.runner.stop,
            wake=engine.runner.wake,
            observe=observe,
            patience=self.config.poll.patience.total_seconds(),
            room=self.room,
        )
        await walk_back(engine, backfill, want)


@asynccontextmanager
async def open_house(
    config: Config, *, command: str, arguments: Mapping[str, Any], reserve: Reserve | None = None
) -> AsyncIterator[House]:
    """Open archive, store, workers and web; recover from the last stop; close all again.

    ``reserve`` watches the disks; the house makes one of its own where none is given.
    """
    config, clock = limits.fitted(config), SystemClock()
    async with AsyncExitStack() as stack:
        reserve = reserve or stack.enter_context(reserved(config, clock))
        archive, store = await _memory(config, clock, reserve, stack)
        logbook = logkeeping.logbook(config, store, HeldArchive(archive=archive, hold=reserve.hold), clock)
        run_id = await store.open_run(command, arguments)
        recovered = await rawarchive.recovered(config, store, archive)
        await store.register(feeds(config), clock.now())
        workers = _workers(config, store)
        await workers.start()
        stack.push_async_callback(workers.close)
        readers = await _quarantine(config, workers, archive)
        web, raw = await stack.enter_async_context(_web(config, clock, store, reserve, run_id))
        stack.enter_context(_frozen())
        yield House(
            config=config,
            store=store,
            web=web,
            pipeline=_pipeline(
                config, clock, raw, reserve, web=web, workers=readers, archive=archive, store=store
            ),
            workers=workers,
            clock=clock,
            recovered=replace(recovered, cut=raw.mended.cut, damaged=tuple(raw.mended.damaged)),
            reserve=reserve,
            logbook=logbook,
            raw=raw,
            run_id=run_id,
        )


async def _memory(
    config: Config, clock: Clock, reserve: Reserve, stack: AsyncExitStack
) -> tuple[LocalArchive, SqlStore]:
    """The files and the database, open."""
    present.required(config)
    archive = LocalArchive(config.archive.root)
    stack.push_async_callback(archive.close)
    await reserve.hold(archive.check_writable)
    await reserve.open()
    store = _store(config, clock, reserve)
    await reserve.hold(store.open)
    stack.push_async_callback(store.close)
    stack.push_async_callback(reserve.end)  # before the store is closed: it waits for no room then
    return archive, store


@contextmanager
def _frozen() -> Iterator[None]:
    """Within: what is imported stays; looking through it for garbage stops the loop for 0.07 s."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _store(config: Config, clock: Clock, reserve: Reserve) -> SqlStore:
    return SqlStore(
        config.database,
        config.store,
        slice_items=config.poll.slice_items,
        slug_bytes=config.archive.slug_bytes,
        floor=config.poll.floor,
        now=clock.now,
        hold=reserve.hold,
    )


@asynccontextmanager
async def _web(
    config: Config, clock: Clock, store: SqlStore, reserve: Reserve, run_id: int
) -> AsyncIterator[tuple[Door, Raw]]:
    """The door, and the raw archive that goes before it."""
    async with rawarchive.opened(
        config, clock, store, run_id, hold=reserve.hold, severed=store.severed
    ) as raw:
        door = Door(config.web, clock, memory=store, raw=raw.robots, admit=reserve.admit)
        try:
            yield door, raw
        finally:
            await door.close()


def _workers(config: Config, store: SqlStore) -> WorkerPool:
    return WorkerPool(
        config.workers,
        entries=config.poll.entries,
        effort=config.extract.effort,
        frames=store,
        rules=config.rules,
    )


async def _quarantine(config: Config, workers: WorkerPool, archive: LocalArchive) -> Quarantine:
    """The workers as the journeys know them: what breaks one is kept."""
    used = await archive.usage(FOLDER)
    return Quarantine(workers, archive, limit=config.archive.quarantine, used=used, raw=config.archive.raw)


def _pipeline(
    config: Config,
    clock: Clock,
    raw: Raw,
    reserve: Reserve,
    *,
    web: Web,
    workers: Workers,
    archive: Archive,
    store: Store,
) -> Pipeline:
    return Pipeline(
        raw=raw.testifying,
        web=raw.before(web),
        workers=HeldWorkers(workers=workers, hold=reserve.hold),
        archive=HeldArchive(archive=archive, hold=reserve.hold),
        store=store,
        clock=clock,
        files=config.archive,
        polling=config.poll,
        banners=config.banners,
    )


def feeds(config: Config, names: frozenset[str] | None = None) -> list[Feed]:
    """The configured feeds that are enabled; only those of ``names`` if given."""
    return [_feed(feed) for feed in config.feeds if feed.enabled and (names is None or feed.name in names)]


def _feed(feed: FeedConfig) -> Feed:
    return Feed(
        id=0,
        name=feed.name,
        url=feed.url,
        source=feed.source,
        source_key=source_key(feed.source),
        floor=feed.floor,
        ceiling=feed.ceiling,
        user_agent=feed.user_agent,
    )
