"""The log put again from its files, after the database was lost or is older than they are."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from crawler.errors import LogError
from crawler.logbook import lines
from crawler.logbook.contract import Files
from crawler.logbook.lines import Line
from crawler.model import Head
from crawler.transparency import checkpoint, merkle
from crawler.transparency.checkpoint import Note

_BATCH = 1000


class Relogged(Protocol):
    """What the store has put again."""

    @property
    def added(self) -> int:
        """Leaves that no file knew."""
        ...

    @property
    def lost(self) -> tuple[int, ...]:
        """Numbers of leaves whose revisions have no row."""
        ...


class Relogging(Protocol):
    """The store, as far as it is given its log again."""

    async def stage_leaves(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Lay leaves aside: id, leaf, article, number, statement; an empty batch, or leaf 1, begins anew."""
        ...

    async def relog(self, heads: Sequence[Head], now: datetime) -> Relogged:
        """What was laid aside becomes the log, before all that the database knows besides."""
        ...

    async def log_size(self) -> int:
        """How many leaves there are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put again."""

    leaves: int
    from_files: int
    added: int  #: revisions that no file of the log knew
    heads: int
    lost: tuple[int, ...]  #: numbers of leaves whose revisions have no row


async def restore(store: Relogging, files: Files, *, now: datetime) -> Restored:
    """Put the log again: first as its files have it, then what the database knows besides.

    Call it when articles and revisions are in their tables.  Raises ``LogError`` where the files do not fit
    the heads among them: then nothing is changed.  A log that is whole stays as it is.
    """
    notes = await _notes(files)
    tree, heads, batch = merkle.EMPTY, list[Head](), list[Line]()
    await store.stage_leaves(())
    async for line in lines.lines(files):
        batch.append(line)
        if len(batch) == _BATCH or line.number in notes:
            tree = await _staged(store, tree, batch)
            batch.clear()
            if line.number in notes:
                heads.append(_head(tree, notes[line.number], line, now))
    tree = await _staged(store, tree, batch)
    beyond = [size for size in notes if size > tree.size]
    if beyond:
        raise LogError(
            f"log/ has a head of {max(beyond)} leaves, but its entries end with leaf {tree.size}; "
            "bring the missing files back from a mirror"
        )
    done = await store.relog(heads, now)
    size = await store.log_size()
    return Restored(leaves=size, from_files=tree.size, added=done.added, heads=len(heads), lost=done.lost)


async def statements(files: Files, numbers: Collection[int] | None = None) -> AsyncIterator[tuple[int, str]]:
    """Number and text of every statement that the log's files hold, or of those with these numbers.

    What was withheld is left out, and so is a file that cannot be read: ``restore`` tells of that.
    """
    for span in await lines.spans(files):
        if numbers is not None and not any(span.first <= number <= span.last for number in numbers):
            continue
        try:
            found = lines.read(span, await files.get(span.path))
        except LogError:
            continue
        for line in found:
            if line.statement is not None and (numbers is None or line.number in numbers):
                yield line.number, line.statement


async def _notes(files: Files) -> dict[int, Note]:
    """Every head that has a file, by its size; raises ``LogError`` for one that cannot be read."""
    paths = [lines.head_path(size) for size in await lines.head_sizes(files)]
    if await files.digest(lines.CHECKPOINT) is not None:
        paths.append(lines.CHECKPOINT)
    found: dict[int, Note] = {}
    for path in paths:
        try:
            note = checkpoint.parse_note(await files.get(path))
            size = checkpoint.parse(note.text).size
        except LogError as error:
            raise LogError(f"{path}: {error}; bring it back from a mirror, or move it away") from None
        known = found.get(size)
        if known is not None and known.text != note.text:
            raise LogError(f"{path} and {lines.head_path(size)} tell of {size} leaves, and differ")
        found[size] = note if known is None else known.signed(note.signatures)
    return found


async def _staged(store: Relogging, tree: merkle.CompactRange, batch: Sequence[Line]) -> merkle.CompactRange:
    if batch:
        await store.stage_leaves([_row(line) for line in batch])
    return tree.extend(line.hash for line in batch)


def _row(line: Line) -> dict[str, Any]:
    told = _told(line)
    return {
        "id": line.number,
        "leaf": line.hash.hex(),
        "article": told.get("article"),
        "number": told.get("revision"),
        "statement": line.statement,
    }


def _told(line: Line) -> dict[str, Any]:
    """What the line says, as far as it can be read: its hash stands whatever it is."""
    try:
        told = json.loads(line.statement or "{}")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _head(tree: merkle.CompactRange, note: Note, last: Line, now: datetime) -> Head:
    told = checkpoint.parse(note.text)
    if told.root != tree.root():
        raise LogError(
            f"{lines.head_path(tree.size)}: the first {tree.size} leaves of log/entries have another root; "
            "bring the files back from a mirror"
        )
    at = _told(last).get("fetched_at")
    return Head(
        size=tree.size,
        root=told.root.hex(),
        at=datetime.fromisoformat(at) if isinstance(at, str) else now,
        checkpoint=str(note),
        compact_range=tuple(hash.hex() for hash in tree.hashes),
    )
