"""The day that stands in words beside a headline, or in the dateline of the text.  Used by ``published``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import cast

from lxml.etree import XPath, _Element

from crawler import dates, prose
from crawler.prose.dateline import strip_dateline

_BEHIND = 8  #: pieces of text behind the headline that are read: a rubric, a byline, a date
_BEFORE = 2  #: pieces before it
_DATELINE = 300  #: characters of a text in which its dateline stands
_LENGTH = 80  #: characters of a piece; a longer one is prose, and its days are those it tells of
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|\.)?"
_WRITTEN = re.compile(
    rf"\b{_DAY}\s(?:de\s|of\s)?[^\W\d_]{{3,12}}\.?,?\s(?:de\s)?(?:19|20)\d\d\b"
    rf"|\b[^\W\d_]{{3,12}}\.?\s{_DAY},?\s(?:19|20)\d\d\b"
    r"|\b(?:19|20)\d\d-\d\d-\d\d\b|(?:19|20)\d\d年\s?\d{1,2}月\s?\d{1,2}日"
)
_CHANGED = re.compile(
    r"updat|upd\.|modif|changed|review|aktualisier|stand:|actuali[sz]|mis à jour|maj\b|aggiorn|atualiz|bijgewerkt"
    r"|gewijzigd|uppdater|oppdater|opdater|aktualiz|güncel|обновл|更新|event|expire",
    re.IGNORECASE,
)
_TEXTS = XPath(
    "descendant-or-self::text()[not(parent::script or parent::style or parent::noscript or parent::template)]",
    smart_strings=False,
)


def beside(heading: _Element) -> str | None:
    """The first day written out near ``heading`` that is not said to be that of a change."""
    near = [*islice(_behind(heading), _BEHIND), *islice(_before(heading), _BEFORE)]
    for line in near:
        match = _WRITTEN.search(line) if len(line) <= _LENGTH and not _CHANGED.search(line) else None
        if match and dates.read(match[0]):
            return match[0]
    return None


def leading(text: str) -> str | None:
    """The day in the dateline with which a text begins."""
    start = text[:_DATELINE].partition("\n")[0]
    match = _WRITTEN.search(start[: len(start) - len(strip_dateline(start))])
    return match[0] if match else None


def _behind(element: _Element) -> Iterator[str]:
    """Pieces of text that follow, the nearest first."""
    node: _Element | None = element
    while node is not None:
        yield from _piece(node.tail)
        following = node.getnext()
        if following is None:
            node = node.getparent()
        else:
            yield from _inside(following)
            node = following


def _before(element: _Element) -> Iterator[str]:
    """Pieces of text that precede, the nearest first."""
    node: _Element | None = element
    while node is not None:
        previous = node.getprevious()
        if previous is None:
            node = node.getparent()
            yield from _piece(node.text if node is not None else None)
        else:
            yield from _piece(previous.tail)
            yield from reversed(list(_inside(previous)))
            node = previous


def _inside(element: _Element) -> Iterator[str]:
    for text in cast("list[str]", _TEXTS(element)):
        yield from _piece(text)


def _piece(text: str | None) -> Iterator[str]:
    if text and (line := prose.clean(text)):
        yield line
