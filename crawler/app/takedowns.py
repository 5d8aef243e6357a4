"""A takedown, put together: the archive's only writer, its files and its raw records; no web, no pages."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from crawler.app import logkeeping, rawarchive
from crawler.app.house import SystemClock
from crawler.archive.local import LocalArchive
from crawler.archive.removal import Removal
from crawler.archive.warc.tombstones import Graveyard
from crawler.config import Config
from crawler.model.takedown import Takedown
from crawler.outbox import Outbox
from crawler.store.standings import SqlStandings
from crawler.store.takedowns import SqlTakedowns
from crawler.takedown import Order, TakingDown
from crawler.workers.inline import InlineWorkers

__all__ = ["Order", "take_down"]


async def take_down(config: Config, order: Order) -> Takedown:
    """Take an article down, or finish a takedown that was begun; raises ``CrawlError``."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        archive = LocalArchive(config.archive.root)
        stack.push_async_callback(archive.close)
        await archive.check_writable()
        store = SqlTakedowns(config.database, config.store, now=clock.now)
        await store.open()
        stack.push_async_callback(store.close)
        await store.open_run("takedown", _arguments(order))
        await rawarchive.recovered(config, store, archive)
        taking = await _taking(config, archive, store, clock, stack)
        done = await taking.run(order)
        await store.close_run("done")
        await logkeeping.logbook(config, store, archive, clock).head()
        return done


async def _taking(
    config: Config, archive: LocalArchive, store: SqlTakedowns, clock: SystemClock, stack: AsyncExitStack
) -> TakingDown:
    """Everything that a takedown works with."""
    standings = await stack.enter_async_context(SqlStandings(config.database))
    raw = await stack.enter_async_context(rawarchive.opened(config, clock, store, run=0))
    outbox = Outbox(
        workers=InlineWorkers(),  # draws a QR code of our own, and reads nothing foreign
        archive=archive,
        store=store,
        files=config.archive,
        raw=raw.testifying,
    )
    return TakingDown(
        store=store,
        standings=standings,
        outbox=outbox,
        removal=Removal(config.archive.root),
        graveyard=Graveyard(config.archive.root),
        clock=clock,
        text=config.archive.tombstone,
    )


def _arguments(order: Order) -> dict[str, Any]:
    return {"article": order.article, "raw": order.raw}
