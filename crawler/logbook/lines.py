"""The log's files below the archive's root: where they lie, and the lines of its entries.

``log/checkpoint`` is the newest head, ``log/heads/<size>`` each one, ``log/entries/<first>-<last>.jsonl`` the
statements, one a line, verbatim: with these alone anybody can follow the log.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.errors import LogError
from crawler.logbook.contract import Files
from crawler.model import Leaf
from crawler.transparency import checkpoint, merkle
from crawler.transparency.checkpoint import Note

FOLDER = "log"
CHECKPOINT = "log/checkpoint"
HEADS = "log/heads"
ENTRIES = "log/entries"
MOST = 5000  #: statements in a file
_LARGEST = 16_000_000  #: bytes of a file after which the next one is begun
_RANGE = re.compile(r"([1-9][0-9]*)-([1-9][0-9]*)\.jsonl")
_SIZE = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A leaf as a file has it."""

    number: int  #: 1 for the first
    hash: bytes
    statement: str | None  #: None where it was withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A file of entries, by its name."""

    first: int
    last: int

    @property
    def path(self) -> str:
        """Where it lies."""
        return f"{ENTRIES}/{self.first}-{self.last}.jsonl"


def head_path(size: int) -> str:
    """Where a head lies."""
    return f"{HEADS}/{size}"


def line_of(leaf: Leaf) -> bytes:
    """A leaf's line; where its statement is not there any more, its hash alone."""
    told = json.dumps({"leaf": leaf.hash}) if leaf.statement is None else leaf.statement
    return told.encode() + b"\n"


def files_of(leaves: Iterable[Leaf]) -> Iterator[tuple[str, bytes]]:
    """Leaves without a gap as the files that hold them; the same leaves give the same files."""
    return ((span.path, data) for span, data in divided(leaves))


def divided(leaves: Iterable[Leaf]) -> Iterator[tuple[Span, bytes]]:
    """The same, each with the leaves that it holds."""
    lines: list[bytes] = []
    first, length = 0, 0
    for leaf in leaves:
        if not lines:
            first, length = leaf.number, 0
        lines.append(line_of(leaf))
        length += len(lines[-1])
        if len(lines) == MOST or length >= _LARGEST:
            yield Span(first=first, last=leaf.number), b"".join(lines)
            lines = []
    if lines:
        yield Span(first=first, last=first + len(lines) - 1), b"".join(lines)


def read(span: Span, data: bytes) -> list[Line]:
    """The leaves of a file of entries; raises ``LogError`` where it is not what its name says."""
    if not data.endswith(b"\n"):
        raise LogError(f"{span.path} is cut off in the middle of a line")
    told = data.split(b"\n")[:-1]
    if len(told) != span.last - span.first + 1:
        raise LogError(f"{span.path} holds {len(told)} statements, not those of its name")
    return [_line(span, number, line) for number, line in enumerate(told, start=span.first)]


def _line(span: Span, number: int, line: bytes) -> Line:
    try:
        text = line.decode()
        withheld = json.loads(text) if line.startswith(b'{"leaf"') else None
        hash = bytes.fromhex(withheld["leaf"]) if withheld else merkle.leaf_hash(line)
        if len(hash) != merkle.WIDTH:
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise LogError(f"{span.path}: the line of leaf {number} cannot be read") from None
    return Line(number=number, hash=hash, statement=None if withheld else text)


async def spans(files: Files) -> list[Span]:
    """All files of entries, in order; names that are not ours are passed over."""
    names = [_RANGE.fullmatch(name) for name in await files.names(ENTRIES)]
    found = [Span(first=int(match[1]), last=int(match[2])) for match in names if match]
    return sorted(found, key=lambda span: (span.first, span.last))


async def head_sizes(files: Files) -> list[int]:
    """Sizes of the heads that have a file."""
    return sorted(int(name) for name in await files.names(HEADS) if _SIZE.fullmatch(name))


async def note(files: Files, path: str) -> Note | None:
    """The head in a file; None where there is none that can be read."""
    if await files.digest(path) is None:
        return None
    try:
        found = checkpoint.parse_note(await files.get(path))
        checkpoint.parse(found.text)
    except LogError:
        return None
    return found


async def is_gone(files: Files) -> bool:
    """Whether nothing of the log lies below the root."""
    if await files.digest(CHECKPOINT) is not None:
        return False
    return not await spans(files) and not await head_sizes(files)


def gaps(found: Sequence[Span], size: int) -> Iterator[str]:
    """What is wrong with the names: what is missing up to ``size``, what is there twice."""
    expected = 1
    for span in found:
        if span.first > expected:
            yield f"{ENTRIES}/ has no file with leaf {expected}"
        elif span.first < expected or span.last < span.first:
            yield f"{span.path} does not follow on the file before it"
        expected = max(expected, span.last + 1)
    if expected <= size:
        yield f"{ENTRIES}/ has no file with leaf {expected}"


async def lines(files: Files) -> AsyncIterator[Line]:
    """All leaves that the files hold, in order; raises ``LogError`` where something is missing or cannot be read."""
    found = await spans(files)
    for fault in gaps(found, 0):
        raise LogError(fault)
    for span in found:
        for line in read(span, await files.get(span.path)):
            yield line
