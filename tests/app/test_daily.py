"""Once a day, soon after midnight UTC, whatever went wrong the day before."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from crawler.app.daily import daily
from crawler.errors import StoreError
from tests.fakes import NOON, FakeClock


async def test_the_work_of_a_day_is_done_each_night_even_after_one_that_failed() -> None:
    clock = FakeClock()
    nights: list[datetime] = []
    enough = asyncio.Event()

    async def work() -> None:
        nights.append(clock.now())
        if len(nights) == 3:
            enough.set()
            await asyncio.Event().wait()
        if len(nights) == 1:
            raise StoreError("the disk is full")

    async with daily(work, clock):
        await asyncio.wait_for(enough.wait(), 5)
    first = NOON.replace(day=27, hour=0, minute=5)
    assert nights == [first, first + timedelta(days=1), first + timedelta(days=2)]
