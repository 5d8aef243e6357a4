"""A takedown, put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from crawler.app.house import SystemClock
from crawler.app.writing import writing
from crawler.archive.remnants import Remnants
from crawler.archive.removal import Removal
from crawler.archive.warc.telling import Chronicle
from crawler.archive.warc.tombstones import Graveyard
from crawler.config import Config
from crawler.model.takedown import Order, Takedown
from crawler.store.search import Search
from crawler.store.takedowns import SqlTakedowns
from crawler.takedown import TakingDown

__all__ = ["Order", "how_far", "take_down"]

Observe = Callable[[int, int], None]


async def how_far(config: Config, article: int) -> Literal["", "begun", "done"]:
    """How far the takedown of an article has come."""
    async with Search(config.database) as search:
        [chain] = await search.provenances([article])
    if not chain["takedowns"]:
        return ""
    return "begun" if any(one["done_at"] is None for one in chain["takedowns"]) else "done"


async def take_down(config: Config, order: Order, observe: Observe = lambda so_far, size: None) -> Takedown:
    """Take an article down, or finish a takedown that was begun; raises ``CrawlError``.

    ``observe`` is told how many bytes of the raw archive are read, of how many, where payloads go too.
    """
    clock = SystemClock()
    store = SqlTakedowns(config.database, config.store, now=clock.now)
    arguments = {"article": order.article, "raw": order.raw}
    chronicle = Chronicle(config.archive.root, lenient=True)
    async with writing(config, store, "takedown", arguments, clock) as desk:
        size = chronicle.size()
        taking = TakingDown(
            store=store,
            standings=desk.standings,
            outbox=desk.outbox,
            removal=Removal(config.archive.root),
            remnants=Remnants(config.archive.root, config.database),
            graveyard=Graveyard(config.archive.root),
            chronicle=chronicle,
            clock=clock,
            text=config.archive.tombstone,
            observe=lambda so_far: observe(so_far, size),
        )
        return await taking.run(order)
