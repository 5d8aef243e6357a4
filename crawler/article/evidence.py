"""What else the page says of a field, and where feed, page and text disagree: for provenance, never to decide.

Used by ``article``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta

from crawler import prose
from crawler.choosing import choice
from crawler.likeness import agreement, words
from crawler.model import Candidate, Choice, Entry, Extraction

ALSO = "the page says so too"
FAR = 0.3  #: agreement of two titles below which they are not of the same release

_IN_PAGE = {"title": "title", "date": "date", "author": "author", "enclosure": "image", "body": "body"}
_LANGUAGE_RULES = {
    "feed.language": "the feed's language: the page names none",
    "page.language": "the page's language",
}


def completed(choices: tuple[Choice, ...], entry: Entry, extraction: Extraction) -> tuple[Choice, ...]:
    """The same choices, with all that the page says, and a note at each about which it disagrees."""
    languages = tuple(_language(entry, extraction))
    return tuple(
        _flagged(_with_page(choice, extraction), entry, extraction) for choice in (*choices, *languages)
    )


def _with_page(chosen: Choice, extraction: Extraction) -> Choice:
    """The field's candidates on the page, behind the losers that stood for election."""
    told = extraction.candidates.get(_IN_PAGE.get(chosen.field, chosen.field), ())
    more = tuple(replace(one, note=one.note or ALSO) for one in told)
    return replace(chosen, losers=chosen.losers + more) if more else chosen


def _language(entry: Entry, extraction: Extraction) -> Iterator[Choice]:
    """The language is no key of the file; it is recorded where one is known."""
    named = (("page.language", extraction.language), ("feed.language", entry.language))
    candidates = [Candidate(source=source, value=prose.headline(name)) for source, name in named if name]
    if candidates:
        yield choice("language", _LANGUAGE_RULES, candidates)


def _flagged(chosen: Choice, entry: Entry, extraction: Extraction) -> Choice:
    checks = {"date": _other_day, "title": _other_title, "language": _other_language}
    check = checks.get(chosen.field)
    note = check(chosen) if check else ""
    return replace(chosen, winner=replace(chosen.winner, note=note)) if note else chosen


def _other_day(chosen: Choice) -> str:
    """Who says that it was published on a day that is not the winner's anywhere on Earth."""
    if chosen.winner.source == "first_seen":
        return ""
    said = [one for one in chosen.losers if one.source not in _NO_PUBLICATION]
    if any(one.source.startswith("page.") for one in said if one.source != "page.date"):
        said = [one for one in said if one.source != "page.date"]  # where the page's own sources are told
    others = [one for one in said if not _same_day(one.value, chosen.winner.value)]
    told = dict.fromkeys(f"{one.source} {one.value[:10]}" for one in others)
    return f"another day by {', '.join(told)}" if told else ""


_NO_PUBLICATION = frozenset({"feed.updated", "first_seen"})


def _same_day(one: str, other: str) -> bool:
    """Whether the day of one instant is the other's somewhere on Earth (UTC-12 to UTC+14)."""
    first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    return first.date() in _days(second) or second.date() in _days(first)


def _days(instant: datetime) -> set[date]:
    if instant.year in {MINYEAR, MAXYEAR}:  # there may be no day before or after
        return {instant.date()}
    return {(instant + timedelta(hours=hours)).date() for hours in (-12, 0, 14)}


def _other_title(chosen: Choice) -> str:
    own = words(chosen.winner.value)
    page = next((one for one in chosen.losers if one.source in {"page.title", "feed.title"}), None)
    if page is None or agreement(own, words(page.value)) >= FAR:
        return ""
    return f"{'the page' if page.source == 'page.title' else 'the feed'} is headed quite otherwise"


def _other_language(chosen: Choice) -> str:
    own = chosen.winner.value.partition("-")[0].lower()
    others = [one for one in chosen.losers if one.value.partition("-")[0].lower() != own]
    told = dict.fromkeys(f"{_by(one)} {one.value}" for one in others)
    return f"another language by {', '.join(told)}" if told else ""


def _by(one: Candidate) -> str:
    return one.source.replace("page.words", "the words of the text")
