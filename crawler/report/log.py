"""One structured line per outcome, for a daemon's log: ``name=value`` fields, text escaped."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TextIO

from crawler.model import Outcome, PollCount, Polled
from crawler.report import tally


@dataclass(slots=True)
class Log:
    """Writes lines to a stream, standard error by default."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)

    def observe(self, outcome: Polled | Outcome, count: PollCount | None) -> None:
        """The engine's observer."""
        self.write(**tally.event(outcome, count))

    def write(self, **fields: Any) -> None:
        """One line, with the time in front."""
        stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z"
        self.stream.write(f"{stamp} {tally.line(fields)}\n")
        self.stream.flush()
