"""What a daemon does once a day, soon after midnight UTC: figures are kept, the useless is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from crawler.app.watchdog import Tell
from crawler.errors import Bug, CrawlError
from crawler.ports import Clock

_AFTER_MIDNIGHT = timedelta(minutes=5)


@asynccontextmanager
async def daily(work: Callable[[], Awaitable[None]], clock: Clock, tell: Tell) -> AsyncIterator[None]:
    """Within: ``work`` is done once a day; what goes wrong is told, and tried again the next day."""
    task = asyncio.create_task(_every_day(work, clock, tell), name="once a day")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _every_day(work: Callable[[], Awaitable[None]], clock: Clock, tell: Tell) -> None:
    while True:
        await clock.sleep(_seconds_to_next(clock.now()))
        try:
            await work()
        except CrawlError as error:
            tell(event="daily", outcome="failed", error=error)
        except Exception as error:  # a bug must not leave all later days undone
            tell(event="daily", outcome="failed", error=Bug.of(error))


def _seconds_to_next(now: datetime) -> float:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    coming = midnight + _AFTER_MIDNIGHT
    return ((coming if coming > now else coming + timedelta(days=1)) - now).total_seconds()
