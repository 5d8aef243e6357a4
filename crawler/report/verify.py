"""What `crawler verify` found and `crawler repair` did: bars while it runs, findings, JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.text import Text

from crawler.model import Finding, Mending
from crawler.report.bars import Pulse, bars, begin
from crawler.report.listing import Column, Listing, print_plain
from crawler.report.screen import screens
from crawler.report.text import counted, safe, size

_COLUMNS = (
    Column(key="code", heading="code", style="cyan"),
    Column(key="severity", heading="severity"),
    Column(key="article", heading="id", plain="article", number=True),
    Column(key="where", heading="where", whole=True),
    Column(key="what", heading="what", flexible=True),
    Column(key="cure", heading="cure", flexible=True, optional=True),
)
_MENDED = (
    Column(key="code", heading="code", style="cyan"),
    Column(key="done", heading="mended"),
    Column(key="article", heading="id", plain="article", number=True),
    Column(key="where", heading="where", whole=True),
    Column(key="deed", heading="what is done", flexible=True),
)
BYTES = "raw bytes"  #: the bar that counts them, and what they are called in the counts
_ORDER = {"error": 0, "warning": 1, "notice": 2}


@dataclass(slots=True)
class Watch:
    """Shows how far it is, and says each finding as it comes."""

    out: Console
    err: Console
    progress: Progress | None = None
    quiet: bool = False
    pulse: Pulse = field(default_factory=Pulse)
    tasks: dict[str, TaskID] = field(default_factory=dict)
    totals: dict[str, int | None] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    mendings: int = 0

    def begin(self, bar: str, total: int | None) -> None:
        """So much is to be looked at."""
        self.totals[bar] = total
        if self.progress:
            self.tasks[bar] = begin(self.progress, bar, total, in_bytes=bar == BYTES)

    def advance(self, bar: str, by: int) -> None:
        """So much of it was."""
        if self.progress and bar in self.tasks:
            self.progress.update(self.tasks[bar], advance=by, note=f"[dim]{self._told()}[/]")
        self.done[bar] += by
        if not self.progress and bar in self.totals and self.pulse.beats():
            self.say(f"crawler: {self._far(bar)}, {self._told() or 'nothing found'}")

    def mended(self, done: Mending) -> None:
        """One more finding was mended, or cannot be."""
        self.mendings += done.done

    def found(self, finding: Finding) -> None:
        """One more finding."""
        self.counts[finding.severity] += 1

    def say(self, line: str) -> None:
        """A line for the person who waits, above the bars."""
        if self.progress:
            self.progress.console.print(Text(safe(line)))
        elif not self.quiet:
            print_plain(safe(line), self.err)

    def _far(self, bar: str) -> str:
        """``"1200 of 10000 articles"``, ``"3.1 MB of 1.0 GB raw"``."""
        done, total = self.done[bar], self.totals[bar]
        if bar == BYTES:
            return f"{size(done)} of {size(total)} raw"
        return f"{done} {bar}" if total is None else f"{done} of {total} {bar}"

    def _told(self) -> str:
        return ", ".join(counted(count, name) for name, count in self.counts.items())


@contextmanager
def watching(*, as_json: bool) -> Iterator[Watch]:
    """A watch for this terminal or pipe; bars go to standard error, results to standard output."""
    out, err = screens()
    with bars(err, quiet=as_json) as progress:
        yield Watch(out=out, err=err, progress=progress, quiet=as_json)


def listing(findings: Sequence[Finding]) -> Listing:
    """The findings, a row each, the gravest first."""
    ordered = sorted(findings, key=lambda one: (_ORDER[one.severity], one.code, one.where))
    return Listing(
        columns=_COLUMNS,
        rows=[asdict(one) for one in ordered],
        empty="nothing is missing, altered or left over",
    )


_WORDS = {
    "articles": ("article", "articles"),
    "files": ("file", "files"),
    "records": ("raw record", "raw records"),
    "leaves": ("leaf of the log", "leaves of the log"),
}


def summary(counts: Mapping[str, int], findings: Sequence[Finding]) -> str:
    """``"verified 60 articles, 180 files, 412 raw records (3.1 MB): clean"``."""
    names = ("articles", "files", "records", "leaves")
    told = [counted(counts[name], *_WORDS[name]) for name in names if counts.get(name)]
    read = (
        f" ({size(counts[BYTES])})" if counts.get(BYTES) else ""
    )  # of one article only its records are read
    told = [one + read if "raw record" in one else one for one in told]
    return f"verified {', '.join(told) or 'nothing'}: {_graves(Counter(one.severity for one in findings)) or 'clean'}"


def _graves(many: Mapping[str, int]) -> str:
    return ", ".join(counted(many[name], name) for name in _ORDER if many.get(name))


def interrupted(watch: Watch, *, remember: bool) -> str:
    """What a verification leaves that was not ended: of none is said that it is clean."""
    told = summary(watch.done, []).removesuffix(": clean")
    told = f"{told} and found {_graves(watch.counts) or 'nothing'} until then"
    if not watch.counts and told.startswith("verified nothing"):
        told = "nothing was verified yet"
    again = "begins again"
    if remember:
        again = "goes on behind what was whole, which is remembered"
    return f"{told}; nothing was changed, and the same command {again}"


def plain(counts: Mapping[str, int], findings: Sequence[Finding]) -> dict[str, Any]:
    """All of it for a program."""
    severities: Counter[str] = Counter(one.severity for one in findings)
    codes = Counter(one.code for one in findings)
    return {
        "clean": not (severities["error"] or severities["warning"]),
        "looked_at": dict(sorted(counts.items())),
        "found": {name: severities[name] for name in _ORDER},
        "codes": dict(sorted(codes.items())),
        "findings": [asdict(one) for one in findings],
    }


# --------------------------------------------------------------------------- repair


def mendings(done: Sequence[Mending], *, apply: bool) -> Listing:
    """What was mended or would be, and what cannot be."""
    word = "yes" if apply else "would be"
    rows = [
        {"done": word if one.done else "no", "deed": one.deed, **_place(one.finding)}
        for one in sorted(done, key=lambda one: (one.done, one.finding.code, one.finding.where))
    ]
    return Listing(columns=_MENDED, rows=rows, empty="nothing to mend")


def mended(done: Sequence[Mending], *, apply: bool) -> dict[str, Any]:
    """What repair did, for a program."""
    return {
        "applied": apply,
        "mended": sum(one.done for one in done) if apply else 0,
        "mendable": sum(one.done for one in done),
        "left": sum(not one.done for one in done),
        "mendings": [
            {
                "done": one.done and apply,
                "mendable": one.done,
                "deed": one.deed,
                "finding": asdict(one.finding),
            }
            for one in done
        ],
    }


def deeds(done: Sequence[Mending], *, apply: bool) -> str:
    """``"3 findings: 2 mended, 1 cannot be"``."""
    many, left = sum(one.done for one in done), sum(not one.done for one in done)
    verb = "mended" if apply else "would be mended"
    told = f"{counted(len(done), 'finding')}: {many} {verb}"
    return told + (f", {left} cannot be" if left else "")


def unmended(watch: Watch, *, apply: bool) -> str:
    """What a repair leaves that was not ended."""
    if not apply:
        return "nothing was changed; the same command begins again"
    many = f"{counted(watch.mendings, 'finding')} mended" if watch.mendings else "nothing was mended"
    return f"{many} until then, and nothing is half done; the same command goes on"


def _place(one: Finding) -> dict[str, Any]:
    return {"code": one.code, "article": one.article, "where": one.where}
