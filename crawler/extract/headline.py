"""Taking the headline out of the body."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.extract.block import Block
from crawler.extract.joint import Said
from crawler.extract.naming import without_tail
from crawler.likeness import alike

SAME = 0.85  #: agreement with the title from which a line of the body is the headline
VERBATIM = 0.9  #: the same for a line that is a sentence, and may be the first of the article
_LEADING = 4  #: lines of the body among which a headline is looked for
_BEGINS = 12  #: the same for a heading above which another reading has nothing
_LABEL = 100  #: characters of a line that can be a rubric, a date or a byline


def drop(blocks: list[Block], title: str | None) -> list[Block]:
    """Without the headline, when it is among the first lines, and without one line before it.

    That line is a rubric or a label; a long one, or more than one, is already the article.
    """
    lines = 0
    for place, block in enumerate(blocks):
        if lines >= _LEADING or not title:
            break
        if _repeats(block, title):
            kept = [
                other for other in blocks[:place] if lines > 1 or len(other.text) > _LABEL or not other.text
            ]
            return kept + blocks[place + 1 :]
        lines += bool(block.text) + block.text.count("\n")
    return blocks


def begin(blocks: Sequence[Block], title: str | None, other: Sequence[Block]) -> list[Block]:
    """Begin with the headline, where another reading of the page has nothing of what stands before it."""
    lines = 0
    for place, block in enumerate(blocks):
        if lines >= _BEGINS or not title:
            break
        if block.kind.startswith("h") and _repeats(block, title):
            there = Said(other)
            return list(blocks if any(map(there.block, blocks[:place])) else blocks[place:])
        lines += bool(block.text) + block.text.count("\n")
    return list(blocks)


def _repeats(block: Block, title: str) -> bool:
    """Is the block the headline again?  A sentence may say the same in other words."""
    # Behind the title of the whole page the site's name may still stand; a heading is one without it.
    names = (title, without_tail(title)) if block.kind.startswith("h") else (title,)
    likeness = max(alike(block.text, name) for name in names)
    said = block.kind == "p" and block.text.endswith((".", "。", "!", "?"))
    return "\n" not in block.text and likeness >= (VERBATIM if said else SAME)
