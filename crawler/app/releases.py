"""A hold taken back, put together."""

from __future__ import annotations

from crawler.app.house import SystemClock
from crawler.app.writing import writing
from crawler.config import Config
from crawler.editing.releasing import Freed, Order, Releasing
from crawler.store.sql import SqlStore

__all__ = ["Freed", "Order", "release"]


async def release(config: Config, order: Order) -> Freed:
    """Make an article public again that was held back; raises ``CrawlError``."""
    clock = SystemClock()
    store = SqlStore(config.database, config.store, now=clock.now)
    async with writing(config, store, "release", {"article": order.article}, clock) as desk:
        return await Releasing(standings=desk.standings, outbox=desk.outbox, clock=clock).run(order)
