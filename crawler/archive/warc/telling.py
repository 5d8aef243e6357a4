"""The raw archive read from its beginning to its end: what a lost database is told again from.

``Chronicle`` keeps ``ports.Chronicle``; what is damaged is told and passed over.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path, PurePosixPath

from crawler.archive import failures
from crawler.archive.tree import Tree
from crawler.archive.warc import members
from crawler.archive.warc.members import Member, NotWhole
from crawler.archive.warc.reading import LARGEST, OPEN, Reader
from crawler.archive.warc.stored import Stored, parsed
from crawler.archive.warc.tombstones import MARK
from crawler.archive.warc.volume import SUFFIX
from crawler.errors import ArchiveError
from crawler.message import head
from crawler.model import Attempt, RawRecord, Told, ToldDamage, ToldFile, ToldRevision, ToldVisit, Validators
from crawler.model.feed import NO_VALIDATORS

FOLDER = "warc"
_HEAD = 65536  #: bytes of a record that are looked at before its body is asked for
_BATCH = 64  #: told at once: one hop between threads for so many


class Chronicle:
    """Every record of the files below ``root``, file by file in the order of their beginning.

    ``lenient``: a file that cannot be read, or not to its end, is damage too, and no ``ArchiveError``.
    """

    def __init__(self, root: Path, *, lenient: bool = False) -> None:
        self._tree = Tree(root)
        self._lenient = lenient
        self._reader = Reader(self._tree)

    async def tell(self) -> AsyncIterator[tuple[Told, int]]:
        """What is told, each with the bytes that are read so far, of ``size`` in all."""
        loop, telling = asyncio.get_running_loop(), self._tell()
        with ThreadPoolExecutor(1, thread_name_prefix="chronicle") as thread:
            while batch := await loop.run_in_executor(thread, lambda: list(islice(telling, _BATCH))):
                for told in batch:
                    yield told

    def size(self) -> int:
        """Bytes of all files."""
        return sum(map(self._length, self._names()))

    def _length(self, name: str) -> int:
        with suppress(OSError):  # who reads it tells why it cannot be
            return (self._tree.root / name).lstat().st_size
        return 0

    def _names(self) -> list[str]:
        found = []
        with failures.told(self._tree.root, FOLDER, "read"):
            for place, _, names in os.walk(self._tree.root / FOLDER, onerror=failures.unless_gone):
                at = PurePosixPath(Path(place).relative_to(self._tree.root).as_posix())
                found += [str(at / name) for name in names if name.removesuffix(OPEN).endswith(SUFFIX)]
        return found

    def _tell(self) -> Iterator[tuple[Told, int]]:
        before = 0
        for name in sorted(self._names(), key=self._began):
            size = 0
            try:
                for told, end in self._file(name):
                    size = end
                    yield told, before + end
            except ArchiveError as error:
                if error.scarce or not self._lenient:
                    raise
                yield ToldDamage(path=name.removesuffix(OPEN), offset=size, why=str(error)), before + size
            before += max(size, self._length(name))

    def _began(self, name: str) -> tuple[str, str]:
        """When a file was begun, by its first record; its name alone has only the second."""
        try:
            with self._tree.open(name) as file:
                return fields_of(members.read(file, 0, _HEAD, whole=False).head).get("warc-date", ""), name
        except (NotWhole, OSError, ArchiveError):
            return name.rpartition("/")[2], name

    def _file(self, name: str) -> Iterator[tuple[Told, int]]:
        path, group = name.removesuffix(OPEN), _Group()
        with failures.told(self._tree.root, name, "read"), self._tree.open(name) as file:
            offset, size, search = 0, os.fstat(file).st_size, members.Search(file)
            while offset < size:
                try:
                    member = members.read(file, offset, _HEAD, whole=False)
                except NotWhole as error:
                    yield from ((told, offset) for told in group.cut())
                    following, trouble = _following(search, offset)
                    yield ToldDamage(path=path, offset=offset, why=f"{error}{trouble}"), offset
                    offset = following or size
                    continue
                offset = member.end
                yield from ((told, offset) for told in self._record(file, path, member, group))
            yield from ((told, offset) for told in group.cut())

    def _record(self, file: int, path: str, member: Member, group: _Group) -> Iterator[Told]:
        fields = fields_of(member.head)
        kind = fields.get("warc-type", "")
        try:
            if kind == "warcinfo":
                yield from group.cut()
                yield _begun(path, fields, member.head)
            elif kind in {"response", "revisit"}:
                answer, size = _answer(member.head, fields)
                group.add(self._attempt(path, member, fields, answer, size, len(group.attempts)), answer)
            elif kind == "metadata" and _is_tombstone(member.head):
                yield from _buried(path, parsed(members.read(file, member.offset, LARGEST).head))
            elif kind == "metadata" and group.attempts:
                yield group.told(_about(parsed(members.read(file, member.offset, LARGEST).head)))
            elif kind == "conversion":
                yield from group.cut()
                yield self._revision(path, member, fields)
        except (ArchiveError, NotWhole, ValueError, KeyError) as error:
            if isinstance(error, ArchiveError) and error.scarce:
                raise  # no damage: what is told without this record would have to be unsaid
            yield ToldDamage(path=path, offset=member.offset, why=str(error))

    def _attempt(
        self, path: str, member: Member, fields: dict[str, str], answer: head.Head, size: int, hop: int
    ) -> Attempt:
        record = _kept(path, member, fields)
        size = self._size(fields) if record.revisit else size
        return Attempt(
            url=record.url,
            started_at=record.written_at,
            number=1,
            hop=hop,
            status=answer.status,
            wire_bytes=0 if 300 <= answer.status < 400 else size,  # a redirect's body is not counted
            peer=fields.get("warc-ip-address"),
            location=next(iter(answer.every("location")), None),
            raw=record,
        )

    def _size(self, fields: dict[str, str]) -> int:
        """Bytes of the body that a revisit stands for; 0 where that is gone."""
        try:
            path, offset = fields["warc-refers-to-filename"], int(fields["warc-refers-to-file-offset"])
            first = self._reader.record(path, offset)
            return len(head.split(first.block)[1])
        except (ArchiveError, OSError, ValueError, KeyError):
            return 0

    def _revision(self, path: str, member: Member, fields: dict[str, str]) -> ToldRevision:
        record = _kept(path, member, fields)
        testimony = self._reader.testimony(record)
        return ToldRevision(
            statement=testimony.statement,
            detail=testimony.detail,
            record=record,
            page=testimony.page,
            at=testimony.at,
        )


def _following(search: members.Search, offset: int) -> tuple[int | None, str]:
    """Where the next record begins, and what is to be said where nobody knows."""
    try:
        return search.following(offset), ""
    except members.Unsearched:
        return None, f"; {members.UNSEARCHED}"


def visit_at(tree: Tree, file: int, path: str, offset: int) -> tuple[ToldVisit | None, int]:
    """The visit whose first record begins at ``offset`` of an open file, and where it ends."""
    chronicle, group = Chronicle(tree.root), _Group()
    while True:
        try:
            member = members.read(file, offset, _HEAD, whole=False)
        except NotWhole:
            return next((told for told in group.cut() if isinstance(told, ToldVisit)), None), offset
        found = [told for told in chronicle._record(file, path, member, group) if isinstance(told, ToldVisit)]
        offset = member.end
        if found or not group.attempts:
            return (found[0] if found else None), offset


@dataclass(slots=True)
class _Group:
    """The hops of one request, until the record comes that tells on whose behalf they were made."""

    attempts: list[Attempt] = field(default_factory=list)
    validators: Validators = NO_VALIDATORS  #: of the newest

    def add(self, attempt: Attempt, answer: head.Head) -> None:
        self.attempts.append(attempt)
        told = answer.kept()
        etag, modified = told.get("etag"), told.get("last-modified")
        led = attempt.url if attempt.hop and (etag or modified) else None
        self.validators = Validators(etag=etag, last_modified=modified, url=led)

    def told(self, about: dict[str, str]) -> ToldVisit:
        attempts, self.attempts = tuple(self.attempts), []
        return ToldVisit(attempts=attempts, validators=self.validators, about=about)

    def cut(self) -> Iterator[Told]:
        """What has lost the record that tells of it."""
        if self.attempts:
            yield self.told({})


def fields_of(data: bytes) -> dict[str, str]:
    """The fields of a WARC record's head, names in lower case: read ten times as fast as by the library."""
    lines = data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    return {name.lower(): value.strip() for name, _, value in pairs}


