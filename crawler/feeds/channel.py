"""What a feed says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from crawler.feeds import plain
from crawler.feeds.facts import Facts
from crawler.feeds.links import resolve
from crawler.model import FeedInfo

_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONGEST = timedelta(days=365)


def describe(parsed: Any, facts: Facts, url: str, notes: Sequence[str]) -> FeedInfo:
    """The feed's own words, from feedparser's reading and the scan's facts."""
    feed = parsed["feed"]
    relations = _relations(feed) | facts.relations
    older = relations.get("prev-archive")
    return FeedInfo(
        format=parsed.get("version") or facts.root or "unknown",
        title=plain.title(dict.get(feed, "title")),
        link=_address(dict.get(feed, "link"), url),
        language=plain.title(dict.get(feed, "language") or facts.language),
        hub=_address(relations.get("hub"), url),
        topic=_address(relations.get("self"), url),
        older=_address(older or relations.get("next"), url),
        archived=older is not None,
        ttl=_interval(facts, dict.get(feed, "ttl")),
        skip_hours=_hours(facts.texts.get("hour", [])),
        skip_days=_days(facts.texts.get("day", [])),
        notes=tuple(dict.fromkeys(notes)),
    )


def _relations(feed: Any) -> dict[str, str]:
    """The feed's own links as feedparser read them: relation → first address."""
    found: dict[str, str] = {}
    for link in dict.get(feed, "links") or ():
        if isinstance(target := link.get("href"), str) and isinstance(relation := link.get("rel"), str):
            found.setdefault(relation.lower(), target)
    return found


def _address(text: Any, url: str) -> str | None:
    return resolve(text, "", url) if isinstance(text, str) and text.strip() else None


def _interval(facts: Facts, loose: Any) -> timedelta | None:
    """RSS ``<ttl>`` (minutes), else sy:updatePeriod divided by sy:updateFrequency."""
    minutes = _number((facts.texts.get("ttl") or [loose])[0])
    if minutes:
        return min(timedelta(minutes=minutes), _LONGEST)
    period = _PERIODS.get((facts.texts.get("period") or [""])[0].strip().lower())
    if period is None:
        return None
    return timedelta(seconds=period / (_number((facts.texts.get("frequency") or ["1"])[0]) or 1))


def _number(text: Any) -> int:
    digits = text.strip() if isinstance(text, str) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0


def _hours(texts: Sequence[str]) -> tuple[int, ...]:
    """0-23, UTC; RSS 0.91 counts midnight as 24."""
    plain_hours = [text.strip() for text in texts]
    return tuple(
        sorted(
            {int(text) % 24 for text in plain_hours if text.isascii() and text.isdigit() and len(text) < 3}
        )
    )


def _days(texts: Sequence[str]) -> tuple[str, ...]:
    named = {text.strip().capitalize() for text in texts}
    return tuple(day for day in _DAYS if day in named)
