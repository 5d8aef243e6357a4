"""Once a day, soon after midnight UTC, whatever went wrong the day before."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from crawler.app.daily import daily
from crawler.errors import StoreError
from tests.fakes import NOON, FakeClock


async def test_the_work_of_a_day_is_done_each_night_even_after_a_failure_and_a_bug_which_are_told() -> None:
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
        if len(nights) == 2:
            raise ZeroDivisionError("division by zero")

    told: list[str] = []
    async with daily(work, clock, lambda **event: told.append(str(event["error"]))):
        await asyncio.wait_for(enough.wait(), 5)
    first = NOON.replace(day=27, hour=0, minute=5)
    assert nights == [first, first + timedelta(days=1), first + timedelta(days=2)]
    assert told[0] == "the disk is full"
    assert "division by zero" in told[1]
    assert len(told) == 2
