"""The engine lends no more than it has hands for, ends when nothing is due, and stops when told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from crawler.engine.local import LocalEngine
from crawler.errors import StoreError
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

    async def next_due(self, want: Selection) -> datetime | None:
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
