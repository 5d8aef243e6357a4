"""The engine lends no more than it has hands for, ends when nothing is due, and stops when told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from crawler.engine.local import LocalEngine
from crawler.engine.troubles import BREAKER
from crawler.errors import CrawlError, StoreError
from crawler.model import Selection, Slice
from tests.fakes import NOON, FakeClock


@dataclass
class Shelf:
    """A store that lends slices of hosts by name."""

    hosts: list[str]
    later: datetime | None = None
    lent: list[tuple[int, frozenset[str]]] = field(default_factory=list)

    async def lend(self, now: datetime, want: Selection, *, slots: int, busy: Collection[str]) -> list[Slice]:
        self.lent.append((slots, frozenset(busy)))
        taken, self.hosts = self.hosts[:slots], self.hosts[slots:]
        return [Slice(host=host, epoch=1) for host in taken]

    async def next_due(self, want: Selection, *, polls: bool = True) -> datetime | None:
        return self.later


@dataclass
class Runner:
    """Stands in for the slices: each takes one turn of the loop, or waits for ``hold``."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None
    error: Exception | None = None
    ran: list[str] = field(default_factory=list)
    most: int = 0
    now: int = 0

    async def run(self, piece: Slice) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await (self.hold.wait() if self.hold else asyncio.sleep(0))
            if self.error:
                raise self.error
            self.ran.append(piece.host)
        finally:
            self.now -= 1
            self.wake.set()


