"""Lines that recur on the pages of one host: learned page by page, taken out of later articles.

Pure: the counts of a host are a value that goes in and comes out, for the store to keep.  What was taken
out is returned with its reason, so that provenance can show it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crawler import prose
from crawler.extract.block import Block

PAGES = 5
"""Pages of a host before anything is said of its lines."""

SHARE = 0.5
"""Share of a host's pages on which furniture stands."""

MEMORY = 200
"""Pages after which counts are halved: a host's frame changes, and old lines are forgotten."""

LINES = 2_000
"""Lines that are remembered of a host; the rarest are forgotten first."""

_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is known of a host's pages."""

    pages: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)  #: key of a line → pages on which it stood


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A line that was taken out of an article, and why."""

    text: str
    reason: str


def key(line: str) -> str:
    """What a line is counted by: its letters, whatever their case and whatever stands between them."""
    letters = _NO_LETTER.sub("", line).casefold()
    return hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).hexdigest() if letters else ""


def learned(frame: Frame, lines: Iterable[str]) -> Frame:
    """The frame after one more page; a line counts once a page, however often it stands there."""
    counts = dict(frame.counts)
    for found in {key(line) for line in lines} - {""}:
        counts[found] = counts.get(found, 0) + 1
    pages = frame.pages + 1
    if pages >= MEMORY:
        pages, counts = pages // 2, {line: count // 2 for line, count in counts.items() if count > 1}
    kept = sorted(counts, key=counts.__getitem__, reverse=True)[:LINES]
    return Frame(pages=pages, counts={line: counts[line] for line in kept})


def recurring(frame: Frame) -> frozenset[str]:
    """The keys of the lines that stand on most pages; none while too few pages are known."""
    if frame.pages < PAGES:
        return frozenset()
    return frozenset(line for line, count in frame.counts.items() if count >= SHARE * frame.pages)


def without(blocks: Sequence[Block], frame: Frame) -> tuple[list[Block], tuple[Removed, ...]]:
    """The article without its host's furniture, and what was taken out.

    A release's closing matter recurs too, as it describes the same company; from its beginning on
    nothing is taken out, and never the whole article.
    """
    known = recurring(frame)
    kept: list[Block] = []
    removed: list[Removed] = []
    closing = False
    for block in blocks:
        closing = closing or (bool(block.text) and prose.starts_tail(block.text))
        if closing or not _is_known(block, known):
            kept.append(block)
        else:
            removed.append(Removed(text=block.text, reason=_reason(block, frame)))
    if not any(block.text for block in kept):
        return list(blocks), ()
    return kept, tuple(removed)


def _is_known(block: Block, known: frozenset[str]) -> bool:
    """Are all lines of a block furniture?"""
    keys = [found for line in block.text.split("\n") if (found := key(line))]
    return bool(keys) and known.issuperset(keys)


def _reason(block: Block, frame: Frame) -> str:
    count = min(frame.counts[found] for line in block.text.split("\n") if (found := key(line)))
    return f"stands on {count} of {frame.pages} pages of this host"
