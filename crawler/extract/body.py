"""The article's body by trafilatura: its own rules first, the thorough search only where they doubt.

Trafilatura compares its result with two other algorithms and often replaces a sound short text by a
long one with everything around it.  Running its own rules alone is cheaper by half; the comparison is
asked for only where much of the page's text was left out, and believed only where it finds far more.
"""

from __future__ import annotations

import copy
import logging
from typing import cast

import trafilatura
from lxml.etree import XPath, _Element
from lxml.html import HtmlElement
from trafilatura.external import try_readability

EXTRACTOR = f"trafilatura {trafilatura.__version__}"

DOUBT = 3.0
"""Own rules are doubted where the page's paragraphs have this many times the text they found."""

TRUST = 4.8
"""The thorough search is believed where it finds this many times the text of the own rules."""

SPARSE = 0.05
"""One block, and less of its text than this in paragraphs: the whole page was taken for the article."""

SHORT = 250  #: characters below which own rules are always doubted

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it calls every odd page an error

_PARAGRAPHS = XPath("//p//text() | //pre//text() | //td/text()", smart_strings=False)
_RENAMED = {
    "quote": "blockquote", "item": "li", "lb": "br", "row": "tr", "ref": "span", "hi": "span", "del": "span",
    "body": "div", "graphic": "img",
}  # fmt: skip


def find(tree: HtmlElement, url: str, *, thorough: bool = True) -> _Element | None:
    """The article's body in HTML's tags, or None; ``tree`` stays as it is.

    Without ``thorough`` the thorough search is never asked: its cost grows faster than the page.
    """
    own, length = _search(tree, url, fast=True)
    if not thorough:
        return _html(own)
    paragraphs = sum(map(len, cast("list[str]", _PARAGRAPHS(tree))))
    sparse = own is not None and len(own) == 1 and paragraphs < SPARSE * length
    if not (sparse or length < SHORT or paragraphs > DOUBT * length):
        return _html(own)
    second, found = _search(tree, url, fast=False)
    return _html(second if found and (sparse or found >= TRUST * length) else own)


def strict(tree: HtmlElement, url: str) -> _Element | None:
    """The body by trafilatura's rules for precision, which leave out more."""
    return _html(_search(tree, url, fast=True, strict=True)[0])


def scored(tree: HtmlElement) -> HtmlElement:
    """The body as browsers' reading views find it (Readability): by the paragraphs and commas in an element."""
    return try_readability(copy.deepcopy(tree))


def _search(tree: HtmlElement, url: str, *, fast: bool, strict: bool = False) -> tuple[_Element | None, int]:
    found = trafilatura.bare_extraction(
        tree, url=url, fast=fast, favor_precision=strict, include_comments=False
    )
    if not isinstance(found, trafilatura.metadata.Document):
        return None, 0
    return found.body, len(" ".join("".join(map(str, found.body.itertext())).split()))


def _html(body: _Element | None) -> _Element | None:
    """Trafilatura's tags (a dialect of TEI) as HTML's, in place."""
    if body is None:
        return None
    for element in body.iter("*"):
        tag = str(element.tag)
        if tag == "head":
            level = element.get("rend", "h3")
            element.tag = level if level in ("h1", "h2", "h3", "h4", "h5", "h6") else "h3"
        elif tag == "list":
            element.tag = "ol" if element.get("rend") == "ol" else "ul"
        elif tag == "cell":
            element.tag = "th" if element.get("role") == "head" else "td"
        elif tag == "code":
            element.tag = "pre" if _is_block(element) else "code"
        elif tag in _RENAMED:  # a broken page's own names may be ones that lxml does not let us write
            element.tag = _RENAMED[tag]
    return body


def _is_block(code: _Element) -> bool:
    parent = code.getparent()
    return parent is None or parent.tag in ("div", "blockquote") or "\n" in (code.text or "").strip()
