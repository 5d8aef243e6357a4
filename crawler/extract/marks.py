"""Carries links, emphasis, images and empty lines through trafilatura without changing what text it keeps.

Told to keep links, formatting and images, trafilatura decides differently about the text itself and
keeps more that is no article.  So it sees the page as if they were not wanted; but the first and last
letter of every marked-up run are replaced by stand-in letters, one for one, so that no length it
measures changes.  ``blocks`` finds the letters in what was kept and puts letter and markup back.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from lxml.etree import XPath, _Element, iterwalk
from lxml.html import HtmlElement

FIRST, LAST = 0x17000, 0x187F7
"""The stand-ins: Tangut ideographs, which count as letters everywhere; the script died out about 1500."""

_TANGUT = re.compile(rb"\xf0[\x97\x98]")
_REFERENCE = re.compile(rb"&#(?:x0*1[78][0-9a-f]{3}\b|0*(?:9[4-9]|100)\d{3}\b)", re.IGNORECASE)
MARK = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")
_TAGS = {
    "a": "a", "b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em",
    "sub": "sub", "sup": "sup", "kbd": "code", "samp": "code", "tt": "code",
}  # fmt: skip
#: Trafilatura drops lines that consist of nothing but these; with a stand-in they would stay.
_SHARE = re.compile(
    r"\W*(drucken|e-?mail|facebook|flipboard|google|instagram|linkedin|mail|pdf|pinterest|pocket|print|qq|reddit|"
    r"twitter|wechat|weibo|whatsapp|xing|mehr zum thema:?|more on this.{0,8})\W*",
    re.IGNORECASE,
)
_SHARE_LENGTH = 40
_TEXTS = XPath("descendant-or-self::text()[normalize-space()]")
_NEIGHBOURS = frozenset({"p", "h2", "h3", "h4", "ul", "ol", "blockquote", "table"})
_ASIDE = ("nav", "header", "footer", "aside", "button")
_ENDS = frozenset({"body", "html", *_ASIDE})
_CLIMB = 4  #: levels between an image and the paragraph beside it: img, a, picture, figure


@dataclass(slots=True)
class Mark:
    """What stands behind a stand-in letter."""

    letter: str
    opens: list[HtmlElement] = field(default_factory=list)  #: the outermost first
    closes: list[HtmlElement] = field(default_factory=list)  #: the innermost first
    before: list[HtmlElement] = field(default_factory=list)  #: images before the letter
    after: list[HtmlElement] = field(default_factory=list)  #: images after it
    begins: bool = False  #: two line breaks before it: a paragraph begins


Marks = dict[str, Mark]


def place(tree: HtmlElement, markup: bytes) -> Marks:
    """Put stand-ins into ``tree``, in place; none into a page that itself writes in their script."""
    marks: Marks = {}
    if _TANGUT.search(markup) or _REFERENCE.search(markup):
        return marks
    letters = map(chr, range(FIRST, LAST + 1))
    for element in _candidates(tree):
        # Characters that XML forbids can come from references such as &#1;: lxml refuses to write them.
        with contextlib.suppress(StopIteration, ValueError):
            if element.tag == "img":
                _anchor(element, marks, letters)
            elif element.tag == "br":
                _begin(element, marks, letters)
            else:
                _wrap(element, marks, letters)
    return marks


def restore(text: str, marks: Marks) -> str:
    """The text with its own letters."""
    return MARK.sub(lambda match: marks[match[0]].letter, text)


def _candidates(tree: HtmlElement) -> list[HtmlElement]:
    """Marked-up elements that can be part of an article, in the document's order."""
    found: list[HtmlElement] = []
    walk = iterwalk(tree, events=("start",), tag=(*_TAGS, "img", "br", *_ASIDE))
    for _, element in walk:
        if element.tag in _ASIDE:
            walk.skip_subtree()
        else:
            found.append(element)
    return found


def tag_of(element: HtmlElement) -> str:
    """The clean tag of a marked element."""
    return _TAGS[str(element.tag)]


def _texts(element: _Element) -> list[Any]:
    """The text nodes below ``element`` that have visible letters, in order."""
    return [text for text in cast("list[Any]", _TEXTS(element)) if not text.isspace()]


def _wrap(element: HtmlElement, marks: Marks, letters: Iterator[str]) -> None:
    if element.tag == "a" and not element.get("href"):
        return
    if len(element) == 0:
        texts, text = None, element.text or ""
    else:
        texts = _texts(element)
        text = "".join(texts)
    if not text or text.isspace() or (len(text) < _SHARE_LENGTH and _SHARE.fullmatch(text)):
        return
    if texts is None:
        first, last = (
            _mark(element, False, False, marks, letters),
            _mark(element, False, True, marks, letters),
        )
    else:
        first, last = _mark_text(texts[0], False, marks, letters), _mark_text(texts[-1], True, marks, letters)
    first.opens.append(element)
    last.closes.insert(0, element)


def _begin(first: HtmlElement, marks: Marks, letters: Iterator[str]) -> None:
    """Two line breaks end a paragraph; trafilatura makes one of them."""
    second = first.getnext()
    if second is None or second.tag != "br" or (first.tail and not first.tail.isspace()):
        return
    if second.tail and not second.tail.isspace():
        _mark(second, True, False, marks, letters).begins = True
    elif (following := second.getnext()) is not None and (texts := _texts(following)):
        _mark_text(texts[0], False, marks, letters).begins = True


def _anchor(image: HtmlElement, marks: Marks, letters: Iterator[str]) -> None:
    """Tie an image to the text beside it: it is kept if, and where, that text is kept."""
    node: _Element = image
    for _ in range(_CLIMB):
        parent = node.getparent()
        if parent is None or parent.tag in _ENDS:
            return
        for block, last in ((parent, True), (node.getprevious(), True), (node.getnext(), False)):
            if block is not None and block.tag in _NEIGHBOURS and (texts := _texts(block)):
                mark = _mark_text(texts[-1 if last else 0], last, marks, letters)
                (mark.after if last else mark.before).append(image)
                return
        node = parent


def _mark_text(text: Any, last: bool, marks: Marks, letters: Iterator[str]) -> Mark:
    """A mark in a text node that XPath found; it may have been written to since."""
    return _mark(text.getparent(), text.is_tail, last, marks, letters)


def _mark(element: _Element, is_tail: bool, last: bool, marks: Marks, letters: Iterator[str]) -> Mark:
    """The mark at the first or last visible letter of an element's text or tail, new or already there."""
    text = (element.tail if is_tail else element.text) or ""
    place = len(text.rstrip()) - 1 if last else len(text) - len(text.lstrip())
    letter = text[place]
    if letter in marks:
        return marks[letter]
    stand_in = next(letters)
    text = f"{text[:place]}{stand_in}{text[place + 1 :]}"
    if is_tail:
        element.tail = text
    else:
        element.text = text
    mark = marks[stand_in] = Mark(letter)
    return mark
