"""One structured line per outcome, for a daemon's log: ``name=value`` fields, text escaped."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TextIO

from crawler.errors import CrawlError
from crawler.model import Outcome, PollCount, Polled
from crawler.report import tally


@dataclass(slots=True)
class Log:
    """Writes lines to a stream, standard error by default; several threads may.

    A log that nobody takes any more, or a full disk below it, does not end the work.
    """

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    lost: int = 0  #: lines that could not be written
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def observe(self, outcome: Polled | Outcome, count: PollCount | None) -> None:
        """The engine's observer."""
        self.write(**tally.event(outcome, count))

    def write(self, **fields: Any) -> None:
        """One line, with the time in front."""
        stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z"
        line = f"{stamp} {tally.line(fields)}\n"
        with self._lock:
            try:
                self.stream.write(line)
                self.stream.flush()
            except (OSError, ValueError):
                self.lost += 1

    def trouble(self, host: str, error: CrawlError, seconds: float) -> None:
        """The engine's word of a bug in a host's slice."""
        self.write(event="trouble", host=host, rest=f"{seconds:g}s", error=error)
