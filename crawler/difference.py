"""What differs between two files of one article: which fields, how much of the text, line by line.

Used by ``reextracting`` to show what would change before it is changed, and by ``revising`` to tell how much
did; ``app/comparing`` shows it word by word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from difflib import SequenceMatcher, unified_diff
from html import unescape

from crawler.document import Document
from crawler.model import Difference, DiffLine

LONGEST = 2000  #: lines that are compared one by one; comparing takes more than linear time
MOST_PAIRS = 250_000  #: of words of two lines, beyond which they are not compared word by word
CONTEXT = 1  #: lines shown around what differs

_KEYS = tuple(field.name for field in fields(Document))
_BLOCK = re.compile(
    r"</?(?:address|article|aside|blockquote|br|caption|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr"
    r"|li|main|nav|ol|p|pre|section|table|tbody|tfoot|thead|tr|ul)(?=[\s/>])",
    re.IGNORECASE,
)
_BLOCK_TAG = re.compile(rf"""{_BLOCK.pattern}(?:[^<>"]|"[^"]*")*>""", re.IGNORECASE | re.ASCII)
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_TAG = re.compile(r"""</?[a-zA-Z](?:[^<>"]|"[^"]*")*>""")
_Pair = tuple[Sequence[str], Sequence[str]]


def between(before: Document, after: Document, *, lines: bool = False) -> Difference:
    """Compare two documents; ``lines`` asks for the unified diff too.

    The diff is one of text; where two bodies differ and read the same, of markup.
    """
    changed = altered(before, after)
    texts = _text(before.body), _text(after.body)
    gone, come = _characters(texts)
    shown: tuple[str, ...] = ()
    if lines:
        same = "body" in changed and texts[0] == texts[1]
        bodies = texts if not same else (_markup(before.body), _markup(after.body))
        shown = tuple(_unified(_told(before, changed, bodies[0]), _told(after, changed, bodies[1])))
    return Difference(fields=changed, gone=gone, come=come, lines=shown)


def altered(before: Document, after: Document) -> tuple[str, ...]:
    """Which fields differ, in the file's order."""
    return tuple(name for name in _KEYS if getattr(before, name) != getattr(after, name))


def blocks(body: str) -> list[str]:
    """A body's text, one block a string."""
    return _text(body)


def worded(before: Document, after: Document) -> list[DiffLine]:
    """The unified diff of two documents, with the words that differ within altered lines."""
    lines = between(before, after, lines=True).lines
    shown: list[DiffLine] = []
    gone: list[str] = []
    come: list[str] = []
    for line in (*lines, "@"):  # what went and came stands together, between lines that stayed
        if line[:1] == "-":
            gone.append(line[1:])
        elif line[:1] == "+":
            come.append(line[1:])
        else:
            shown += _altered(gone, come)
            gone, come = [], []
            shown.append(DiffLine(mark="@" if line[:1] == "@" else " ", parts=((line[1:], False),)))
    return shown[:-1]


def _altered(gone: list[str], come: list[str]) -> list[DiffLine]:
    """A run of lines that went and those that came for them, paired in their order."""
    pairs = [_words(old, new) for old, new in zip(gone, come, strict=False)]
    left = [pair[0] for pair in pairs] + [((line, True),) for line in gone[len(pairs) :]]
    right = [pair[1] for pair in pairs] + [((line, True),) for line in come[len(pairs) :]]
    return [DiffLine(mark="-", parts=parts) for parts in left] + [
        DiffLine(mark="+", parts=parts) for parts in right
    ]


_Parts = tuple[tuple[str, bool], ...]


def _words(old: str, new: str) -> tuple[_Parts, _Parts]:
    """Two lines cut where they differ."""
    before, after = (_WORD.findall(line) for line in (old, new))
    start, end = _alike(before, after)
    rest = before[start : len(before) - end], after[start : len(after) - end]
    if len(rest[0]) * len(rest[1]) > MOST_PAIRS:
        codes: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(rest[0]), 0, len(rest[1]))]
    else:
        codes = SequenceMatcher(None, *rest, autojunk=False).get_opcodes()
    sides: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for side, words in enumerate((before, after)):
        sides[side].append(("".join(words[:start]), False))
        for tag, *places in codes:
            a, b = places[2 * side : 2 * side + 2]
            sides[side].append(("".join(rest[side][a:b]), tag != "equal"))
        sides[side].append(("".join(words[len(words) - end :]), False))
    return tuple(part for part in sides[0] if part[0]), tuple(part for part in sides[1] if part[0])


def _told(document: Document, changed: Sequence[str], body: Sequence[str]) -> list[str]:
    """A document as lines: the fields that differ, then the body."""
    named = [name for name in changed if name != "body"]
    return [f"{name}: {getattr(document, name)}" for name in named] + list(body)


def _text(body: str) -> list[str]:
    """A body's text, one block a line."""
    lines = _TAG.sub("", _BLOCK_TAG.sub("\n", body)).split("\n")
    bare = (" ".join((unescape(line) if "&" in line else line).split()) for line in lines)
    return [line for line in bare if line]


def _markup(body: str) -> list[str]:
    """A body's markup, one block a line."""
    return [line.strip() for line in _BLOCK.sub(r"\n\g<0>", body).split("\n") if line.strip()]


# --------------------------------------------------------------------------- comparing


def _characters(pair: _Pair) -> tuple[int, int]:
    """How many characters went and came; what two altered runs begin and end alike does not count."""
    gone = come = 0
    for before, after in _replaced(pair):
        start, end = _alike(before, after)
        gone += len(before) - start - end
        come += len(after) - start - end
    return gone, come


def _replaced(pair: _Pair) -> list[tuple[str, str]]:
    """The runs of lines that differ."""
    before, after = _differing(pair)
    if max(len(before), len(after)) > LONGEST:
        return [("\n".join(before), "\n".join(after))]
    codes = SequenceMatcher(None, before, after).get_opcodes()
    return [("\n".join(before[a:b]), "\n".join(after[c:d])) for tag, a, b, c, d in codes if tag != "equal"]


def _differing(pair: _Pair) -> _Pair:
    """Both without the lines with which both begin and end."""
    before, after = pair
    start, end = _alike(before, after)
    return before[start : len(before) - end], after[start : len(after) - end]


def _alike(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How far two texts, or lists of lines, begin alike, and how far the rest ends alike."""
    shorter = min(len(before), len(after))
    start = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - start
    end = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    return start, end


def _unified(before: list[str], after: list[str]) -> list[str]:
    """A unified diff, without the names of files."""
    rest = _differing((before, after))
    if max(map(len, rest)) > LONGEST:
        return [f"-{line}" for line in rest[0]] + [f"+{line}" for line in rest[1]]
    return list(unified_diff(before, after, n=CONTEXT, lineterm=""))[2:]
