"""Entry and extraction → draft: which title, date, link, summary and enclosure wins, and why.

Every field records its winner, the rule, and the losers with what was said against them.
Used by ``pipeline.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler import prose, urls
from crawler.article import enclosure, evidence
from crawler.choosing import choice
from crawler.config import ArchiveConfig, BannersConfig
from crawler.likeness import agreement, words
from crawler.model import (
    Candidate,
    Choice,
    Draft,
    Entry,
    Extraction,
    Feed,
    Origin,
    Verdict,
    sha256,
)
from crawler.prose.dateline import strip_dateline
from crawler.summary import Summary, sentences, summarise

TEASER = 400  #: characters of text below which a feed's own content is held back as a draft
EARLIEST = 1990  #: the year; no wire published on the web before it
AHEAD = timedelta(hours=24)  #: clocks and zones are wrong by hours, embargoes by days
TITLE_LENGTH = 200  #: characters of a sentence that has to serve as the title

_DOTS = ("…", "...", "…]", "...]", "…)", "...)")
_OPENING = ("(", "$", "€", "£", '"', "“", "'", "‘", "«", "&")
_TITLE_RULES = {
    "feed.title": "the feed's title, whole",
    "page.title": "the page's headline: the feed's title is missing or cut",
    "article.text": "the text's first sentence: feed and page have no title",
    "link.host": "the host's name: there is no title and no text",
}
_DATE_RULES = {
    "feed.published": "the feed's publication date",
    "page.date": "the page's date: the feed gives none that can be",
    "feed.updated": "the feed's update: neither feed nor page says at what time it was published",
    "first_seen": "when the item was first seen: nobody says when it was published",
}
_LINK_RULES = {
    "page.url": "the page's final address",
    "feed.link": "the feed's link: the page gave no better one",
    "feed.guid": "the item's identifier, which is an address: it has no link",
    "feed.url": "the feed's site: the item has no address",
}
_SUMMARY_RULES = {
    "feed.summary": "the feed's own summary is prose",
    "article.sentences": "the best sentences of the article",
    "page.description": "the page's own description is prose",
    "title": "nothing else is a whole sentence",
}
_AUTHOR_RULES = {
    "feed.author": "the feed's author",
    "page.author": "the page's author",
}


def compose(
    entry: Entry,
    extraction: Extraction,
    *,
    feed: Feed,
    page_url: str | None,
    first_seen: datetime,
    now: datetime,
    verdict: Verdict,
    archive: ArchiveConfig,
    banners: BannersConfig,
) -> Draft:
    """The article as it is to be archived, with a choice for every field.

    ``page_url`` is the page's final address, None when the feed alone was used.
    """
    link = _link(entry, page_url, feed, verdict)
    title = _title(entry, extraction, link.winner.value)
    date = _date(entry, extraction, first_seen, now)
    told = _summary(entry, extraction, title.winner.value)
    image = enclosure.chosen(entry, extraction, title.winner.value, archive.media_base, banners)
    draft = _held(extraction, verdict)
    body = _body(entry, extraction, verdict)
    when = datetime.fromisoformat(date.winner.value)
    return Draft(
        title=title.winner.value,
        date=when,
        draft=draft.winner.value == "true",
        summary=told.summary,
        description=told.description,
        source_link=link.winner.value,
        enclosure=image.winner.value,
        source=feed.source,
        source_key=feed.source_key,
        slug=urls.dated_slug(when, title.winner.value, archive.slug_bytes),
        body=extraction.body,
        choices=evidence.completed(
            (title, date, draft, *_told(told), link, image, *_author(entry, extraction), body),
            entry,
            extraction,
        ),
    )


# --------------------------------------------------------------------------- title


def _title(entry: Entry, extraction: Extraction, link: str) -> Choice:
    own = prose.headline(entry.title or "")
    page = prose.headline(extraction.title or "")
    candidates = (
        Candidate(source="feed.title", value=own, note=_title_fault(own, page, extraction.site)),
        Candidate(source="page.title", value=page, note="" if page else "missing"),
    )
    resorts = _untitled(extraction, link) if all(candidate.note for candidate in candidates) else ()
    return choice("title", _TITLE_RULES, candidates, *resorts)


def _untitled(extraction: Extraction, link: str) -> tuple[Candidate, Candidate]:
    """What serves as the title of an article that has none."""
    spoken = sentences(strip_dateline(extraction.text[:2000]), extraction.language)
    first = next(filter(None, map(_shortened, spoken)), "")
    return (
        Candidate(source="article.text", value=first, note="" if first else "missing"),
        Candidate(source="link.host", value=urls.politeness_key(link) or link),
    )


def _title_fault(own: str, page: str, site: str | None) -> str:
    """Why the feed's title gives way to the page's headline; ``""`` if it does not."""
    stem = own.rstrip(" .…[]()")
    if not stem:
        return "nothing but dots" if own else "missing"
    if own.endswith(_DOTS):
        # Another headline may stand on the page: a cut title is better than a wrong one.
        alike = _begins(page, stem) or agreement(words(stem), words(page)) >= 0.5
        return "cut" if alike and page != own else ""
    rest = page[len(own) :].strip() if _begins(page, own) else ""
    # Behind a bar or a dash stands the site's name or a second headline, not the title's end.
    goes_on = rest[:1].isalnum() or rest.startswith(_OPENING)
    return "cut" if goes_on and rest.casefold() != (site or "").casefold() else ""


def _begins(page: str, start: str) -> bool:
    return page[: len(start)].casefold() == start.casefold()


def _shortened(sentence: str) -> str:
    text = prose.clean(sentence)
    if len(text) <= TITLE_LENGTH:
        return text
    return text[:TITLE_LENGTH].rsplit(" ", 1)[0] + "…"


# --------------------------------------------------------------------------- date


def _date(entry: Entry, extraction: Extraction, first_seen: datetime, now: datetime) -> Choice:
    told, page, updated = (
        _dated("feed.published", entry.published, now),
        _dated("page.date", extraction.date, now),
        _dated("feed.updated", entry.updated, now),
    )
    if extraction.date is not None and ":" not in (extraction.date_raw or ""):
        # A day is no time: midnight would be invented where the feed knows the hour.
        better = told if not told.note else updated
        if not better.note and not page.note and _same_day(page.value, better.value):
            page = replace(page, note="agrees: the same day, without a time")
    seen = Candidate(source="first_seen", value=_instant(first_seen))
    return choice("date", _DATE_RULES, (told, page, updated), seen)


def _dated(source: str, date: datetime | None, now: datetime) -> Candidate:
    if date is None:
        return Candidate(source=source, value="", note="missing or unreadable")
    if date.year < EARLIEST:
        return Candidate(source=source, value=date.isoformat(), note=f"before {EARLIEST}")
    # The year first: the last hours of the year 9999 have no spelling in another zone.
    late = date.year > now.year + 1 or _utc(date) > now + AHEAD
    value = date.isoformat() if late else _instant(date)
    return Candidate(source=source, value=value, note="more than a day in the future" if late else "")


def _utc(date: datetime) -> datetime:
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def _instant(date: datetime) -> str:
    return _utc(date).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _same_day(day: str, instant: str) -> bool:
    """Whether ``day`` is the day of ``instant`` anywhere on Earth (UTC-12 to UTC+14)."""
    when = datetime.fromisoformat(instant)
    return day[:10] in {(when + timedelta(hours=hours)).date().isoformat() for hours in (-12, 0, 14)}


# --------------------------------------------------------------------------- link, draft, body, author


def _link(entry: Entry, page_url: str | None, feed: Feed, verdict: Verdict) -> Choice:
    page = urls.canonical(page_url or "")
    link = urls.canonical(entry.source_link or "")
    guid = urls.canonical(entry.guid or "")
    if guid and urls.identity(guid) == urls.identity(feed.url):
        guid = None
    page_note = "missing"
    if page:
        fault = "a site's front page" if urls.is_root(page) else ""
        page_note = fault if verdict.ok else "the page is not the article"
    candidates = (
        Candidate(source="page.url", value=page or "", note=page_note),
        Candidate(source="feed.link", value=link or "", note="" if link else "missing"),
        Candidate(source="feed.guid", value=guid or "", note="" if guid else "not an address"),
    )
    return choice(
        "source_link", _LINK_RULES, candidates, Candidate(source="feed.url", value=urls.root(feed.url))
    )


def _held(extraction: Extraction, verdict: Verdict) -> Choice:
    """Whether the article is held back: a feed's teaser, while the page cannot be had."""
    teaser = extraction.origin is Origin.FEED and len(extraction.text) < TEASER
    if verdict.ok or not teaser:
        rule = "the page is the article" if verdict.ok else "the feed's own content is more than a teaser"
        winner = Candidate(source="quality", value="false")
    else:
        rule = f"the page failed and the feed gives fewer than {TEASER} characters"
        winner = Candidate(source="quality", value="true")
    return Choice(field="draft", winner=winner, rule=rule)


