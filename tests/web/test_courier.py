"""Gate, names, robots and retries together, through the door: what the hosts see of us."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import BadStatus, FetchError, HostPaused, Passing, TooLarge, Unreachable
from crawler.model import Attempt, Request
from crawler.web import Door
from crawler.web.exchange import Answer, Call
from tests.fakes import FakePoliteness
from tests.web.origin import (
    START,
    FakeClock,
    Names,
    Origin,
    RealClock,
    black_hole,
    closed_port,
    make_door,
    reply,
    settings,
)

Script = Callable[[Call], int | FetchError | str]


class Wire:
    """A wire without sockets: a script says what each call meets; whoever asks too early is noted."""

    def __init__(self, clock: FakeClock, script: Script, *, seconds: float = 0.2) -> None:
        self.clock = clock
        self.script = script
        self.seconds = seconds
        self.calls: list[tuple[float, str, tuple[str, ...], str]] = []
        self.ended: dict[str, float] = defaultdict(lambda: -1e9)
        self.gaps: dict[str, list[float]] = defaultdict(list)
        self.running: Counter[str] = Counter()
        self.most = 0

    async def get(self, call: Call, note: Callable[[Attempt], None]) -> Answer:
        keys = {call.url.host or "", *call.addresses}
        self.calls.append((self.clock.time, call.url.host or "", call.addresses, call.url.path))
        for key in keys:
            self.gaps[key].append(self.clock.time - self.ended[key])
        self.running.update(keys)
        self.most = max(self.most, *(self.running[key] for key in keys))
        met: int | FetchError | str = 200
        try:
            await self.clock.sleep(self.seconds)
            met = self.script(call)
        finally:
            self.running.subtract(keys)
            self.ended |= dict.fromkeys(keys, self.clock.time)
            status = met if isinstance(met, int) else 302
            peer = None if isinstance(met, FetchError) else call.addresses[0]
            note(Attempt(url=str(call.url), started_at=START, number=call.number, peer=peer, status=status))
        if isinstance(met, FetchError):
            raise met
        location = met if isinstance(met, str) else None
        return Answer(
            url=call.url, status=status, headers={}, location=location, body=b"", at=self.clock.now()
        )

    async def close(self) -> None:
        """Nothing to close."""


def door_to(wire: Wire, memory: FakePoliteness | None = None, **changes: object) -> Door:
    resolver = Names()
    resolver.default = ["127.0.0.7"]
    return Door(
        settings(**changes), wire.clock, resolver=resolver, random=lambda: 0.0, memory=memory, client=wire
    )


def page(host: str, path: str = "/a") -> Request:
    return Request(url=f"http://{host}{path}", kind="page")


async def test_p14_every_hop_and_every_retry_of_fifty_names_passes_the_gate_of_host_and_address() -> None:
    dice = random.Random(14)

    def script(call: Call) -> int | str:
        if dice.random() < 0.2:
            return 500
        step = {"/a": "/b", "/b": f"http://h{dice.randrange(50)}.example/c"}.get(call.url.path)
        return step or 200

    wire = Wire(FakeClock(), script)
    async with door_to(wire, delay="3s", address_delay="1s", attempts=3) as door:
        visits = (door.get(page(f"h{i}.example")) for i in range(50))
        results = await asyncio.gather(*visits, return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in results) >= 25
    assert all(isinstance(each, BadStatus) for each in results if isinstance(each, BaseException))
    assert len(wire.calls) > 120
    assert wire.most == 1
    assert min(min(gaps) for host, gaps in wire.gaps.items() if host.startswith("h")) >= 3 - 1e-6
    assert min(wire.gaps["127.0.0.7"]) >= 1 - 1e-6


async def test_a_host_that_is_a_literal_takes_turns_with_the_names_on_its_address() -> None:
    wire = Wire(FakeClock(), lambda call: 200)
    async with door_to(wire, delay="0s", address_delay="5s") as door:
        hosts = ("127.0.0.7", "a.example", "127.0.0.7", "b.example")
        await asyncio.wait_for(asyncio.gather(*(door.get(page(host)) for host in hosts)), 5)
    assert (wire.most, len(wire.calls)) == (1, 4)
    assert min(wire.gaps["127.0.0.7"]) >= 5 - 1e-6


async def test_the_rest_of_an_address_is_half_of_the_delay_unless_it_is_set() -> None:
    for changes, gap in (({}, 4.0), ({"address_delay": "1s"}, 1.0), ({"address_delay": "0s"}, 0.0)):
        wire = Wire(FakeClock(), lambda call: 200)
        async with door_to(wire, delay="8s", **changes) as door:
            for host in ("a.example", "b.example"):
                await door.get(page(host))
        assert wire.gaps["127.0.0.7"][1] == pytest.approx(gap)


async def test_p07_one_host_of_fifty_falls_silent_at_once_and_the_others_keep_their_pace(
    origin: Origin,
) -> None:
    silent, paths = {f"/{i}": reply(body=b"x") for i in range(8)}, [f"/{i}" for i in range(8)]
    async with contextlib.AsyncExitStack() as stack:
        origins = [
            await stack.enter_async_context(Origin(f"127.0.1.{i}", port=origin.port)) for i in range(50)
        ]
        for each in origins:
            each.routes |= silent
        origins[7].routes["/3"] = reply(503, Retry_After="600")
        door = await stack.enter_async_context(make_door())
        results = await asyncio.gather(
            *(door.get(Request(url=each.url(path), kind="page")) for path in paths for each in origins),
            return_exceptions=True,
        )
    assert origins[7].paths() == ["/0", "/1", "/2", "/3"]
    assert all(len(each.seen) == 8 for each in origins if each is not origins[7])
    failed = [each for each in results if isinstance(each, BaseException)]
    assert Counter(type(each) for each in failed) == {BadStatus: 1, HostPaused: 4}
    assert {each.passing for each in failed if isinstance(each, HostPaused)} == {Passing.OURS}


async def test_p03_over_a_thousand_restarts_in_one_delay_no_host_is_asked_early() -> None:
    clock, memory, dice = FakeClock(), FakePoliteness(), random.Random(3)
    wire = Wire(clock, lambda call: 304 if call.url.path == "/304" else 200)
    for _ in range(1000):
        async with door_to(wire, memory, delay="600s", address_delay="60s") as door:
            tasks = [asyncio.ensure_future(door.get(page(f"h{i}.example"))) for i in range(3)]
            for _ in range(dice.randrange(12)):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert len(wire.calls) > 100
    assert min(gap for i in range(3) for gap in wire.gaps[f"h{i}.example"]) >= 600 - 1e-3
    assert min(wire.gaps["127.0.0.7"]) >= 60 - 1e-3


async def test_n26_six_hours_offline_count_against_no_host_and_the_return_is_no_storm() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    wire = Wire(clock, lambda call: 200)
    table = Names()
    table.default = ["127.0.0.7"]
    hosts = [f"h{i}.example" for i in range(40)]
    config = settings(delay="1s", address_delay="0s", attempts=3, trouble=5)
    async with Door(config, clock, resolver=table, random=lambda: 0.0, memory=memory, client=wire) as door:
        for host in hosts:
            await door.get(page(host))
        steady = len(wire.calls)
        table.default = None
        table.table = {
            host: OSError(socket.EAI_AGAIN, "Temporary failure in name resolution") for host in hosts
        }
        for host in hosts * 12:
            clock.time += 6 * 3600 / 480
            with pytest.raises(Unreachable) as caught:
                await door.get(page(host))
            assert caught.value.passing is Passing.OURS
            assert len(caught.value.attempts) == 1
        assert len(wire.calls) == steady
        assert {state.failures for state in memory.hosts.values()} == {0}
        table.table, table.default = {}, ["127.0.0.7"]
        for host in hosts:
            await door.get(page(host))
    assert len(wire.calls) == 2 * steady


async def test_a_host_that_fails_in_every_way_is_left_alone_and_returns_with_its_first_good_answer() -> None:
    clock, memory = FakeClock(), FakePoliteness()
    met: Iterator[int | FetchError] = itertools.chain(
        [Unreachable("reset"), 500, 404, 503, Unreachable("no connection"), 502, 500, 500],
        itertools.repeat(200),
    )
    wire = Wire(clock, lambda call: next(met))
    async with door_to(wire, memory, trouble=5) as door:
        for _ in range(8):
            with pytest.raises(FetchError):
                await door.get(page("wire.example"))
        with pytest.raises(HostPaused, match="5 times in a row: left alone until") as caught:
            await door.get(page("wire.example"))
        assert (caught.value.status, caught.value.retry_after) == (0, clock.now() + timedelta(seconds=60))
        assert memory.hosts["wire.example"].failures == 5
        clock.time += 60
        await door.get(page("wire.example"))
        assert (memory.hosts["wire.example"].failures, memory.hosts["wire.example"].paused_until) == (0, None)
    assert len(wire.calls) == 9


@pytest.mark.parametrize("ours", [True, False])
async def test_failures_on_our_side_and_answers_of_a_wrong_size_are_no_trouble_of_the_host(
    ours: bool,
) -> None:
    def script(call: Call) -> FetchError:
        failure: FetchError = Unreachable("no descriptors left") if ours else TooLarge("too large")
        failure.passing = Passing.OURS if ours else Passing.PERMANENT
        return failure

    wire = Wire(FakeClock(), script)
    async with door_to(wire, trouble=2) as door:
        for _ in range(20):
            with pytest.raises((Unreachable, TooLarge)):
                await door.get(page("wire.example"))
    assert len(wire.calls) == 20


@given(st.lists(st.integers(1, 30), max_size=12), st.integers(1, 3))
def test_x61_a_visit_cancelled_at_any_moment_frees_host_address_and_connection(
    moments: list[int], connections: int
) -> None:
    asyncio.run(_cancelled_at(moments, connections))


async def _cancelled_at(moments: list[int], connections: int) -> None:
    wire = Wire(FakeClock(), lambda call: "/b" if call.url.path == "/a" else 200)
    memory = FakePoliteness()
    async with door_to(wire, memory, delay="1s", connections=connections, robots=True) as door:
        tasks = []
        for place, moment in enumerate(moments):
            tasks.append(asyncio.ensure_future(door.get(page(f"h{place % 3}.example"))))
            for _ in range(moment):
                await asyncio.sleep(0)
            tasks[place].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        visits = asyncio.gather(*(door.get(page(f"h{i}.example")) for i in range(3)))
        assert [each.status for each in await asyncio.wait_for(visits, 5)] == [200] * 3
    assert wire.most == 1
    assert +wire.running == {}


async def test_n24_a_host_behind_a_dead_ipv6_is_fetched_by_ipv4_and_without_delay_the_next_time(
    origin: Origin,
) -> None:
    origin.routes["/"] = reply(body=b"x", Connection="close")
    resolver = Names(wire_example=["::1", "127.0.0.1"])
    with black_hole_six(origin.port):
        async with make_door(
            allow_private=("127.0.0.0/8", "::1/128"), resolver=resolver, connect_timeout="2s"
        ) as door:
            took = []
            for _ in range(2):
                clock = RealClock()
                fetched = await door.get(Request(url=origin.url(host="wire.example"), kind="page"))
                took.append(clock.monotonic())
                assert (fetched.body, fetched.attempts[0].peer) == (b"x", "127.0.0.1")
    assert 0.2 < took[0] < 1.5
    assert took[1] < 0.2


@contextlib.contextmanager
def black_hole_six(port: int) -> Iterator[None]:
    """A listener on ``::1`` whose queue is full: further SYNs are dropped."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_INET6))
        listener.bind(("::1", port))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket(socket.AF_INET6))
            filler.setblocking(False)
            filler.connect_ex(("::1", port))
        yield


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_n24_a_host_of_one_family_is_fetched_by_it(address: str) -> None:
    async with Origin(address) as origin:
        origin.routes["/"] = reply(body=b"x")
        resolver = Names(wire_example=[address])
        async with make_door(allow_private=("127.0.0.0/8", "::1/128"), resolver=resolver) as door:
            fetched = await door.get(Request(url=origin.url(host="wire.example"), kind="page"))
    assert (fetched.body, fetched.attempts[0].peer) == (b"x", address)


