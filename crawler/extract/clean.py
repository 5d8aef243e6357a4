"""Blocks → the body as it is archived: sanitised, inert for Hugo, on one line."""

from __future__ import annotations

import re
from collections.abc import Iterable

import nh3

from crawler.extract.block import Block
from crawler.extract.links import SCHEMES

TAGS = frozenset(
    "p h2 h3 h4 h5 h6 ul ol li table thead tbody tr th td blockquote pre figure img "
    "a strong em code br sub sup".split()
)
"""All that a body may consist of."""

_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}, "img": {"src", "alt"}},
    url_schemes=set(SCHEMES),
    link_rel=None,
    strip_comments=True,
)
_SHORTCODE = re.compile(r"\{\{(?=[<%]|&lt;)")  #: Hugo runs these wherever they stand in a file
#: Looked for at the beginning of a run of space only: a megabyte of spaces is looked at once.
_LINES = re.compile(r"(?<!\s)\s*[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]\s*")


def markup(blocks: Iterable[Block]) -> str:
    """The blocks' HTML.  Whatever the blocks' maker let through, nothing active leaves here."""
    cleaned = _CLEANER.clean("".join(block.html for block in blocks))
    return _SHORTCODE.sub("&#123;&#123;", _LINES.sub(" ", cleaned))


def plain(blocks: Iterable[Block]) -> str:
    """The blocks' plain text, one line for every paragraph, item or row."""
    return "\n".join(block.text for block in blocks if block.text)
