from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import BadStatus, HostPaused, Passing
from crawler.model import HostState, Request
from crawler.ports import Politeness
from crawler.web.gate import Gate
from crawler.web.manners import NEW, Health, Manners, Outcome, Verdict, outcome_of
from tests.fakes import FakePoliteness
from tests.web.origin import START, FakeClock, Names, Origin, make_door, reply


def make_gate(
    clock: FakeClock, *, delay: float = 1.0, patience: float = 20.0, memory: Politeness | None = None,
    **more: float,
) -> Gate:  # fmt: skip
    manners = Manners(**{"delay": delay, "address_delay": 0.0, "patience": patience, **more})
    return Gate(clock, manners, memory)


def answered(status: int, *, seconds: float = 0.0, silence: float | None = None) -> Verdict:
    return Verdict(outcome=outcome_of(status), seconds=seconds, status=status, silence=silence)


async def ask(gate: Gate, key: str, verdict: Verdict, *addresses: str) -> None:
    async with gate.turn(key) as turn:
        await turn.at(addresses)
        turn.verdict = verdict


class Turns:
    """Takes turns, notes when each began and ended, and how many ran at once."""

    def __init__(self, gate: Gate, clock: FakeClock) -> None:
        self.gate = gate
        self.clock = clock
        self.spans: list[tuple[float, float]] = []
        self.running = 0
        self.most = 0

    async def take(self, key: str, *addresses: str, seconds: float = 0.0, delay: float = 0.0) -> None:
        async with self.gate.turn(key, delay=delay) as turn:
            await turn.at(addresses)
            began = self.clock.time
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0)
            self.clock.time += seconds
            self.running -= 1
            self.spans.append((began, self.clock.time))

    def gaps(self) -> list[float]:
        pairs = zip(self.spans, self.spans[1:], strict=False)
        return [after[0] - before[1] for before, after in pairs]


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


# --------------------------------------------------------------------------- over restarts


async def test_p03_the_next_moment_is_committed_before_the_request_and_kept_over_a_restart() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    async with make_gate(clock, delay=60, memory=memory).turn("wire.example") as turn:
        await turn.at(())
        assert memory.hosts["wire.example"].next_allowed_at == START + timedelta(seconds=60)
        clock.time += 5
    assert memory.hosts["wire.example"].next_allowed_at == START + timedelta(seconds=65)
    clock.time += 10
    async with make_gate(clock, delay=60, memory=memory).turn("wire.example"):
        pass
    assert clock.slept == [50.0]


async def test_a_kill_while_a_request_is_under_way_still_leaves_the_rest_owed() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    gate = make_gate(clock, delay=60, address_delay=30, memory=memory)
    killed = gate.turn("wire.example")
    turn = await killed.__aenter__()
    await turn.at(["ip:192.0.2.7"])
    turns = Turns(make_gate(clock, delay=60, address_delay=30, memory=memory), clock)
    await turns.take("other.example", "ip:192.0.2.7")
    await turns.take("wire.example", "ip:192.0.2.7")
    assert [began for began, _ in turns.spans] == [1030.0, 1060.0]
    await killed.__aexit__(None, None, None)


async def test_pause_failures_and_learned_delay_are_kept_over_a_restart() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    await ask(make_gate(clock, memory=memory), "wire.example", answered(429, seconds=4, silence=900))
    state = memory.hosts["wire.example"]
    assert (state.paused_until, state.pause_status) == (START + timedelta(seconds=900), 429)
    assert (state.delay, state.failures) == (4.0, 1)
    with pytest.raises(HostPaused, match="answered 429 and wants silence until"):
        await ask(make_gate(clock, memory=memory), "wire.example", answered(200))
    clock.time += 900
    gate = make_gate(clock, memory=memory)
    await ask(gate, "wire.example", answered(500))
    assert memory.hosts["wire.example"].failures == 2
    await ask(gate, "wire.example", answered(200))
    assert clock.slept == [4.0]  # the delay that was learned before the restart


async def test_without_a_delay_and_without_news_nothing_is_committed() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    gate = make_gate(clock, delay=0, memory=memory)
    for status in (200, 304, 404, 302):
        await ask(gate, "wire.example", answered(status, seconds=0.4), "ip:192.0.2.7")
    assert memory.commits == []
    assert memory.reads == ["wire.example", "ip:192.0.2.7"]
    await ask(gate, "wire.example", answered(500))
    assert memory.commits == ["wire.example"]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 86_400.0, -86_400.0])
async def test_p04_a_jump_of_the_wall_clock_changes_no_gap_inside_a_process(jump: float) -> None:
    clock = Jumping()
    turns = Turns(make_gate(clock, delay=60, memory=FakePoliteness()), clock)
    for _ in range(3):
        await turns.take("wire.example")
        clock.jumped += jump
    assert turns.gaps() == [60.0, 60.0]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 86_400.0, -86_400.0])
async def test_p04_over_a_restart_a_wrong_clock_costs_one_delay_and_a_pause_a_month_at_most(
    jump: float,
) -> None:
    clock, memory = Jumping(), FakePoliteness()
    await ask(make_gate(clock, delay=60, memory=memory), "wire.example", answered(200))
    memory.hosts["paused.example"] = HostState(
        next_allowed_at=START, paused_until=START + timedelta(days=4000), pause_status=503
    )
    clock.jumped += jump
    await ask(make_gate(clock, delay=60, memory=memory), "wire.example", answered(200))
    assert clock.slept == ([60.0] if jump < 0 else [])
    with pytest.raises(HostPaused) as caught:
        await ask(make_gate(clock, memory=memory), "paused.example", answered(200))
    assert caught.value.retry_after == clock.now() + timedelta(days=30)


class Jumping(FakeClock):
    """A clock whose date is moved."""

    jumped = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.jumped)


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


async def test_a_rest_longer_than_a_visit_waits_is_reported() -> None:
    clock = FakeClock()
    gate = make_gate(clock, longest_wait=300)
    turns = Turns(gate, clock)
    await turns.take("wire.example", delay=99_999_999_999.0)
    with pytest.raises(HostPaused, match="wants long rests between two requests") as caught:
        await turns.take("wire.example")
    assert caught.value.retry_after == START + timedelta(days=3650)
    assert (len(turns.spans), clock.slept) == (1, [])


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