async def test_the_second_try_goes_to_another_address_when_the_first_cannot_be_connected_to() -> None:
    async with Origin("127.0.0.3", port=closed_port("127.0.0.2")) as origin:
        origin.routes["/"] = reply(body=b"x")
        resolver = Names(wire_example=["127.0.0.2", "127.0.0.3"])
        async with make_door(resolver=resolver, attempts=2, clock=FakeClock()) as door:
            fetched = await door.get(Request(url=origin.url(host="wire.example"), kind="page"))
            assert [each.peer for each in fetched.attempts] == [None, "127.0.0.3"]
            fetched = await door.get(Request(url=origin.url(host="wire.example"), kind="page"))
            assert [each.peer for each in fetched.attempts] == ["127.0.0.3"]


async def test_waiting_for_an_address_holds_no_connection_and_costs_no_deadline(origin: Origin) -> None:
    async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(reply(body=b"late", Connection="close"))

    origin.routes["/"] = held
    resolver = Names()
    resolver.default = ["127.0.0.1"]
    async with (
        Origin("127.0.0.2", port=origin.port) as other,
        make_door(resolver=resolver, connections=2, total_timeout="500ms") as door,
    ):
        other.routes["/"] = reply(body=b"x")
        names = [origin.url(host=f"h{i}.example") for i in range(3)]
        tasks = [asyncio.ensure_future(door.get(Request(url=name, kind="page"))) for name in names]
        await asyncio.sleep(0.05)
        assert (await door.get(Request(url=other.url(), kind="page"))).body == b"x"
        assert not any(task.done() for task in tasks)
        assert [each.body for each in await asyncio.gather(*tasks)] == [b"late"] * 3


