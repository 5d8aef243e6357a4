"""Tables that claim more room than anybody reads, cut down before a reader fills it with empty cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

ROOM = 50_000
"""Cells of a page's tables, empty ones included.  A row is as wide as the widest, and spans count."""

_SPAN = 100  #: trafilatura believes no more of a span either
_ROWS = XPath("//tr")
_SPANNING = XPath("//*[@colspan or @rowspan]")
_CELLS = frozenset({"td", "th"})


def bound(tree: HtmlElement) -> None:
    """Without spans where these claim too much; without tables where even that is too much.  In place."""
    rows = cast("list[HtmlElement]", _ROWS(tree))
    if _room(rows) <= ROOM:
        return
    for cell in cast("list[HtmlElement]", _SPANNING(tree)):
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)
    if _room(rows) <= ROOM:
        return
    for table in list(tree.iter("table")):
        table.tag = "div"
    for row in rows:
        row.tag = "p"
        for cell in row:
            if cell.tag in _CELLS:
                cell.tag = "span"


def _room(rows: Sequence[HtmlElement]) -> int:
    """Cells that the rows have when every row is as wide as the widest, or that their spans cover."""
    widest = covered = 0
    for row in rows:
        width = 0
        for cell in row:
            across = _span(cell, "colspan")
            width += across
            covered += across * _span(cell, "rowspan")
        widest = max(widest, width)
    return max(len(rows) * widest, covered)


def _span(cell: HtmlElement, name: str) -> int:
    told = cell.get(name)
    if told is None:
        return 1
    digits = told.strip()[:10]
    return max(1, min(int(digits), _SPAN)) if digits.isascii() and digits.isdigit() else 1
