"""Turns: one at a time to a host and to an address, and a rest after each."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import HostPaused, Passing
from crawler.model import Request
from crawler.web.gate import Gate
from tests.fakes import FakePoliteness
from tests.web.origin import FakeClock, Origin, make_door, reply
from tests.web.turns import Turns, answered, ask, make_gate


async def test_the_delay_runs_from_the_end_of_the_last_request() -> None:
    clock = FakeClock()
    turns = Turns(make_gate(clock, delay=2.5), clock)
    for _ in range(4):
        await turns.take("wire.example", seconds=7.0)
    assert turns.gaps() == [2.5, 2.5, 2.5]


async def test_one_host_serves_one_at_a_time_in_the_order_of_asking() -> None:
    clock = FakeClock()
    turns = Turns(make_gate(clock), clock)
    await asyncio.gather(*(turns.take("wire.example", seconds=0.5) for _ in range(20)))
    assert turns.most == 1
    assert min(turns.gaps()) >= 1.0


async def test_other_hosts_do_not_wait() -> None:
    clock = FakeClock()
    turns = Turns(make_gate(clock, delay=3600), clock)
    for i in range(50):
        await turns.take(f"h{i}.example")
    assert clock.slept == []


async def test_a_crawl_delay_lengthens_the_delay_and_never_shortens_it() -> None:
    clock = FakeClock()
    turns = Turns(make_gate(clock, delay=5), clock)
    await turns.take("wire.example", delay=30)
    await turns.take("wire.example", delay=1)
    await turns.take("wire.example")
    assert turns.gaps() == [30.0, 5.0]


async def test_a_failure_inside_a_turn_still_ends_it_and_starts_the_delay() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=4)

    async def fail() -> None:
        async with gate.turn("wire.example") as turn:
            await turn.at(())
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await fail()
    async with gate.turn("wire.example"):
        pass
    assert clock.slept == [4.0]


async def test_cancelling_who_waits_lets_the_next_one_in() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=0)
    turns = Turns(gate, clock)
    async with gate.turn("wire.example"):
        waiting = asyncio.ensure_future(turns.take("wire.example"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await turns.take("wire.example")
    assert len(turns.spans) == 1


async def test_a_short_pause_is_waited_for_by_everyone() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=1, patience=20)
    await ask(gate, "wire.example", answered(429, silence=15))
    async with gate.turn("wire.example"):
        assert clock.time == 1015.0
    assert clock.slept == [15.0]


async def test_a_long_pause_is_reported_instead_of_waited_for_until_it_is_over() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=1, patience=20)
    until = clock.now() + timedelta(hours=1)
    await ask(gate, "wire.example", answered(503, silence=3600))
    with pytest.raises(
        HostPaused, match=r"answered 503 and wants silence until 2026-03-02T13:00:00Z"
    ) as caught:
        async with gate.turn("wire.example"):
            raise AssertionError("the turn must not be lent")
    assert (caught.value.status, caught.value.retry_after) == (503, until)
    assert caught.value.passing is Passing.OURS
    async with gate.turn("other.example"):
        pass
    clock.time += 3600
    async with gate.turn("wire.example"):
        pass
    assert clock.slept == []


async def test_a_request_that_was_not_sent_begins_no_rest() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=50)
    for _ in range(3):
        async with gate.turn("wire.example"):
            pass  # its name was not found, for instance
    assert clock.slept == []


async def test_idle_hosts_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.web.gate._SWEEP", 64)
    clock = FakeClock()
    gate = make_gate(clock, delay=1)
    for i in range(900):
        await ask(gate, f"h{i}.example", answered(200), f"ip:{i}")
        clock.time += 0.1
    assert len(gate) <= 64


# --------------------------------------------------------------------------- addresses


async def test_p14_names_on_one_address_take_turns_and_rest_between() -> None:
    clock = FakeClock()
    turns = Turns(make_gate(clock, delay=8, address_delay=2), clock)
    await asyncio.gather(*(turns.take(f"h{i}.example", "ip:192.0.2.7", seconds=0.5) for i in range(50)))
    assert turns.most == 1
    assert turns.gaps() == [2.0] * 49


async def test_turns_at_several_addresses_in_any_order_never_wait_for_one_another() -> None:
    clock = FakeClock()
    turns = Turns(make_gate(clock, delay=0, address_delay=1), clock)
    six, four = "ip:2001:db8::7", "ip:192.0.2.7"
    wanted = [(six, four), (four, six), (four,), (six,)] * 10
    await asyncio.wait_for(
        asyncio.gather(*(turns.take(f"h{i}.example", *each) for i, each in enumerate(wanted))), 5
    )
    assert len(turns.spans) == 40


async def test_only_the_address_that_was_asked_has_to_rest() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=0, address_delay=5)
    async with gate.turn("a.example") as turn:
        await turn.at(["ip:192.0.2.7", "ip:2001:db8::7"])
        turn.peer = "ip:192.0.2.7"
    await ask(gate, "b.example", answered(200), "ip:2001:db8::7")
    assert clock.slept == []
    await ask(gate, "c.example", answered(200), "ip:192.0.2.7")
    assert clock.slept == [5.0]


# --------------------------------------------------------------------------- whatever comes in whatever order


class Sent:
    """Requests as the hosts would see them, and what was promised to them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.silent_until: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self.now: set[str] = set()
        self.early: list[str] = []

    async def visit(self, gate: Gate, host: str, addresses: list[str], status: int, silence: float) -> None:
        with contextlib.suppress(HostPaused):
            async with gate.turn(host) as turn:
                await turn.at(addresses)
                self.begin([(host, 2.0), *((each, 1.0) for each in addresses)])
                try:
                    await self.clock.sleep(0.25)
                    asked = silence if status in (429, 503) and silence else None
                    turn.verdict = answered(status, seconds=0.25, silence=asked)
                    if asked is not None:
                        self.silent_until[host] = self.clock.time + asked
                finally:
                    self.now -= {host, *addresses}
                    self.ended |= dict.fromkeys([host, *addresses], self.clock.time)

    def begin(self, asked: list[tuple[str, float]]) -> None:
        for key, rest in asked:
            # What ended meanwhile may be noted a moment after it ended, never before.
            ended = self.ended.get(key, -1e9)
            if key in self.now or self.clock.time < max(ended + rest - 1e-3, self.silent_until.get(key, 0.0)):
                self.early.append(key)
            self.now.add(key)


