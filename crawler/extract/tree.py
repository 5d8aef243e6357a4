"""Markup → one lxml tree, bounded in size; everything in this room reads the same tree."""

from __future__ import annotations

import re
from typing import cast

from lxml.etree import ParserError, XPath
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from crawler.errors import NoArticle
from crawler.extract import grid

TAG_LIMIT = 30_000
"""Tags that are read: costs can grow with their square.  The largest article measured has 8,500."""

LARGE = 12_000
"""Tags from which a page is large: only what is needed is done with it."""

_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
#: libxml2 takes these for a whole document (launchpad.net/bugs/1955915).
_CLOSED_ROOT = re.compile(rb"(<html\b[^>]{0,500}?)\s*/>", re.IGNORECASE)
_CLOSED_DOCTYPE = re.compile(rb"<!doctype[^>]{0,500}/[^<>]{0,500}>", re.IGNORECASE)
#: References to characters that no tree may hold: lxml keeps them, and fails when it moves them.
_CONTROL = re.compile(
    rb"&#(?:0{0,9}(?:[1-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])"
    rb"|[xX]0{0,9}(?:[1-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_BREAKS = re.compile(rb"(?:<br\b[^>]{0,50}>\s*){3,}", re.IGNORECASE)
_INVISIBLE = XPath(
    "//script[not(@type='application/ld+json')] | //style | //svg | //iframe | //head/*[not(self::script)]"
)


def parse(markup: bytes) -> HtmlElement:
    """The document's tree; raises ``NoArticle`` where there is no document."""
    start = _CLOSED_DOCTYPE.sub(b"<!doctype html>", markup[:2048], count=1)
    markup = _CONTROL.sub(b"", _CLOSED_ROOT.sub(rb"\1>", start, count=1) + markup[2048:])
    try:
        tree = document_fromstring(_bounded(markup), parser=_PARSER)
    except (ParserError, ValueError) as error:
        raise NoArticle("the page is empty") from error
    grid.bound(tree)
    return tree


def is_large(markup: bytes) -> bool:
    """Is the page too large for searches whose cost grows faster than the page?"""
    return markup.count(b"<") > LARGE


def _bounded(markup: bytes) -> bytes:
    """Endless line breaks are two, and after ``TAG_LIMIT`` tags nothing is read."""
    if not is_large(markup):
        return markup
    parts = _BREAKS.sub(b"<br><br>", markup).split(b"<", TAG_LIMIT + 1)
    return b"<".join(parts[: TAG_LIMIT + 1])


def strip_invisible(tree: HtmlElement) -> None:
    """Take out what no reader sees, in place: every later copy and search is the cheaper for it.

    JSON-LD stays, as trafilatura's last resort is the article text that some pages only have there.
    """
    for element in cast("list[HtmlElement]", _INVISIBLE(tree)):
        element.drop_tree()  # the text after it stays
