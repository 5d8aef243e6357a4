"""Chosen records of WARC files, copied as whole gzip members: nothing in them is written anew."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crawler.archive.failures import told
from crawler.archive.tree import Tree
from crawler.archive.warc import index, members
from crawler.archive.warc.members import Member, NotWhole
from crawler.archive.warc.reading import LARGEST, OPEN
from crawler.archive.warc.stored import Stored, parsed
from crawler.errors import ArchiveError

COMPANIONS = frozenset({"request", "metadata", "resource"})  #: what stands behind the record it belongs to


@dataclass(frozen=True, slots=True)
class Piece:
    """A record of an excerpt."""

    start: int  #: where it lies in the archive
    data: bytes  #: its gzip member
    line: str | None  #: for the index of the excerpt
    url: str
    date: str


class Excerpts:
    """Reads below an archive's root, also while a crawler writes."""

    def __init__(self, root: Path) -> None:
        self._tree = Tree(root)

    def of(self, path: str, starts: Collection[int], broken: list[str]) -> Iterator[Piece]:
        """The ``warcinfo`` of a file, then each chosen record with what belongs to it, in order.

        What is not whole is noted in ``broken`` and left out; so is the file where it is gone.
        """
        try:
            with told(self._tree.root, path, "read"):
                file = self._open(path)
                try:
                    yield from self._pieces(file, path, starts, broken)
                finally:
                    os.close(file)
        except ArchiveError as error:
            broken.append(str(error))

    def _open(self, path: str) -> int:
        try:
            with self._tree.open(path + OPEN) as file:
                return os.dup(file)
        except FileNotFoundError:
            with self._tree.open(path) as file:
                return os.dup(file)

    def _pieces(self, file: int, path: str, starts: Collection[int], broken: list[str]) -> Iterator[Piece]:
        name, offset = PurePosixPath(path).name, 0
        for start in (0, *sorted(starts)):
            try:
                group = list(_group(file, start, alone=start == 0))
            except NotWhole as error:
                broken.append(f"{path}: the record at {start} is not whole: {error}")
                continue
            for member, stored in group:
                data = os.pread(file, member.length, member.offset)
                line = index.line(stored, name, offset, member.length)
                fields = stored.fields
                yield Piece(
                    member.offset,
                    data,
                    line,
                    fields.get("warc-target-uri", ""),
                    fields.get("warc-date", ""),
                )
                offset += member.length


def _group(file: int, start: int, *, alone: bool) -> Iterator[tuple[Member, Stored]]:
    """A record and what belongs to it; raises ``NotWhole``."""
    member = members.read(file, start, LARGEST)
    yield member, parsed(member.head)
    while not alone:
        try:
            member = members.read(file, member.end, LARGEST)
            stored = parsed(member.head)
        except NotWhole:  # the end of the file
            return
        if stored.type not in COMPANIONS:
            return
        yield member, stored