VISITS = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.lists(st.sampled_from(["ip:1", "ip:2"]), min_size=1, max_size=2, unique=True),
    st.sampled_from([200, 304, 404, 429, 500, 503]),
    st.sampled_from([0.0, 3.0, 90.0]),
    st.integers(0, 12),  # turns of the loop until it is cancelled; 0: never
    st.sampled_from(["go on", "wait", "restart"]),
)


@given(st.lists(VISITS, max_size=25))
def test_x61_in_whatever_order_tasks_come_and_are_cancelled_no_host_is_asked_early(
    visits: list[tuple[str, list[str], int, float, int, str]],
) -> None:
    asyncio.run(_in_any_order(visits))


async def _in_any_order(visits: list[tuple[str, list[str], int, float, int, str]]) -> None:
    sent, memory = Sent(), FakePoliteness()
    gate = make_gate(sent.clock, delay=2, address_delay=1, memory=memory)
    tasks: list[asyncio.Task[None]] = []
    for host, addresses, status, silence, cancel, then in visits:
        tasks.append(asyncio.ensure_future(sent.visit(gate, host, addresses, status, silence)))
        for _ in range(cancel):
            await asyncio.sleep(0)
        if cancel:
            tasks[-1].cancel()
        if then == "wait":
            await asyncio.gather(*tasks, return_exceptions=True)
            sent.clock.time += 45
        if then == "restart":
            await asyncio.gather(*tasks, return_exceptions=True)
            gate = make_gate(sent.clock, delay=2, address_delay=1, memory=memory)
    outcomes = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
    assert [each for each in outcomes if each and not isinstance(each, asyncio.CancelledError)] == []
    assert sent.early == []
    sent.clock.time += 4000
    for host in ("a", "b", "c"):  # every turn was given back
        await asyncio.wait_for(sent.visit(gate, host, ["ip:1", "ip:2"], 200, 0.0), 1)
    assert sent.now == set()


# --------------------------------------------------------------------------- through the door


async def test_the_door_never_asks_one_host_twice_at_once(origin: Origin) -> None:
    running = most = 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1
        writer.write(reply(body=b"x", Connection="close"))

    origin.routes["/a"] = slow
    async with make_door() as door:
        await asyncio.gather(*(door.get(Request(url=origin.url("/a"), kind="page")) for _ in range(20)))
    assert (most, len(origin.seen)) == (1, 20)


async def test_redirect_hops_and_retries_pass_the_gate_too(origin: Origin) -> None:
    origin.routes["/a"] = [reply(500), reply(302, Location="/b")]
    origin.routes["/b"] = reply(body=b"x")
    clock = FakeClock()
    async with make_door(clock=clock, delay="30s", attempts=3) as door:
        await door.get(Request(url=origin.url("/a"), kind="page"))
    assert origin.paths() == ["/a", "/a", "/b"]
    assert clock.slept == [1.0, 29.0, 30.0]  # the retry's own wait counts into the delay
