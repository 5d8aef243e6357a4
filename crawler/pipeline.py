"""The two journeys, both only forward: ``poll`` a feed, ``capture`` an entry.

A journey ends in an outcome, never in an expected exception; ``slices`` settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawler import article, document, quality, timing
from crawler.config import ArchiveConfig, BannersConfig, PollConfig
from crawler.errors import CrawlError, FetchError, NoArticle, Passing
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
    FeedDocument,
    FeedState,
    Origin,
    Outcome,
    Page,
    Polled,
    Record,
    Request,
    Validators,
    Verdict,
    sha256,
)
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

    # ------------------------------------------------------------------ poll

    async def poll(self, due: DuePoll) -> Polled:
        """Fetch a feed and read it; the outcome carries the feed's next state."""
        feed, state = due.feed, due.state
        request = Request(url=feed.url, kind="feed", validators=state.validators, user_agent=feed.user_agent)
        page: Page | None = None
        try:
            page = await self.web.get(request)
            if page.not_modified or page.digest == state.body_digest:
                return self._polled(due, page, None)
            return self._polled(due, page, await self.workers.read_feed(page, feed_name=feed.name))
        except CrawlError as error:
            return self._poll_failed(due, page, error)

    def _polled(self, due: DuePoll, page: Page, read: FeedDocument | None) -> Polled:
        now = self.clock.now()
        facts = timing.PollFacts(
            now=now,
            outcome="unchanged" if read is None else "changed",
            keys=tuple(entry.key for entry in read.entries) if read else (),
            published=tuple(entry.published for entry in read.entries if entry.published) if read else (),
            max_age=timing.freshness(page.headers, now),
            ttl=read.info.ttl if read else None,
            skip_hours=read.info.skip_hours if read else (),
            skip_days=read.info.skip_days if read else (),
            validators=_validators(due.state.validators, page),
            body_digest=due.state.body_digest if page.not_modified else page.digest,
        )
        return Polled(
            feed=due.feed,
            at=now,
            outcome="unchanged" if read is None else "changed",
            state=self._next_state(due, facts),
            status=page.status,
            attempts=page.attempts,
            document=read,
            body_digest=facts.body_digest,
            body_bytes=len(page.body),
        )

    def _poll_failed(self, due: DuePoll, page: Page | None, error: CrawlError) -> Polled:
        facts = timing.PollFacts(
            now=self.clock.now(),
            outcome="failed",
            retry_after=getattr(error, "retry_after", None),
            ours=error.passing is Passing.OURS,
        )
        return Polled(
            feed=due.feed,
            at=facts.now,
            outcome="failed",
            state=self._next_state(due, facts),
            status=page.status if page else getattr(error, "status", None),
            attempts=page.attempts if page else attempts_of(error),
            body_digest=page.digest if page else None,
            body_bytes=len(page.body) if page else 0,
            error=str(error),
            error_kind=error.kind,
        )

    def _next_state(self, due: DuePoll, facts: timing.PollFacts) -> FeedState:
        policy = timing.PollPolicy(
            floor=due.feed.floor or self.polling.floor,
            ceiling=due.feed.ceiling or self.polling.ceiling,
            initial=self.polling.initial,
        )
        return timing.after_poll(due.state, facts, policy, seed=due.feed.url)

    # ------------------------------------------------------------------ capture

    async def capture(self, item: DueItem) -> Outcome:
        """Fetch an entry's page, or fall back to the feed's own content, and archive it."""
        attempts: tuple[Attempt, ...] = ()
        try:
            page = await self._page(item)
            attempts = page.attempts
            reading = await self._read(item, page)
            return await self._keep(item, reading, attempts)
        except CrawlError as error:
            attempts = attempts or attempts_of(error)
            if error.passing is Passing.OURS:
                return self._failed(item, error, attempts)
            return await self._fall_back(item, error, attempts)

    async def _page(self, item: DueItem) -> Page:
        link = item.entry.source_link
        if link is None:
            error = NoArticle("the item has no usable link")
            error.passing = (
                Passing.PERMANENT
            )  # until the feed tells it otherwise: an edited item is due again
            raise error
        return await self.web.get(Request(url=link, kind="page", user_agent=item.feed.user_agent))

    async def _read(self, item: DueItem, page: Page) -> Reading:
        extraction = await self.workers.read_page(page, want_date=item.entry.published is None)
        verdict = quality.judge(extraction, item.entry, page.status)
        if not verdict.ok:
            raise NoArticle(f"the page is not the article: {', '.join(verdict.reasons)}")
        return Reading(extraction=extraction, verdict=verdict, page=page)

    async def _fall_back(self, item: DueItem, error: CrawlError, attempts: tuple[Attempt, ...]) -> Outcome:
        """The page failed: the feed's own content serves until a later visit upgrades it."""
        try:
            extraction = None if item.fallback else await self.workers.read_entry(item.entry)
            if extraction is None:
                return self._failed(item, error, attempts)
            verdict = Verdict(ok=False, reasons=(f"{error.kind}: {error}",))
            reading = Reading(extraction=extraction, verdict=verdict, page=None)
            return await self._keep(item, reading, attempts, because=error)
        except CrawlError as second:
            return self._failed(item, second, attempts)

    async def _keep(
        self,
        item: DueItem,
        reading: Reading,
        attempts: tuple[Attempt, ...],
        *,
        because: CrawlError | None = None,
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
        if sha256(data) == claim.newest_digest:
            return "unchanged"
        path = document.document_path(claim.source_key, claim.date, claim.url)
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
        await self._set_aside(claim, path)
        await self.archive.put_many([(image_path, image), (path, data)])
        return "archived" if reading.page else "fallback"

    async def _set_aside(self, claim: Claim, path: str) -> None:
        """Keep the file of the revision that is about to be replaced."""
        if claim.newest_digest is not None and await self.archive.digest(path) == claim.newest_digest:
            older = document.revision_path(claim.source_key, claim.date, claim.url, claim.revision - 1)
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


def attempts_of(error: CrawlError) -> tuple[Attempt, ...]:
    """The HTTP exchanges an error carries, if any."""
    return error.attempts if isinstance(error, FetchError) else ()


def _validators(stored: Validators, page: Page) -> Validators:
    """A 304 updates what it names and keeps the rest (RFC 9111 §4.3.4); a 200 replaces all."""
    fresh = page.validators
    if not page.not_modified:
        return fresh
    return Validators(
        etag=fresh.etag or stored.etag, last_modified=fresh.last_modified or stored.last_modified
    )


def _reason(item: DueItem, reading: Reading, claim: Claim) -> str:
    """Why this revision exists."""
    if claim.revision == 1:
        return "first"
    upgraded = item.fallback and reading.extraction.origin is Origin.PAGE
    return "page replaces the feed's own content" if upgraded else "captured again"
