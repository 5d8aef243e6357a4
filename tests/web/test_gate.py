from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from crawler.errors import BadStatus, HostPaused, Passing
from crawler.model import Request
from crawler.web.gate import Gate
from tests.web.origin import START, FakeClock, Names, Origin, make_door, reply


def make_gate(clock: FakeClock, *, delay: float = 1.0, patience: float = 20.0, memory: object = None) -> Gate:
    return Gate(
        clock, delay=timedelta(seconds=delay), patience=timedelta(seconds=patience), memory=memory  # type: ignore[arg-type]
    )  # fmt: skip


class Turns:
    """Takes turns, notes when each began and ended, and how many ran at once."""

    def __init__(self, gate: Gate, clock: FakeClock) -> None:
        self.gate = gate
        self.clock = clock
        self.spans: list[tuple[float, float]] = []
        self.running = 0
        self.most = 0

    async def take(self, key: str, *, seconds: float = 0.0, delay: float = 0.0) -> None:
        async with self.gate.turn(key, delay=delay):
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
    with pytest.raises(RuntimeError, match="boom"):
        async with gate.turn("wire.example"):
            raise RuntimeError("boom")
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
    async with gate.turn("wire.example") as turn:
        turn.pause(clock.now() + timedelta(seconds=15), 429)
    async with gate.turn("wire.example"):
        assert clock.time == 1015.0
    assert clock.slept == [15.0]


async def test_a_long_pause_is_reported_instead_of_waited_for_until_it_is_over() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=1, patience=20)
    until = clock.now() + timedelta(hours=1)
    async with gate.turn("wire.example") as turn:
        turn.pause(until, 503)
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


async def test_idle_hosts_are_forgotten() -> None:
    clock = FakeClock()
    gate = make_gate(clock, delay=1)
    for i in range(5000):
        async with gate.turn(f"h{i}.example"):
            pass
        clock.time += 0.01
    assert len(gate) < 1200


async def test_without_a_delay_nothing_is_remembered() -> None:
    gate = make_gate(FakeClock(), delay=0)
    async with gate.turn("wire.example"):
        assert len(gate) == 1
    assert len(gate) == 0


class Notebook:
    """A memory that outlives the gate."""

    def __init__(self) -> None:
        self.times: dict[str, datetime] = {}
        self.order: list[str] = []

    async def next_allowed(self, host: str) -> datetime | None:
        return self.times.get(host)

    async def allow_from(self, host: str, at: datetime) -> None:
        self.order.append("commit")
        self.times[host] = at


async def test_the_next_moment_is_committed_before_the_request_and_kept_over_a_restart() -> None:
    clock, notebook = FakeClock(), Notebook()
    async with make_gate(clock, delay=60, memory=notebook).turn("wire.example"):
        notebook.order.append("send")
    assert notebook.order == ["commit", "send"]
    assert notebook.times["wire.example"] == START + timedelta(seconds=60)
    clock.time += 10
    async with make_gate(clock, delay=60, memory=notebook).turn("wire.example"):
        pass
    assert clock.slept == [50.0]


async def test_a_pause_is_kept_over_a_restart() -> None:
    clock, notebook = FakeClock(), Notebook()
    async with make_gate(clock, delay=1, memory=notebook).turn("wire.example") as turn:
        turn.pause(clock.now() + timedelta(seconds=900), 429)
    assert notebook.times["wire.example"] == START + timedelta(seconds=900)


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
async def test_a_short_retry_after_is_obeyed_within_the_visit(
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
async def test_a_long_retry_after_ends_the_visit_and_silences_the_host(value: str, origin: Origin) -> None:
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
async def test_an_unreadable_retry_after_is_none(value: str | None, origin: Origin) -> None:
    asked = reply(429) if value is None else reply(429, Retry_After=value)
    origin.routes["/a"] = [asked, reply(body=b"x")]
    clock = FakeClock()
    async with make_door(clock=clock, attempts=2) as door:
        await door.get(Request(url=origin.url("/a"), kind="page"))
    assert clock.slept == [1.0]
