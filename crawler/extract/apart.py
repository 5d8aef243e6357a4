"""Which lines of an article stand in elements of their own, apart from the rest of its text.

What a site's template adds to every page it marks as such, if only for its style sheet: with a class, an
id, or an element around it.  What a company writes into each of its releases stands among the release's
own paragraphs and looks like them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from lxml.html import HtmlElement

from crawler import frames
from crawler.extract.block import Block
from crawler.extract.marks import Marks, restore

_START = 12  #: characters by which a line's element is looked for
_SEEN = 60  #: characters of an element's text in which that must begin
_PIECES = 6  #: pieces of text from which it is made up where the first is shorter
Look = tuple[str, str]  #: tag and class
_INLINE = frozenset(
    "a abbr b bdi bdo big cite code em font i ins kbd mark q s samp small span strike strong sub sup time tt u".split()
)
#: What templates call a place for a release's own closing matter.
_RELEASE = re.compile(
    r"boiler|about|company|corporate|contact|disclaim|legal|safe-?harbo|forward-?look|editors?-?note",
    re.IGNORECASE,
)
_SIDE = frozenset({"aside", "nav", "footer", "header", "form"})


def find(area: HtmlElement, marks: Marks, own: Sequence[Block], blocks: Sequence[Block]) -> frozenset[str]:
    """The keys of those lines of ``blocks`` that stand apart from the text of ``own`` wherever they
    stand in ``area``.

    A line whose element is not found does not stand apart.
    """
    wanted = {name: _start(line) for line, name in _lines(blocks)}
    texts = {_start(line) for line, _ in _lines(own)}
    starts = frozenset(wanted.values())
    owned: dict[HtmlElement, set[Look]] = {}
    places: dict[str, list[HtmlElement]] = {}
    names: dict[HtmlElement, str] = {}
    for element, start in _starting(area, marks, texts | starts):
        if start in texts:
            _own(element, area, owned)
        if start in starts and element not in names:  # a block may have many inline elements
            names[element] = name = _key(element, marks)
            if name in wanted:
                places.setdefault(name, []).append(element)
    return frozenset(
        name for name, found in places.items() if all(_is_apart(element, owned) for element in found)
    )


def _lines(blocks: Iterable[Block]) -> Iterator[tuple[str, str]]:
    return ((line, name) for block in blocks for line in block.text.split("\n") if (name := frames.key(line)))


def _start(text: str) -> str:
    return "".join(text[: 2 * _START].split())[:_START]


def _starting(area: HtmlElement, marks: Marks, starts: set[str]) -> Iterator[tuple[HtmlElement, str]]:
    """The blocks that begin, themselves or with an inline element in them, with one of ``starts``, and with which."""
    first = {start[:2] for start in starts}
    for element in area.iter("*"):
        text = element.text
        if not text or not (text := text[:_SEEN].lstrip()):
            continue
        two = text[:2] if not text[1:2].isspace() else "".join(text.split())[:2]
        if len(two) == 2 and two not in first and two[0] not in marks and two[1] not in marks:
            continue
        start, block = _start(restore(text, marks) if marks else text), _block(element)
        if len(start) < _START:  # the line goes on behind a link, or in the next element
            start = _start(_text(block, marks, pieces=_PIECES))
        if start in starts:
            yield block, start


def _block(element: HtmlElement) -> HtmlElement:
    while element.tag in _INLINE and (parent := element.getparent()) is not None:
        element = parent
    return element


def _text(element: HtmlElement, marks: Marks, *, pieces: int | None = None) -> str:
    text = "".join(map(str, islice(element.itertext(), pieces)))
    return " ".join((restore(text, marks) if marks else text).split())


def _key(element: HtmlElement, marks: Marks) -> str:
    return frames.key(_text(element, marks))


def _look(element: HtmlElement) -> Look:
    return str(element.tag), element.get("class") or ""


def _own(element: HtmlElement, area: HtmlElement, owned: dict[HtmlElement, set[Look]]) -> None:
    """Note at each element around one of the release's own how its children with such text look."""
    owned.setdefault(element, set())
    while element is not area and (parent := element.getparent()) is not None:
        known = parent in owned
        owned.setdefault(parent, set()).add(_look(element))
        if known:
            return
        element = parent


def _is_apart(element: HtmlElement, owned: dict[HtmlElement, set[Look]]) -> bool:
    """Is there, on the way up to the first element with the release's own text in it, one that a template made?"""
    child, marked = element, False
    while child not in owned:
        named = f"{child.get('class') or ''} {child.get('id') or ''}"
        if _RELEASE.search(named):
            return False
        marked = marked or not named.isspace() or child.tag in _SIDE
        parent = child.getparent()
        if parent is None:
            return False
        if parent in owned:
            return marked and _look(child) not in owned[parent]
        child = parent
    return False
