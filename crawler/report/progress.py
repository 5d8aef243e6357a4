"""Watching a one-shot run: bars where a person waits, one line a feed where nobody looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID
from rich.text import Text

from crawler.model import Captured, Failed, Outcome, PageRead, Pause, PollCount, Polled, Selection
from crawler.report import tally
from crawler.report.bars import bars, begin
from crawler.report.listing import print_plain
from crawler.report.screen import screens
from crawler.report.text import safe


@dataclass(slots=True)
class Watcher:
    """Counts outcomes as they come; shows them by bar or by line."""

    out: Console
    err: Console
    progress: Progress | None
    want: Selection = field(default_factory=Selection)
    expected: int = 0  #: captures to come: new items in the wanted window
    quiet: bool = False
    failures: list[dict[str, Any]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    bars: dict[str, TaskID] = field(default_factory=dict)

    @property
    def troubled(self) -> bool:
        """Whether anything failed."""
        return bool(self.failures)

    def begin(self, feeds: int, want: Selection) -> None:
        """The run begins with this many feeds to poll."""
        self.want = want
        if self.progress:
            self.bars["feeds"] = begin(self.progress, "feeds", feeds)
            self.bars["articles"] = begin(self.progress, "articles", None)

    def say(self, line: str) -> None:
        """A line for the person who waits, above the bars."""
        if self.progress:
            self.progress.console.print(Text(safe(line)))
        else:
            print_plain(safe(line), self.err)

    def observe(self, outcome: Polled | Outcome, count: PollCount | None) -> None:
        """The engine's observer."""
        failed = isinstance(outcome, Failed) or (isinstance(outcome, Polled) and outcome.outcome == "failed")
        if failed:
            self.failures.append(tally.event(outcome, count))
        if isinstance(outcome, Captured | Failed):
            self.outcomes[outcome.outcome if isinstance(outcome, Captured) else "failed"] += 1
        if self.progress:
            self._advance(outcome, count)
        elif not self.quiet and (failed or isinstance(outcome, Polled)):
            print_plain(tally.line(tally.event(outcome, count)), self.err)

    def waiting(self, due: datetime) -> None:
        """The run waits for hosts that rest."""
        self.say(
            f"crawler: waiting until {due:%H:%M:%S}Z for hosts that rest (crawler inspect hosts --paused)"
        )

    def tell(self, *, event: str, error: object, **_: object) -> None:
        """What went wrong beside the crawl."""
        self.say(f"crawler: {event}: {error}")

    def paused(self, pause: Pause, lasted: timedelta | None) -> None:
        """The disk has no room; or it has again."""
        if lasted is None:
            self.say(f"crawler: nothing more is fetched for now: {pause.why}")
        else:
            self.say(f"crawler: there is room again after {lasted.total_seconds():.0f} s; fetching goes on")

    def observe_page(self, read: PageRead, count: PollCount) -> None:
        """The backfill's observer: a page of a feed's past."""
        event = tally.page_event(read, count)
        if read.document is None:
            self.failures.append(event)
        if self.progress:
            bar = self.bars.get("pages")
            if bar is None:
                bar = self.bars["pages"] = begin(self.progress, "pages", None)
            reached = event.get("oldest", "")
            self.progress.update(bar, advance=1, note=f"[dim]{_escaped(read.page.feed.name)} {reached}[/]")
            self.expected += count.new
        elif not self.quiet:
            print_plain(tally.line(event), self.err)

    def _advance(self, outcome: Polled | Outcome, count: PollCount | None) -> None:
        assert self.progress is not None
        if isinstance(outcome, Polled):
            self.expected += min(count.new if count else 0, _wanted(outcome, self.want))
            self.progress.update(self.bars["feeds"], advance=1, note=f"[dim]{_escaped(outcome.feed.name)}[/]")
        total = max(self.expected, self.outcomes.total()) or None
        self.progress.update(
            self.bars["articles"],
            completed=self.outcomes.total(),
            total=total,
            note=f"[dim]{tally.totals(self.outcomes)}[/]",
        )


@contextmanager
def watcher(*, as_json: bool) -> Iterator[Watcher]:
    """A watcher for this terminal or pipe; bars go to standard error, results to standard output."""
    out, err = screens()
    with bars(err, quiet=as_json) as progress:
        yield Watcher(out=out, err=err, progress=progress, quiet=as_json)


def _wanted(polled: Polled, want: Selection) -> int:
    """Entries of a poll that a run will capture; undated ones count as seen now."""
    entries = polled.document.entries if polled.document else ()
    dates = [entry.published or polled.at for entry in entries]
    return sum((want.since or date) <= date and (want.until is None or date < want.until) for date in dates)


def _escaped(text: str) -> str:
    return escape(safe(text))
