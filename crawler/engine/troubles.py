"""Hosts whose slice ended in a bug of ours: they rest, and the others go on.

A failure of the disk or the database is no bug: it is raised on, and ends the run in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.errors import Bug, CrawlError
from crawler.ports import Clock

FIRST_REST = 60.0  #: seconds; doubles with each bug of the same host
LONGEST_REST = 6 * 3600.0
BREAKER = 32  #: bugs one after the other, with no slice between them that ended well: nothing works

#: Told of a bug: the host, what it was and where, and for how many seconds the host rests.
Troubled = Callable[[str, CrawlError, float], None]


@dataclass(slots=True)
class Troubles:
    """Which hosts rest, and until when."""

    clock: Clock
    tell: Troubled | None = None  #: None: a bug ends the run
    _rests: dict[str, tuple[float, float]] = field(default_factory=dict)  # host → seconds, until
    _row: int = 0

    def note(self, host: str, error: BaseException | None) -> None:
        """A slice has ended; raises what is not to be survived."""
        if error is None:
            self._row = 0
            self._rests.pop(host, None)
            return
        self._row += 1
        if self.tell is None or not isinstance(error, Exception) or isinstance(error, CrawlError):
            raise error
        if self._row >= BREAKER:
            raise error
        seconds = min(2 * self._rests.get(host, (FIRST_REST / 2, 0.0))[0], LONGEST_REST)
        self._rests[host] = (seconds, self.clock.monotonic() + seconds)
        self.tell(host, Bug.of(error), seconds)

    def resting(self) -> set[str]:
        """Hosts that are not to be worked on now."""
        now = self.clock.monotonic()
        return {host for host, (_, until) in self._rests.items() if until > now}
