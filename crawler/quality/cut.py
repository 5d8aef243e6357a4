"""Is a page only the beginning of its article?  Used by ``quality``."""

from __future__ import annotations

import re

from crawler import prose
from crawler.likeness import words
from crawler.quality.signs import STUB

_TAIL = 4096  #: bytes at the end of a document that are read
_LONGER = 1.5  #: times the page's words, from which the feed carries more of the article than the page
_MARGIN = 25  #: … and so many words more
_WITHIN = 0.9  #: share of the page's words that stand in the feed's text, if it is the same article
_CLOSED = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_OPEN = re.compile(rb"<(html|body|article|main)[\s>]", re.IGNORECASE)
_ENDED = re.compile(rb"</(article|main)\s*>", re.IGNORECASE)


def is_cut_off(document: bytes) -> bool:
    """Whether HTML ends in the middle: within a tag or its text, with nothing of the page closed.

    The transfer may look whole all the same: a body without a length ends when the connection does.
    """
    if _CLOSED.search(document[-_TAIL:].replace(b"\0", b"")):  # UTF-16 is read as far as it is ASCII
        return False
    plain = document.replace(b"\0", b"").rstrip()
    if _CLOSED.search(plain):  # scripts and comments behind it are many
        return False
    opened = {name.lower() for name in _OPEN.findall(plain)}
    if not plain.endswith(b">"):
        return bool(opened)
    ended = {name.lower() for name in _ENDED.findall(plain)}
    return bool((opened & {b"article", b"main"}) - ended)


def is_teaser(text: str) -> bool:
    """Whether a short text breaks off: an ellipsis or "read more" at its end.

    Not one that ends in several lines of closing matter: teasers have none, and "About …" may say so too.
    """
    if len(text) > STUB or not prose.breaks_off(text):
        return False
    lines = text.split("\n")
    closing = next((place for place in range(1, len(lines) - 1) if prose.starts_tail(lines[place])), 0)
    return not closing or prose.is_cut("\n".join(lines[:closing]))


def is_beginning(text: str, announced: str) -> bool:
    """Whether the feed itself carries this text and much more behind it."""
    if len(announced) <= len(text):
        return False
    mine, theirs = words(text), words(announced)
    if len(theirs) <= _LONGER * len(mine) + _MARGIN:
        return False
    there = set(theirs)
    return sum(word in there for word in mine) >= _WITHIN * len(mine)
