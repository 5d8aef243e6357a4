"""Payloads taken out of WARC files: each record gives way to one of exactly the same length.

So every other offset of the file stays right.  What stands there instead is a ``metadata`` record that tells
what it was; no replay tool takes it for a page.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from struct import pack
from uuid import uuid4

from crawler.archive.failures import refused, told
from crawler.archive.paths import TEMPORARY
from crawler.archive.tree import Tree
from crawler.archive.warc import members, records
from crawler.archive.warc.members import NotWhole
from crawler.archive.warc.reading import LARGEST
from crawler.archive.warc.stored import Stored, parsed
from crawler.archive.warc.volume import SUFFIX
from crawler.model import sha256
from crawler.model.takedown import RemovedRecord

MARK = b"removed: taken down"  #: how the block of a tombstone begins
_BLOCK = 65535  #: bytes of a stored block (RFC 1951 §3.2.4)
_COMMENT = 0x10  #: flag of a comment in a gzip member's head (RFC 1952)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 2**20
_SLACK = 64  #: bytes by which a longer record's head and digest may be packed longer
_QUOTING = frozenset({"summary", "description", "body"})  #: fields of a revision that quote its text


@dataclass(frozen=True, slots=True)
class _Grave:
    """A place in a file, and what lay there."""

    offset: int
    size: int
    url: str
    was: str
    digest: str
    known: str | None  #: the record's id
    kept: bytes = b""  #: what is told of it beside


class Graveyard:
    """Buries records below an archive's root; the caller is the archive's only writer."""

    def __init__(self, root: Path) -> None:
        self._tree = Tree(root)

    def bury(self, path: str, removed: Sequence[RemovedRecord], at: datetime) -> int:
        """Replace records of one file, all at once or none; how many there were left to replace.

        The file is written anew beside itself and takes its place when it is durable.  Raises ``ArchiveError``.
        """
        with told(self._tree.root, path, "written"), self._tree.open(path) as file:
            graves = [grave for one in removed for grave in _graves(file, one)]
            if graves:
                stones = {grave.offset: self._stone(path, grave, at) for grave in graves}
                self._rewrite(path, file, stones)
            self._unindex(path, {one.start for one in removed})
        return len(graves)

    def _stone(self, path: str, grave: _Grave, at: datetime) -> bytes:
        try:
            told_of = _told(grave)
            return tombstone(grave.size, _fields(grave, at), told_of + grave.kept, told_of)
        except ValueError:
            raise refused(self._tree.root, path, f"no record fits into {grave.size} bytes") from None

    def _rewrite(self, path: str, file: int, stones: Mapping[int, bytes]) -> None:
        *folders, name = PurePosixPath(path).parts
        folder = self._tree.folder(tuple(folders), create=False)
        temporary = f"{TEMPORARY}{secrets.token_hex(12)}"
        try:
            target = os.open(temporary, _CREATE, 0o644, dir_fd=folder)
            try:
                _copy(file, target)
                for offset, stone in stones.items():
                    _place(target, stone, offset)
                os.fsync(target)
            finally:
                os.close(target)
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            os.close(folder)

    def _unindex(self, path: str, offsets: set[int]) -> None:
        """The index beside the file, without the lines of what is gone."""
        beside = path.removesuffix(SUFFIX) + ".cdxj"
        try:
            before = self._tree.read(beside, LARGEST)
        except Exception:  # no index: nothing tells of it
            return
        marks = tuple(f'"offset": "{offset}"'.encode() for offset in offsets)
        after = b"".join(
            line for line in before.splitlines(keepends=True) if not any(mark in line for mark in marks)
        )
        if after != before:
            self._tree.write([(beside, after)])


def tombstone(size: int, fields: Sequence[tuple[str, str]], *blocks: bytes) -> bytes:
    """One gzip member of exactly ``size`` bytes with a record that holds the first of ``blocks`` that fits.

    What it tells is compressed; the rest is padding inside the record, stored as it is, where every reader
    reads on; the last bytes are a comment in the gzip member's head.  ``ValueError`` if nothing fits.
    """
    for kept, block in (*((fields, one) for one in blocks), (fields[:-1], MARK + b"\r\n")):
        bare = _member(kept, block, b"")
        if len(bare) > size:
            continue
        many = size - len(bare) - _SLACK - 5 * (size // _BLOCK)
        if many <= 0:
            return _commented(bare, size)
        return _commented(_member(kept, block, b"padding: " + b"." * many + b"\r\n"), size)
    raise ValueError(size)


def _member(fields: Sequence[tuple[str, str]], block: bytes, padding: bytes) -> bytes:
    """A record: its head and ``block`` compressed, ``padding`` behind them stored."""
    digest = f"sha256:{sha256(block + padding)}"
    told = [
        ("WARC-Type", "metadata"),
        *fields,
        ("WARC-Block-Digest", digest),
        ("WARC-Payload-Digest", digest),
        ("Content-Type", "application/warc-fields"),
        ("Content-Length", str(len(block) + len(padding))),
    ]
    head = f"{records.VERSION}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in told) + "\r\n"
    first, rest = head.encode() + block, padding + b"\r\n\r\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(first) + packer.flush(zlib.Z_SYNC_FLUSH)
    return members.MAGIC + b"\0" * 6 + b"\xff" + packed + _stored(rest) + _tail(first + rest)


def _stored(data: bytes) -> bytes:
    """The last blocks of a deflate stream, not compressed."""
    blocks = [data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK)]
    return b"".join(
        pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks
    )


def _tail(data: bytes) -> bytes:
    return pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _commented(member: bytes, size: int) -> bytes:
    """The same member, ``size`` bytes long."""
    missing = size - len(member)
    if not missing:
        return member
    head = bytearray(member[:10])
    head[3] |= _COMMENT
    return bytes(head) + b"." * (missing - 1) + b"\0" + member[10:]


# --------------------------------------------------------------------------- what lay there


def _graves(file: int, removed: RemovedRecord) -> Iterator[_Grave]:
    """A record, and of a testimony what is stated behind it; nothing where tombstones stand already."""
    place = _Grave(removed.start, removed.size, removed.url, removed.type, removed.digest, None)
    try:
        member = members.read(file, removed.start, LARGEST)
        stored = parsed(member.head)
    except NotWhole:  # rot: its bytes go all the same
        yield place
        return
    if not stored.block.startswith(MARK):
        known = stored.fields.get("warc-record-id")
        yield _Grave(removed.start, member.length, removed.url, removed.type, removed.digest, known)
    if removed.type == "conversion":
        yield from _stated(file, member.end, removed)


def _stated(file: int, offset: int, removed: RemovedRecord) -> Iterator[_Grave]:
    """What stands behind a conversion: its image stays, its statement too, the details without the text."""
    with suppress(NotWhole):
        while True:
            member = members.read(file, offset, LARGEST)
            stored = parsed(member.head)
            if stored.type == "metadata":
                if not stored.block.startswith(MARK):
                    yield _Grave(
                        offset,
                        member.length,
                        removed.url,
                        "metadata",
                        sha256(stored.block),
                        stored.fields.get("warc-record-id"),
                        _fact(stored, removed),
                    )
                return
            if stored.type != "resource":
                return
            offset = member.end


def _fact(stored: Stored, removed: RemovedRecord) -> bytes:
    """That there was a revision: what a lost database is told of it; nothing where that cannot be read."""
    lines = dict(line.split(b": ", 1) for line in stored.block.split(b"\r\n") if b": " in line)
    try:
        detail = json.loads(lines[b"detail"])
        detail["fields"] = [
            [field, [source, "", ""], rule, []]
            if field in _QUOTING
            else [field, [source, value, note], rule, losers]
            for field, (source, value, note), rule, losers in detail["fields"]
        ]
        detail["extraction"]["removed"] = []
        statement, date = lines[b"statement"], stored.fields["warc-date"]
    except (KeyError, ValueError, TypeError):
        return b""
    place = f"{removed.start} {removed.size} {removed.digest}"
    told_of = json.dumps(detail, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return b"conversion: %b\r\ndate: %b\r\nstatement: %b\r\ndetail: %b\r\n" % (
        place.encode(),
        date.encode(),
        statement,
        told_of.encode("utf-8", "replace"),
    )


def _fields(grave: _Grave, at: datetime) -> list[tuple[str, str]]:
    """The record's fields, the one that it could do without last."""
    return [
        ("WARC-Record-ID", grave.known or f"<urn:uuid:{uuid4()}>"),
        ("WARC-Date", records.date(at)),
        ("WARC-Target-URI", grave.url),
    ]


def _told(grave: _Grave) -> bytes:
    return MARK + f"\r\nwas: {grave.was}\r\nsha256: {grave.digest}\r\n".encode()


def _copy(source: int, target: int) -> None:
    at = 0
    while data := os.pread(source, _CHUNK, at):
        _place(target, data, at)
        at += len(data)


def _place(target: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(target, rest, at)
        at, rest = at + written, rest[written:]
