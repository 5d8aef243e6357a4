"""What a daemon does once a day, soon after midnight UTC: figures are kept, the useless is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from crawler.errors import CrawlError
from crawler.ports import Clock

_AFTER_MIDNIGHT = timedelta(minutes=5)


@asynccontextmanager
async def daily(work: Callable[[], Awaitable[None]], clock: Clock) -> AsyncIterator[None]:
    """Within: ``work`` is done once a day."""
    task = asyncio.create_task(_every_day(work, clock), name="once a day")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _every_day(work: Callable[[], Awaitable[None]], clock: Clock) -> None:
    while True:
        await clock.sleep(_seconds_to_next(clock.now()))
        try:
            await work()
        except CrawlError:
            continue  # what is wrong with the store is told by those who need it today


def _seconds_to_next(now: datetime) -> float:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    coming = midnight + _AFTER_MIDNIGHT
    return ((coming if coming > now else coming + timedelta(days=1)) - now).total_seconds()
