"""The table that ends a run, and the line an outcome leaves in a log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from crawler import urls
from crawler.model import Captured, DueItem, Failed, FeedTally, Outcome, PageRead, PollCount, Polled, Resting
from crawler.report.listing import Column, Listing
from crawler.report.text import safe

_COLUMNS = (
    Column(key="feed", heading="feed", style="cyan"),
    Column(key="seen", heading="seen", number=True, optional=True),
    Column(key="new", heading="new", number=True, optional=True),
    Column(key="archived", heading="archived", number=True, style="green"),
    Column(key="fallback", heading="from feed", number=True, style="yellow"),
    Column(key="failed", heading="failed", number=True, style="red"),
    Column(key="skipped", heading="skipped", number=True, style="dim", optional=True),
    Column(key="why", heading="why", flexible=True, optional=True),
)
_FEW = 3  #: resting feeds that are told by name
#: Names of errors (errors.py) → what a person calls them.
_PLAIN = {
    "BadStatus": "HTTP error",
    "HostPaused": "host left alone",
    "Unreachable": "unreachable",
    "Truncated": "cut short",
    "BadCoding": "broken compression",
    "TooLarge": "too large",
    "BadRedirect": "bad redirect",
    "Refused": "refused by us",
    "NotAFeed": "not a feed",
    "NoArticle": "not the article",
    "WorkerFailed": "broke its worker",
}


def tally(tallies: Sequence[FeedTally], resting: Sequence[Resting] = ()) -> Listing:
    """Seen, new, archived, failed, skipped and why, a row a feed and a row for all."""
    rests = {one.feed: f"rests until {one.until:%Y-%m-%d %H:%M} UTC" for one in resting}
    rows = [{**row(line), "why": _joined(rests.get(line.feed), _plain(line.why))} for line in tallies]
    numbers = ("seen", "new", "archived", "fallback", "failed", "skipped")
    total: dict[str, Any] = {name: sum(line[name] for line in rows) for name in numbers}
    return Listing(
        columns=_COLUMNS,
        rows=rows,
        total={"feed": "all feeds", **total} if len(rows) > 1 else {},
        empty="no feed is configured that matches; see [[feeds]]",
    )


def row(line: FeedTally) -> dict[str, Any]:
    """A tally as plain data."""
    return {
        "feed": line.feed,
        "seen": line.seen,
        "new": line.new,
        "archived": line.archived,
        "fallback": line.fallback,
        "failed": line.failed,
        "skipped": line.skipped,
        "why": dict(line.why),
    }


def rest(one: Resting) -> dict[str, Any]:
    """A resting feed as plain data."""
    return {"feed": one.feed, "until": _stamp(one.until), "why": one.why}


def rests(resting: Sequence[Resting]) -> list[str]:
    """What is said of feeds that were left alone: of a few each by name, of many how many and why."""
    if len(resting) <= _FEW:
        return [f'"{safe(one.feed)}" rests until {_stamp(one.until)}: {one.why}' for one in resting]
    reasons = " or ".join(sorted({one.why for one in resting}))
    return [f"{len(resting)} feeds rest: {reasons}; --json has them"]


def _joined(*said: str | None) -> str:
    return "; ".join(filter(None, said))


def _plain(why: Mapping[str, int]) -> str:
    """``"8 HTTP error, 4 unreachable, feed not a feed"``."""
    said = []
    for kind, count in why.items():
        scope, found, name = kind.rpartition("feed: ")
        words = _PLAIN.get(name, name)
        said.append(f"feed {words}" if found and not scope else f"{count} {words}")
    return ", ".join(said)


def event(outcome: Polled | Outcome, count: PollCount | None) -> dict[str, Any]:
    """An outcome as the fields of one log line."""
    match outcome:
        case Polled():
            fields = _polled(outcome, count or PollCount())
        case Captured():
            fields = _captured(outcome)
        case Failed():
            fields = _failed(outcome)
        case _:
            assert_never(outcome)
    return {name: value for name, value in fields.items() if value is not None}


def _polled(outcome: Polled, count: PollCount) -> dict[str, Any]:
    return {
        "event": "poll",
        "feed": outcome.feed.name,
        "outcome": outcome.outcome,
        "status": outcome.status,
        "seen": count.seen,
        "new": count.new,
        "bytes": outcome.body_bytes,
        "next": _stamp(outcome.state.next_poll_at),
        "error": outcome.error,
    }


def page_event(read: PageRead, count: PollCount) -> dict[str, Any]:
    """A page of a feed's past as the fields of one log line."""
    entries = read.document.entries if read.document else ()
    oldest = min((date for entry in entries if (date := entry.published or entry.updated)), default=None)
    fields = {
        "event": "older",
        "feed": read.page.feed.name,
        "outcome": "read" if read.document else "failed",
        "url": urls.redacted(read.page.url),
        "seen": count.seen,
        "new": count.new,
        "oldest": _stamp(oldest) if oldest else None,
        "error": read.error,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _captured(outcome: Captured) -> dict[str, Any]:
    return {
        "event": "capture",
        "feed": outcome.item.feed.name,
        "outcome": outcome.outcome,
        "item": outcome.item.item_id,
        "article": outcome.article_id,
        "url": _address(outcome.item),
        "attempts": len(outcome.attempts),
        "error": outcome.error,
    }


def _failed(outcome: Failed) -> dict[str, Any]:
    return {
        "event": "capture",
        "feed": outcome.item.feed.name,
        "outcome": "failed",
        "item": outcome.item.item_id,
        "url": _address(outcome.item),
        "stage": outcome.stage,
        "retry": _stamp(outcome.retry_at) if outcome.retry_at else "never",
        "error": outcome.error,
    }


def _address(item: DueItem) -> str | None:
    """Logs travel further than archives: secrets of an address stay here."""
    link = item.entry.source_link
    return urls.redacted(link) if link else None


def line(fields: dict[str, Any]) -> str:
    """``name=value`` fields on one line; values with spaces are quoted (logfmt)."""
    return " ".join(f"{name}={_quoted(value)}" for name, value in fields.items())


def totals(outcomes: Counter[str]) -> str:
    """``"12 archived, 3 failed"``."""
    return ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items())) or "nothing yet"


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _quoted(value: object) -> str:
    text = safe(value)
    if text and not set(text) & set(' "='):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