def _buried(path: str, stone: Stored) -> Iterator[ToldRevision]:
    """The revision that a takedown removed: what is stated of it, and where its file was kept."""
    told = dict(line.split(b": ", 1) for line in stone.block.split(b"\r\n") if b": " in line)
    if b"statement" not in told:
        return
    start, size, digest = told[b"conversion"].decode().split()
    at = datetime.fromisoformat(told[b"date"].decode())
    record = RawRecord(
        url=stone.fields["warc-target-uri"],
        file=path,
        offset=int(start),
        length=int(size),
        payload=digest,
        revisit=False,
        removed=True,
        written_at=at,
    )
    yield ToldRevision(statement=told[b"statement"], detail=told[b"detail"], record=record, page=None, at=at)


def _is_tombstone(data: bytes) -> bool:
    """Whether a record stands where a takedown removed another: it tells of no request."""
    return data.partition(b"\r\n\r\n")[2].startswith(MARK)


def _kept(path: str, member: Member, fields: dict[str, str]) -> RawRecord:
    return RawRecord(
        url=fields["warc-target-uri"],
        file=path,
        offset=member.offset,
        length=member.length,
        payload=fields["warc-payload-digest"].removeprefix("sha256:"),
        revisit=fields["warc-type"] == "revisit",
        written_at=datetime.fromisoformat(fields["warc-date"]),
    )


def _answer(data: bytes, fields: dict[str, str]) -> tuple[head.Head, int]:
    """A response's head, and how many bytes of a body follow it."""
    start = data.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[0]
    return head.parse(start), max(0, int(fields["content-length"]) - len(start) - 4)


def _about(stored: Stored) -> dict[str, str]:
    lines = stored.block.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(": ") for line in lines if ": " in line)
    return {name: value for name, _, value in pairs}


def _begun(path: str, fields: dict[str, str], data: bytes) -> ToldFile:
    told = fields_of(b"\r\n" + data.partition(b"\r\n\r\n")[2])
    return ToldFile(
        path=path, software=told.get("software", ""), at=datetime.fromisoformat(fields["warc-date"])
    )