def _body(entry: Entry, extraction: Extraction, verdict: Verdict) -> Choice:
    """Bodies are too long for a choice: their digests stand for them."""
    if extraction.origin is Origin.PAGE:
        note = "the page's own text came first"
        losers = [
            Candidate(source=source, value=_digest(value), note=note)
            for source, value in (("feed.content", entry.content), ("feed.summary", entry.summary))
            if value
        ]
        winner = f"page.{extraction.body_from}" if extraction.body_from else "page"
        rule = f"the page's text, by {extraction.extractor or 'the extractor'}"
    else:
        losers = [Candidate(source="page", value="", note="; ".join(verdict.reasons) or "not fetched")]
        winner, rule = "feed.content" if entry.content else "feed.summary", "the feed's own content"
    return Choice(
        field="body",
        winner=Candidate(source=winner, value=_digest(extraction.body)),
        rule=rule,
        losers=tuple(losers),
    )


def _digest(text: str) -> str:
    return "sha256:" + sha256(text.encode("utf-8", "replace"))


def _author(entry: Entry, extraction: Extraction) -> Iterator[Choice]:
    """The author is no key of the file; it is recorded where one is known."""
    named = (("feed.author", entry.author), ("page.author", extraction.author))
    candidates = [Candidate(source=source, value=prose.headline(name)) for source, name in named if name]
    if candidates:
        yield choice("author", _AUTHOR_RULES, candidates)


def _summary(entry: Entry, extraction: Extraction, title: str) -> Summary:
    return summarise(
        extraction.text,
        title=title,
        language=extraction.language or entry.language,
        feed_summary=entry.summary,
        meta_description=extraction.description,
    )


def _told(told: Summary) -> Iterator[Choice]:
    summary = Candidate(source=told.summary_from, value=told.summary)
    description = Candidate(source=told.description_from, value=told.description)
    for field, winner, losers in (
        ("summary", summary, told.summary_losers),
        ("description", description, told.description_losers),
    ):
        yield Choice(field=field, winner=winner, rule=_SUMMARY_RULES[winner.source], losers=losers)
