"""The lines above the headline, which are no part of the article: a wire may say there until when it is embargoed.

Read before the page is prepared for the body; ``revising.notices`` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

LINES = 4  #: the last ones above the headline
LINE = 300  #: characters of one; a longer one announces nothing
_PIECES = 300  #: elements and texts that are looked at, from the headline upwards

_CONTAINERS = frozenset({"main", "body"})
_ELSEWHERE = frozenset(
    "article aside button footer form iframe nav noscript ol script select style svg template ul".split()
)
_INLINE = frozenset("a abbr b bdi bdo cite em font i mark small span strong sub sup time u".split())


def above(heading: HtmlElement | None) -> str:
    """The last lines of its container before a heading, in their order; "" without a heading."""
    if heading is None:
        return ""
    pieces = list(islice(_upwards(heading), _PIECES))
    lines = (" ".join(line.split()) for line in "".join(reversed(pieces)).split("\n"))
    return "\n".join([line for line in lines if line and len(line) <= LINE][-LINES:])


def _upwards(heading: HtmlElement) -> Iterator[str]:
    """What stands before a heading within its container, the nearest first; "\\n" between blocks."""
    for element in (heading, *heading.iterancestors()):
        if element is not heading and (element.tag in _CONTAINERS or element.get("role") == "main"):
            return
        for sibling in element.itersiblings(preceding=True):
            yield from _backwards(sibling)
        parent = element.getparent()
        yield _flat(parent.text if parent is not None else None)
        yield "\n"


def _backwards(element: HtmlElement) -> Iterator[str]:
    """An element and the text behind it, the last piece first."""
    yield _flat(element.tail)
    if element.tag in _ELSEWHERE:
        yield "\n"
        return
    edge = "" if element.tag in _INLINE else "\n"
    yield edge
    for child in reversed(element):
        yield from _backwards(child)
    yield _flat(element.text)
    yield edge


def _flat(text: str | None) -> str:
    """A text on one line, no longer than tells that it is too long."""
    return " ".join((text or "")[: LINE + 2].splitlines())
