"""What changed: an article's revisions, two of them beside each other, and all that changed in the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from crawler import urls
from crawler.model import Change, DiffLine
from crawler.report.listing import Column, Listing, print_plain, show
from crawler.report.text import ago, instant, safe

Row = Mapping[str, Any]

_REVISIONS = (
    Column(key="number", heading="no", plain="revision", number=True, style="cyan"),
    Column(key="when", heading="archived (UTC)"),
    Column(key="reason", heading="why", flexible=True),
    Column(key="changed", heading="what changed", flexible=True),
    Column(key="notice", heading="notice", style="yellow"),
    Column(key="draft", heading="draft", optional=True),
    Column(key="on_disk", heading="file is"),
    Column(key="path", heading="file", whole=True, style="dim"),
)
_CHANGES = (
    Column(key="when", heading="when (UTC)"),
    Column(key="article", heading="id", plain="article", number=True, style="cyan"),
    Column(key="revision", heading="no", plain="revision", number=True),
    Column(key="reason", heading="why", flexible=True),
    Column(key="changed", heading="what changed", flexible=True),
    Column(key="notice", heading="notice", style="yellow"),
    Column(key="source", heading="source", optional=True),
    Column(key="title", heading="title", flexible=True),
)
_OTHER_WAY = {
    "corrects": "corrected by",
    "updates": "updated by",
    "kills": "killed by",
    "repeats": "sent again as",
}
_STYLES = {"+": "green", "-": "red", "@": "cyan", " ": ""}
_DIFFERING = {"+": "bold black on green", "-": "bold white on red"}


def print_history(chronicle: Row, now: datetime, console: Console) -> None:
    """The revisions of an article, then what other releases say, then the looks at its page."""
    show(revisions(chronicle["revisions"]), console, as_json=False)
    for line, style in _remarks(chronicle, now):
        if console.is_terminal:
            console.print(Text(safe(line), style=style))
        else:
            print_plain(safe(line), console)


def revisions(found: Sequence[Row]) -> Listing:
    """An article's revisions, oldest first."""
    rows = [
        {
            **row,
            "when": _minute(row["done_at"] or row["created_at"]),
            "reason": _reason(row),
            "changed": changed(row["difference"]),
            "draft": "draft" if row["draft"] else None,
        }
        for row in found
    ]
    return Listing(columns=_REVISIONS, rows=rows, empty="nothing of it was archived yet")


def _reason(row: Row) -> str:
    """Why a revision was made; of what a person decided, why and who asked for it."""
    if not row["decided"]:
        return str(row["reason"])
    by = row["decided_by"]
    asked = f", {by}" if by.startswith("requested by ") else ""
    return f"{row['reason']}: {row['decided']}{asked}"


def changes(found: Sequence[Row]) -> Listing:
    """What changed in the archive, newest first."""
    rows = [{**row, "when": _minute(row["at"]), "changed": changed(row["difference"])} for row in found]
    return Listing(columns=_CHANGES, rows=rows, empty="nothing changed")


def changed(difference: Row) -> str:
    """``"title, body: +12 −3 words, 98 % kept"``; nothing where it is not known."""
    if "fields" not in difference:
        return ""
    words = ""
    if difference["words_added"] or difference["words_removed"]:
        words = f": +{difference['words_added']} −{difference['words_removed']} words, {difference['kept']:.0%} kept"
    back = f", as revision {difference['returns_to']}" if "returns_to" in difference else ""
    return ", ".join(difference["fields"]) + words + back


def _remarks(chronicle: Row, now: datetime) -> Iterator[tuple[str, str]]:
    article, looks = chronicle["article"], chronicle["looks"]
    if article.get("notice"):
        yield f"notice: {article['notice']}", "bold yellow"
    for one in chronicle["related"]:
        verb = one["kind"] if one["side"] == "says" else _OTHER_WAY.get(one["kind"], one["kind"])
        other = (
            f"article {one['article']}: {one['title']}"
            if one["article"]
            else f"“{one['told']}”, not archived"
        )
        yield f"{verb} {other}", "yellow"
    if looks["next"]:
        yield f"its page is looked at again {ago(instant(looks['next']), now)}", "dim"
    if looks["latest"]:
        last = looks["latest"][0]
        came = f"failed: {urls.without_secrets(last['error'])}" if last["error"] else last["outcome"]
        yield f"looked at last {ago(instant(last['at']), now)}: {came}", "dim"
    if looks["churn"]:
        yield f"edits that were none: {looks['churn']}", "dim"


# --------------------------------------------------------------------------- two revisions


def print_diff(article: int, before: Row, after: Row, lines: Sequence[DiffLine], console: Console) -> None:
    """A unified diff: the words that differ in colour on a terminal, plain lines in a pipe."""
    for sign, revision in (("---", before), ("+++", after)):
        when = _minute(revision["done_at"] or revision["created_at"])
        _print(
            f"{sign} article {article}, revision {revision['number']} ({revision['reason']}), {when}", console
        )
    for line in lines:
        _print_line(line, console)


def _print(head: str, console: Console) -> None:
    if console.is_terminal:
        console.print(Text(safe(head), style="bold"), soft_wrap=True)
    else:
        print_plain(safe(head), console)


def _print_line(line: DiffLine, console: Console) -> None:
    bare = urls.without_secrets(line.text)
    if not console.is_terminal:
        print_plain(safe(line.mark + bare), console)
        return
    shown = Text(line.mark, style=_STYLES[line.mark])
    for text, differs in line.parts if bare == line.text else ((bare, False),):
        shown.append(safe(text), style=_DIFFERING.get(line.mark, "") if differs else _STYLES[line.mark])
    console.print(shown, soft_wrap=True)


def plain_diff(
    article: int, before: Row, after: Row, change: Change, lines: Sequence[DiffLine]
) -> dict[str, Any]:
    """The same for a program."""
    return {
        "article": article,
        "from": before["number"],
        "to": after["number"],
        "reason": after["reason"],
        "fields": list(change.fields),
        "kept": change.kept,
        "words_added": change.added,
        "words_removed": change.removed,
        "diff": "\n".join(line.mark + line.text for line in lines),
    }


def _minute(stamp: str | None) -> str:
    moment = instant(stamp)
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
