"""One life of the crawler in a world: the real house with the world's clock, wire and workers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.config import ArchiveConfig, BannersConfig, PollConfig, StoreConfig, WebConfig
from crawler.engine.local import LocalEngine
from crawler.errors import CrawlError, StoreError
from crawler.model import ArchivedFile, Entry, Extraction, Feed, Page, Selection, sha256
from crawler.pipeline import Pipeline
from crawler.recovery import recover
from crawler.slices import SliceRunner
from crawler.store.sql import SqlStore
from crawler.web import Door
from crawler.workers.inline import InlineWorkers
from tests.world.loop import InlineThreads, WorldClock
from tests.world.wire import Wire

AGENT = "world-crawler/1.0 (+https://lanternfield.example/crawler)"


class Workers(InlineWorkers):
    """The real steps in this process; a page's extraction is kept by digest, for all pages are alike."""

    def __init__(self) -> None:
        super().__init__()
        self._pages: dict[str, Extraction | CrawlError] = {}

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        known = self._pages.get(page.digest)
        if known is None:
            try:
                known = await super().read_page(page, want_date=want_date)
            except CrawlError as error:
                known = error
            self._pages[page.digest] = known
        if isinstance(known, CrawlError):
            raise known
        return known

    async def read_entry(self, entry: Entry) -> Extraction | None:
        return None  # the items of this world hold no text

    async def draw_qrcode(self, target: str) -> bytes:
        return b"RIFF"  # nobody looks at it here


class Shelf:
    """Files in memory: what is archived is not this world's question."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    async def put(self, path: str, data: bytes) -> ArchivedFile:
        self._digests[path] = sha256(data)
        return ArchivedFile(path=path, digest=self._digests[path], size=len(data))

    async def put_many(self, files: Sequence[tuple[str, bytes]]) -> list[ArchivedFile]:
        return [await self.put(path, data) for path, data in files]

    async def get(self, path: str) -> bytes:
        return b""

    async def digest(self, path: str) -> str | None:
        return self._digests.get(path)

    async def sweep(self) -> int:
        return 0


@dataclass(slots=True, kw_only=True)
class House:
    """What outlives a process (database, files) and how a process is put together."""

    path: Path
    feeds: list[Feed]
    clock: WorldClock
    seed: int
    poll: PollConfig = field(default_factory=PollConfig)
    web: WebConfig = field(default_factory=lambda: WebConfig(user_agent=AGENT))
    files: Shelf = field(default_factory=Shelf)
    workers: Workers = field(default_factory=Workers)
    lives: int = 0
    store: SqlStore | None = None

    async def live(self, wire: Wire) -> None:
        """Open on the same database and work until cancelled."""
        self.lives += 1
        clock = self.clock
        store = self.store = SqlStore(
            self.path, StoreConfig(synchronous="NORMAL"), now=clock.now, threads=InlineThreads
        )
        await store.open()
        await store.open_run("world", {})
        await recover(store, self.files)
        await store.register(self.feeds, clock.now())
        chance = random.Random(f"{self.seed} life {self.lives}")
        memory = store if hasattr(store, "keep_host") else None
        async with Door(
            self.web, clock, resolver=wire, random=chance.random, memory=memory, client=wire
        ) as door:
            await self._engine(store, door).run(Selection(), wait=True)

    def _engine(self, store: SqlStore, door: Door) -> LocalEngine:
        pipeline = Pipeline(
            web=door,
            workers=self.workers,
            archive=self.files,
            store=store,
            clock=self.clock,
            files=ArchiveConfig(),
            polling=self.poll,
            banners=BannersConfig(),
        )
        runner = SliceRunner(
            pipeline=pipeline,
            store=store,
            stop=asyncio.Event(),
            observe=lambda *_: None,
            wake=asyncio.Event(),
            clock=self.clock,
        )
        return LocalEngine(store=store, runner=runner, clock=self.clock, slots=self.poll.concurrency)

    def sever(self) -> None:
        """Hang up the database and drop the lock: what the dying process still tries leaves no trace."""
        store, self.store = self.store, None
        if store is not None:
            store._writer._refusal = StoreError("the process is gone")
            store._writer._hang_up()
            store._lock.release()
