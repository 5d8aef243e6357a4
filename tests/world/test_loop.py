"""Virtual time, and the judge's own reading of headers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from tests.world.loop import Deadlock, InlineThreads, VirtualLoop, WorldClock
from tests.world.reading import MONTH, freshness, silence
from tests.world.server import RETRY_AFTER
from tests.world.source import BEGIN, http_date


def test_a_year_of_sleep_takes_no_time() -> None:
    clock = WorldClock(BEGIN)
    clock.loop.run_until_complete(clock.sleep(365 * 86_400))
    assert clock.true == pytest.approx(365 * 86_400)
    clock.loop.close()


def test_tasks_wake_in_the_order_of_their_timers() -> None:
    loop, order = VirtualLoop(3e7), []

    async def wake(seconds: float) -> None:
        await asyncio.sleep(seconds)
        order.append(seconds)

    async def all_of_them() -> None:
        await asyncio.gather(*(wake(seconds) for seconds in (3, 1, 0.001, 2)))

    loop.run_until_complete(all_of_them())
    loop.close()
    assert order == [0.001, 1, 2, 3]


def test_a_wait_that_nothing_ends_is_told() -> None:
    loop = VirtualLoop()
    future = loop.create_future()
    with pytest.raises(Deadlock):
        loop.run_until_complete(future)
    loop.close()


def test_a_suspended_machine_misses_time_that_the_world_does_not() -> None:
    clock = WorldClock(BEGIN)
    clock.suspended += 6 * 3600
    assert (clock.true, clock.monotonic()) == (6 * 3600, 0)
    clock.skew = -3600
    assert clock.now().timestamp() == BEGIN + 5 * 3600
    clock.loop.close()


def test_inline_threads_keep_an_error_for_whoever_asks() -> None:
    assert InlineThreads().submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        InlineThreads().submit(divmod, 7, 0).result()


@pytest.mark.parametrize(
    ("form", "seconds"),
    [
        ("seconds", 900), ("date", 5400), ("old date", 0), ("negative", None), ("30 digits", MONTH), ("empty", None),
        ("1e9", None), ("devanagari", None), ("400 days", MONTH), ("short", 7),
    ],
)  # fmt: skip
def test_p06_the_judge_reads_every_form_of_retry_after(form: str, seconds: float | None) -> None:
    headers = {"retry-after": str(RETRY_AFTER[form](0.0)), "date": http_date(0.0)}
    assert silence(headers, BEGIN + 999) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, max-age=60"}, 60),
        ({"cache-control": 'max-age="60"', "age": "50"}, 10),
        ({"cache-control": "max-age=60, no-cache"}, 0),
        ({"cache-control": "max-age=1000000000"}, MONTH),
        ({"expires": http_date(100), "date": http_date(40)}, 60),
        ({"expires": "0"}, 0),
        ({}, 0),
    ],
)
def test_p08_the_judge_reads_freshness(headers: Mapping[str, str], seconds: float) -> None:
    assert freshness(headers, BEGIN) == seconds
