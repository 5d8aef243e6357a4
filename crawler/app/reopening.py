"""The disk failed under the database: the daemon closes its house and opens it anew, in the same process.

What was told as committed is there; recovery makes good what was under way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from crawler.app.notify import Notify
from crawler.app.watchdog import Tell
from crawler.errors import ArchiveBusy, CrawlError, HandleLost, Passing, StoreError
from crawler.model import Pause
from crawler.ports import Clock
from crawler.reserve import Reserve, Told

MOST = 10  #: times within an hour; then the disk needs a person
HOUR = 3600.0
FIRST = 1.0  #: seconds before the first of an hour; doubles
LONGEST = 60.0


@dataclass(slots=True)
class Tries:
    """How often a house was opened anew, lately."""

    _at: deque[float] = field(default_factory=deque)

    def rest(self, now: float) -> float | None:
        """Seconds to wait before the next one; None where there were too many."""
        while self._at and now - self._at[0] >= HOUR:
            self._at.popleft()
        if len(self._at) >= MOST:
            return None
        self._at.append(now)
        return min(FIRST * 2.0 ** (len(self._at) - 1), LONGEST)


async def lasting(
    work: Callable[[], Awaitable[None]], reserve: Reserve, stop: asyncio.Event, clock: Clock, tell: Tell
) -> None:
    """Do ``work``, which opens a house and closes it; again where the disk failed under its database.

    Raises what ended it otherwise, and a ``StoreError`` where it is opened too often.
    """
    tries, lost, notify = Tries(), False, Notify()
    while True:
        try:
            return await work()
        except CrawlError as error:
            if not (isinstance(error, HandleLost) or (lost and _passes(error))):
                raise
            lost, rest = True, tries.rest(clock.monotonic())
            if rest is None:
                sentence = f"{error}; it was opened anew {MOST} times within an hour, which did not help"
                raise StoreError(sentence) from error
            tell(event="reopening", rest=f"{rest:g}s", why=error)
            await _rest(rest, stop, clock, notify)
            reserve.attend(stop, told(tell, notify))
            await reserve.wait_for_room()
            if stop.is_set():
                return None


def told(tell: Tell, notify: Notify, note: Callable[[str], None] = lambda why: None) -> Told:
    """Whom a pause is told: the log, the service manager, and by ``note`` other processes."""

    def say(pause: Pause, lasted: timedelta | None) -> None:
        note("" if lasted is not None else pause.why)
        if lasted is None:
            tell(event="paused", why=pause.why)
            notify.send(STATUS=f"nothing more is fetched for now: {pause.why}")
        else:
            tell(event="continued", seconds=f"{lasted.total_seconds():.0f}", why=pause.why)
            notify.send(STATUS="there is room again")

    return say


def _passes(error: CrawlError) -> bool:
    """Whether a house that was lost may be opened yet, though it cannot be now."""
    return error.passing is Passing.OURS and not isinstance(error, ArchiveBusy)


async def _rest(seconds: float, stop: asyncio.Event, clock: Clock, notify: Notify) -> None:
    end = clock.monotonic() + seconds
    while not stop.is_set() and (left := end - clock.monotonic()) > 0:
        notify.alive()
        await clock.sleep(min(left, 0.2))
