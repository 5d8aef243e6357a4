"""While files are copied: a bar where a person waits, a plain line now and then where nobody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.progress import Progress, TaskID

from crawler.report.bars import Pulse, bars, begin
from crawler.report.listing import print_plain
from crawler.report.screen import screens
from crawler.report.text import safe


class Far(Protocol):
    """How far something is."""

    @property
    def stage(self) -> str:
        """What is being done."""
        ...

    @property
    def done(self) -> int:
        """So many of them …"""
        ...

    @property
    def total(self) -> int:
        """… of so many."""
        ...


@dataclass(slots=True)
class CopyWatch:
    """Shows how far it is."""

    out: Console
    err: Console
    progress: Progress | None = None
    quiet: bool = False
    bars: dict[str, TaskID] = field(default_factory=dict)
    pulse: Pulse = field(default_factory=Pulse)

    def observe(self, far: Far) -> None:
        """It is so far now."""
        if self.progress is not None:
            if far.stage not in self.bars:
                self.bars[far.stage] = begin(self.progress, far.stage, far.total)
            self.progress.update(self.bars[far.stage], completed=far.done, total=far.total)
        elif not self.quiet and self.pulse.beats():
            print_plain(safe(f"{far.stage}: {far.done} of {far.total}"), self.err)

    def say(self, line: str) -> None:
        """A line for the person who waits."""
        print_plain(safe(line), self.err)


@contextmanager
def watcher(*, as_json: bool) -> Iterator[CopyWatch]:
    """A watch for this terminal or pipe; the bar goes to standard error, results to standard output."""
    out, err = screens()
    with bars(err, quiet=as_json) as progress:
        yield CopyWatch(out=out, err=err, progress=progress, quiet=as_json)
