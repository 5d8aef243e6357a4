"""``run_slice``: journey by journey through what was lent at one host, each settled at once.

The embedded engine and a cluster run the very same coroutine; the engine delivers, the store
decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from crawler.model import DueItem, DuePoll, Outcome, PollCount, Polled, Slice
from crawler.pipeline import Pipeline
from crawler.ports import Clock, Store

Due = TypeVar("Due", DuePoll, DueItem)

#: Called once per settled outcome: progress bars, log lines, tallies.
Observer = Callable[[Polled | Outcome, PollCount | None], None]


class PollWatch(Protocol):
    """Who has a say in polls that come back: WebSub (``subscribing``)."""

    def eased(self, polled: Polled) -> Polled:
        """The same poll with the next one moved, before it is settled."""
        ...

    async def settled(self, polled: Polled, count: PollCount) -> None:
        """What it brought, after it was."""
        ...


#: Returns when the workers are not so far behind that nothing more should be fetched.
Room = Callable[[], Awaitable[None]]

#: Seconds after which a slice begins nothing more: a slow host must not keep its hand, nor its own feed, waiting.
BUDGET = 60.0


async def anytime() -> None:
    """Room for whoever comes: where nobody can be behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRunner:
    """Runs slices until told to stop; what was not begun simply goes back."""

    pipeline: Pipeline
    store: Store
    stop: asyncio.Event
    observe: Observer
    wake: asyncio.Event  #: set whenever new work may have become due
    clock: Clock
    watch: PollWatch | None = None
    room: Room = anytime  #: waited for before a journey: no more is fetched than can be read
    overlap: int = 4  #: journeys of one host under way: one at the wire, the rest being read or written

    async def run(self, piece: Slice) -> None:
        """Work through a slice: polls first, then items."""
        until, begun = self.clock.monotonic() + BUDGET, list[DuePoll | DueItem]()
        try:
            await self._overlapped(piece.polls, self._poll, until, begun)
            await self._overlapped(piece.items, self._capture, until, begun)
        finally:
            try:
                await self.store.give_back([piece.host], cut=begun)
            finally:
                self.wake.set()  # also when the store has failed: nobody is to rest for a minute before it is told

    async def _poll(self, due: DuePoll) -> None:
        polled = await self.pipeline.poll(due)
        if self.watch is not None:
            polled = self.watch.eased(polled)  # nothing is awaited between this and the store's turn
        count = await self.store.settle_poll(polled)
        if self.watch is not None:
            await self.watch.settled(polled, count)
        if count.new:
            self.wake.set()
        self.observe(polled, count)

    async def _capture(self, item: DueItem) -> None:
        outcome = await self.pipeline.capture(item)
        await self.store.settle(outcome)
        self.observe(outcome, None)

    async def _overlapped(
        self,
        work: tuple[Due, ...],
        journey: Callable[[Due], Awaitable[None]],
        until: float,
        begun: list[DuePoll | DueItem],
    ) -> None:
        """Some journeys at a time; what was ``begun`` stays there where its journey does not come to an end."""
        queue = iter(work)

        async def lane() -> None:
            for due in queue:
                await self.room()
                if self.stop.is_set() or self.clock.monotonic() > until:
                    return
                begun.append(due)
                await journey(due)
                begun.remove(due)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.overlap, len(work))):
                    group.create_task(lane())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
