"""Kept pages read again: what today's extractor would make of an archived article, and making it so.

Nothing is fetched.  The page comes from the raw archive, the entry from the store; both are read,
judged and composed exactly as ``pipeline`` does it (``reading``), and the file is compared byte for byte.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from crawler import difference, document, quality, reading, revising, urls
from crawler.config import ArchiveConfig, BannersConfig
from crawler.errors import ArchiveError, CrawlError, NoArticle
from crawler.model import (
    REEXTRACTION,
    Change,
    Difference,
    Draft,
    DueItem,
    Origin,
    Page,
    RawRecord,
    Rereading,
    RereadSelection,
    Standing,
    Verdict,
    sha256,
)
from crawler.outbox import Outbox, Rendered, render
from crawler.ports import Archive, Clock, RawArchive, Store, Workers
from crawler.reading import Reading

HIDDEN = "=***"  #: what ``urls.without_secrets`` leaves of a secret
OVERLAP = 2  #: articles under way for each worker: one being read, one on its way from or to the disk


class Standings(Protocol):
    """What stands in the archive, looked at without writing: ``store.standings`` keeps it."""

    async def chosen(self, want: RereadSelection) -> list[int]:
        """Numbers of the archived articles that meet every condition, in order."""
        ...

    async def standing(self, article_id: int) -> Standing:
        """One of them: its newest revision, the entry it came from, the newest page that was kept of it."""
        ...

    async def repeated(self, item: DueItem, page: Page, key: str) -> bool:
        """Whether the page's host shows a text (``quality.suspicion``) for other items too."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reextraction:
    """Reads archived articles again over the ports; without ``store`` nothing is ever changed."""

    standings: Standings
    raw: RawArchive
    workers: Workers
    archive: Archive
    clock: Clock
    files: ArchiveConfig
    banners: BannersConfig
    store: Store | None = None  #: where changes are applied
    testify: bool = False  #: whether what is applied is kept in the raw archive too
    lines: bool = False  #: whether differences are shown line by line

    async def run(
        self, articles: Sequence[int], stop: asyncio.Event, *, overlap: int
    ) -> AsyncIterator[Rereading]:
        """Read articles again, ``overlap`` at once, told in order; what was begun at a stop is finished."""
        under_way: deque[asyncio.Task[Rereading]] = deque()
        try:
            for article_id in articles:
                if stop.is_set():
                    break
                under_way.append(asyncio.create_task(self.article(article_id)))
                if len(under_way) == overlap:
                    yield await under_way.popleft()
            while under_way:
                yield await under_way.popleft()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def article(self, article_id: int) -> Rereading:
        """Read one article again; a change is applied if there is a ``store``.

        Raises a ``CrawlError`` where store or disk fail: nothing that is true of one article only.
        """
        standing, file = await self._looked(article_id)
        told = Rereading(
            article_id=article_id, title=standing.title, outcome="unchanged", before=standing.verdict
        )
        if standing.taken_down or _is_tombstone(standing, file):
            return replace(told, outcome="taken down", why="it was taken down, and that is final")
        if standing.edited:
            return replace(told, outcome="waiting", why="its feed has edited it: crawl first")
        if standing.page is None and standing.origin is Origin.PAGE:
            return replace(told, outcome="missing", why="no page of it was kept")
        if isinstance(file, ArchiveError):
            return replace(told, outcome="failed", why=str(file))
        try:
            found = await self._read(standing, file)
        except NoArticle as error:
            return replace(told, outcome="worse", after=Verdict(ok=False, reasons=(str(error),)))
        except CrawlError as error:
            return replace(told, outcome="failed", why=f"{error.kind}: {error}")
        told = replace(told, after=found.verdict)
        if not found.verdict.ok and found.page is not None:
            return replace(told, outcome="worse")
        return await self._compared(standing, found, file, told)

    async def _looked(self, article_id: int) -> tuple[Standing, bytes | ArchiveError]:
        """An article and its file; looked at again where a crawler beside us wrote between the two."""
        standing = await self.standings.standing(article_id)
        while isinstance(file := await self._file(standing), ArchiveError):
            newer = await self.standings.standing(article_id)
            if newer.claim.revision == standing.claim.revision:
                break
            standing = newer
        return standing, file

    async def _file(self, standing: Standing) -> bytes | ArchiveError:
        """The article's file, if it is the one that was archived."""
        try:
            data = await self.archive.get(standing.path)
        except ArchiveError as error:
            return error
        if sha256(data) != standing.claim.newest_digest:
            return ArchiveError(f"{standing.path} was altered since it was archived")
        return data

    async def _read(self, standing: Standing, file: bytes) -> Reading:
        """The kept page read again; of an article from the feed, its own content unless the page will do now."""
        if standing.page is None:
            return await self._own(standing, standing.verdict)
        page = await self._page(standing.page, standing, file)
        if standing.origin is Origin.FEED and HIDDEN in page.final_url:
            return await self._own(standing, standing.verdict)  # its link would lead nowhere
        try:
            found = replace(await self._judged(standing, page), raw=standing.page)
        except NoArticle as error:
            if standing.origin is Origin.PAGE:
                raise
            return await self._own(standing, reading.refused(error))
        if found.verdict.ok or standing.origin is Origin.PAGE:
            return found
        return await self._own(standing, found.verdict)

    async def _judged(self, standing: Standing, page: Page) -> Reading:
        """The page as read today; a text that is not plainly the announced one upgrades nothing."""
        found = await reading.read_page(standing.item, page, self.workers)
        key = quality.suspicion(found.extraction, standing.item.entry) if found.verdict.ok else None
        if key is None:
            return found
        if standing.origin is Origin.FEED or await self.standings.repeated(standing.item, page, key):
            return replace(found, verdict=quality.REPEATED)
        return found

    async def _own(self, standing: Standing, verdict: Verdict) -> Reading:
        """The feed's own content, as it stands instead of a page."""
        found = await reading.read_entry(standing.item, verdict, self.workers)
        if found is None:
            raise NoArticle("the feed's own content has no prose")
        return found

    async def _page(self, record: RawRecord, standing: Standing, file: bytes) -> Page:
        """The page as it came.

        Secrets of its address were not kept with it, but the item's link has them, or after a redirect
        the file.  What was kept tells when the exchange began, the revision when the page was there.
        """
        page, link = await self.raw.page(record), standing.item.entry.source_link
        page = replace(page, fetched_at=max(page.fetched_at, standing.read_at))
        if link and _hides(page.final_url, link):
            return replace(page, url=link, final_url=link)
        told = document.parse(file).source_link
        return replace(page, final_url=told) if _hides(page.final_url, told) else page

    async def _compared(self, standing: Standing, found: Reading, data: bytes, told: Rereading) -> Rereading:
        # Of dates in the future is judged as on the day when the page came: nothing else has become of it.
        then = found.page.fetched_at if found.page else standing.read_at
        draft = reading.compose(standing.item, found, then, files=self.files, banners=self.banners)
        rendered = render(draft, standing.claim, self.files)
        if rendered.data == data:
            return told
        changed = replace(told, outcome="changed", difference=self._difference(data, rendered))
        if self.store is None:
            return changed
        change = revising.measured(REEXTRACTION, document.parse(data), document.parse(rendered.data))
        await self._apply(self.store, standing, found, draft, change)
        return replace(changed, revision=standing.claim.revision)

    def _difference(self, data: bytes, rendered: Rendered) -> Difference:
        before, after = document.parse(data), document.parse(rendered.data)
        return difference.between(before, after, lines=self.lines)

    async def _apply(
        self, store: Store, standing: Standing, found: Reading, draft: Draft, change: Change
    ) -> None:
        """Intent, files, done; a kill between them is made good by the next start (``recovery``)."""
        raw = self.raw if self.testify else None
        outbox = Outbox(workers=self.workers, archive=self.archive, store=store, files=self.files, raw=raw)
        claim = standing.claim
        await outbox.put(standing.item, found, draft, claim, change=change, now=standing.read_at)
        await store.revise(claim.article_id, self.clock.now())


def _is_tombstone(standing: Standing, file: bytes | ArchiveError) -> bool:
    """Whether its file alone tells that it was taken down: a database that was told again may not know it."""
    if isinstance(file, ArchiveError) or not standing.item.held:
        return False
    return document.is_tombstone(document.parse(file))


def _hides(shown: str, link: str) -> bool:
    """Whether an address is the link without its secrets."""
    bare = urls.without_secrets(link)
    return bare != link and bare in {shown, urls.canonical(shown)}
