"""All that a page says of its title, date, author, language and lead image: candidates for provenance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import htmldate
import nh3
from lxml.etree import LXML_VERSION
from lxml.html import HtmlElement

import crawler
from crawler.extract import body, kicker, metadata, naming, published, ruling, title
from crawler.extract.head import Head
from crawler.extract.published import Published
from crawler.extract.title import Title
from crawler.model import Candidate, HostRule, Page

TOOLS = ", ".join(
    (
        f"crawler {crawler.__version__}",
        body.EXTRACTOR,
        f"lxml {'.'.join(map(str, LXML_VERSION[:3]))}",
        f"htmldate {htmldate.__version__}",
        f"nh3 {getattr(nh3, '__version__', '?')}",
    )
)
"""What reads a page, with versions."""

BY_RULE = "host rule"  #: what gave a title that the host's rule gave

Candidates = dict[str, tuple[Candidate, ...]]
"""A field → all that the page says of it."""

_RULES = {"title": "window title"}  #: "page.title" is whatever of the page was chosen as its headline
LENGTH = 300  #: characters of a value that are kept
MOST = 8  #: values of a field


def named(
    root: HtmlElement, facts: Head, page: Page, want_date: bool, rule: HostRule | None
) -> tuple[dict[str, Any], Candidates]:
    """What is read before the page is prepared for the body: the extraction's fields, and all candidates."""
    found = title.find(root, facts)
    if rule and (line := ruling.title(root, rule)):
        found = Title(text=line, rule=BY_RULE, heading=found.heading if found else None)
    days = published.find(root, facts, page.final_url, title=found, now=page.fetched_at, search=want_date)
    authors, images = list(metadata.authors(root, facts)), list(metadata.images(root, facts))
    fields = {
        "title": (found.text if found else "") or None,
        "title_from": found.rule if found else None,
        "above": kicker.above(found.heading if found else None),
        **dated(days),
        "author": authors[0].value if authors else None,
        "image": images[0].value if images else None,
    }
    told = {
        "title": merged(_titles(found, facts)),
        "date": merged(map(published.candidate, days)),
        "author": merged(authors),
        "image": merged(images),
    }
    return fields, told


def dated(days: Sequence[Published]) -> dict[str, Any]:
    """The extraction's fields for the first of these."""
    first = days[0] if days else None
    return {
        "date": first.instant if first else None,
        "date_raw": first.raw if first else None,
        "date_from": first.source if first else None,
    }


def _titles(found: Title | None, facts: Head) -> Iterable[Candidate]:
    if found:
        yield Candidate(source=f"page.{_RULES.get(found.rule, found.rule)}", value=found.text)
    for name in naming.names(facts):
        yield Candidate(source=f"page.{_RULES.get(name.rule, name.rule)}", value=name.text)


def merged(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """One candidate a value, with the names of all that say it; the first of them leads."""
    found: dict[tuple[str, str], Candidate] = {}
    for each in candidates:
        value = each.value[:LENGTH]
        known = found.get((value, each.note))
        if known is None:
            found[value, each.note] = replace(each, value=value)
        elif each.source not in known.source.split(", "):
            found[value, each.note] = replace(known, source=f"{known.source}, {each.source}")
    return tuple(found.values())[:MOST]


def with_dateline(fields: dict[str, Any], told: Candidates, text: str, now: datetime) -> None:
    """Add the day of the text's dateline; it is the date where the page tells none."""
    day = published.in_text(text, now)
    if day is None:
        return
    if fields["date"] is None:
        fields |= dated([day])
    told["date"] = merged((*told["date"], published.candidate(day)))
