"""The event loop's pulse: how late it wakes whom it should, measured for as long as it runs.

``watchdog`` listens to it from a thread of its own, ``vital`` reports it.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, thread_time

BEAT = 0.05  #: seconds between two beats
_LEAST = 0.01  #: milliseconds: what is less late is not late
_STEP = math.log(1.05)  #: each bucket is 5 % wider than the one before
_BUCKETS = 400  #: up to 3 × 10⁶ milliseconds


@dataclass(slots=True)
class Lateness:
    """Milliseconds, counted in buckets: years of them take no more room than a minute's."""

    buckets: list[int] = field(default_factory=lambda: [0] * _BUCKETS)
    count: int = 0
    longest: float = 0.0

    def add(self, milliseconds: float) -> None:
        """Count one beat."""
        place = math.ceil(math.log(milliseconds / _LEAST) / _STEP) if milliseconds > _LEAST else 0
        self.buckets[min(place, _BUCKETS - 1)] += 1
        self.count += 1
        self.longest = max(self.longest, milliseconds)

    def at(self, share: float) -> float:
        """The milliseconds that ``share`` of the beats did not exceed, at most 5 % too many."""
        left = math.ceil(self.count * share)
        for place, count in enumerate(self.buckets):
            left -= count
            if left <= 0:
                return min(_LEAST * math.exp(place * _STEP), self.longest)
        return self.longest


@dataclass(slots=True)
class Span:
    """What the beats of some time told."""

    began: float = field(default_factory=monotonic)
    late: Lateness = field(default_factory=Lateness)
    #: Of that, what the loop itself computed at most: the rest is the machine's, busy with others.
    own: Lateness = field(default_factory=Lateness)

    def add(self, late: float, own: float) -> None:
        """Count one beat, in milliseconds."""
        self.late.add(late)
        self.own.add(own)


@dataclass(slots=True)
class Pulse:
    """Beats on the loop that awaits :meth:`beat`; ``each`` is called at every beat."""

    each: Callable[[], None] = lambda: None
    recent: Span = field(default_factory=Span)  #: since the last turn of the page
    whole: Span = field(default_factory=Span)  #: since the start
    last: float = field(default_factory=monotonic)  #: when it beat last; read by the watchdog's thread
    thread: int = field(default_factory=threading.get_ident)  #: the loop's

    async def beat(self) -> None:
        """Measure until cancelled."""
        used = thread_time()
        self.last = monotonic()
        while True:
            due = self.last + BEAT
            await asyncio.sleep(BEAT)
            now, spent = monotonic(), thread_time()
            late = max(0.0, now - due) * 1000
            self.last = now
            for span in (self.recent, self.whole):
                span.add(late, min(late, (spent - used) * 1000))
            used = spent
            self.each()

    def turn(self) -> Span:
        """The recent span, which ends here; another begins."""
        ended, self.recent = self.recent, Span()
        return ended
