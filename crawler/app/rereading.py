"""Re-extraction, put together: workers, the files, the pages that were kept; no web.

Without ``apply`` everything is opened for reading only, also while a crawler runs.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crawler.app import logkeeping, looking, present, rawarchive
from crawler.app.house import SystemClock
from crawler.archive.local import LocalArchive
from crawler.archive.warc import WarcArchive
from crawler.config import Config
from crawler.errors import ConfigError
from crawler.reextracting import OVERLAP, Reextraction
from crawler.store.sql import SqlStore
from crawler.store.standings import SqlStandings
from crawler.workers.pool import WorkerPool

if TYPE_CHECKING:
    from crawler.extract import Effort
    from crawler.model import Frame, Rereading, RereadSelection
    from crawler.ports import Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where articles are read again."""

    articles: list[int]  #: numbers of the wanted ones
    reextraction: Reextraction
    workers: WorkerPool

    stop: asyncio.Event

    def run(self) -> AsyncIterator[Rereading]:
        """Read them again, as many at once as keep the workers busy."""
        return self.reextraction.run(self.articles, self.stop, overlap=OVERLAP * self.workers.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How articles are read again."""

    effort: Effort
    apply: bool  #: whether changes become revisions
    lines: bool  #: whether they are shown line by line


class HeldFrames:
    """Keeps ``ports.Frames``: what is known of each host when it is first asked for, for the whole run.

    A crawler beside us may learn more meanwhile; two pages of a host are to be read alike.
    """

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._held: dict[str, Frame] = {}

    async def frame(self, host: str) -> Frame:
        """The lines that recur on a host's pages."""
        if host in self._held:
            return self._held[host]
        found = await self._frames.frame(host)
        return self._held.setdefault(host, found)  # of those who asked meanwhile, the first


@asynccontextmanager
async def opened(
    config: Config,
    want: RereadSelection,
    manner: Manner,
    stop: asyncio.Event,
    *,
    arguments: Mapping[str, Any],
) -> AsyncIterator[Desk]:
    """Open what re-extraction needs; to apply, as the archive's only writer and after a recovery."""
    present.begun(config)
    clock = SystemClock()
    search = SqlStandings(config.database)
    async with AsyncExitStack() as stack:
        archive = LocalArchive(config.archive.root)
        stack.push_async_callback(archive.close)
        store = await _writing(config, archive, clock, arguments, stack) if manner.apply else None
        await stack.enter_async_context(search)
        await _require_pages(config, search)
        raw = await _raw(config, clock, store, stack)
        articles = await search.chosen(replace(want, taken_down=True))  # that it was is said of each
        workers = await _workers(config, manner, search, len(articles))
        stack.push_async_callback(workers.close)
        reextraction = Reextraction(
            standings=search,
            raw=raw,
            workers=workers,
            archive=archive,
            clock=clock,
            files=config.archive,
            banners=config.banners,
            store=store,
            testify=config.archive.raw,
            lines=manner.lines,
        )
        yield Desk(articles=articles, reextraction=reextraction, workers=workers, stop=stop)
        if store is not None:
            await store.close_run("interrupted" if stop.is_set() else "done")
            await logkeeping.logbook(config, store, archive, clock).head()


async def _raw(
    config: Config, clock: SystemClock, store: SqlStore | None, stack: AsyncExitStack
) -> WarcArchive:
    """The pages that were kept; to apply, also a place for what is made of them."""
    if store is not None:
        return (await stack.enter_async_context(rawarchive.opened(config, clock, store, run=0))).archive
    raw = rawarchive.reading(config)
    stack.push_async_callback(raw.close)
    return raw


async def _workers(config: Config, manner: Manner, search: SqlStandings, articles: int) -> WorkerPool:
    """No more processes than there are articles."""
    settings = config.workers
    if articles < (settings.processes or os.cpu_count() or 1):
        settings = settings.model_copy(update={"processes": max(1, articles)})
    workers = WorkerPool(settings, effort=manner.effort, frames=HeldFrames(search), rules=config.rules)
    await workers.start()
    return workers


async def _writing(
    config: Config,
    archive: LocalArchive,
    clock: SystemClock,
    arguments: Mapping[str, Any],
    stack: AsyncExitStack,
) -> SqlStore:
    """The store, to be written: the lock is ours, and the last stop is made good."""
    await archive.check_writable()
    store = SqlStore(config.database, config.store, slug_bytes=config.archive.slug_bytes, now=clock.now)
    await store.open()
    stack.push_async_callback(store.close)
    await store.open_run("reextract", arguments)
    await rawarchive.recovered(config, store, archive)
    return store


async def _require_pages(config: Config, search: SqlStandings) -> None:
    if not config.archive.raw and not await search.keeps_pages():
        raise ConfigError(
            f"{config.path}: archive.raw: this archive keeps no pages, so there is nothing to read again; "
            "set [archive] raw = true, and what is captured from then on can be"
        )


async def numbers(config: Config, which: list[str]) -> frozenset[int] | None:
    """The numbers of articles named in any way that ``inspect`` knows; None for all."""
    if not which:
        return None
    async with looking.search(config) as search:
        return frozenset([(await search.article(one))["id"] for one in which])


def todays_extractor(effort: Effort) -> str:
    """Name and version of what would read a page now."""
    from crawler import extract  # costs half a second that only --extractor-older needs

    return extract.extractor(effort)
