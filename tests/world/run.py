"""Runs a world: life after life of the crawler, with everything that befalls it, to the end of time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import crawler.engine.local as engine
from crawler.config import PollConfig, WebConfig
from crawler.model import Feed
from tests.world.habits import Jump, Plan
from tests.world.house import AGENT, House
from tests.world.loop import VirtualLoop, WorldClock
from tests.world.oracle import Oracle
from tests.world.reading import DAY
from tests.world.seen import Findings, Promises
from tests.world.source import BEGIN
from tests.world.wire import Wire

DELAYS = (1.0, 5.0, 30.0, 240.0)  #: seconds that the crawler is down at a restart


@dataclass(slots=True, kw_only=True)
class Run:
    """A plan under way; ``ceiling`` hours bound the interval, so that a year holds enough polls."""

    plan: Plan
    folder: Path
    ceiling: float = 24.0
    wire: Callable[[Plan, WorldClock, Oracle], Wire] = Wire  #: mutants hand in a rude one
    rest: float = 3600.0  #: seconds between two looks at the store where nothing is due
    gather: float = 60.0  #: seconds within which what ends is answered by one look
    poll: PollConfig | None = None
    web: WebConfig | None = None
    told: Callable[[float], None] = lambda day: None
    clock: WorldClock = field(default_factory=lambda: WorldClock(BEGIN))
    oracle: Oracle = field(init=False)
    _offline: tuple[float, float] = (0.0, 0.0)
    _life: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.oracle = Oracle(Promises(ceiling=self.ceiling * 3600))
        self.oracle.storms.feeds = len(self.plan.feeds)

    def go(self) -> Findings:
        """To the end of the plan's days; returns what the oracle found."""
        before = engine.LONGEST_REST, engine.GATHER
        # Nobody else adds work here: a look at the store every minute would only cost time.
        engine.LONGEST_REST, engine.GATHER = self.rest, self.gather
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # tasks of dead processes die unheard
        try:
            return self._live()
        finally:
            engine.LONGEST_REST, engine.GATHER = before
            asyncio.set_event_loop(None)

    def _live(self) -> Findings:
        house = self._house()
        wire: Wire | None = None
        for at, what, argument in self._events():
            if wire is None:
                wire = self._born(house)
            if at > self.clock.true:
                self._until(at)
            wire = self._befall(house, wire, what, argument)
            self.told(self.clock.true / DAY)
        return self.oracle.close()

    def _befall(self, house: House, wire: Wire, what: str, argument: Any) -> Wire | None:
        if what in {"restart", "stop", "end"}:
            self._die(house, wire, steps=argument if what == "restart" else -1)
            down = argument if what == "stop" else DELAYS[house.lives % len(DELAYS)]
            self.clock.loop.instant += down
            return None
        if what == "jump":
            self._jump(argument)
        elif what == "offline":
            self._offline = wire.offline = argument
        elif what in {"P17", "N26"}:
            self.oracle.storms.returned(self.clock.true, what)
        return wire

    def _jump(self, jump: Jump) -> None:
        self.clock.suspended += jump.sleep
        self.clock.skew += jump.wall
        self.oracle.jumped(self.clock.true, jump.wall)

    def _events(self) -> list[tuple[float, str, Any]]:
        """What happens when, in order; the last is the end."""
        plan, chance = self.plan, random.Random(f"{self.plan.seed} torn")
        events: list[tuple[float, str, Any]] = [(day * DAY, "day", None) for day in range(int(plan.days))]
        events += [(at, "restart", chance.randrange(-20, 40)) for at in plan.restarts]
        events += [(jump.at, "jump", jump) for jump in plan.jumps]
        for begin, end in plan.offline:
            events += [(begin, "offline", (begin, end)), (end, "N26", None)]
        for begin, end in plan.stopped:
            events += [(begin, "stop", end - begin), (end, "P17", None)]
        return [*sorted(events, key=lambda event: event[0]), (plan.days * DAY, "end", None)]

    def _house(self) -> House:
        feeds = [
            Feed(
                id=0,
                name=each.name,
                url=f"https://{each.host}{each.path}",
                source="Lanternfield",
                source_key="lf",
            )
            for each in self.plan.feeds
        ]
        poll = self.poll or PollConfig(ceiling=timedelta(hours=self.ceiling))
        web = self.web or WebConfig(user_agent=AGENT)
        path = self.folder / "crawler.db"
        return House(path=path, feeds=feeds, clock=self.clock, seed=self.plan.seed, poll=poll, web=web)

    def _born(self, house: House) -> Wire:
        """A new process: a loop of its own, nothing remembered but the database."""
        before = self.clock.loop
        self.clock.loop = VirtualLoop(before.instant)
        before.close()
        asyncio.set_event_loop(self.clock.loop)
        wire = self.wire(self.plan, self.clock, self.oracle)
        wire.offline = self._offline
        self._life = self.clock.loop.create_task(house.live(wire), name="life")
        self._life.add_done_callback(lambda _: self.clock.loop.stop())
        return wire

    def _until(self, at: float) -> None:
        """Let the crawler work up to a moment of the world."""
        loop = self.clock.loop
        timer = loop.call_at(at - self.clock.suspended, loop.stop)
        loop.run_forever()
        timer.cancel()
        if self._life is not None and self._life.done():
            self._life.result()
            raise RuntimeError("the crawler ended by itself")

    def _die(self, house: House, wire: Wire, *, steps: int) -> None:
        """End the process without goodbye; ``steps`` ≥ 0: so many steps of the loop after an answer."""
        if steps >= 0:
            wire.after = lambda: self._stop_in(steps)
            self._until(self.clock.true + 3600)
        instant, wire.dead = self.clock.loop.instant, True
        self.oracle.killed(self.clock.true)
        house.sever()
        loop = self.clock.loop
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.close()
        self._life = None
        loop.instant = instant

    def _stop_in(self, steps: int) -> None:
        loop = self.clock.loop
        if steps > 0:
            loop.call_soon(self._stop_in, steps - 1)
        else:
            loop.stop()
