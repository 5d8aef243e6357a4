"""A rebuild as it goes on, and what came of it: bars, a few lines, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from crawler.report.listing import print_plain
from crawler.report.text import safe

_SHOWN = 20  #: of a list of troubles, where no program reads
_STAGES = {"reading": "reading the raw archive", "telling": "telling the database", "files": "putting files"}
#: What no archive keeps: told at the end of each rebuild of a database.
LOST = (
    "polls that brought nothing new (304), failed requests, how long each took",
    "what was learnt: the feeds' rhythms, the hosts' pauses and delays, lines that recur on their pages",
    "WebSub subscriptions (asked for again), the row of later looks at archived pages",
    "whether a visit that left no article failed, and why (such items are visited again when it is time)",
)


@dataclass(slots=True)
class Watch:
    """Shows how far it is."""

    out: Console
    err: Console
    progress: Progress | None = None
    bars: dict[str, TaskID] = field(default_factory=dict)

    def observe(self, stage: str, done: int, total: int) -> None:
        """So much is done of what is under way."""
        if self.progress is None:
            return
        if stage not in self.bars:
            self.bars[stage] = self.progress.add_task(_STAGES[stage], total=total)
        self.progress.update(self.bars[stage], completed=done, total=total)

    def say(self, line: str) -> None:
        """A line for the person who waits."""
        if self.progress:
            self.progress.console.print(Text(safe(line)))
        else:
            print_plain(safe(line), self.err)


@contextmanager
def watching(*, as_json: bool) -> Iterator[Watch]:
    """A watch for this terminal or pipe."""
    out, err = Console(highlight=False), Console(stderr=True, highlight=False)
    if as_json or not err.is_terminal:
        yield Watch(out, err)
        return
    columns = (TextColumn("{task.description:>24}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        yield Watch(out, err, progress)


def say_database(watch: Watch, told: Mapping[str, Any]) -> None:
    """What came of the database."""
    rows = told["rows"]
    how = "has what it lacked" if told["added"] else "was told again"
    watch.say(
        f"the database {how}: {rows['articles']} articles in {rows['revisions']} revisions, "
        f"{rows['items']} items of {rows['feeds']} feeds, {rows['polls']} polls, {rows['records']} raw records"
    )
    if told["files"]:
        watch.say(f"{told['files']} revisions are known by their files alone, marked as rebuilt")
    if told["lost"]:
        watch.say(f"the old database is kept: {told['lost']}")
    _list(watch, "cannot be read", [*told["damage"], *told["unreadable"]])
    if not told["added"]:
        watch.say("what no archive keeps, and is not there again:")
        for line in LOST:
            watch.say(f"  {line}")


def say_files(watch: Watch, told: Mapping[str, Any]) -> None:
    """What came of the files."""
    watch.say(
        f"files of {told['revisions']} revisions: {told['whole']} were there, {told['put']} put again, "
        f"{told['remade']} made again"
    )
    _list(watch, "not overwritten", told["other"])
    _list(watch, "cannot be had", told["lost"])


def _list(watch: Watch, what: str, lines: Sequence[str]) -> None:
    for line in lines[:_SHOWN]:
        watch.say(f"{what}: {line}")
    if len(lines) > _SHOWN:
        watch.say(f"{what}: {len(lines) - _SHOWN} more (--json names them)")
