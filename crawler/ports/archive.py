"""Files below one root, and what the servers sent as they sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from crawler.model import (
    ArchivedFile,
    Exchange,
    Page,
    RawRecord,
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

    async def sweep(self) -> int:
        """Remove temporary files that a crash left; return how many."""
        ...


class RawArchive(Protocol):
    """What the servers sent, as they sent it: WARC files that are only ever added to."""

    async def keep(self, exchanges: Sequence[Exchange], *, about: Mapping[str, str]) -> tuple[RawRecord, ...]:
        """Write them; durable on return, those of many callers with one fsync.

        ``about`` goes into a metadata record: via, feed, guid, run.  Raises ``ArchiveError``.
        """
        ...

    async def page(self, record: RawRecord) -> Page:
        """The response again, decompressed; raises ``ArchiveError`` where it is not there or not whole."""
        ...


class RawIndex(Protocol):
    """Which bodies the raw archive holds already."""

    async def raw_record(self, payload: str) -> RawRecord | None:
        """Where a body with this digest was kept; None for a new one."""
        ...

    async def note_raw(self, records: Sequence[RawRecord]) -> None:
        """Note records that no outcome will bring: those of a robots.txt."""
        ...