class TickingClock(FakeClock):
    """Lets the loop turn while it sleeps."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.instant += timedelta(seconds=seconds)


def engine(shelf: Shelf, runner: Runner, **settings: Any) -> LocalEngine:
    return LocalEngine(
        store=shelf,  # type: ignore[arg-type]
        runner=runner,  # type: ignore[arg-type]
        clock=TickingClock(),
        **{"slots": 3, **settings},
    )


async def test_a_one_shot_run_does_all_that_is_due_with_no_more_hands_than_it_has() -> None:
    shelf, runner = Shelf([f"host{number}" for number in range(20)]), Runner()
    await engine(shelf, runner).run(Selection(), wait=False)
    assert sorted(runner.ran) == sorted(f"host{number}" for number in range(20))
    assert runner.most <= 3
    assert all(slots + len(busy) <= 3 for slots, busy in shelf.lent)


async def test_a_one_shot_run_does_not_wait_for_what_is_due_later() -> None:
    shelf = Shelf([], later=NOON + timedelta(hours=1))
    await engine(shelf, Runner()).run(Selection(), wait=False)
    assert len(shelf.lent) == 1


async def test_a_one_shot_run_with_patience_waits_for_a_host_that_rests_and_says_so() -> None:
    shelf, runner, told = Shelf([], later=NOON + timedelta(seconds=60)), Runner(), list[datetime]()

    def waiting(due: datetime) -> None:
        told.append(due)
        shelf.hosts, shelf.later = ["rested"], None

    await engine(shelf, runner, patience=120.0, waiting=waiting).run(Selection(), wait=False)
    assert (runner.ran, told) == (["rested"], [NOON + timedelta(seconds=60)])


async def test_a_one_shots_patience_is_one_for_all_its_runs() -> None:
    """The way back wakes the engine at every page: it must not wait two minutes each time."""
    shelf, told = Shelf([], later=NOON + timedelta(seconds=100)), list[datetime]()

    def waiting(due: datetime) -> None:
        told.append(due)
        shelf.later = due + timedelta(seconds=30)

    one = engine(shelf, Runner(), patience=120.0, waiting=waiting)
    for _ in range(3):
        await one.run(Selection(), wait=False)
    assert len(told) == 1


async def test_a_one_shot_runs_patience_ends_even_where_hosts_rest_again_and_again() -> None:
    shelf, told = Shelf([], later=NOON + timedelta(seconds=50)), list[datetime]()

    def waiting(due: datetime) -> None:
        told.append(due)
        shelf.later = due + timedelta(seconds=50)

    await engine(shelf, Runner(), patience=120.0, waiting=waiting).run(Selection(), wait=False)
    assert len(told) == 2
    overdue = Shelf([], later=NOON - timedelta(hours=1))  # and yet nothing is lent
    await engine(overdue, Runner(), patience=5.0).run(Selection(), wait=False)
    assert len(overdue.lent) == 6


async def test_a_daemon_sleeps_until_the_next_is_due() -> None:
    shelf, runner = Shelf([], later=NOON + timedelta(seconds=30)), Runner()
    daemon = engine(shelf, runner)
    running = asyncio.create_task(daemon.run(Selection(), wait=True))
    while not runner.ran:
        await asyncio.sleep(0)
        if daemon.clock.now() >= NOON + timedelta(seconds=30) and not shelf.hosts:
            shelf.hosts, shelf.later = ["host"], NOON + timedelta(days=1)
    runner.stop.set()
    await running
    assert daemon.clock.now() >= NOON + timedelta(seconds=30)


async def test_a_stop_lends_nothing_more_and_lets_running_slices_end() -> None:
    runner = Runner(hold=asyncio.Event())
    shelf = Shelf(["a", "b", "c", "d"])
    running = asyncio.create_task(engine(shelf, runner).run(Selection(), wait=True))
    while runner.now < 3:
        await asyncio.sleep(0)
    runner.stop.set()
    assert runner.hold
    runner.hold.set()
    await running
    assert sorted(runner.ran) == ["a", "b", "c"]
    assert shelf.hosts == ["d"]


async def test_after_the_grace_running_slices_are_cancelled() -> None:
    runner = Runner(hold=asyncio.Event())
    running = asyncio.create_task(engine(Shelf(["a"]), runner, grace=0.01).run(Selection(), wait=True))
    while not runner.now:
        await asyncio.sleep(0)
    runner.stop.set()
    await asyncio.wait_for(running, 5)
    assert (runner.ran, runner.now) == ([], 0)


async def test_a_cancelled_engine_takes_its_slices_with_it() -> None:
    runner = Runner(hold=asyncio.Event())
    running = asyncio.create_task(engine(Shelf(["a", "b"]), runner).run(Selection(), wait=True))
    while runner.now < 2:
        await asyncio.sleep(0)
    runner.stop.set()  # the first signal
    for turns in range(4):
        await asyncio.sleep(0)
        assert runner.now == 2, turns
    running.cancel()  # the second
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 5)
    assert (runner.ran, runner.now) == ([], 0)


@pytest.mark.parametrize("turns", range(12))
async def test_a_cancellation_is_heard_at_every_step(turns: int) -> None:
    runner = Runner(hold=asyncio.Event())
    running = asyncio.create_task(engine(Shelf(["a"]), runner).run(Selection(), wait=True))
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 5)
    assert runner.now == 0


async def test_a_failing_store_stops_the_engine_aloud() -> None:
    runner = Runner(error=StoreError("disk I/O error"))
    with pytest.raises(StoreError, match="disk I/O error"):
        await asyncio.wait_for(engine(Shelf(["a"]), runner).run(Selection(), wait=True), 5)


# --------------------------------------------------------------------------- bugs, and hosts that hang


@dataclass
class Told:
    """What the engine said of bugs."""

    lines: list[tuple[str, str, float]] = field(default_factory=list)

    def __call__(self, host: str, error: CrawlError, seconds: float) -> None:
        self.lines.append((host, str(error), seconds))


@dataclass
class Endless(Shelf):
    """A store that lends each host again as soon as it is free."""

    async def lend(self, now: datetime, want: Selection, *, slots: int, busy: Collection[str]) -> list[Slice]:
        self.lent.append((slots, frozenset(busy)))
        return [Slice(host=host, epoch=1) for host in self.hosts if host not in busy][:slots]

    async def next_due(self, want: Selection, *, polls: bool = True) -> datetime | None:
        return NOON


@dataclass
class Buggy(Runner):
    """One host's slice ends in a bug, as long as ``mended`` is not set."""

    mended: bool = False

    async def run(self, piece: Slice) -> None:
        await asyncio.sleep(0)
        self.ran.append(piece.host)
        self.wake.set()
        if piece.host == "bad" and not self.mended:
            raise KeyError("nobody expected this")


