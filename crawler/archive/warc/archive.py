"""``WarcArchive``: a queue before one thread that writes, so that many callers share one fsync."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ParamSpec, TypeVar

from crawler import __version__
from crawler.archive.tree import Tree
from crawler.archive.warc import records, unclaimed
from crawler.archive.warc.keeping import Bundle, Keeping, Kept, Mended
from crawler.archive.warc.reading import Reader
from crawler.model import Exchange, Page, RawRecord, Severed, Testimony, ToldVisit, sha256
from crawler.ports import RawIndex

P = ParamSpec("P")
T = TypeVar("T")

FILE_SIZE = 10**9  #: bytes; what Annex C of the standard advises
FILE_AGE = timedelta(days=1)
_READERS = 2  #: threads

_Waiting = tuple[Bundle | Testimony, asyncio.Future[tuple[RawRecord, ...]]]


def _now() -> datetime:
    return datetime.now(UTC)


class WarcArchive:
    """Keeps exchanges below ``root``.

    ``index`` tells which bodies were kept by earlier runs.  One process at a time may keep (the store's
    lock sees to that), any number may read.
    """

    def __init__(
        self,
        root: Path,
        *,
        index: RawIndex | None = None,
        file_size: int = FILE_SIZE,
        file_age: timedelta = FILE_AGE,
        information: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = _now,
        sync: Callable[[int], None] = os.fsync,
    ) -> None:
        tree = self._tree = Tree(root)
        self._keeping = Keeping(
            tree,
            now=now,
            file_size=file_size,
            file_age=file_age,
            information=_software() | dict(information or {}),
            sync=sync,
        )
        self._reader = Reader(tree)
        self._index = index
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="warc")
        self._reading = ThreadPoolExecutor(_READERS, thread_name_prefix="warc-reading")
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def is_torn(self) -> bool:
        """Whether the last stop left a file open."""
        return bool(await self._run(self._writing, self._keeping.left_open))

    async def mend(self) -> Mended:
        """Close what the last stop left open; to be called by the one that writes, before it does."""
        ends: dict[str, int] = {}
        if self._index is not None:
            for path in await self._run(self._writing, self._keeping.left_open):
                ends[path] = await self._index.raw_end(path)
        return await self._run(self._writing, self._keeping.mend, ends)

    async def keep(self, exchanges: Sequence[Exchange], *, about: Mapping[str, str]) -> tuple[RawRecord, ...]:
        """Part of ``ports.RawArchive``; a cancelled call is finished all the same."""
        if not exchanges:
            return ()
        digests = [sha256(exchange.body) for exchange in exchanges]
        bundle = Bundle(
            exchanges=exchanges, about=about, digests=digests, known=await self._known(exchanges, digests)
        )
        return await self._queue(bundle)

    async def testify(self, testimony: Testimony) -> RawRecord:
        """Part of ``ports.RawArchive``; a cancelled call is finished all the same."""
        return (await self._queue(testimony))[0]

    async def testimony(self, record: RawRecord) -> Testimony:
        """Part of ``ports.RawArchive``."""
        return await self._run(self._reading, self._reader.testimony, record)

    async def left_open(self) -> list[str]:
        """The files that the last stop left open, as ``mend`` calls them."""
        return await self._run(self._writing, self._keeping.left_open)

    async def unclaimed(self, spans: Sequence[Severed], mended: Sequence[str]) -> list[ToldVisit]:
        """What was kept within ``spans`` and nobody refers to, in the files that were ``mended`` and closed ones.

        Raises ``ArchiveError``.
        """
        tree = self._tree
        files = set(mended)
        files.update(await self._run(self._reading, unclaimed.written_within, tree, spans))
        found: list[ToldVisit] = []
        for path in sorted(files):
            known = await self._index.raw_starts(path) if self._index is not None else frozenset[int]()
            found += await self._run(
                self._reading, unclaimed.visits, tree, path, spans, known, last=path in mended
            )
        return found

    async def _queue(self, bundle: Bundle | Testimony) -> tuple[RawRecord, ...]:
        kept: asyncio.Future[tuple[RawRecord, ...]] = asyncio.get_running_loop().create_future()
        kept.add_done_callback(_noticed)
        self._waiting.append((bundle, kept))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="warc")
        return await asyncio.shield(kept)

    async def page(self, record: RawRecord) -> Page:
        """Part of ``ports.RawArchive``."""
        return await self._run(self._reading, self._reader.page, record)

    async def close(self) -> None:
        """Write what waits, close the file, end the threads."""
        try:
            if self._writer is not None:
                await asyncio.wait([self._writer])
            await self._run(self._writing, self._keeping.close)
        finally:
            self._writing.shutdown()
            self._reading.shutdown()

    async def _known(self, exchanges: Sequence[Exchange], digests: Sequence[str]) -> dict[str, RawRecord]:
        """Which of the bodies were kept before this run, as far as the index knows."""
        known: dict[str, RawRecord] = {}
        for exchange, digest in zip(exchanges, digests, strict=True):
            if self._index is None or not exchange.body or self._keeping.knows(digest):
                continue
            record = await self._index.raw_record(digest)
            if record is not None:
                known[digest] = record
        return known

    async def _write(self) -> None:
        """Group by group, until nobody waits."""
        while self._waiting:
            group, self._waiting = self._waiting, []
            results: Sequence[Kept]
            try:
                results = await self._run(self._writing, self._keeping.write, [bundle for bundle, _ in group])
            except Exception as error:
                results = [error] * len(group)
            for (_, kept), result in zip(group, results, strict=True):
                if kept.done():
                    continue
                if isinstance(result, Exception):
                    kept.set_exception(result)
                else:
                    kept.set_result(result)

    async def _run(
        self, threads: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, lambda: call(*args, **kwargs))


def _noticed(kept: asyncio.Future[tuple[RawRecord, ...]]) -> None:
    """A failure that nobody waits for any more is no mistake of the program."""
    if not kept.cancelled():
        kept.exception()


def _software() -> dict[str, str]:
    return {
        "software": f"wire-crawler/{__version__}",
        "format": records.VERSION.replace("/", " File Format "),
        "conformsTo": records.CONFORMS_TO,
    }
