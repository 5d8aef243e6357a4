"""The asyncio engine: a free hand first, then work.

The daemon and the one-shot run are one loop; the one-shot does not wait for what is due later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.model import Selection, Slice
from crawler.ports import Clock, Store
from crawler.slices import SliceRunner

#: Completions within this many seconds are answered by one call to the store.
GATHER = 0.002
#: Longest rest between two looks at the store, in seconds: another process may have added work.
LONGEST_REST = 60.0


@dataclass(slots=True, kw_only=True)
class LocalEngine:
    """Lends slices from the store and runs each as a supervised task."""

    store: Store
    runner: SliceRunner
    clock: Clock
    slots: int
    grace: float = 8.0  #: seconds that running slices get after a stop
    _tasks: dict[asyncio.Task[None], str] = field(default_factory=dict)

    async def run(self, want: Selection, *, wait: bool) -> None:
        """Work until stopped, or (``wait=False``) until nothing wanted is due."""
        try:
            while not self.runner.stop.is_set():
                lent = await self._lend(want)
                if not lent and not self._tasks:
                    if not wait:
                        return
                    await self._rest(await self.store.next_due(want))
                elif len(self._tasks) >= self.slots:
                    await self._rest(None)
                elif not lent:
                    await self._rest(await self.store.next_due(want) if wait else None)
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=self.grace)
        finally:
            await self._finish()

    async def _lend(self, want: Selection) -> list[Slice]:
        self._reap()
        free = self.slots - len(self._tasks)
        if not free:
            return []
        self.runner.wake.clear()
        lent = await self.store.lend(self.clock.now(), want, slots=free, busy=set(self._tasks.values()))
        for piece in lent:
            task = asyncio.create_task(self.runner.run(piece), name=f"slice {piece.host}")
            self._tasks[task] = piece.host
        return lent

    def _reap(self) -> None:
        """Forget finished slices; what went wrong inside one is a bug and is loud."""
        for task in [task for task in self._tasks if task.done()]:
            del self._tasks[task]
            task.result()

    async def _rest(self, due: datetime | None) -> None:
        """Sleep until woken, stopped, or something is due."""
        seconds = LONGEST_REST
        if due is not None:
            seconds = min(seconds, max(0.0, (due - self.clock.now()).total_seconds()))
        waits = [
            asyncio.ensure_future(self.runner.wake.wait()),
            asyncio.ensure_future(self.runner.stop.wait()),
            asyncio.ensure_future(self.clock.sleep(seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel(waits)
        if not self.runner.stop.is_set():
            await self.clock.sleep(GATHER)

    async def _finish(self) -> None:
        """Cancel what still runs, also when the engine itself is cancelled: unsettled work goes back."""
        await _cancel([task for task in self._tasks if not task.done()])
        self._reap_quietly()

    def _reap_quietly(self) -> None:
        failures = [
            error for task in self._tasks if not task.cancelled() and (error := task.exception()) is not None
        ]
        self._tasks.clear()
        if failures:
            raise failures[0]


async def _cancel(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)  # raises nothing of theirs and hides no cancellation of ours
