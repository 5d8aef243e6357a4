"""Which text is the headline.

Rule: the heading that agrees best with what the metadata call the page, without the label before it;
else the metadata, without the site's name.  Metadata alone carry site names and search-engine titles;
the first ``<h1>`` alone is often the logo, or the end of a trail of links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from crawler import prose
from crawler.extract import naming
from crawler.extract.head import Head
from crawler.extract.naming import Name
from crawler.likeness import agreement, words

NEAR = 0.3  #: agreement with the metadata from which an <h1> is the headline
CLOSE = 0.6  #: the same for an <h2>, where no <h1> is
ENDS = 0.99  #: agreement of a heading that is a label and then the whole title
_LEAST = 3  #: words of a title that a heading may contain as its greater part

_ELSEWHERE = frozenset({"li", "nav", "aside", "footer"})
_TRAIL = re.compile(r"breadcrumb", re.IGNORECASE)
_LEVELS = 3  #: ancestors whose names may tell that a heading ends a trail of links
_PARTS = 20  #: elements in a heading that may be its label
_BAR = re.compile(r"\s[|•/]\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A headline and the rule that gave it."""

    text: str
    rule: str  #: "h1", "h2", "json-ld", "og:title", "twitter:title" or "title"
    heading: HtmlElement | None = None  #: where it stands in the page, in these words or others


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heading:
    element: HtmlElement
    text: str
    words: tuple[str, ...]
    near: float


def find(tree: HtmlElement, head: Head) -> Title | None:
    """The page's headline."""
    names = naming.names(head)
    heading = _nearest(tree, "h1", names, NEAR) or (_nearest(tree, "h2", names, CLOSE) if names else None)
    if heading is None:
        name = naming.commonest(names)
        return Title(text=name.text, rule=name.rule) if name else None
    name = naming.unanimous(names)
    if name and not _overlap(heading.words, name.words):
        return Title(text=name.text, rule=name.rule, heading=heading.element)
    text, tag = _unlabelled(heading, names), str(heading.element.tag)
    return Title(text=text, rule=tag, heading=heading.element)


def _nearest(tree: HtmlElement, tag: str, names: Sequence[Name], least: float) -> _Heading | None:
    """The heading of a level that is nearest to the metadata, the first of equals; none that is far."""
    placed = (element for element in tree.iter(tag) if _is_placed(element))
    found = (heading for element in placed for heading in _readings(element, names))
    best = max(found, key=lambda heading: heading.near, default=None)
    return best if best and best.near >= least else None


def _is_placed(element: HtmlElement) -> bool:
    """Does it stand where a headline can stand, not in a list, a menu or a trail of links?"""
    named = [element, *islice(element.iterancestors(), _LEVELS)]
    return not any(_TRAIL.search(f"{each.get('class')} {each.get('id')}") for each in named) and not any(
        ancestor.tag in _ELSEWHERE for ancestor in element.iterancestors()
    )


def _readings(element: HtmlElement, names: Sequence[Name]) -> Iterator[_Heading]:
    """A heading's text; where its lines are elements, no space stands between them."""
    whole = element.text_content()
    spaced = " ".join(element.itertext()) if len(element) else whole
    for text in dict.fromkeys((prose.clean(whole), prose.clean(spaced))):
        line = text[: naming.LIMIT]
        if own := tuple(words(line)):
            near = max((_nearness(own, name.words) for name in names), default=1.0)
            yield _Heading(element=element, text=line, words=own, near=near)


def _nearness(heading: Sequence[str], name: Sequence[str]) -> float:
    """Agreement; a heading that ends in the whole name has only a label before it."""
    ends = len(name) > _LEAST and heading[-len(name) :] == name
    return max(agreement(heading, name), ENDS if ends else 0.0)


def _overlap(heading: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Is one the other with something before or behind it, other than a label that the name has?"""
    length = len(name)
    return name in (heading[:length], heading[-length:]) or name[: len(heading)] == heading


def _unlabelled(heading: _Heading, names: Sequence[Name]) -> str:
    """The metadata's title where the heading is that and a label set apart: a rubric, a date, a byline."""
    own = heading.words
    parts = {
        tuple(words(part.text_content())) for part in islice(heading.element.iterdescendants("*"), _PARTS)
    }
    for name in names:
        length = len(name.words)
        before, behind = own[:-length], own[length:]
        # A label may be the longer one where it and the title are each an element of their own.
        least = _LEAST if parts >= {before, name.words} else max(_LEAST, len(own) // 2 + 1)
        if not least <= length < len(own):
            continue
        barred = len(bars := _BAR.split(heading.text)) > 1 and tuple(words(bars[-1])) == name.words
        if own[-length:] == name.words and (barred or parts & {before, name.words}):
            return name.text
        if own[:length] == name.words and parts & {behind, name.words}:
            return name.text
    return heading.text