async def test_n20_a_failed_lookup_is_an_attempt_and_begins_no_rest() -> None:
    wire = Wire(FakeClock(), lambda call: 200)
    resolver = Names(wire_example=[OSError(socket.EAI_NONAME, "Name or service not known")] * 2)
    async with Door(settings(delay="9s"), wire.clock, resolver=resolver, client=wire) as door:
        resolver.table["wire.example"] = OSError(socket.EAI_NONAME, "Name or service not known")
        with pytest.raises(Unreachable) as caught:
            await door.get(page("wire.example"))
        (attempt,) = caught.value.attempts
        assert (attempt.status, attempt.peer) == (None, None)
        assert attempt.error == f"Unreachable: {caught.value}"
        resolver.table["wire.example"] = ["127.0.0.7"]
        await door.get(page("wire.example"))
    assert [at for at, *_ in wire.calls] == [1000.0]


async def test_a_black_hole_costs_the_connect_timeout_and_the_address_is_remembered() -> None:
    with black_hole() as port:
        async with make_door(connect_timeout="100ms") as door:
            with pytest.raises(Unreachable, match="no connection within"):
                await door.get(Request(url=f"http://127.0.0.1:{port}/", kind="page"))
            assert list(door._courier._names._failed) == ["127.0.0.1"]
