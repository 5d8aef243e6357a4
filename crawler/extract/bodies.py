"""The article's blocks: which reading of the page they come from, and what the other readings found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from lxml.etree import _Element
from lxml.html import HtmlElement

from crawler.extract import body, clean, container, fragment, headline, joint, marks, ruling, state, tree
from crawler.extract.block import Block
from crawler.extract.blocks import Reader
from crawler.extract.head import Head
from crawler.extract.marks import Marks
from crawler.model import Candidate, HostRule, Page

Effort = Literal["fast", "balanced", "best"]

LEVELS = 1
"""Elements around the article's in which lines of the site's may stand that were taken for the article's."""

TRAFILATURA, CONTAINER, EMBEDDED, RULE = "trafilatura", "container", "embedded state", "host rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """The blocks that were chosen, where they are from, and the readings that were not."""

    blocks: list[Block]
    source: str
    others: tuple[Candidate, ...] = ()
    marks: Marks  #: stand-ins that are now in the page's tree
    area: HtmlElement  #: the part of the page in which the article stands
    missed: bool = False  #: the host's rule found no body


def find(
    root: HtmlElement,
    markup: bytes,
    facts: Head,
    page: Page,
    effort: Effort,
    name: str | None,
    rule: HostRule | None,
) -> Bodies:
    """What the host's rule says, else what the page shows, else what its data hold; changes ``root`` for good."""
    data = state.sources(root)
    tree.strip_invisible(root)
    if rule and rule.body and (blocks := ruling.body(root, rule, facts.base)):
        return Bodies(blocks=blocks, source=RULE, marks={}, area=root)
    shown = replace(_shown(root, markup, facts, page, effort, name), missed=bool(rule and rule.body))
    if len(clean.plain(shown.blocks)) < state.SHORT and (told := state.find(data, name)):
        inner = fragment.read(told, facts.base)
        if len(clean.plain(inner)) >= state.LEAST:
            lost = _lost(shown.source, shown.blocks, "the page shows next to no text")
            return replace(shown, blocks=inner, source=EMBEDDED, others=lost)
    return shown


def _shown(
    root: HtmlElement, markup: bytes, facts: Head, page: Page, effort: Effort, name: str | None
) -> Bodies:
    """What the page shows; two readings of it are compared."""
    bounded = tree.is_large(markup)
    shape = None if bounded else container.find(root)
    inner = [] if shape is None else Reader(base=facts.base, without=shape.furniture).read(shape.element)
    places = marks.place(root, markup)

    def read(found: _Element | None) -> list[Block]:
        return [] if found is None else Reader(base=facts.base, marks=places).read(found)

    blocks = read(body.find(root, page.final_url, thorough=effort != "fast" and not bounded))
    agreed = joint.alike(blocks, inner) if inner else 0.0
    if agreed < joint.ALIKE:
        return _one_of(root, blocks, inner, effort, places)
    lost = _lost(CONTAINER, inner, f"agrees by {agreed:.2f}; its headings and lists were put back")
    blocks = headline.begin(joint.without_tail(blocks, inner, lambda: read(body.scored(root))), name, inner)
    joined = joint.with_structure(blocks, inner)
    if effort == "best":
        joined = joint.without_head(joined, (inner, read(body.strict(root, page.final_url))))
    area = root if shape is None else _around(shape.element)
    return Bodies(blocks=joined, source=TRAFILATURA, others=lost, marks=places, area=area)


def _around(element: HtmlElement) -> HtmlElement:
    """The article's element and what stands beside it: ``LEVELS`` up, the whole page at most."""
    for parent in islice(element.iterancestors(), LEVELS):
        if parent.tag == "html":
            break
        element = parent
    return element


def _one_of(
    root: HtmlElement, blocks: list[Block], inner: list[Block], effort: Effort, places: Marks
) -> Bodies:
    """Two readings that are of different articles: one of them is believed."""
    note = ""
    if joint.is_lump(blocks, inner):
        note = "it is the other's text and more in one block"
    elif effort == "fast" and inner and joint.is_far_longer(inner, blocks):
        note = "the other is far longer"
    if note:
        lost = _lost(TRAFILATURA, blocks, note)
        return Bodies(blocks=inner, source=CONTAINER, others=lost, marks=places, area=root)
    lost = _lost(CONTAINER, inner, "found another part of the page")
    return Bodies(blocks=blocks, source=TRAFILATURA, others=lost, marks=places, area=root)


def _lost(source: str, blocks: Sequence[Block], note: str) -> tuple[Candidate, ...]:
    length = len(clean.plain(blocks))
    return (Candidate(source=f"page.{source}", value=f"{length} characters", note=note),) if length else ()