async def test_a_bug_in_one_slice_is_told_its_host_rests_and_the_others_go_on() -> None:
    shelf, runner, told = Endless(["bad", "good"]), Buggy(), Told()
    daemon = engine(shelf, runner, troubled=told)
    running = asyncio.create_task(daemon.run(Selection(), wait=True))
    while len(told.lines) < 3:
        count = len(told.lines)
        while len(told.lines) == count:
            await asyncio.sleep(0)
        began, good = daemon.clock.now(), runner.ran.count("good")
        while runner.ran.count("good") < good + 20:  # less than the rest: nothing is asked of the bad host
            await asyncio.sleep(0)
        assert len(told.lines) == count + 1
        daemon.clock.instant = began + timedelta(seconds=told.lines[-1][2])  # type: ignore[attr-defined]
    runner.mended = True
    while runner.ran.count("bad") < 4:
        await asyncio.sleep(0)
    runner.stop.set()
    await running
    assert [(host, seconds) for host, _, seconds in told.lines] == [("bad", 60), ("bad", 120), ("bad", 240)]
    assert "KeyError" in told.lines[0][1]
    assert runner.ran.count("good") > runner.ran.count("bad") == 4
    rests = daemon.clock.now() - NOON
    assert rests >= timedelta(seconds=60 + 120 + 240)


async def test_a_bug_in_a_one_shot_ends_it() -> None:
    with pytest.raises(KeyError):
        await asyncio.wait_for(engine(Shelf(["good", "bad"]), Buggy()).run(Selection(), wait=False), 5)


async def test_bugs_everywhere_break_the_circuit() -> None:
    runner, told = Runner(error=KeyError("everywhere")), Told()
    shelf = Endless([f"host{number}" for number in range(50)])
    with pytest.raises(KeyError):
        await asyncio.wait_for(engine(shelf, runner, troubled=told).run(Selection(), wait=True), 5)
    assert len(told.lines) == BREAKER - 1


async def test_a_failing_store_ends_a_daemon_too() -> None:
    runner, told = Runner(error=StoreError("disk I/O error")), Told()
    with pytest.raises(StoreError, match="disk I/O error"):
        await asyncio.wait_for(engine(Shelf(["a"]), runner, troubled=told).run(Selection(), wait=True), 5)
    assert told.lines == []


async def test_a_bug_while_stopping_does_not_spoil_the_stop() -> None:
    runner, told = Runner(hold=asyncio.Event(), error=KeyError("late")), Told()
    running = asyncio.create_task(engine(Shelf(["a"]), runner, troubled=told).run(Selection(), wait=True))
    while not runner.now:
        await asyncio.sleep(0)
    runner.stop.set()
    assert runner.hold
    runner.hold.set()
    await asyncio.wait_for(running, 5)
    assert [host for host, _, _ in told.lines] == ["a"]


async def test_a_store_that_fails_while_stopping_is_told() -> None:
    runner = Runner(hold=asyncio.Event(), error=StoreError("full"))
    running = asyncio.create_task(engine(Shelf(["a"]), runner).run(Selection(), wait=True))
    while not runner.now:
        await asyncio.sleep(0)
    runner.stop.set()
    assert runner.hold
    runner.hold.set()
    with pytest.raises(StoreError, match="full"):
        await asyncio.wait_for(running, 5)


@dataclass
class Hanging(Runner):
    """Some hosts hang until they are let go."""

    async def run(self, piece: Slice) -> None:
        if piece.host.startswith("hang"):
            self.now += 1
            self.most = max(self.most, self.now)
            assert self.hold
            await self.hold.wait()
            self.now -= 1
        await asyncio.sleep(0)
        self.ran.append(piece.host)
        self.wake.set()


async def test_hosts_that_hang_take_no_more_hands_than_were_set_aside_for_them() -> None:
    runner = Hanging(hold=asyncio.Event())
    shelf = Shelf([*(f"hang{number}" for number in range(5)), *(f"host{number}" for number in range(9))])
    running = asyncio.create_task(engine(shelf, runner).run(Selection(), wait=True))
    while len(runner.ran) < 9:  # three hands hang, two of three more too: one is left, and it does all
        await asyncio.sleep(0)
    assert runner.most == 5
    assert runner.hold
    runner.hold.set()
    while len(runner.ran) < 14:
        await asyncio.sleep(0)
    runner.stop.set()
    await running


async def test_more_hanging_hosts_than_hands_of_both_kinds_wait() -> None:
    runner = Hanging(hold=asyncio.Event())
    shelf = Shelf([f"hang{number}" for number in range(20)])
    daemon = engine(shelf, runner)
    running = asyncio.create_task(daemon.run(Selection(), wait=True))
    while daemon.clock.now() < NOON + timedelta(seconds=60):
        await asyncio.sleep(0)
    assert (runner.most, daemon.busy) == (6, 6)
    assert runner.hold
    runner.hold.set()
    while len(runner.ran) < 20:
        await asyncio.sleep(0)
    runner.stop.set()
    await running
