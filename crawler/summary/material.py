"""Which sentences of an article may be shown: whole ones, from its lead to its closing matter.

Used by ``summary``, which ranks them and picks.
"""

from __future__ import annotations

from collections.abc import Iterator

from crawler import prose
from crawler.prose.asides import strip_asides
from crawler.prose.dateline import strip_dateline
from crawler.summary.segments import sentences

RANKED = 14  #: sentences that are weighed
_HEADS = 5  #: blocks among which the dateline is looked for: before it stand subtitles
_TOLD = 40  #: characters that stand behind a dateline, if it is one


def candidates(text: str, language: str | None) -> list[str]:
    """Whole sentences of the article's top, datelines taken off, none said twice."""
    found: dict[str, None] = {}
    for block in _led(list(_blocks(text))):
        for sentence in sentences(block, language):
            if found and prose.starts_tail(sentence):
                return list(found)
            told = strip_asides(sentence)
            if prose.is_whole(told):
                found[told] = None
            if len(found) == RANKED:
                return list(found)
    return list(found)


def _blocks(text: str) -> Iterator[str]:
    """The cleaned lines before the release's closing matter."""
    for number, line in enumerate(text.splitlines()):
        block = prose.clean(line)
        if number and prose.starts_tail(block):
            return
        if block:
            yield block


def _led(blocks: list[str]) -> list[str]:
    """The blocks without datelines; the one that had one comes first, for what stood before it is no lead."""
    told = [strip_dateline(block) for block in blocks]
    for place in range(1, min(_HEADS, len(blocks))):
        if told[place] != blocks[place] and len(told[place]) >= _TOLD and told[0] == blocks[0]:
            return told[place:] + told[:place]
    return told
