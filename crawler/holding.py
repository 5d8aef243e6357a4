"""Files, raw archive and workers as the journeys know them: what has no room is done when there is some.

``app`` puts them before the doors; nothing that was fetched is thrown away for a full disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.model import (
    ArchivedFile,
    Comparison,
    Entry,
    Exchange,
    Extraction,
    FeedDocument,
    Page,
    RawRecord,
    Testimony,
)
from crawler.ports import Archive, Hold, RawArchive, Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldArchive:
    """``ports.Archive`` whose writing waits for room."""

    archive: Archive
    hold: Hold

    async def put(self, path: str, data: bytes) -> ArchivedFile:
        """Part of ``ports.Archive``."""
        return await self.hold(lambda: self.archive.put(path, data))

    async def put_many(self, files: Sequence[tuple[str, bytes]]) -> list[ArchivedFile]:
        """Part of ``ports.Archive``."""
        return await self.hold(lambda: self.archive.put_many(files))

    async def get(self, path: str) -> bytes:
        """Part of ``ports.Archive``."""
        return await self.archive.get(path)

    async def digest(self, path: str) -> str | None:
        """Part of ``ports.Archive``."""
        return await self.archive.digest(path)

    async def names(self, folder: str) -> list[str]:
        """Part of ``ports.Archive``."""
        return await self.archive.names(folder)

    async def sweep(self) -> int:
        """Part of ``ports.Archive``."""
        return await self.archive.sweep()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRaw:
    """``ports.RawArchive`` whose writing waits for room."""

    raw: RawArchive
    hold: Hold

    async def keep(self, exchanges: Sequence[Exchange], *, about: Mapping[str, str]) -> tuple[RawRecord, ...]:
        """Part of ``ports.RawArchive``."""
        return await self.hold(lambda: self.raw.keep(exchanges, about=about))

    async def testify(self, testimony: Testimony) -> RawRecord:
        """Part of ``ports.RawArchive``."""
        return await self.hold(lambda: self.raw.testify(testimony))

    async def testimony(self, record: RawRecord) -> Testimony:
        """Part of ``ports.RawArchive``."""
        return await self.raw.testimony(record)

    async def page(self, record: RawRecord) -> Page:
        """Part of ``ports.RawArchive``."""
        return await self.raw.page(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldWorkers:
    """``ports.Workers`` who are asked again when a process can be started again."""

    workers: Workers
    hold: Hold

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        """Part of ``ports.Workers``."""
        return await self.hold(lambda: self.workers.read_feed(page, feed_name=feed_name))

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        """Part of ``ports.Workers``."""
        return await self.hold(lambda: self.workers.read_page(page, want_date=want_date))

    async def read_entry(self, entry: Entry) -> Extraction | None:
        """Part of ``ports.Workers``."""
        return await self.hold(lambda: self.workers.read_entry(entry))

    async def draw_qrcode(self, target: str) -> bytes:
        """Part of ``ports.Workers``."""
        return await self.hold(lambda: self.workers.draw_qrcode(target))

    async def compare(self, before: bytes, after: bytes, *, known: tuple[str, ...] = ()) -> Comparison:
        """Part of ``ports.Workers``."""
        return await self.hold(lambda: self.workers.compare(before, after, known=known))
