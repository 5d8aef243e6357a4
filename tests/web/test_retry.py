from __future__ import annotations

import asyncio

import pytest

from crawler.errors import BadCoding, BadStatus, Refused, Truncated, Unreachable
from crawler.model import Request
from crawler.web.retry import Tries
from tests.web.origin import FakeClock, Origin, make_door, reply, say, settings


async def test_what_passes_by_itself_is_tried_again_with_growing_waits(origin: Origin) -> None:
    origin.routes["/a"] = [reply(500), reply(502), reply(504), reply(body=b"at last")]
    clock = FakeClock()
    async with make_door(clock=clock, attempts=4) as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert page.body == b"at last"
    assert [(attempt.number, attempt.status) for attempt in page.attempts] == [
        (1, 500), (2, 502), (3, 504), (4, 200),
    ]  # fmt: skip
    assert clock.slept == [1.0, 2.0, 4.0]


async def test_the_last_failure_is_raised_with_every_attempt(origin: Origin) -> None:
    origin.routes["/a"] = [reply(500), reply(302, Location="/b"), say(reset=True)]
    origin.routes["/b"] = reply(503)
    clock = FakeClock()
    async with make_door(clock=clock, attempts=3) as door:
        with pytest.raises(Unreachable) as caught:
            await door.get(Request(url=origin.url("/a"), kind="page"))
    steps = [(attempt.number, attempt.hop, attempt.status) for attempt in caught.value.attempts]
    assert steps == [(1, 0, 500), (2, 0, 302), (2, 1, 503), (3, 0, None)]
    assert caught.value.attempts[-1].error == f"Unreachable: {caught.value}"
    assert clock.slept == [1.0, 2.0]


async def test_a_cut_body_is_fetched_again(origin: Origin) -> None:
    origin.routes["/a"] = [reply(body=b"ha", length=4, Connection="close"), reply(body=b"half")]
    async with make_door(clock=FakeClock(), attempts=2) as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert page.body == b"half"
    assert (page.attempts[0].error or "").startswith("Truncated: ")


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_what_does_not_pass_by_itself_is_asked_once(status: int, origin: Origin) -> None:
    origin.routes["/a"] = reply(status)
    clock = FakeClock()
    async with make_door(clock=clock, attempts=5) as door:
        with pytest.raises(BadStatus):
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert (len(origin.seen), clock.slept) == (1, [])


async def test_no_wait_is_longer_than_the_longest_and_jitter_only_adds() -> None:
    clock = FakeClock()
    tries = Tries(settings(attempts=6, retry_wait="1s", retry_wait_max="5s"), clock, lambda: 0.5)

    async def fail(number: int) -> None:
        raise Truncated(f"try {number}")

    with pytest.raises(Truncated, match="try 6"):
        await tries.run(fail)
    assert clock.slept == [1.5, 3.0, 5.0, 5.0, 5.0]


@pytest.mark.parametrize("error", [Refused("no"), BadCoding("no"), ValueError("a bug"), KeyboardInterrupt()])
async def test_bugs_and_permanent_failures_come_through_at_once(error: BaseException) -> None:
    clock = FakeClock()
    numbers: list[int] = []

    async def fail(number: int) -> None:
        numbers.append(number)
        raise error

    with pytest.raises(type(error)):
        await Tries(settings(attempts=3), clock, lambda: 0.0).run(fail)
    assert (numbers, clock.slept) == ([1], [])


async def test_cancellation_is_never_swallowed_neither_in_a_try_nor_in_a_wait() -> None:
    class Stuck(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.Event().wait()

    numbers: list[int] = []

    async def hang(number: int) -> None:
        numbers.append(number)
        await asyncio.Event().wait()

    async def fail(number: int) -> None:
        numbers.append(number)
        raise Truncated("cut")

    for attempt in (hang, fail):
        task = asyncio.ensure_future(Tries(settings(attempts=3), Stuck(), lambda: 0.0).run(attempt))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert numbers == [1, 1]


async def test_waiting_between_tries_holds_neither_the_host_nor_a_connection(origin: Origin) -> None:
    origin.routes["/a"] = [reply(500), reply(body=b"x")]
    origin.routes["/b"] = reply(body=b"meanwhile")
    waits, gate = asyncio.Event(), asyncio.Event()

    class Held(FakeClock):
        async def sleep(self, seconds: float) -> None:
            waits.set()
            await gate.wait()

    async with make_door(clock=Held(), attempts=2, connections=1) as door:
        waiting = asyncio.ensure_future(door.get(Request(url=origin.url("/a"), kind="page")))
        await waits.wait()
        assert (await door.get(Request(url=origin.url("/b"), kind="page"))).body == b"meanwhile"
        gate.set()
        assert (await waiting).body == b"x"
