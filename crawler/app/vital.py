"""The daemon's vital signs: a line after a minute, every hour, on SIGUSR1 and at the end.

So that years of running leave a curve behind: memory, descriptors, threads, tasks, the loop's lag.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from crawler.app.house import House
from crawler.app.notify import Notify
from crawler.app.pulse import Pulse, Span
from crawler.app.watchdog import Tell, watchdog
from crawler.engine.local import LocalEngine
from crawler.model import Captured, Outcome, PollCount, Polled

FIRST = 60.0  #: seconds from the start to the first line
REST = 3600.0  #: seconds between two lines
_SHARES = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}


@dataclass(slots=True)
class Vital:
    """Counts outcomes, reads the process, and tells both beside the loop's pulse."""

    home: House
    tell: Tell
    engine: LocalEngine | None = None
    pulse: Pulse = field(default_factory=Pulse)
    began: float = field(default_factory=monotonic)
    polls: int = 0
    articles: int = 0
    failed: int = 0  #: polls

    def observe(self, outcome: Polled | Outcome, count: PollCount | None) -> None:
        """The engine's observer."""
        if isinstance(outcome, Polled):
            self.polls += 1
            self.failed += outcome.outcome == "failed"
        elif isinstance(outcome, Captured):
            self.articles += outcome.outcome in {"archived", "fallback"}

    def line(self, span: Span, *, when: str) -> None:
        """Tell the vital signs, with the pulse of ``span``."""
        lag = {f"lag_{name}": f"{span.late.at(share):.1f}" for name, share in _SHARES.items()}
        self.tell(
            event="vital",
            when=when,
            up=f"{monotonic() - self.began:.0f}",
            **lag,
            own_p999=f"{span.own.at(0.999):.1f}",
            own_max=f"{span.own.longest:.1f}",
            beats=span.late.count,
            **process(),
            tasks=len(asyncio.all_tasks()),
            slices=self.engine.busy if self.engine else 0,
            queue=self.home.workers.waiting,
            workers=len(self.home.workers.pids),
            deaths=self.home.workers.deaths,
            polls=self.polls,
            failed=self.failed,
            articles=self.articles,
            **self._disks(),
        )

    def _disks(self) -> dict[str, str]:
        """Room on the fullest disk, and why nothing more is begun, if so."""
        reserve = self.home.reserve
        told = {"free": f"{min(disk.free for disk in reserve.disks) / 1e6:.0f}"} if reserve.disks else {}
        return told | ({"paused": reserve.pause.why} if reserve.pause else {})

    async def report(self) -> None:
        """Tell from time to time, until cancelled."""
        rest = FIRST
        while True:
            await asyncio.sleep(rest)
            self.line(self.pulse.turn(), when="start" if rest == FIRST else "hour")
            rest = REST


@asynccontextmanager
async def watched(home: House, tell: Tell, notify: Notify) -> AsyncIterator[Vital]:
    """Within: the loop's pulse is felt, a standing loop is told, vital signs are told."""
    vital = Vital(home, tell)
    vital.pulse = Pulse(each=notify.alive)
    tasks = [
        asyncio.create_task(vital.pulse.beat(), name="pulse"),
        asyncio.create_task(vital.report(), name="vital signs"),
    ]
    try:
        with watchdog(vital.pulse, tell), _on_request(vital):
            try:
                yield vital
            finally:
                vital.line(vital.pulse.whole, when="stop")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@contextmanager
def _on_request(vital: Vital) -> Iterator[None]:
    """SIGUSR1 asks for a line."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: vital.line(vital.pulse.recent, when="asked"))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # a question that comes late must not kill


def process() -> dict[str, Any]:
    """Resident memory in MB, open descriptors, threads; what the system does not tell is left out."""
    found: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        found["rss"] = f"{pages * os.sysconf('SC_PAGE_SIZE') / 1e6:.1f}"
    with suppress(OSError):
        found["fds"] = sum(1 for _ in Path("/dev/fd").iterdir()) - 1
    return found | {"threads": threading.active_count()}
