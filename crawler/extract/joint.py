"""What two readings of one page say together: the tail that only one has goes, lost structure returns.

One reading goes by what elements are called, the other by where the page's prose stands, so what both
keep is hardly ever furniture.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from crawler import prose
from crawler.extract.block import Block

ALIKE = 0.5
"""Share of their text that two readings must have in common to be readings of the same article."""

FAR = 4.8
"""Times the other's length from which a reading is believed against it."""

SAME = 0.9
"""Share of a reading's text from which another holds all of it."""

PARAGRAPH = 300
"""Characters of a tail that a third reading must keep for the tail to stay."""

_CLOSING = 0.5  #: share of the text behind which a release may close

_LEAST = 3  #: blocks of a reading that has structure
_PART = 15  #: characters from which a line counts as said where it is a part of another
_SEARCHED = 500_000  #: characters up to which lines are looked for as parts of others
_STRUCTURE = frozenset({"h2", "h3", "h4", "h5", "h6", "ul", "ol"})
_NO_LETTER = re.compile(r"[\W_]+")


class Said:
    """The lines of a reading, without regard to case, spaces and punctuation."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        keys = [key for block in blocks for key in _keys(block)]
        self.lines = frozenset(keys)
        self.length = sum(map(len, keys))
        self.text = "|".join(keys) if self.length < _SEARCHED else ""

    def line(self, key: str) -> bool:
        """Is this line there, whole or as a part of another?"""
        return key in self.lines or (len(key) > _PART and key in self.text)

    def block(self, block: Block) -> bool:
        """Are most of a block's lines there?"""
        keys = _keys(block)
        return bool(keys) and 2 * sum(map(self.line, keys)) > len(keys)


def _keys(block: Block) -> list[str]:
    return [key for line in block.text.split("\n") if (key := _NO_LETTER.sub("", line).casefold())]


def alike(one: Sequence[Block], other: Sequence[Block]) -> float:
    """Share of their text that two readings have in common, 0.0 to 1.0."""
    there = Said(other)
    lengths = [len(key) for block in one for key in _keys(block) if there.line(key)]
    return 2 * sum(lengths) / (Said(one).length + there.length + 1)


def is_far_longer(one: Sequence[Block], other: Sequence[Block]) -> bool:
    """Has one reading so much more text that the other has missed the article?"""
    lengths = [sum(len(block.text) for block in blocks) for blocks in (one, other)]
    return lengths[0] > FAR * lengths[1]


def is_lump(one: Sequence[Block], other: Sequence[Block]) -> bool:
    """Is one reading a single block in which all of the other's blocks stand, run together?"""
    if _texts(one) != 1 or _texts(other) < _LEAST:
        return False
    there, keys = Said(one), [key for block in other for key in _keys(block)]
    return 0 < SAME * sum(map(len, keys)) <= sum(len(key) for key in keys if there.line(key))


def without_tail(
    blocks: Sequence[Block], other: Sequence[Block], third: Callable[[], Sequence[Block]]
) -> list[Block]:
    """Cut what follows the last block that the other reading has too.

    Two against one: a tail of ``PARAGRAPH`` characters and more stays if a third reading has as much of it.
    And what closes a release stays: it often stands apart from its text.  A reading that is but one
    paragraph does not tell where an article ends.
    """
    there = Said(other)
    last = max((place for place, block in enumerate(blocks) if there.block(block)), default=len(blocks))
    tail = [block for block in blocks[last + 1 :] if block.text]
    if not tail or _texts(other) < 2 or _closes(blocks):
        return list(blocks)
    if _length(tail) >= PARAGRAPH:
        kept = Said(third())
        if _length(block for block in tail if kept.block(block)) >= PARAGRAPH:
            return list(blocks)
    return list(blocks[: last + 1])


def _texts(blocks: Iterable[Block]) -> int:
    return sum(bool(block.text) for block in blocks)


def _length(blocks: Iterable[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _closes(blocks: Sequence[Block]) -> bool:
    """Does the article end as releases do: who we are, contacts, disclaimers?"""
    total, before = _length(blocks), 0
    for block in blocks:
        if before > _CLOSING * total and prose.starts_tail(block.text):
            return True
        before += len(block.text)
    return False


def without_head(blocks: Sequence[Block], others: Sequence[Sequence[Block]]) -> list[Block]:
    """Drop what precedes the first block that all other readings have, if none of them has it."""
    there = [Said(other) for other in others]
    first = next((place for place, block in enumerate(blocks) if there[0].block(block)), 0)
    head = [block for block in blocks[:first] if not block.text or any(said.block(block) for said in there)]
    return head + list(blocks[first:])


def with_structure(blocks: Sequence[Block], other: Sequence[Block]) -> list[Block]:
    """Put back the headings and lists that the other reading has between two neighbouring blocks."""
    said = Said(blocks)
    places: dict[tuple[str, ...], list[int]] = {}
    for place, block in enumerate(blocks):
        if block.text:
            places.setdefault(tuple(_keys(block)), []).append(place)
    following = dict(pairwise(place for place, block in enumerate(blocks) if block.text))
    lost: dict[int, list[Block]] = {}
    before, waiting = -1, list[Block]()
    for block in other:
        keys = _keys(block)
        found = places.get(tuple(keys)) if block.text else None
        if found:  # of blocks that say the same the next one
            place = found[bisect_right(found, before) % len(found)]
            if waiting and following.get(before) == place:
                lost[before] = waiting
            before, waiting = place, []
        elif block.kind in _STRUCTURE and not any(map(said.line, keys)):
            waiting.append(block)
    return [each for place, block in enumerate(blocks) for each in (block, *lost.get(place, ()))]
