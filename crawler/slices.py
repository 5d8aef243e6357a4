"""``run_slice``: journey by journey through what was lent at one host, each settled at once.

The embedded engine and a cluster run the very same coroutine; the engine delivers, the store
decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from crawler.model import DueItem, DuePoll, Outcome, PollCount, Polled, Slice
from crawler.pipeline import Pipeline
from crawler.ports import Store

#: Called once per settled outcome: progress bars, log lines, tallies.
Observer = Callable[[Polled | Outcome, PollCount | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRunner:
    """Runs slices until told to stop; what was not begun simply goes back."""

    pipeline: Pipeline
    store: Store
    stop: asyncio.Event
    observe: Observer
    wake: asyncio.Event  #: set whenever new work may have become due
    overlap: int = 4  #: captures of one host under way: one at the wire, the rest being read or written

    async def run(self, piece: Slice) -> None:
        """Work through a slice: polls first, then items."""
        try:
            for due in piece.polls:
                if not self.stop.is_set():
                    await self._poll(due)
            await self._capture_all(piece.items)
        finally:
            await self.store.give_back([piece.host])
            self.wake.set()

    async def _poll(self, due: DuePoll) -> None:
        polled = await self.pipeline.poll(due)
        count = await self.store.settle_poll(polled)
        if count.new:
            self.wake.set()
        self.observe(polled, count)

    async def _capture_all(self, items: tuple[DueItem, ...]) -> None:
        queue = iter(items)

        async def lane() -> None:
            for item in queue:
                if self.stop.is_set():
                    return
                outcome = await self.pipeline.capture(item)
                await self.store.settle(outcome)
                self.observe(outcome, None)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.overlap, len(items))):
                    group.create_task(lane())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
