"""What a person wrote about one host's pages (``[[hosts]]``), done to a page of it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler import prose
from crawler.extract import clean
from crawler.extract.block import Block
from crawler.extract.blocks import Reader
from crawler.model import HostRule, Selector

LEAST = 40
"""Characters of text from which a rule's body is one."""

_ELEMENTS = 200  #: that one selector may take out
_SHAPED = frozenset("ul ol menu table blockquote pre h1 h2 h3 h4 h5 h6".split())
"""Elements that are more than what stands in them."""


@lru_cache(maxsize=1000)
def _compiled(xpath: str) -> XPath:
    return XPath(xpath, smart_strings=False)


def _found(root: HtmlElement, selector: Selector) -> list[HtmlElement]:
    return cast("list[HtmlElement]", cast("Any", _compiled(selector.xpath)(root)))[:_ELEMENTS]


def remove(root: HtmlElement, rule: HostRule) -> tuple[str, ...]:
    """Take the rule's elements out of the page, in place; which selectors found some."""
    won: list[str] = []
    for selector in rule.remove:
        found = [element for element in _found(root, selector) if element.getparent() is not None]
        for element in found:
            element.drop_tree()
        if found:
            won.append(f"remove: {selector.css}")
    return tuple(won)


def title(root: HtmlElement, rule: HostRule) -> str:
    """The headline; "" where the rule has none or finds none."""
    found = _found(root, rule.title) if rule.title else []
    return next((line for element in found if (line := prose.clean(element.text_content()))), "")


def body(root: HtmlElement, rule: HostRule, base: str) -> list[Block]:
    """The article in the rule's elements, none twice; nothing where they hold no text to speak of."""
    found = _found(root, rule.body) if rule.body else []
    outer = [element for element in found if not any(other in found for other in element.iterancestors())]
    reader = Reader(base=base, drop_share=True)
    blocks = [block for element in outer for block in reader.read(_holding(element))]
    return blocks if len(clean.plain(blocks)) >= LEAST else []


def _holding(element: HtmlElement) -> HtmlElement:
    """An element in which a list, a table or the like is read as one; any other as it is."""
    if element.tag not in _SHAPED:
        return element
    holder = cast("HtmlElement", element.makeelement("div"))
    holder.append(copy.deepcopy(element))
    holder[0].tail = None
    return holder


def cut(blocks: Sequence[Block], rule: HostRule) -> tuple[list[Block], tuple[str, ...]]:
    """The article up to the first line that the rule calls its end, which is never its first."""
    told = 0
    for place, block in enumerate(blocks):
        end = next((start for start in rule.cut_at if told and block.text.startswith(start)), None)
        if end:
            return list(blocks[:place]), (f"cut_at: {end}",)
        told += bool(block.text)
    return list(blocks), ()
