"""The gzip members of a WARC file, one a record: found one after the other, and where they end.

A reader that trusts the end of the file takes a torn last record for a whole one; here a member
counts only with its end of stream and its checksum.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x1f\x8b\x08"
_CHUNK = 2**18
_BLOCK = 2**20  #: most bytes that are inflated at once
_RECORD = b"WARC/"
_PROBE = 2**12  #: bytes of a member in which the first ones of its content are, whoever wrote it
EFFORT = 2**32  #: bytes that a search may read and inflate in vain: seconds


@dataclass(frozen=True, slots=True)
class Member:
    """A whole gzip member of a file."""

    offset: int
    length: int
    head: bytes  #: the first bytes of what it holds

    @property
    def end(self) -> int:
        """Where the next member begins."""
        return self.offset + self.length


class NotWhole(Exception):
    """There is no whole member here."""


def packed(data: bytes, level: int) -> bytes:
    """``data`` as one gzip member."""
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return packer.compress(data) + packer.flush()


def walk(file: int, head: int = 65536) -> Iterator[Member]:
    """The members of an open file, from its beginning to the first that is not whole.

    ``head`` is how many bytes of each are handed over.
    """
    offset = 0
    while True:
        try:
            member = read(file, offset, head, whole=False)
        except NotWhole:
            return
        yield member
        offset = member.end


def read(file: int, offset: int, most: int, *, whole: bool = True) -> Member:
    """The member that begins at ``offset``, with at most ``most`` bytes of what it holds.

    ``whole``: that must be all of it.  Raises ``NotWhole``.
    """
    stream, held, at = zlib.decompressobj(zlib.MAX_WBITS + 16), bytearray(), offset
    data, more = b"", False
    while not stream.eof:
        if not data and not more:
            data = os.pread(file, _CHUNK, at)
            at += len(data)
            if not data:
                raise NotWhole("the file ends before its gzip member does")
        try:
            piece = stream.decompress(data, _BLOCK)
        except zlib.error as error:
            raise NotWhole(f"its gzip member is broken: {error}") from None
        held += piece[: max(0, most + 1 - len(held))]
        if whole and len(held) > most:
            raise NotWhole(f"it holds more than {most} bytes")
        data, more = stream.unconsumed_tail, len(piece) == _BLOCK
    return Member(offset, at - len(stream.unused_data) - offset, bytes(held[:most]))


def resumes(file: int, offset: int) -> bool:
    """Whether a whole record begins anywhere behind ``offset``: then what is broken there is no torn end.

    Also where that cannot be found out: what may hold records is not cut off.
    """
    try:
        return Search(file).following(offset) is not None
    except Unsearched:
        return True


def following(file: int, offset: int) -> int | None:
    """Where the next whole record begins behind ``offset``; None if there is none, or nobody can tell."""
    try:
        return Search(file).following(offset)
    except Unsearched:
        return None


#: What is said of the rest of such a file.
UNSEARCHED = "what lies behind it is full of what only looks like records, and was not searched to its end"


class Unsearched(Exception):
    """Too much of a file only looks like records: what lies behind a broken one is not searched to its end."""


class Search:
    """Finds the next whole record behind broken ones of one file.

    A stored body may hold any bytes, also a hundred thousand beginnings of members that go on to its end and are
    not whole: each is looked at as far as the first bytes of a record would be, and those that have these are
    followed with so much effort in all.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._left = EFFORT

    def following(self, offset: int) -> int | None:
        """Where the next whole record begins behind ``offset``; None if there is none.

        Raises ``Unsearched``.
        """
        begin = offset + 1
        while data := os.pread(self._file, _CHUNK, begin):
            at = data.find(MAGIC)
            while at >= 0:
                if self._is_record(begin + at):
                    return begin + at
                at = data.find(MAGIC, at + 1)
            begin += max(1, len(data) - len(MAGIC) + 1)
        return None

    def _is_record(self, offset: int) -> bool:
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(
                os.pread(self._file, _PROBE, offset), len(_RECORD)
            )
        except zlib.error:
            return False
        return head == _RECORD and self._is_whole(offset)

    def _is_whole(self, offset: int) -> bool:
        stream, at, data, more = zlib.decompressobj(zlib.MAX_WBITS + 16), offset, b"", False
        spent = 0
        while not stream.eof:
            if not data and not more:
                data = os.pread(self._file, _CHUNK, at)
                at, spent = at + len(data), spent + len(data)
                if not data:
                    break
            try:
                piece = stream.decompress(data, _BLOCK)
            except zlib.error:
                break
            data, more, spent = stream.unconsumed_tail, len(piece) == _BLOCK, spent + len(piece)
            if spent > self._left:
                raise Unsearched
        if not stream.eof:
            self._left -= spent
        return stream.eof
