"""How feeds and hosts are doing, and how fresh the archive is: answers of the store as listings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crawler import urls
from crawler.report.listing import Column, Listing
from crawler.report.text import ago, instant, length, safe

Row = Mapping[str, Any]

_FEEDS = (
    Column(key="name", heading="feed", style="cyan"),
    Column(key="last", heading="answered"),
    Column(key="next", heading="next"),
    Column(key="fresh", heading="found in", number=True, optional=True),
    Column(key="every", heading="every", number=True, optional=True),
    Column(key="failures", heading="failing", number=True, style="red"),
    Column(key="archived", heading="archived", number=True, style="green", optional=True),
    Column(key="items", heading="items", number=True, optional=True),
    Column(key="possible_gaps", heading="gaps?", number=True, style="yellow", optional=True),
    Column(key="note", heading="note", flexible=True),
)
_HOSTS = (
    Column(key="host", heading="host", style="cyan"),
    Column(key="next", heading="next request"),
    Column(key="paused", heading="left alone", style="yellow"),
    Column(key="failures", heading="failing", number=True, style="red"),
    Column(key="delay", heading="delay", number=True, optional=True),
    Column(key="feeds", heading="feeds", number=True, optional=True),
    Column(key="items", heading="waiting", number=True, optional=True),
    Column(key="robots", heading="robots.txt", flexible=True, optional=True),
)
_FRESHNESS = (
    Column(key="feed", heading="feed", style="cyan"),
    Column(key="day", heading="day", optional=True),
    Column(key="archived", heading="archived", number=True),
    Column(key="items", heading="new", number=True),
    Column(key="p50", heading="found p50", number=True, style="green"),
    Column(key="p90", heading="p90", plain="found p90", number=True),
    Column(key="p99", heading="p99", plain="found p99", number=True, optional=True),
    Column(key="longest", heading="max", plain="found max", number=True),
    Column(key="kept_p50", heading="kept p50", number=True, style="green"),
    Column(key="kept_p90", heading="p90", plain="kept p90", number=True, optional=True),
    Column(key="kept_longest", heading="max", plain="kept max", number=True, optional=True),
    Column(key="work_p50", heading="work p50", number=True, style="dim", optional=True),
    Column(key="work_longest", heading="max", plain="work max", number=True, style="dim", optional=True),
)
#: Measures of the store → what their columns begin with.
_MEASURES = {"published to seen": "", "published to archived": "kept_", "seen to archived": "work_"}


def feeds(found: Sequence[Row], now: datetime) -> Listing:
    """How each feed is doing, and what is odd about it."""
    rows = [
        {
            **row,
            "last": ago(instant(row["last_answer"]), now),
            "next": again(row["next_poll"], now) if row["enabled"] else "removed",
            "every": length(timedelta(seconds=row["interval_seconds"])) if row["interval_seconds"] else "",
            "fresh": _span(row.get("fresh_p50")),
            "note": "; ".join(_notes(row, now)),
        }
        for row in found
    ]
    return Listing(columns=_FEEDS, rows=rows, empty="no feed was polled yet")


def _notes(row: Row, now: datetime) -> Iterator[str]:
    if row.get("gone"):
        yield "gone (410, confirmed): asked once a month"
    if row.get("moved_to"):
        yield f"moved to {urls.redacted(row['moved_to'])}: change its url in the configuration"
    if row.get("silent"):
        yield f"silent: its newest item came {ago(instant(row['newest_item_seen']), now)}, longer than it ever paused"
    if row.get("lying"):
        yield "its validators hide news: fetched whole"
    elif row.get("no_validators"):
        yield "no validators: every poll is a whole fetch"
    wish = instant(row.get("not_before"))
    if wish and wish > now and row.get("failures"):
        yield f"its server asks us to wait {ago(wish, now).removeprefix('in ')} more"
    if row.get("last_error"):
        yield told(row["last_error"])


def hosts(found: Sequence[Row], now: datetime) -> Listing:
    """What is owed to each host."""
    rows = [
        {
            "host": row["host"],
            "next": _next_request(row, now),
            "paused": _pause(row, now),
            "failures": row["request_failures"] or 0,
            "delay": f"{row['delay_seconds']:.1f} s" if row["delay_seconds"] else "",
            "feeds": row["feeds"],
            "items": row["items_pending"],
            "robots": "; ".join(_robots(copy, now) for copy in row["robots"]),
        }
        for row in found
    ]
    return Listing(columns=_HOSTS, rows=rows, empty="no host is left alone, or none was asked yet")


def _next_request(row: Row, now: datetime) -> str:
    """When the host may be asked again: a rest between two requests or a pause, whichever ends later."""
    wishes = (instant(row["next_allowed_at"]), instant(row["paused_until"]))
    latest = max((wish for wish in wishes if wish), default=now)
    return ago(latest, now) if latest > now else "at any time"


def _pause(row: Row, now: datetime) -> str:
    if not row["paused"]:
        return ""
    why = f"it answered {row['pause_status']}" if row["pause_status"] else "it kept failing"
    return f"{ago(instant(row['paused_until']), now).removeprefix('in ')} more: {why}"


def _robots(copy: Row, now: datetime) -> str:
    old = ago(instant(copy["fetched_at"]), now)
    if copy["closed"]:
        return f"closed for now ({told(copy['failure'])}), {old}"
    return f"{copy['status'] or 'none'}, {old}"


def freshness(found: Sequence[Row]) -> Listing:
    """Publish → first seen (found) → archived (kept), and the work between the two; a row a feed and day."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in found:
        day = row.get("day", "")
        line = lines.setdefault((row["feed"], day), {"feed": row["feed"], "day": day, "items": 0})
        start = _MEASURES[row["measure"]]
        line |= {"items": row["items"]} if not start else {}
        line |= {"archived": row["items"]} if start == "work_" else {}
        line |= {f"{start}{name}": _span(row[name]) for name in ("p50", "p90", "p99", "longest")}
    by_day = any(day for _, day in lines)
    columns = tuple(column for column in _FRESHNESS if by_day or column.key != "day")
    return Listing(
        columns=columns,
        rows=list(lines.values()),
        title="found: published → seen · kept: published → archived · work: seen → archived\n"
        "new: published after the feed's first answered poll; only these count",
        empty="nothing was archived in that time",
    )


def _span(seconds: float | None) -> str:
    return "" if seconds is None else length(timedelta(seconds=seconds))


def told(error: str | None) -> str:
    """An error's text: it may quote an address, and an address a secret."""
    return urls.redacted(safe(error or ""))


def again(stamp: str | None, now: datetime) -> str:
    """When something is due."""
    moment = instant(stamp)
    return "due" if moment and moment <= now else ago(moment, now)
