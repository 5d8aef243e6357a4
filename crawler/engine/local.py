"""The asyncio engine: a free hand first, then work.

The daemon and the one-shot run are one loop; the one-shot does not wait for what is due later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.engine.troubles import Troubled, Troubles
from crawler.model import Selection, Slice
from crawler.ports import Clock, Store
from crawler.slices import SliceRunner

#: Completions within this many seconds are answered by one call to the store.
GATHER = 0.002
#: Longest rest between two looks at the store, in seconds: another process may have added work.
LONGEST_REST = 60.0
#: Seconds after which a slice is slow; as many slow ones as there are slots stand in nobody's way.
SLOW = 2.0
#: Seconds between two looks while hosts rest after a bug: the store still calls them due.
LOOK = 1.0


@dataclass(slots=True, kw_only=True)
class LocalEngine:
    """Lends slices from the store and runs each as a supervised task.

    A slow slice waits for somebody else's server and costs hardly more than its memory: half of the
    world may hang without keeping the other half waiting.
    """

    store: Store
    runner: SliceRunner
    clock: Clock
    slots: int
    grace: float = 6.0  #: seconds that running slices get after a stop; all is to be over within ten
    patience: float = 0.0  #: seconds that a one-shot waits, in all its runs, for hosts that rest
    waiting: Callable[[datetime], None] = lambda due: None  #: told when it does
    troubled: Troubled | None = None  #: told of a bug that a host's slice ended in; None: it ends the run
    _tasks: dict[asyncio.Task[None], str] = field(default_factory=dict)
    _began: dict[asyncio.Task[None], float] = field(default_factory=dict)
    _troubles: Troubles = field(init=False)
    _patience: float = 0.0

    def __post_init__(self) -> None:
        self._troubles = Troubles(self.clock, self.troubled)
        self._patience = self.patience

    @property
    def busy(self) -> int:
        """Slices under way."""
        return len(self._tasks)

    async def run(self, want: Selection, *, wait: bool) -> None:
        """Work until stopped, or (``wait=False``) until nothing wanted is due or soon will be."""
        try:
            while not self.runner.stop.is_set():
                lent = await self._lend(want)
                if not lent and not self._tasks:
                    due = await self.store.next_due(want, polls=wait)
                    if not wait and not self._worth(due):
                        return
                    await self._rest(due)
                elif not self._free():
                    await self._rest(None, most=SLOW / 2)
                elif not lent:
                    await self._rest(await self.store.next_due(want) if wait else None)
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=self.grace)
        finally:
            await self._finish()

    async def _lend(self, want: Selection) -> list[Slice]:
        self._reap()
        free = self._free()
        if not free:
            return []
        self.runner.wake.clear()
        busy = {*self._tasks.values(), *self._troubles.resting()}
        lent = await self.store.lend(self.clock.now(), want, slots=free, busy=busy)
        for piece in lent:
            task = asyncio.create_task(self.runner.run(piece), name=f"slice {piece.host}")
            self._tasks[task] = piece.host
            self._began[task] = self.clock.monotonic()
        return lent

    def _worth(self, due: datetime | None) -> bool:
        """Whether a one-shot waits for items of hosts that rest: in all, as long as it has patience."""
        if due is None or self._patience <= 0:
            return False
        rest = max(0.0, (due - self.clock.now()).total_seconds())
        if rest > self._patience:
            return False
        self._patience -= max(rest, LOOK)
        if rest > LOOK:
            self.waiting(due)
        return True

    def _free(self) -> int:
        """How many more slices may begin."""
        now = self.clock.monotonic()
        slow = sum(now - began > SLOW for began in self._began.values())
        return self.slots - len(self._tasks) + min(slow, self.slots)

    def _reap(self) -> None:
        """Forget finished slices; what went wrong inside one is a bug and is loud."""
        for task in [task for task in self._tasks if task.done()]:
            del self._began[task]
            self._troubles.note(self._tasks.pop(task), None if task.cancelled() else task.exception())

    async def _rest(self, due: datetime | None, most: float | None = None) -> None:
        """Sleep until woken, stopped, or something is due; ``LONGEST_REST`` at most, if nothing else is said."""
        seconds = LONGEST_REST if most is None else most
        if due is not None:
            least = LOOK if self._troubles.resting() else 0.0
            seconds = min(seconds, max(least, (due - self.clock.now()).total_seconds()))
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
        """Forget all slices; the first failure that is not to be survived is raised."""
        raised: BaseException | None = None
        for task, host in self._tasks.items():
            if not task.cancelled() and (error := task.exception()) is not None:
                try:
                    self._troubles.note(host, error)
                except BaseException as failure:
                    raised = raised or failure
        self._tasks.clear()
        self._began.clear()
        if raised is not None:
            raise raised


async def _cancel(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)  # raises nothing of theirs and hides no cancellation of ours
