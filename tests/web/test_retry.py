from __future__ import annotations

import asyncio
import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import BadCoding, BadStatus, FetchError, HostPaused, Refused, Truncated, Unreachable
from crawler.model import Request
from crawler.web.budget import RESERVE, Budget
from crawler.web.retry import Tries
from tests.web.origin import FakeClock, Names, Origin, make_door, reply, say, settings


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
    tries = Tries(settings(attempts=6, retry_wait="1s", retry_wait_max="5s"), clock, lambda: 0.5, Budget(0.1))

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
        await Tries(settings(attempts=3), clock, lambda: 0.0, Budget(0.1)).run(fail)
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
        task = asyncio.ensure_future(
            Tries(settings(attempts=3), Stuck(), lambda: 0.0, Budget(0.1)).run(attempt)
        )
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


# --------------------------------------------------------------------------- the budget over all hosts


async def test_s33_with_half_of_all_answers_failing_the_tries_after_the_first_stay_within_the_budget(
    origin: Origin,
) -> None:
    asked = 0

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(reply(500 if dice.random() < 0.5 else 200, b"x", Connection="close"))

    dice = random.Random(33)
    origin.routes["/a"] = half
    resolver, visits, good = Names(), 200, 0
    resolver.default = ["127.0.0.1"]
    async with make_door(clock=FakeClock(), attempts=3, resolver=resolver) as door:
        for i in range(visits):
            with contextlib.suppress(BadStatus):
                await door.get(Request(url=origin.url("/a", f"h{i % 50}.example"), kind="page"))
                good += 1
    assert visits < asked <= visits * 1.1 + RESERVE
    assert good > visits * 0.5


async def test_without_a_token_the_visit_ends_with_its_first_failure() -> None:
    budget, clock = Budget(0.1), FakeClock()
    while budget.spend():
        pass
    tries = Tries(settings(attempts=3), clock, lambda: 0.0, budget)
    numbers: list[int] = []

    async def fail(number: int) -> None:
        numbers.append(number)
        raise Truncated(f"try {number}")

    for _ in range(10):
        with pytest.raises(Truncated, match=r"try [12]"):
            await tries.run(fail)
    assert numbers == [1] * 10 + [2]  # ten visits earned one further try


@given(st.lists(st.booleans(), max_size=300), st.floats(0, 1))
def test_a_budget_never_gives_more_than_its_reserve_and_its_share(visits: list[bool], share: float) -> None:
    budget, spent = Budget(share), 0
    for number, failed in enumerate(visits, start=1):
        budget.earn()
        spent += failed and budget.spend()
        assert spent <= RESERVE + share * number + 1e-6


async def test_a_host_that_falls_silent_between_two_tries_leaves_the_visit_its_own_failure() -> None:
    clock = FakeClock()
    tries = Tries(settings(attempts=5), clock, lambda: 0.0, Budget(0.1))
    numbers: list[int] = []

    async def fail(number: int) -> None:
        numbers.append(number)
        if number == 1:
            raise Truncated("cut")
        raise HostPaused("silence", status=429, retry_after=None)

    with pytest.raises(FetchError, match="cut"):
        await tries.run(fail)
    assert (numbers, clock.slept) == ([1, 2], [1.0])
