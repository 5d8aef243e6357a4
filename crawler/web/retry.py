"""Tries within one visit: tenacity drives them, ``crawler.timing`` decides, the clock waits.

Seconds of retrying happen here; hours of it are a due time in the store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState

from crawler import timing
from crawler.config import WebConfig
from crawler.errors import FetchError, HostPaused
from crawler.ports import Clock
from crawler.web.budget import Budget

Result = TypeVar("Result")


class Tries:
    """Repeats what may pass by itself, within the budget; ``random`` gives 0 ≤ x < 1 for the jitter."""

    def __init__(self, config: WebConfig, clock: Clock, random: Callable[[], float], budget: Budget) -> None:
        self._policy = timing.RetryPolicy(
            attempts=config.attempts, wait=config.retry_wait, wait_max=config.retry_wait_max
        )
        self._clock = clock
        self._random = random
        self._budget = budget

    async def run(self, attempt: Callable[[int], Awaitable[Result]]) -> Result:
        """The result of ``attempt(1)``, else of ``attempt(2)``, …; raises the last one's error."""
        self._budget.earn()
        try:
            return await attempt(1)  # nearly always enough, and tenacity costs a twelfth of an unchanged poll
        except FetchError as error:
            return await self._again(attempt, error)

    async def _again(self, attempt: Callable[[int], Awaitable[Result]], first: FetchError) -> Result:
        """What follows after a first try that failed."""
        number = 0
        wait = 0.0

        async def once() -> Result:
            nonlocal number
            number += 1
            if number == 1:
                raise first
            try:
                return await attempt(number)
            except HostPaused:
                number = self._policy.attempts  # nothing was sent: the visit ends with what it met
                raise first from None

        def again(state: RetryCallState) -> bool:
            # Decided once a try, so that a seed replays the same waits; cancellation is never retried.
            nonlocal wait
            error = state.outcome.exception() if state.outcome is not None else None
            pause = self._pause(number, error) if isinstance(error, FetchError) else None
            wait = pause or 0.0
            return pause is not None

        retrying = AsyncRetrying(sleep=self._clock.sleep, retry=again, wait=lambda state: wait, reraise=True)
        result: Result = await retrying(once)
        return result

    def _pause(self, number: int, error: FetchError) -> float | None:
        wait = timing.retry_wait(number, self._policy, error, self._random(), now=self._clock.now())
        return wait.total_seconds() if wait is not None and self._budget.spend() else None
