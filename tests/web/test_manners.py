"""How a host is treated by what it answers: learned delays, hosts in trouble, Retry-After."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import BadStatus, HostPaused, Passing
from crawler.model import Request
from crawler.web.manners import NEW, Health, Manners, Outcome, Verdict
from tests.fakes import FakePoliteness
from tests.web.origin import START, FakeClock, Names, Origin, make_door, reply
from tests.web.turns import answered, ask, make_gate

# --------------------------------------------------------------------------- delays that are learned


async def test_p15_the_delay_follows_the_latency_and_errors_never_lower_it() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    gate = make_gate(clock, delay=1, memory=memory)
    trace = []
    for status, seconds in [(200, 2), (200, 4), (503, 0.01), (404, 0.01), (500, 6), (200, 0.1), (200, 0.1)]:
        await ask(gate, "wire.example", answered(status, seconds=seconds))
        trace.append(memory.hosts["wire.example"].delay)
    assert trace == [2.0, 5.0, 5.0, 5.0, 8.5, 4.25, 2.125]
    assert clock.slept == [2.0, 5.0, 5.0, 5.0, 8.5, 4.25]


@given(
    st.lists(st.tuples(st.sampled_from([200, 304, 302, 404, 429, 500, 503]), st.floats(0, 90)), max_size=60)
)
def test_p15_a_delay_falls_only_after_a_good_answer_and_stays_below_its_ceiling(
    answers: list[tuple[int, float]],
) -> None:
    manners, health = Manners(delay=1, address_delay=0), NEW
    for status, seconds in answers:
        before, health = health, manners.learn(health, answered(status, seconds=seconds))
        assert 0 <= health.delay <= manners.delay_max
        if status not in (200, 304):
            assert health.delay >= before.delay


async def test_a_fast_host_is_given_its_learned_delay_back() -> None:
    manners, health = Manners(delay=1, address_delay=0), Health(30.0, 0)
    for _ in range(12):
        health = manners.learn(health, answered(304, seconds=0.1))
    assert health == NEW


# --------------------------------------------------------------------------- hosts in trouble


async def test_a_host_in_trouble_is_left_alone_for_longer_and_longer_and_probed_once_each_time() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=0)
    for _ in range(5):
        await ask(gate, "wire.example", answered(500))
    rests = []
    for _ in range(9):
        with pytest.raises(HostPaused, match=r"gave no usable answer [0-9]+ times in a row") as caught:
            await ask(gate, "wire.example", answered(200))
        assert caught.value.passing is Passing.OURS
        assert caught.value.retry_after is not None
        rests.append((caught.value.retry_after - clock.now()).total_seconds())
        clock.time += rests[-1]
        await ask(gate, "wire.example", Verdict(outcome=Outcome.FAILED))
    assert rests == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    clock.time += 3600
    await ask(gate, "wire.example", answered(200))
    for _ in range(4):
        await ask(gate, "wire.example", answered(500))
    await ask(gate, "wire.example", answered(200))
    assert clock.slept == []


async def test_while_a_host_is_probed_the_others_wait_and_are_refused_if_it_fails() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=0)
    for _ in range(5):
        await ask(gate, "wire.example", answered(500))
    clock.time += 60
    results = await asyncio.gather(
        *(ask(gate, "wire.example", answered(502)) for _ in range(5)), return_exceptions=True
    )
    assert results[0] is None
    assert all(isinstance(each, HostPaused) for each in results[1:])


@pytest.mark.parametrize("verdict", [answered(404), answered(302), Verdict(outcome=Outcome.UNKNOWN)])
async def test_what_is_no_trouble_of_the_host_never_leaves_it_alone(verdict: Verdict) -> None:
    gate = make_gate(FakeClock(), delay=0)
    for _ in range(20):
        await ask(gate, "wire.example", verdict)


async def test_a_probe_that_never_came_to_a_request_begins_no_new_silence() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=0)
    for _ in range(5):
        await ask(gate, "wire.example", answered(500))
    clock.time += 60
    async with gate.turn("wire.example"):
        pass  # cancelled, or offline: nobody was asked
    await ask(gate, "wire.example", answered(200))
    assert clock.slept == []


async def test_p06_a_429_without_a_retry_after_is_a_minute_of_silence_that_doubles() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=0)
    rests = []
    for _ in range(8):
        async with gate.turn("wire.example") as turn:
            await turn.at(())
            turn.verdict = answered(429)
            assert turn.rests_until is not None
            rests.append((turn.rests_until - clock.now()).total_seconds())
        with pytest.raises(HostPaused, match="answered 429 and wants silence"):
            await ask(gate, "wire.example", answered(200))
        clock.time += rests[-1]
    assert rests == [60, 120, 240, 480, 960, 1920, 3600, 3600]


# --------------------------------------------------------------------------- Retry-After, through the door

RETRY_AFTER = [
    ("7", 7.0), (" 7 ", 7.0), ("0", 0.0), ("Mon, 02 Mar 2026 12:00:09 GMT", 9.0), ("-5", 0.0),
    ("Sun, 01 Mar 2026 12:00:00 GMT", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER)
@pytest.mark.parametrize("status", [429, 503])
async def test_p06_a_short_retry_after_is_obeyed_within_the_visit(
    status: int, value: str, seconds: float, origin: Origin
) -> None:
    origin.routes["/a"] = [
        reply(status, Retry_After=value, Date="Mon, 02 Mar 2026 12:00:00 GMT"),
        reply(body=b"x"),
    ]
    clock = FakeClock()
    async with make_door(clock=clock, attempts=3) as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert [attempt.status for attempt in page.attempts] == [status, 200]
    assert sum(clock.slept) == max(seconds, 1.0)


@pytest.mark.parametrize("value", ["120", "Mon, 02 Mar 2026 13:00:00 GMT", "9" * 30, str(400 * 86400)])
async def test_p06_a_long_retry_after_ends_the_visit_and_silences_the_host(
    value: str, origin: Origin
) -> None:
    origin.routes["/a"] = reply(429, Retry_After=value, Date="Mon, 02 Mar 2026 12:00:00 GMT")
    origin.routes["/b"] = reply(body=b"x")
    resolver = Names(other_example=["127.0.0.1"])
    clock = FakeClock()
    async with make_door(clock=clock, attempts=3, resolver=resolver) as door:
        for path in ("/a", "/b", "/a"):
            with pytest.raises(BadStatus) as caught:
                await door.get(Request(url=origin.url(path), kind="page"))
            assert caught.value.status == 429
            assert caught.value.retry_after is not None
            assert START + timedelta(seconds=120) <= caught.value.retry_after <= START + timedelta(days=30)
        await door.get(Request(url=origin.url("/b", "other.example"), kind="page"))
    assert origin.paths() == ["/a", "/b"]
    assert origin.seen[1].header("host") == f"other.example:{origin.port}"
    assert clock.slept == []


@pytest.mark.parametrize("value", ["", "1e9", "٣٠", "soon", None])
async def test_p06_an_unreadable_retry_after_of_a_429_is_a_minute_for_the_whole_host(
    value: str | None, origin: Origin
) -> None:
    asked = reply(429) if value is None else reply(429, Retry_After=value)
    origin.routes["/a"] = [asked, reply(body=b"x")]
    clock = FakeClock()
    async with make_door(clock=clock, attempts=2) as door:
        for kind in (BadStatus, HostPaused):
            with pytest.raises(kind) as caught:
                await door.get(Request(url=origin.url("/a"), kind="page"))
            assert caught.value.retry_after == START + timedelta(seconds=60)
        clock.time += 60
        await door.get(Request(url=origin.url("/a"), kind="page"))
    assert (len(origin.seen), clock.slept) == (2, [])
