"""The way back: pages of a feed's past, from one to the older one, until a moment is reached.

RFC 5005 (``prev-archive``, else ``next``) and JSON Feed's ``next_url``.  A one-shot walks beside the
engine; what a page brings becomes due like any other item, and every request passes the same gates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from crawler import urls
from crawler.engine.local import LocalEngine
from crawler.errors import Bug, CrawlError, HostPaused, attempts_of
from crawler.model import FeedDocument, OlderPage, Page, PageRead, PollCount, Request, Selection
from crawler.ports import Backlog, Clock, Web, Workers
from crawler.recording import on_behalf
from crawler.slices import Room, anytime

#: Pages of one feed in one run at most: three hours at a second each, and an end for what has none.
MOST_PAGES = 10_000
#: Rests of its host that are waited for on the way to one page.
RESTS = 3
#: Called once a page that was asked for.
PageObserver = Callable[[PageRead, PollCount], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """Walks each wanted feed back; feeds at different hosts at once."""

    web: Web
    workers: Workers
    store: Backlog
    clock: Clock
    stop: asyncio.Event
    wake: asyncio.Event  #: set when items have become due
    observe: PageObserver
    most_pages: int = MOST_PAGES
    room: Room = anytime  #: waited for before a request, as in a slice
    patience: float = 0.0  #: seconds that a walk waits for a host that rests, each time

    async def run(self, want: Selection) -> None:
        """Read what is older than the feeds show, back to ``want.since``; nothing without it."""
        if want.since is None:
            return
        walks = [asyncio.create_task(self._walk(first, want)) for first in await self.store.older_pages(want)]
        try:
            await asyncio.gather(*walks)
        finally:
            for walk in walks:
                walk.cancel()
            await asyncio.gather(*walks, return_exceptions=True)

    async def _walk(self, page: OlderPage, want: Selection) -> None:
        """From page to page, each once, on the feed's own host; a failure ends it until the next run."""
        seen = {urls.identity(page.feed.url)}
        asked: OlderPage | None = page
        while asked and len(seen) <= self.most_pages and not self.stop.is_set():
            identity = urls.identity(asked.url)
            if identity in seen or _host(asked.url) != _host(asked.feed.url):
                return
            seen.add(identity)
            known = await self.store.older_page(asked.feed, asked.url, now=self.clock.now())
            known = known or await self._read(asked)
            if known is None or _reached(known, want):
                return
            asked = _next(known)

    async def _read(self, asked: OlderPage) -> OlderPage | None:
        """Fetch and store one page; what it says of itself, None where it failed."""
        read = await self._fetched(asked)
        count = await self.store.settle_page(read)
        if count.new:
            self.wake.set()
        self.observe(read, count)
        return _told(asked, read.document) if read.document else None

    async def _fetched(self, asked: OlderPage) -> PageRead:
        feed = asked.feed
        page: Page | None = None
        try:
            await self.room()
            page = await self._page(
                Request(url=asked.url, kind="older", user_agent=feed.user_agent, about=on_behalf(feed))
            )
            document = await self.workers.read_feed(page, feed_name=feed.name)
            return PageRead(page=asked, at=self.clock.now(), attempts=page.attempts, document=document)
        except CrawlError as error:
            return self._failed(asked, page, error)
        except Exception as error:
            return self._failed(asked, page, Bug.of(error))

    async def _page(self, request: Request) -> Page:
        """The page; a rest of its host that soon ends is waited for, a few times."""
        for _ in range(RESTS):
            try:
                return await self.web.get(request)
            except HostPaused as paused:
                if paused.retry_after is None:
                    raise
                rest = (paused.retry_after - self.clock.now()).total_seconds()
                if rest > self.patience or self.stop.is_set():
                    raise
                await self.clock.sleep(max(rest, 0.0))
        return await self.web.get(request)

    def _failed(self, asked: OlderPage, page: Page | None, error: CrawlError) -> PageRead:
        attempts = page.attempts if page else attempts_of(error)
        return PageRead(
            page=asked, at=self.clock.now(), attempts=attempts, error=str(error), error_kind=error.kind
        )


async def walk_back(engine: LocalEngine, backfill: Backfill, want: Selection) -> None:
    """One shot: what is due, then the way back while what it brings is worked on."""
    await engine.run(want, wait=False)
    walk = asyncio.create_task(backfill.run(want), name="backfill")
    try:
        while not walk.done() and not backfill.stop.is_set():
            await engine.run(want, wait=False)
            events = [asyncio.create_task(event.wait()) for event in (backfill.wake, backfill.stop)]
            await asyncio.wait({walk, *events}, return_when=asyncio.FIRST_COMPLETED)
            for event in events:
                event.cancel()
        if backfill.stop.is_set():
            await asyncio.wait({walk}, timeout=engine.grace)
            return
        await walk
        await engine.run(want, wait=False)
    finally:
        if not walk.done():
            backfill.store.note_cut()
        walk.cancel()
        await asyncio.gather(walk, return_exceptions=True)


def _host(url: str) -> str:
    return urls.politeness_key(url)


def _reached(known: OlderPage, want: Selection) -> bool:
    """Whether even the page's newest entry is older than what is wanted; dates may run backwards."""
    return known.newest is not None and want.since is not None and known.newest < want.since


def _next(known: OlderPage) -> OlderPage | None:
    if known.older is None:
        return None
    return OlderPage(feed=known.feed, url=known.older, archived=known.older_archived)


def _told(asked: OlderPage, document: FeedDocument) -> OlderPage:
    dated = [date for entry in document.entries if (date := entry.published or entry.updated)]
    return replace(
        asked,
        older=document.info.older,
        older_archived=document.info.archived,
        newest=max(dated) if dated else None,
    )
