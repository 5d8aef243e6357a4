"""When a page was published, by what it says in a machine-readable way, or by htmldate's search.

A day without a time is midnight UTC; where the page has the time of that very day elsewhere, the time
is used too.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from htmldate import find_date
from lxml.html import HtmlElement

from crawler import dates
from crawler.extract import dateline
from crawler.extract.head import Head, text
from crawler.extract.title import Title
from crawler.likeness import alike
from crawler.model import Candidate

logging.getLogger("htmldate").setLevel(logging.CRITICAL)

_FIRST = ("article:published_time", "og:article:published_time", "og:published_time", "datepublished")
_LATER = tuple(
    "parsely-pub-date sailthru.date citation_publication_date dc.date.issued dcterms.issued dc.date "
    "dcterms.date dcterms.created dc.date.created pubdate publishdate publish_date date".split()
)
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_.-]|$)")
_CLOCK = re.compile(r"\d[T ,]+\d{1,2}[:h.]?\d{2}|\d{1,2}:\d{2}")
_DAY = timedelta(days=1)
_TRUSTED = ("meta article:published", "meta og:", "meta datepublished", "time published")
_MACHINE = (*_TRUSTED, "json-ld", "meta")
_TIMES = 3  #: <time> elements that are read


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A publication time and where it stood."""

    instant: datetime  #: aware, in UTC
    raw: str
    source: str  #: "meta article:published_time", "json-ld datePublished", "time published", "url" …

    @property
    def timed(self) -> bool:
        """Does the source name a time, not only a day?"""
        return bool(_CLOCK.search(self.raw))


def find(
    tree: HtmlElement, head: Head, url: str, *, title: Title | None, now: datetime, search: bool
) -> tuple[Published, ...]:
    """The publication time, and behind it whatever else the page says of it; nothing where it says none.

    ``search`` asks htmldate to search the whole page for a day.
    """
    name = title.text if title else ""
    stated = [date for date in _stated(tree, head, url, name) if dates.plausible(date.instant, now)]
    if not search:
        return _first(_timed(stated[0], stated), stated) if stated else ()
    if not any(date.source.startswith(_MACHINE) for date in stated):
        beside = _beside(title, now)
        if beside:
            return _first(_timed(beside, stated), [beside, *stated])
    day = _searched(tree, head, url, now)
    return _first(_timed(_supported(stated, day), stated), [*stated, day]) if day else ()


def _first(chosen: Published, others: list[Published]) -> tuple[Published, ...]:
    return (chosen, *(date for date in others if date is not chosen))


def in_text(text: str, now: datetime) -> Published | None:
    """The day in the dateline with which a release begins: "NEW YORK, March 3, 2025 (…) --"."""
    raw = dateline.leading(text)
    instant = dates.read(raw)
    if raw is None or instant is None or not dates.plausible(instant, now):
        return None
    return Published(instant=instant, raw=raw, source="dateline")


def candidate(date: Published) -> Candidate:
    """A date for provenance: the instant in UTC, and what was written, with its zone or without."""
    reading = dates.examine(date.raw)
    said = "a day" if not date.timed else "no zone, UTC assumed" if not (reading and reading.zoned) else ""
    note = f'written "{text(date.raw)[:60]}"' + (f", {said}" if said else "")
    instant = date.instant.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return Candidate(source=f"page.{date.source}", value=instant, note=note)


def _stated(tree: HtmlElement, head: Head, url: str, title: str) -> Iterator[Published]:
    """Cheap sources, the most reliable first."""
    texts = [(f"meta {name}", head.metas[name]) for name in _FIRST if name in head.metas]
    nodes = sorted(head.nodes, key=lambda node: -alike(text(node.get("headline")), title))
    texts += [("json-ld datePublished", text(node.get("datePublished"))) for node in nodes]
    texts += [(f"meta {name}", head.metas[name]) for name in _LATER if name in head.metas]
    texts += _times(tree)
    if match := _IN_PATH.search(urlsplit(url).path):
        texts.append(("url", "-".join(match.groups())))
    for source, raw in texts:
        if instant := dates.read(raw):
            yield Published(instant=instant, raw=raw.strip(), source=source)


def _times(tree: HtmlElement) -> list[tuple[str, str]]:
    """The page's <time> elements, first those that call themselves the publication time."""
    elements = list(tree.iterfind(".//time[@datetime]"))
    own = [element for element in elements if _is_own(element)]
    others = [element for element in elements if not _is_own(element)]
    found = [("time published", element.get("datetime") or "") for element in own]
    return (found + [("time", element.get("datetime") or "") for element in others])[:_TIMES]


def _is_own(time: HtmlElement) -> bool:
    named = f"{time.get('itemprop')} {time.get('class')}".lower()
    return time.get("pubdate") is not None or "publish" in named or "entry-date" in named


def _beside(title: Title | None, now: datetime) -> Published | None:
    """The day written beside the headline: better than a search where nothing is machine-readable."""
    raw = dateline.beside(title.heading) if title and title.heading is not None else None
    instant = dates.read(raw)
    if raw is None or instant is None or not dates.plausible(instant, now):
        return None
    return Published(instant=instant, raw=raw, source="beside the headline")


def _supported(stated: list[Published], searched: Published) -> Published:
    """The search's day, or the one stated first where no fewer statements support it.

    The search also finds the days of changes, of other articles, and numbers in the address.
    """
    first = next((date for date in stated if date.source.startswith(_TRUSTED)), None)
    if first is None or _same_day(first, searched):
        return searched
    others = [date for date in stated if date.source.startswith(_MACHINE) and date is not first]
    for_first = sum(_same_day(date, first) for date in others)
    return first if for_first >= sum(_same_day(date, searched) for date in others) else searched


def _searched(tree: HtmlElement, head: Head, url: str, now: datetime) -> Published | None:
    latest = (now + _DAY).strftime("%Y-%m-%d")
    try:
        day = find_date(
            tree, url=head.canonical or url, original_date=True, extensive_search=True, max_date=latest
        )
    except Exception:  # a search in foreign markup by foreign code must not cost the article
        return None
    if not day:
        return None
    return Published(instant=datetime.fromisoformat(day).replace(tzinfo=UTC), raw=day, source="htmldate")


def _timed(day: Published, others: list[Published]) -> Published:
    """The same day with its time, where another source tells it."""
    if day.timed:
        return day
    return next((other for other in others if other.timed and _same_day(other, day)), day)


def _same_day(timed: Published, day: Published) -> bool:
    """Days are the publisher's own: the one written, or the one it is in UTC."""
    written = dates.read(timed.raw[:10])
    return day.instant.date() in {timed.instant.date(), written.date() if written else None}
