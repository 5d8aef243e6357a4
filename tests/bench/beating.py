"""A crawl in process with a timer beside it: how late does the event loop wake what asked for 5 ms?

``python -m tests.bench.beating CONFIG``; prints JSON: for each beat its lateness and the loop's own CPU
time since the last one, in milliseconds, and how many articles were captured.
``python -m tests.bench.beating`` alone: an idle loop, until standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

BEAT = 0.005  #: seconds
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Pulse:
    """What the beats told, in milliseconds."""

    late: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)  #: CPU time of this thread from beat to beat

    async def beat(self) -> None:
        """Note each beat, until cancelled."""
        while True:
            due, used = time.perf_counter() + BEAT, time.thread_time()
            await asyncio.sleep(BEAT)
            self.late.append(max(0.0, (time.perf_counter() - due) * 1000))
            self.busy.append((time.thread_time() - used) * 1000)


async def crawl(path: Path) -> dict[str, object]:
    """Crawl everything once; polls and captures are watched, start and close of the house are not."""
    from crawler import config
    from crawler.app.house import open_house
    from crawler.model import Captured, Outcome, Polled, Selection

    outcomes: list[Polled | Outcome] = []
    pulse, want = Pulse(), Selection(since=_SINCE)
    async with open_house(config.load(path), command="bench", arguments={}) as home:
        await home.store.call_feeds(want, home.clock.now())
        engine = home.engine(asyncio.Event(), lambda outcome, count: outcomes.append(outcome))
        watch = asyncio.create_task(pulse.beat())
        await engine.run(want, wait=False)
        watch.cancel()
    articles = sum(isinstance(outcome, Captured) for outcome in outcomes)
    return asdict(pulse) | {"articles": articles}


async def idle() -> dict[str, object]:
    """Nothing but the timer."""
    pulse = Pulse()
    watch = asyncio.create_task(pulse.beat())
    await asyncio.to_thread(sys.stdin.read)
    watch.cancel()
    return asdict(pulse)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(crawl(Path(sys.argv[1])) if len(sys.argv) > 1 else idle())))
