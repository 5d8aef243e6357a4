"""A rebuild as it goes on, and what came of it: bars, a few lines, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.text import Text

from crawler.report.bars import Pulse, bars, begin
from crawler.report.listing import print_plain
from crawler.report.screen import screens
from crawler.report.text import counted, safe, size

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
    quiet: bool = False
    pulse: Pulse = field(default_factory=Pulse)
    bars: dict[str, TaskID] = field(default_factory=dict)

    def observe(self, stage: str, done: int, total: int) -> None:
        """So much is done of what is under way."""
        if self.progress is None:
            if not self.quiet and self.pulse.beats():
                far = f"{done} of {total}" if stage == "files" else f"{size(done)} of {size(total)}"
                self.say(f"{_STAGES[stage]}: {far}")
            return
        if stage not in self.bars:
            self.bars[stage] = begin(self.progress, _STAGES[stage], total, in_bytes=stage != "files")
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
    out, err = screens()
    with bars(err, quiet=as_json) as progress:
        yield Watch(out, err, progress, quiet=as_json)


def _known_by_files(files: int, stated: int) -> str:
    known = f"{counted(files, 'revision')} {'is' if files == 1 else 'are'} known by {'its' if files == 1 else 'their'}"
    if stated == files:
        return f"{known} files alone; the log tells why {'it was' if files == 1 else 'they were'} made"
    if not stated:
        return f"{known} files alone, and marked as rebuilt"
    return (
        f"{known} files alone: of {stated} the log tells why they were made, the others are marked as rebuilt"
    )


def say_database(watch: Watch, told: Mapping[str, Any]) -> None:
    """What came of the database."""
    rows = told["rows"]
    how = "has what it lacked" if told["added"] else "was told again"
    how = "lacked nothing and is left as it was" if told["unchanged"] else how
    watch.say(
        f"the database {how}: {counted(rows['articles'], 'article')} in {counted(rows['revisions'], 'revision')}, "
        f"{counted(rows['items'], 'item')} of {counted(rows['feeds'], 'feed')}, {counted(rows['polls'], 'poll')}, "
        f"{counted(rows['records'], 'raw record')}"
    )
    if told["files"]:
        watch.say(_known_by_files(told["files"], told["stated"]))
    if told["lost"]:
        watch.say(f"the old database is kept: {told['lost']}")
    _list(watch, "cannot be read", [*told["damage"], *told["unreadable"]])
    if not told["added"]:
        watch.say("what no archive keeps, and is not there again:")
        for line in LOST:
            watch.say(f"  {line}")


def say_held(watch: Watch, told: Mapping[str, Any]) -> None:
    """The last lines of all: what might be published by mistake."""
    numbers = told["held"]
    if not numbers:
        return
    named = ", ".join(map(str, numbers[:_SHOWN])) + (
        ", … (--json names them)" if len(numbers) > _SHOWN else ""
    )
    watch.say(
        f"LOOK AT THESE: {len(numbers)} draft{'s' * (len(numbers) != 1)} held back, and nothing that is left tells "
        f"why (killed by the wire, an embargo, a page that failed): articles {named}"
    )
    watch.say(
        "  they stay held back as if killed; `crawler release ID` lets one go, `crawler takedown ID` ends it"
    )


def say_files(watch: Watch, told: Mapping[str, Any]) -> None:
    """What came of the files."""
    watch.say(
        f"files of {counted(told['revisions'], 'revision')}: {told['whole']} were there, {told['put']} put again, "
        f"{told['remade']} made again"
    )
    _list(watch, "not overwritten", told["other"])
    _list(watch, "cannot be had", told["lost"])


def _list(watch: Watch, what: str, lines: Sequence[str]) -> None:
    for line in lines[:_SHOWN]:
        watch.say(f"{what}: {line}")
    if len(lines) > _SHOWN:
        watch.say(f"{what}: {len(lines) - _SHOWN} more (--json names them)")
