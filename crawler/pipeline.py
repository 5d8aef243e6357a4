"""The two journeys, both only forward: ``poll`` a feed (``polling``), ``capture`` an entry (here).

A journey ends in an outcome, never in an expected exception; ``slices`` settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawler import article, document, quality, timing
from crawler.config import ArchiveConfig, BannersConfig, PollConfig
from crawler.errors import Bug, CrawlError, NoArticle, Passing, attempts_of
from crawler.model import (
    ArchivedFile,
    Attempt,
    Captured,
    Claim,
    Draft,
    DueItem,
    DuePoll,
    Extraction,
    Failed,
    Origin,
    Outcome,
    Page,
    Polled,
    Record,
    Request,
    Verdict,
    sha256,
)
from crawler.polling import Polling
from crawler.ports import Archive, Clock, Store, Web, Workers

Kept = Literal["archived", "fallback", "unchanged", "duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An extraction, what was thought of it, and the page it came from (None: the feed alone)."""

    extraction: Extraction
    verdict: Verdict
    page: Page | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Both journeys over the ports; holds no state of its own."""

    web: Web
    workers: Workers
    archive: Archive
    store: Store
    clock: Clock
    files: ArchiveConfig
    polling: PollConfig
    banners: BannersConfig

    async def poll(self, due: DuePoll) -> Polled:
        """The other journey, over the same ports."""
        journey = Polling(web=self.web, workers=self.workers, clock=self.clock, settings=self.polling)
        return await journey.poll(due)

    async def capture(self, item: DueItem) -> Outcome:
        """Fetch an entry's page, or fall back to the feed's own content, and archive it."""
        attempts: tuple[Attempt, ...] = ()
        because: CrawlError | None = None
        try:
            try:
                page = await self._page(item)
                attempts = page.attempts
                reading = await self._read(item, page)
            except CrawlError as error:
                because, attempts = error, attempts or attempts_of(error)
                reading = await self._instead(item, error)
            return await self._keep(item, reading, attempts, because=because)
        except CrawlError as error:
            return self._failed(item, error, attempts)
        except Exception as error:
            return self._failed(item, Bug.of(error), attempts)

    async def _page(self, item: DueItem) -> Page:
        link = item.entry.source_link
        if link is None:
            error = NoArticle("the item has no usable link")
            error.passing = Passing.PERMANENT  # until the feed tells otherwise: an edited item is due again
            raise error
        return await self.web.get(Request(url=link, kind="page", user_agent=item.feed.user_agent))

    async def _read(self, item: DueItem, page: Page) -> Reading:
        extraction = await self.workers.read_page(page, want_date=item.entry.published is None)
        verdict = quality.judge(extraction, item.entry, page.status)
        if not verdict.ok:
            raise NoArticle(f"the page is not the article: {', '.join(verdict.reasons)}")
        return Reading(extraction=extraction, verdict=verdict, page=page)

    async def _instead(self, item: DueItem, error: CrawlError) -> Reading:
        """The page failed: the feed's own content serves until a later visit upgrades it.

        It never replaces what came from the page; a failure of ours is no reason for it either.
        """
        if error.passing is Passing.OURS or item.standing is Origin.PAGE:
            raise error
        extraction = await self.workers.read_entry(item.entry)
        if extraction is None:
            raise error
        verdict = Verdict(ok=False, reasons=(f"{error.kind}: {error}",))
        return Reading(extraction=extraction, verdict=verdict, page=None)

    async def _keep(
        self,
        item: DueItem,
        reading: Reading,
        attempts: tuple[Attempt, ...],
        *,
        because: CrawlError | None,
    ) -> Captured:
        now = self.clock.now()
        draft = self._compose(item, reading, now)
        claim = await self.store.claim(item, draft, code_seed=item.entry.key)
        article_id = claim.article_id if claim.duplicate_of is None else claim.duplicate_of
        outcome: Kept = "duplicate"
        if claim.duplicate_of is None:
            outcome = await self._write(item, reading, draft, claim)
        return Captured(
            item=item,
            at=now,
            outcome=outcome,
            article_id=article_id,
            attempts=attempts,
            retry_at=self._retry_at(item, because) if because else None,
            error=str(because) if because else None,
            error_kind=because.kind if because else None,
        )

    def _compose(self, item: DueItem, reading: Reading, now: datetime) -> Draft:
        return article.compose(
            item.entry,
            reading.extraction,
            feed=item.feed,
            page_url=reading.page.final_url if reading.page else None,
            first_seen=item.first_seen,
            now=now,
            verdict=reading.verdict,
            archive=self.files,
            banners=self.banners,
        )

    async def _write(self, item: DueItem, reading: Reading, draft: Draft, claim: Claim) -> Kept:
        """Intent, files, done: a kill between any two loses, doubles and orphans nothing."""
        image = await self.workers.draw_qrcode(self._target(draft, claim))
        image_path = document.qrcode_path(claim.source_key, claim.date, claim.code)
        data = document.render(
            document.compose(draft, claim, document.qrcode_url(self.files.media_base, image_path))
        )
        path = document.document_path(claim.source_key, claim.date, claim.url)
        found = await self.archive.digest(path)
        if found == claim.newest_digest == sha256(data):
            return "unchanged"
        await self.store.intend(
            Record(
                claim=claim,
                item_id=item.item_id,
                draft=draft,
                document=ArchivedFile(path=path, digest=sha256(data), size=len(data)),
                qrcode=ArchivedFile(path=image_path, digest=sha256(image), size=len(image)),
                origin=reading.extraction.origin,
                verdict=reading.verdict,
                reason=_reason(item, reading, claim),
                extraction=reading.extraction,
                page_url=reading.page.final_url if reading.page else None,
                page_digest=reading.page.digest if reading.page else None,
                fetched_at=reading.page.fetched_at if reading.page else self.clock.now(),
            )
        )
        if found not in {None, sha256(data)}:
            await self._set_aside(claim, path, found)
        await self.archive.put_many([(image_path, image), (path, data)])
        return "archived" if reading.page else "fallback"

    async def _set_aside(self, claim: Claim, path: str, found: str | None) -> None:
        """Keep the bytes that are about to be replaced: a revision's, or anybody else's."""
        older = document.revision_path(claim.source_key, claim.date, claim.url, claim.revision - 1)
        if found != claim.newest_digest:
            older = older.removesuffix(f"/{claim.revision - 1}.md") + f"/found-{str(found)[:12]}.md"
        await self.archive.put(older, await self.archive.get(path))

    def _target(self, draft: Draft, claim: Claim) -> str:
        return self.files.qr_target.format(
            public_url=self.files.public_url,
            url=claim.url,
            article_id=claim.article_id,
            source=draft.source_key,
            code=claim.code,
        )

    def _failed(self, item: DueItem, error: CrawlError, attempts: tuple[Attempt, ...]) -> Failed:
        return Failed(
            item=item,
            at=self.clock.now(),
            stage=error.stage,
            error=str(error),
            error_kind=error.kind,
            retry_at=self._retry_at(item, error),
            attempts=attempts or attempts_of(error),
            ours=error.passing is Passing.OURS,
        )

    def _retry_at(self, item: DueItem, error: CrawlError) -> datetime | None:
        return timing.retry_at(item.captures, error, self.clock.now(), limit=self.polling.capture_attempts)


def _reason(item: DueItem, reading: Reading, claim: Claim) -> str:
    """Why this revision exists."""
    if claim.revision == 1:
        return "first"
    upgraded = item.fallback and reading.extraction.origin is Origin.PAGE
    return "page replaces the feed's own content" if upgraded else "captured again"
