"""The article by the shape of the page alone: the element in which most of its prose stands.

A second opinion beside trafilatura's, from other evidence (where the text is, hardly what its elements
are called) and at a fifth of the cost.  ``body`` compares the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

PROSE = 40
"""Characters of its own from which a block is prose."""

MOST = 0.75
"""Share of an element's prose that one child must hold for the child to be the container."""

LARGE = 0.3
"""Share of the page's prose from which a part is the article, whatever it is called."""

DENSE = 0.5
"""Share of linked text above which a list or paragraph only leads elsewhere."""

_ASIDE = frozenset(
    "script style noscript template nav aside footer button select figcaption dialog input label".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike "
    "strong sub sup time tt u var wbr br img".split()
)
_FURNITURE = re.compile(
    r"comment|related|side-?bar|shar(?:e|ing)|social|newsletter|promo|footer|subscribe\b|subscription|recommend"
    r"|breadcrumb|byline|author|cookie|consent|modal|popup|\bad[sv]?\b|advert|sponsor|most-?read|read-?more|more-?on"
    r"|also-?like|trending|popular|teaser|\btags?\b|tag-?list|caption|credit|widget|outbrain|taboola|paywall|banner"
    r"|navigation|nav-?bar|menu|toolbar|(?<!-)\bhidden\b(?!-)|sr-only|screen-reader|disqus|pagination|rating"
    r"|sign-?up|log-?in|timestamp|\btoc\b|table-of-contents",
    re.IGNORECASE,
)
_WHOLE = frozenset({"html", "body", "main", "article"})
_LISTED = frozenset({"ul", "ol", "p", "div", "section", "dl", "h2", "h3", "h4", "h5"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The element around the article, and the elements in it that are no part of it."""

    element: HtmlElement
    furniture: frozenset[HtmlElement]


@dataclass(slots=True, eq=False)
class _Part:
    """An element, and how many characters stand in it itself and below it."""

    element: HtmlElement
    parent: _Part | None
    block: _Part | None = None  #: what an inline element's text belongs to; None: itself
    linked: bool = False
    own: int = 0
    own_links: int = 0
    prose: int = 0  #: of the blocks that are prose, here and below
    text: int = 0
    links: int = 0


def find(tree: HtmlElement) -> Container | None:
    """The element around the article; None in a page without prose.  ``tree`` stays as it is."""
    body = tree.find("body")
    parts = _parts(tree if body is None else body)
    _sum(parts)
    total = parts[0].prose
    if not total:
        return None
    furniture = [part for part in parts if _is_furniture(part, total)]
    _discount(furniture)
    chosen = _narrowed(parts)
    aside = {part.element for part in furniture} | {part.element for part in parts if _leads_elsewhere(part)}
    return Container(element=chosen.element, furniture=frozenset(aside))


def _parts(root: HtmlElement) -> list[_Part]:
    """All elements in the document's order, with the text that is their own."""
    first = _Part(root, None)
    known = {root: first}
    _count(first, first.block, root.text)
    for element in root.iterdescendants("*"):
        parent = known[element.getparent()]
        part = known[element] = _Part(element, parent)
        if element.tag in _INLINE:
            part.block = parent.block or parent
            part.linked = parent.linked or element.tag == "a"
        _count(part, part.block, element.text)
        _count(parent, parent.block, element.tail)
    return list(known.values())


def _count(part: _Part, block: _Part | None, text: str | None) -> None:
    if text and (length := len(text.strip())):
        block = block or part
        block.own += length
        block.own_links += length if part.linked else 0


def _sum(parts: list[_Part]) -> None:
    """From the leaves upwards; what stands aside holds no prose, unless it holds the page."""
    whole = sum(part.own for part in parts)
    for part in reversed(parts):
        part.text += part.own
        part.links += part.own_links
        if part.own >= PROSE and part.own_links <= part.own * DENSE:
            part.prose += part.own
        if part.element.tag in _ASIDE and part.text < LARGE * whole:
            part.prose = 0
        if part.parent:
            part.parent.prose += part.prose
            part.parent.text += part.text
            part.parent.links += part.links


def _is_furniture(part: _Part, total: int) -> bool:
    element = part.element
    if element.tag in _INLINE or element.tag in _WHOLE or part.prose >= LARGE * total:
        return False
    if element.tag in _ASIDE:
        return True
    return part.text > 0 and (_is_named_so(element.get("class")) or _is_named_so(element.get("id")))


@lru_cache(maxsize=4096)
def _is_named_so(names: str | None) -> bool:
    return bool(names and _FURNITURE.search(names))


def _discount(furniture: list[_Part]) -> None:
    """Take the furniture's prose from all around it, once."""
    inner = {part.element for part in furniture}
    for part in furniture:
        prose, part.prose = part.prose, 0
        above = part.parent
        while prose and above:
            above.prose -= prose
            above = None if above.element in inner else above.parent


def _narrowed(parts: list[_Part]) -> _Part:
    """From the root down, as long as one child holds most of what its parent holds."""
    heaviest: dict[HtmlElement, _Part] = {}
    for part in parts:
        if part.parent and part.element.tag not in _INLINE:
            best = heaviest.get(part.parent.element)
            if best is None or part.prose > best.prose:
                heaviest[part.parent.element] = part
    node = parts[0]
    while (child := heaviest.get(node.element)) and child.prose and child.prose >= MOST * node.prose:
        node = child
    return node


def _leads_elsewhere(part: _Part) -> bool:
    return not part.prose and part.text > 0 and part.links > DENSE * part.text and part.element.tag in _LISTED
