"""A WARC file looked at from its first byte to its last: every record's digests, every gap between them.

In one pass and in steady memory, without warcio: a second reader of what the first one wrote.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress

from crawler.archive.tree import Tree
from crawler.archive.warc import index
from crawler.archive.warc.examined import Examined
from crawler.archive.warc.members import MAGIC, UNSEARCHED, NotWhole, Search, Unsearched
from crawler.audit.facts import RawGap, RawLook
from crawler.errors import ArchiveError

_CHUNK = 2**18
_GRAVE = b"\0\0\0\0\0\xff"  #: how the gzip header of a tombstone goes on
_PADDED = 2**22  #: bytes of a member whose last bits are looked at


def scan(tree: Tree, path: str) -> Iterator[RawLook | RawGap]:
    """Records and gaps of a file in the order of their offsets; raises ``OSError`` and ``ArchiveError``.

    What is added while it is looked at is not looked at.
    """
    with tree.open(path) as file:
        yield from _Scan(file, path.rpartition("/")[2].removesuffix(".open")).run()


def digest(tree: Tree, path: str) -> str:
    """SHA-256 of a whole file."""
    found = hashlib.sha256()
    with tree.open(path) as file:
        while chunk := os.read(file, _CHUNK):
            found.update(chunk)
    return found.hexdigest()


def at(tree: Tree, path: str, offset: int) -> RawLook:
    """The record at an offset; raises ``NotWhole``, ``OSError`` and ``ArchiveError``."""
    with tree.open(path) as file:
        return _Scan(file, path.rpartition("/")[2].removesuffix(".open")).record(offset)


def row(tree: Tree, path: str, offset: int, most: int) -> list[RawLook]:
    """The record at an offset and those behind it, ``most`` in all; raises ``OSError`` and ``ArchiveError``."""
    found: list[RawLook] = []
    with tree.open(path) as file, suppress(NotWhole):
        scanned = _Scan(file, path.rpartition("/")[2].removesuffix(".open"))
        for _ in range(most):
            found.append(scanned.record(offset))
            offset += found[-1].length
    return found


def indexed(tree: Tree, path: str, lines: list[str]) -> bool | None:
    """Whether the CDXJ index of a raw file has just these lines; None: there is none."""
    wanted = index.text(lines)
    try:
        return tree.read(f"{path.removesuffix('.warc.gz')}.cdxj", len(wanted)) == wanted
    except ArchiveError as error:
        return None if isinstance(error.__cause__, FileNotFoundError) else False


def begins(tree: Tree, path: str, offsets: list[int]) -> tuple[int, list[bool]]:
    """The size of a file, and whether a gzip member begins at each of the offsets."""
    with tree.open(path) as file:
        size = os.fstat(file).st_size
        return size, [os.pread(file, len(MAGIC), offset) == MAGIC for offset in offsets]


class _Scan:
    def __init__(self, file: int, name: str) -> None:
        self._file = file
        self._search = Search(file)
        self._name = name
        self._size = os.fstat(file).st_size
        self._buffer, self._at = b"", 0  #: bytes read ahead, and where they begin
        self._systems: dict[
            int, list[int]
        ] = {}  #: said to have made members: how many, and the first's offset

    def run(self) -> Iterator[RawLook | RawGap]:
        offset = 0
        while offset < self._size:
            try:
                look = self.record(offset)
            except NotWhole as error:
                gap = self._gap(offset, str(error))
                yield gap
                offset = gap.end
                continue
            yield look
            offset += look.length
        yield from self._strange()

    def _gap(self, offset: int, trouble: str) -> RawGap:
        try:
            following = self._search.following(offset)
        except Unsearched:
            return RawGap(offset=offset, end=self._size, trouble=f"{trouble}; {UNSEARCHED}", torn=False)
        if following is None or following >= self._size:  # what was added meanwhile is not looked at
            return RawGap(offset=offset, end=self._size, trouble=trouble, torn=True)
        return RawGap(offset=offset, end=following, trouble=trouble, torn=False)

    def record(self, offset: int) -> RawLook:
        """The record whose member begins at ``offset``; raises ``NotWhole``."""
        stream, record, at = zlib.decompressobj(zlib.MAX_WBITS + 16), Examined(), offset
        while not stream.eof:
            data = self._read(at)
            if not data:
                raise NotWhole("the file ends before its gzip member does")
            at += len(data)
            while data and not stream.eof:
                try:
                    record.feed(stream.decompress(data, _CHUNK))
                except zlib.error as error:
                    raise NotWhole(f"its gzip member is broken: {error}") from None
                data = stream.unconsumed_tail
        end = at - len(stream.unused_data)
        if end > self._size:
            raise NotWhole("it is still being written")
        self._buffer, self._at = stream.unused_data, end
        return record.look(self._name, offset, end - offset, self._written(record, offset, end))

    def _read(self, at: int) -> bytes:
        if self._buffer and at == self._at:
            data, self._buffer = self._buffer, b""
            return data
        return os.pread(self._file, _CHUNK, at)

    def _written(self, record: Examined, offset: int, end: int) -> str:
        """What of the member's bytes is not as we write it, though its content is whole."""
        data = os.pread(self._file, min(end - offset, _PADDED), offset)
        if record.is_tombstone:
            return "" if data[3] in {0, 16} and data[4:10] == _GRAVE else "its gzip header is not ours"
        level = 4 if record.is_quick else 0
        if data[3:8] != bytes(5) or data[8] != level:
            return "its gzip header is not ours"
        self._systems.setdefault(data[9], [0, offset])[0] += 1
        return "bits behind the end of its data are set" if _padded(data, end - offset) else ""

    def _strange(self) -> Iterator[RawGap]:
        """Members said to be of another operating system than most of the file's are."""
        usual = max(self._systems, key=lambda system: self._systems[system][0], default=None)
        for system, (_, offset) in self._systems.items():
            if system != usual:
                trouble = "its gzip header names another operating system than the others"
                yield RawGap(offset=offset, end=offset + 10, trouble=trouble, harmless=True)


def _padded(data: bytes, length: int) -> bool:
    """Whether bits are set behind the end of the compressed data, which every reader passes over.

    If so, the stream is whole without the highest bit of its last byte too.
    """
    if len(data) != length or not data[-9]:
        return False
    last = data[-9] ^ (1 << (data[-9].bit_length() - 1))
    stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
    try:
        piece = stream.decompress(data[:-9] + bytes([last]) + data[-8:], _CHUNK)
        while piece and not stream.eof:
            piece = stream.decompress(stream.unconsumed_tail, _CHUNK)
    except zlib.error:
        return False
    return stream.eof and not stream.unused_data
