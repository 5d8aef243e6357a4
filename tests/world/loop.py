"""A loop that never waits: where nothing is left to do, time jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")


class Deadlock(RuntimeError):
    """Nothing is scheduled and nothing can happen any more."""


class _Still(selectors.SelectSelector):
    """Advances the loop's time instead of waiting for sockets; there are none."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("no timer is left")
        self.loop.instant += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose ``time`` is ``instant``, in seconds."""

    def __init__(self, instant: float = 0.0) -> None:
        self.instant = instant
        still = _Still()
        still.loop = self
        super().__init__(still)
        self._clock_resolution = 1e-6  # a year is 3e7 s: finer steps would be lost in a float

    def time(self) -> float:
        return self.instant

    def _write_to_self(self) -> None:
        """Nobody sleeps, so nobody has to be woken."""


class InlineThreads(Executor):
    """Runs what it is given at once: under virtual time a thread would never be waited for."""

    def submit(self, task: Callable[..., T], /, *args: Any, **more: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(task(*args, **more))
        except BaseException as error:
            done.set_exception(error)
        return done


class WorldClock:
    """Keeps ``ports.Clock``: the crawler's own clock, which may err; ``true`` is the world's time.

    ``begin`` is the date of the world's beginning, seconds are counted from there.  ``skew``: how far the
    wall clock is ahead; ``suspended``: seconds that went by while the machine slept.
    """

    def __init__(self, begin: float) -> None:
        self.begin = begin
        self.skew = 0.0
        self.suspended = 0.0
        self.loop = VirtualLoop()

    @property
    def true(self) -> float:
        """Seconds since the world's beginning, as its servers count them."""
        return self.loop.instant + self.suspended

    def now(self) -> Any:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(self.begin + self.true + self.skew, UTC)

    def monotonic(self) -> float:
        return self.loop.instant

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
