"""Files below one root, and what the servers sent as they sent it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from crawler.model import (
    ArchivedFile,
    Exchange,
    Page,
    RawRecord,
    Testimony,
    Told,
)


class Archive(Protocol):
    """Files below one root."""

    async def put(self, path: str, data: bytes) -> ArchivedFile:
        """Write durably: temporary file in the same folder, fsync, rename, fsync of the folder.

        Putting the same bytes again changes nothing.  Raises ``ArchiveError``.
        """
        ...

    async def put_many(self, files: Sequence[tuple[str, bytes]]) -> list[ArchivedFile]:
        """Write several files, each as ``put`` does; they appear in the order given."""
        ...

    async def get(self, path: str) -> bytes:
        """The bytes of a file; raises ``ArchiveError`` when it is not there or leads outside."""
        ...

    async def digest(self, path: str) -> str | None:
        """SHA-256 of the file, or None if there is none."""
        ...

    async def names(self, folder: str) -> list[str]:
        """Names of the files that lie directly in a folder, sorted; none where it is not there."""
        ...

    async def sweep(self) -> int:
        """Remove temporary files that a crash left; return how many.  The caller has the archive's lock."""
        ...


class RawArchive(Protocol):
    """What the servers sent, as they sent it: WARC files that are only ever added to."""

    async def keep(self, exchanges: Sequence[Exchange], *, about: Mapping[str, str]) -> tuple[RawRecord, ...]:
        """Write them; durable on return, those of many callers with one fsync.

        ``about`` goes into a metadata record: via, feed, guid, run.  Raises ``ArchiveError``.
        """
        ...

    async def testify(self, testimony: Testimony) -> RawRecord:
        """Keep a revision beside the page it was made of; durable on return.  Raises ``ArchiveError``."""
        ...

    async def testimony(self, record: RawRecord) -> Testimony:
        """What ``testify`` kept; raises ``ArchiveError`` where it is not there or not whole."""
        ...

    async def page(self, record: RawRecord) -> Page:
        """The response again, decompressed; raises ``ArchiveError`` where it is not there or not whole."""
        ...


class Chronicle(Protocol):
    """The raw archive from its beginning to its end: what a lost database is told again from."""

    def tell(self) -> AsyncIterator[tuple[Told, int]]:
        """All that was kept, in the order of writing, each with the bytes read so far."""
        ...


class RawIndex(Protocol):
    """Which bodies the raw archive holds already."""

    async def raw_record(self, payload: str) -> RawRecord | None:
        """Where a body with this digest was kept; None for a new one."""
        ...

    async def raw_end(self, file: str) -> int:
        """Where the last record of a file ends that anything refers to; 0 for a file that nothing refers to."""
        ...

    async def raw_starts(self, file: str) -> frozenset[int]:
        """Offsets of the records of a file that anything refers to."""
        ...

    async def is_settled(self, item: int, at: datetime) -> bool:
        """Whether an item was captured, or edited in its feed, at that moment or later; also where there is none."""
        ...

    async def note_raw(self, records: Sequence[RawRecord]) -> None:
        """Note records that no outcome will bring: those of a robots.txt."""
        ...
