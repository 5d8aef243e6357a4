"""Documents that broke a worker: their bytes are kept, with the reason, and nobody else reads them.

It stands before the workers and keeps the same port, so that polls, captures and the way back all
pass through it; ``app`` puts it there.
"""

from __future__ import annotations

import json
from typing import Literal

from crawler import urls
from crawler.errors import ArchiveError, Passing, WorkerFailed
from crawler.model import Comparison, Entry, Extraction, FeedDocument, Page, sha256
from crawler.ports import Archive, Workers

FOLDER = "quarantine"  #: below the archive's root, where Hugo never looks


class Quarantine:
    """``ports.Workers`` whose ``WorkerFailed`` says where the document lies.

    The bytes are those the worker was given: decompressed, otherwise as received.  A document is
    kept once, however often it comes; at most ``limit`` bytes are kept in all, nothing is removed.
    """

    def __init__(
        self, workers: Workers, archive: Archive, *, limit: int, used: int = 0, raw: bool = False
    ) -> None:
        """``used``: bytes that lie there already; ``raw``: the raw archive keeps every document anyway."""
        self._workers = workers
        self._archive = archive
        self._limit = limit
        self._used = used
        self._raw = raw

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        """Part of ``ports.Workers``."""
        try:
            return await self._workers.read_feed(page, feed_name=feed_name)
        except WorkerFailed as failure:
            raise await self._kept(page, "feed", failure) from failure

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        """Part of ``ports.Workers``."""
        try:
            return await self._workers.read_page(page, want_date=want_date)
        except WorkerFailed as failure:
            raise await self._kept(page, "page", failure) from failure

    async def read_entry(self, entry: Entry) -> Extraction | None:
        """Part of ``ports.Workers``; an entry's text lies in the store already."""
        return await self._workers.read_entry(entry)

    async def draw_qrcode(self, target: str) -> bytes:
        """Part of ``ports.Workers``."""
        return await self._workers.draw_qrcode(target)

    async def compare(self, before: bytes, after: bytes, *, known: tuple[str, ...] = ()) -> Comparison:
        """Part of ``ports.Workers``; both files are ours."""
        return await self._workers.compare(before, after, known=known)

    async def _kept(self, page: Page, kind: Literal["feed", "page"], failure: WorkerFailed) -> WorkerFailed:
        """The failure again, with what became of the document; ours are no document's fault."""
        if failure.passing is Passing.OURS:
            return failure
        told = WorkerFailed(f"{failure}; {await self._place(page, kind, failure)}")
        told.passing = failure.passing
        return told

    async def _place(self, page: Page, kind: str, failure: WorkerFailed) -> str:
        """Where the document lies, in words; that it cannot be kept is no reason to stop."""
        if self._raw:
            return "its bytes lie in the raw archive"
        path = f"{FOLDER}/{page.digest}.bin"
        about = _about(page, kind, failure)
        try:
            if await self._archive.digest(path) == page.digest:
                return f"its bytes lie in {path}"
            if self._used + len(page.body) + len(about) > self._limit:
                return f"its bytes are not kept: {self._limit} bytes may lie in quarantine"
            await self._put(path, page.body, about)
        except ArchiveError as error:
            return f"its bytes are not kept: {error}"
        return f"its bytes lie in {path}"

    async def _put(self, path: str, body: bytes, about: bytes) -> None:
        """Keep a document; counted before it is there, for others come meanwhile, and not if it never is."""
        size = len(body) + len(about)
        self._used += size
        try:
            await self._archive.put_many([(path, body), (path.removesuffix(".bin") + ".json", about)])
        except ArchiveError:
            self._used -= size
            raise


def _about(page: Page, kind: str, failure: WorkerFailed) -> bytes:
    """What lies beside the bytes, so that they tell their story without the database."""
    facts = {
        "kind": kind,
        "reason": str(failure),
        "url": urls.redacted(page.url),
        "final_url": urls.redacted(page.final_url),
        "content_type": page.headers.get("content-type"),
        "fetched_at": page.fetched_at.isoformat(),
        "size": len(page.body),
        "sha256": sha256(page.body),
    }
    return (json.dumps(facts, indent=2) + "\n").encode()
