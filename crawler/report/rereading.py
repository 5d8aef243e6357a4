"""What re-extraction would change, or has changed: progress, the table, text diffs in colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.text import Text

from crawler import urls
from crawler.model import Rereading
from crawler.report.bars import bars, begin
from crawler.report.listing import Column, Listing, print_plain
from crawler.report.screen import screens
from crawler.report.text import counted, safe

_COLUMNS = (
    Column(key="article", heading="id", plain="article", number=True, style="cyan"),
    Column(key="outcome", heading="outcome"),
    Column(key="fields", heading="fields", flexible=True),
    Column(key="gone", heading="−", plain="characters gone", number=True, style="red"),
    Column(key="come", heading="+", plain="characters come", number=True, style="green"),
    Column(key="title", heading="title", flexible=True),
    Column(key="why", heading="why", flexible=True),
)
_SAID = {
    "unchanged": "unchanged",
    "changed": "would change",
    "applied": "changed",
    "worse": "not the article any more, left as they are",
    "missing": "without a kept page (--json names them)",
    "waiting": "edited by their feeds: crawl first",
    "failed": "could not be read again",
    "taken down": "taken down, passed over for good",
}
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def outcome(found: Rereading) -> str:
    """What became of it, in a word: "applied" for a change that was."""
    return "applied" if found.revision is not None else found.outcome


def listing(watch: Watch) -> Listing:
    """The articles of which something is to be said, a row each; those without a page are only counted."""
    return Listing(
        columns=_COLUMNS,
        rows=[_row(one) for one in watch.found if one.outcome != "missing"],
        empty="nothing to change" if watch.counts else "no article matches",
    )


def _row(one: Rereading) -> dict[str, Any]:
    difference = one.difference
    return {
        "article": one.article_id,
        "outcome": outcome(one),
        "fields": ", ".join(difference.fields) if difference else None,
        "gone": difference.gone if difference else None,
        "come": difference.come if difference else None,
        "title": one.title,
        "why": _why(one),
    }


def _why(one: Rereading) -> str:
    after = one.after
    if one.outcome == "worse" and after is not None:
        return ", ".join(after.reasons)
    if one.outcome == "changed" and after is not None and after.ok and not one.before.ok:
        return "its page is the article now"
    return one.why


def summary(counts: Counter[str]) -> str:
    """``"60 articles read again: 58 unchanged, 2 would change"``."""
    told = ", ".join(f"{counts[name]} {said}" for name, said in _SAID.items() if counts[name])
    return f"{counted(counts.total(), 'article')} read again" + (f": {told}" if told else "")


def plain(watch: Watch) -> dict[str, Any]:
    """All of it for a program."""
    counts = {name: watch.counts[name] for name in _SAID if watch.counts[name]}
    return {"counts": counts, "articles": [_told(one) for one in watch.found]}


def _told(one: Rereading) -> dict[str, Any]:
    row = _row(one) | {"fields": list(one.difference.fields) if one.difference else []}
    row["revision"] = one.revision
    for name, verdict in (("before", one.before), ("after", one.after)):
        row[name] = verdict and {"ok": verdict.ok, "reasons": list(verdict.reasons)}
    if one.difference and one.difference.lines:
        row["diff"] = "\n".join(one.difference.lines)
    return row


def print_diffs(found: Sequence[Rereading], console: Console) -> None:
    """The unified diffs of what changed, one after the other."""
    for one in found:
        if one.difference is None:
            continue
        _print(f"--- article {one.article_id}, archived: {one.title}", "bold", console)
        _print(f"+++ article {one.article_id}, read again", "bold", console)
        for line in one.difference.lines:
            _print(line, _STYLES.get(line[:1], ""), console)


def _print(line: str, style: str, console: Console) -> None:
    told = safe(urls.without_secrets(line))
    if console.is_terminal:
        console.print(Text(told, style=style), soft_wrap=True)
    else:
        print_plain(told, console)


# --------------------------------------------------------------------------- while it runs


@dataclass(slots=True)
class Watch:
    """Shows how far it is, and keeps what is to be said of it."""

    out: Console
    err: Console
    progress: Progress | None = None
    counts: Counter[str] = field(default_factory=Counter)
    found: list[Rereading] = field(default_factory=list)  #: but what is unchanged
    bar: TaskID | None = None

    @property
    def troubled(self) -> bool:
        """Whether something could not be read again, or is not the article any more."""
        return any(self.counts[name] for name in ("failed", "missing", "worse"))

    def begin(self, articles: int) -> None:
        """So many articles are to be read."""
        if self.progress:
            self.bar = begin(self.progress, "articles", articles)

    def say(self, line: str) -> None:
        """A line for the person who waits, above the bar."""
        if self.progress:
            self.progress.console.print(Text(safe(line)))
        else:
            print_plain(safe(line), self.err)

    def observe(self, one: Rereading) -> None:
        """An article was read again."""
        self.counts[outcome(one)] += 1
        if one.outcome != "unchanged":
            self.found.append(one)
        if self.progress and self.bar is not None:
            note = ", ".join(f"{count} {name}" for name, count in self.counts.items())
            self.progress.update(self.bar, advance=1, note=f"[dim]{note}[/]")


@contextmanager
def watching(*, as_json: bool) -> Iterator[Watch]:
    """A watch for this terminal or pipe; the bar goes to standard error, results to standard output."""
    out, err = screens()
    with bars(err, quiet=as_json) as progress:
        yield Watch(out=out, err=err, progress=progress)
