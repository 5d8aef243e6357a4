"""Lines that recur on the pages of one host: what is remembered of each page, and what follows from it.

Pure.  The keys of the lines of a host's last pages are a value that the store keeps; from them come the
lines that recur, which ``extract`` takes out where they are no part of the release (``extract.furniture``).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from crawler.model import NO_FRAME, Frame, Line

PAGES = 5
"""Pages of different texts before anything is said of a host's lines."""

SHARE = 0.5
"""Share of the remembered pages on which a recurring line stands."""

LEAST = 4
"""Pages on which it stands at the least."""

WINDOW = 20
"""Pages that are remembered: a host's frame changes, and old lines are forgotten."""

LINES = 80
"""Lines that are remembered of a page: of a longer one the first and the last, where frames are."""

SAME = 0.5
"""Share of a page's text that also stood on one earlier page, from which both are the same text."""

START = 80  #: characters by which a line is shown
_READ = 200  #: characters of a line by which it is known: no two lines begin so alike by chance
_KEY = 6  #: bytes
_SIGNS = ".,:;!?…|•·*#_-–—=+~<>«»‹›→/\\()[]{}\"'“”„‘’。：！？"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is remembered of a host."""

    pages: tuple[tuple[str, ...], ...] = ()  #: keys of the lines of each page, the oldest page first
    counts: Mapping[str, int] = field(
        default_factory=dict
    )  #: key of a recurring line → pages on which it stands
    texts: Mapping[str, str] = field(default_factory=dict)  #: … → how it begins


@lru_cache(maxsize=1024)  # a page's lines are asked for again and again while it is read
def key(line: str) -> str:
    """What a line is known by: its characters, whatever their case, spaces and end marks; "" for a line of signs."""
    letters = "".join(line[:_READ].split()).casefold().strip(_SIGNS)
    return (
        hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=_KEY).hexdigest() if letters else ""
    )


def lines(text: str) -> tuple[Line, ...]:
    """The lines of an article as they are remembered, each once."""
    found: dict[str, Line] = {}
    for line in text.split("\n"):
        if name := key(line):
            found.setdefault(name, Line(key=name, length=len(line), text=line[:START]))
    every = tuple(found.values())
    return every if len(every) <= LINES else every[: LINES // 2] + every[-LINES // 2 :]


def learned(known: Known, page: Sequence[Line]) -> Known:
    """What is known after one more page.

    A page with the text of an earlier one takes its place: the same release at another address, or
    fetched again, must not make its own lines furniture.
    """
    lengths = {line.key: line.length for line in page}
    same = SAME * sum(lengths.values())
    others = [earlier for earlier in known.pages if _common(earlier, lengths) <= same]
    pages = (*others, tuple(line.key for line in page))[-WINDOW:] if page else tuple(others)
    told = {line.key: line.text for line in page}
    counts = _recurring(pages)
    texts = {name: told.get(name) or known.texts.get(name, "") for name in counts}
    return Known(pages=pages, counts=counts, texts=texts)


def _common(earlier: Sequence[str], lengths: Mapping[str, int]) -> int:
    """Characters of a page whose lines also stood on an earlier one."""
    return sum(lengths[name] for name in lengths.keys() & earlier)


def frame(known: Known) -> Frame:
    """The lines that recur; none while too few pages are known."""
    return Frame(pages=len(known.pages), lines=known.counts) if known.pages else NO_FRAME


def _recurring(pages: Sequence[Sequence[str]]) -> dict[str, int]:
    if len(pages) < PAGES:
        return {}
    counts = Counter(chain.from_iterable(pages))
    least = max(LEAST, SHARE * len(pages))
    return dict(sorted((name, count) for name, count in counts.items() if count >= least))


def packed(pages: Iterable[Sequence[str]]) -> bytes:
    """Pages as few bytes: for each the number of its lines in one byte, then their keys."""
    return b"".join(bytes([len(page)]) + bytes.fromhex("".join(page)) for page in pages)


def unpacked(data: bytes) -> tuple[tuple[str, ...], ...]:
    """The pages that ``packed`` wrote."""
    pages: list[tuple[str, ...]] = []
    place = 0
    while place < len(data):
        end = place + 1 + data[place] * _KEY
        row = data[place + 1 : end].hex()
        pages.append(tuple(row[start : start + 2 * _KEY] for start in range(0, len(row), 2 * _KEY)))
        place = end
    return tuple(pages)
