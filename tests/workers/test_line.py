"""The line before the pool: whose turn it is, suspects last and one at a time, room for those who come."""

from __future__ import annotations

import asyncio
from typing import Any

from crawler.workers.line import Job, Line


def job(name: str, *, size: int = 0) -> Job:
    """A document that somebody waits for."""
    return Job(
        task=name, arguments=(), read=str, result=asyncio.get_running_loop().create_future(), size=size
    )


def suspect(known: Job) -> Job:
    """The same, after a worker died of it."""
    known.suspect = True
    return known


def line(**limits: Any) -> Line:
    return Line(**{"most": 100, "most_bytes": 1000, **limits})


async def taken(waiting: Line, count: int) -> list[str]:
    """The next ones' names."""
    return [(await waiting.take()).task for _ in range(count)]


async def test_first_come_first_served() -> None:
    waiting = line()
    for name in "abc":
        waiting.join(job(name))
    assert len(waiting) == 3
    assert await taken(waiting, 3) == ["a", "b", "c"]
    assert len(waiting) == 0


async def test_a_suspect_waits_for_those_before_it_and_for_nobody_behind() -> None:
    waiting = line()
    for known in (job("a"), suspect(job("poison")), job("b")):
        waiting.join(known)
    assert await taken(waiting, 3) == ["a", "poison", "b"]


async def test_two_suspects_are_never_tried_at_once() -> None:
    waiting = line()
    for known in (suspect(job("first")), suspect(job("second")), job("innocent")):
        waiting.join(known)
    first = await waiting.take()
    assert await taken(waiting, 1) == ["innocent"]
    another = asyncio.create_task(waiting.take())
    await asyncio.sleep(0.01)
    assert not another.done()
    waiting.leave(first)
    assert (await another).task == "second"


async def test_a_suspect_whose_caller_has_gone_keeps_no_other_waiting() -> None:
    waiting = line()
    gone, left = suspect(job("gone")), suspect(job("left"))
    waiting.join(gone)
    waiting.join(left)
    gone.result.cancel()
    assert (await asyncio.wait_for(waiting.take(), 1)).task == "left"


async def test_who_takes_is_woken_by_who_joins() -> None:
    waiting = line()
    taker = asyncio.create_task(waiting.take())
    await asyncio.sleep(0)
    waiting.join(job("late"))
    assert (await asyncio.wait_for(taker, 1)).task == "late"


async def test_a_line_with_room_lets_everybody_by() -> None:
    waiting = line(most=2)
    waiting.join(job("a"))
    await asyncio.wait_for(waiting.room(), 0.1)


async def test_of_those_who_wait_for_room_one_is_let_by_for_each_document_taken() -> None:
    waiting = line(most=1)
    waiting.join(job("a"))
    comers = [asyncio.create_task(waiting.room()) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert not any(comer.done() for comer in comers)
    await waiting.take()
    await asyncio.sleep(0.01)
    assert [comer.done() for comer in comers] == [True, False, False]
    await asyncio.gather(*comers)  # the others look again: the first one may have brought nothing


async def test_large_documents_fill_the_line_sooner() -> None:
    waiting = line(most_bytes=10)
    waiting.join(job("large", size=10))
    assert waiting.crowded
    comer = asyncio.create_task(waiting.room())
    await asyncio.sleep(0)
    await waiting.take()
    await asyncio.wait_for(comer, 0.1)
    assert not waiting.crowded


async def test_clearing_cancels_all_and_forgets_their_bytes() -> None:
    waiting = line(most_bytes=10)
    jobs = [job("a", size=10), suspect(job("b", size=10))]
    for known in jobs:
        waiting.join(known)
    waiting.clear()
    assert all(known.result.cancelled() for known in jobs)
    assert (len(waiting), waiting.crowded) == (0, False)
