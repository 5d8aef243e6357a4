"""What ``crawler inspect`` and ``crawler feeds`` show: answers of the store as listings (see ``health``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from crawler import urls
from crawler.config import Config
from crawler.report.article import article, plain
from crawler.report.health import again, told
from crawler.report.listing import Column, Listing, print_plain
from crawler.report.text import instant, size, word

Row = Mapping[str, Any]

_ARTICLES = (
    Column(key="id", heading="id", number=True, style="cyan"),
    Column(key="date", heading="date (UTC)"),
    Column(key="source", heading="source", optional=True),
    Column(key="title", heading="title", flexible=True),
    Column(key="origin", heading="from", style="dim", optional=True),
)
_FAILURES = (
    Column(key="kind", heading="what"),
    Column(key="id", heading="id", number=True, style="cyan"),
    Column(key="feed", heading="feed", optional=True),
    Column(key="title", heading="title", flexible=True, optional=True),
    Column(key="error", heading="why", flexible=True, style="red"),
    Column(key="visits", heading="visits", number=True, optional=True),
    Column(key="again", heading="again"),
    Column(key="address", heading="address", optional=True),
)
_CONFIGURED = (
    Column(key="name", heading="feed", style="cyan"),
    Column(key="source", heading="source"),
    Column(key="url", heading="address", flexible=True),
    Column(key="enabled", heading="on"),
)
_STATS = (Column(key="what", heading="what"), Column(key="count", heading="count", number=True))
_NUMBERS = {
    "feeds": "feeds",
    "feeds_failing": "feeds failing",
    "items": "feed items",
    "items_pending": "items waiting",
    "items_failed": "items given up",
    "articles": "articles",
    "articles_from_feed": "articles from the feed alone",
    "revisions": "revisions",
    "polls": "polls",
    "fetches": "HTTP exchanges",
    "possible_gaps": "possible gaps",
}


def stats(found: Row) -> Listing:
    """What the archive holds, in numbers."""
    rows: list[dict[str, Any]] = [
        {"what": words, "count": found[key]} for key, words in _NUMBERS.items() if key in found
    ]
    rows.append({"what": "article files", "count": size(found["article_bytes"])})
    rows.append({"what": "received", "count": size(found["fetched_bytes"])})
    rows += [{"what": f"articles of {one['source']}", "count": one["articles"]} for one in found["sources"]]
    for name in ("oldest", "newest"):
        rows.append({"what": f"{name} article", "count": _utc(found[name])})
    if found["last_run"]:
        run = found["last_run"]
        rows.append({"what": f"last run: {run['command']}", "count": _utc(run["started_at"])})
    return Listing(columns=_STATS, rows=rows)


def articles(found: Sequence[Row]) -> Listing:
    """Articles, newest first."""
    rows = [{**row, "date": _minute(row["date"])} for row in found]
    return Listing(columns=_ARTICLES, rows=rows, empty="no article matches")


def failures(found: Sequence[Row], now: datetime) -> Listing:
    """What failed, why, and when again."""
    rows = [
        {
            **row,
            "error": told(row["error"]).removeprefix(f"{told(row.get('url'))}: "),
            "address": told(row.get("url")),
            "again": again(row["retry_at"], now) if row["retry_at"] else "given up",
        }
        for row in found
    ]
    return Listing(columns=_FAILURES, rows=rows, empty="nothing failed")


def configured(config: Config) -> Listing:
    """The feeds of a configuration."""
    rows = [
        {"name": feed.name, "source": feed.source, "url": urls.redacted(feed.url), "enabled": feed.enabled}
        for feed in config.feeds
    ]
    return Listing(columns=_CONFIGURED, rows=rows, empty="no feed is configured; add [[feeds]]")


def print_article(facts: Row, keys: Row, console: Console) -> None:
    """One article: styled prose on a terminal, plain text in a pipe."""
    shown = {
        "title": keys["title"],
        "date": keys["date"],
        "source": keys["source"],
        "from": facts["origin"],
        "feed": facts["feed"],
        "address": urls.redacted(keys["source_link"]),
        "file": facts["path"],
        "revision": facts["revision"],
        "draft": keys["draft"] or None,
        "notice": facts.get("notice"),
        "taken down": facts.get("taken_down_at"),
    }
    if console.is_terminal:
        console.print(article(shown, keys["body"]))
        return
    for name, value in shown.items():
        if told := word(value):
            print_plain(f"{name}: {told}", console)
    print_plain("", console)
    print_plain(plain(keys["body"]), console)


def _utc(stamp: str | None) -> str:
    return f"{_minute(stamp)} UTC" if stamp else ""


def _minute(stamp: str | None) -> str:
    moment = instant(stamp)
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
