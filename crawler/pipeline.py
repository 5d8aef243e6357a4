"""The two journeys, both only forward: ``poll`` a feed (``polling``), ``capture`` an entry (here).

A journey ends in an outcome, never in an expected exception; ``slices`` settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from crawler import quality, reading, timing
from crawler.config import ArchiveConfig, BannersConfig, PollConfig
from crawler.editing import Editing, killing, rechecking
from crawler.errors import Bug, CrawlError, NoArticle, Passing, attempts_of
from crawler.model import (
    Attempt,
    Captured,
    Claim,
    Draft,
    DueItem,
    DuePoll,
    Failed,
    NoChange,
    Origin,
    Outcome,
    Page,
    Polled,
    Repeats,
    Request,
)
from crawler.outbox import Outbox
from crawler.polling import Polling
from crawler.ports import Archive, Clock, RawArchive, Store, Web, Workers
from crawler.reading import Reading
from crawler.recording import on_behalf
from crawler.revising import Caps

Kept = Literal["archived", "fallback", "unchanged", "duplicate"]


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
    raw: RawArchive | None = None  #: where revisions are testified to; None: nowhere

    async def poll(self, due: DuePoll) -> Polled:
        """The other journey, over the same ports."""
        journey = Polling(web=self.web, workers=self.workers, clock=self.clock, settings=self.polling)
        return await journey.poll(due)

    async def capture(self, item: DueItem) -> Outcome:
        """Fetch an entry's page, or fall back to the feed's own content, and archive it."""
        attempts: tuple[Attempt, ...] = ()
        because: CrawlError | None = None
        try:
            if (settled := await self._without_asking(item)) is not None:
                return settled
            try:
                page = await self._page(item)
                attempts = page.attempts
                if item.recheck and rechecking.is_the_same(item, page):
                    return rechecking.unchanged(item, item.recheck, page, self.clock.now(), self._row)
                found = await self._read(item, page)
            except CrawlError as error:
                because, attempts = error, attempts or attempts_of(error)
                found = await self._instead(item, error)
            return await self._keep(item, found, attempts, because=because)
        except CrawlError as error:
            return self._failed(item, error, attempts)
        except Exception as error:
            return self._failed(item, Bug.of(error), attempts)

    async def _without_asking(self, item: DueItem) -> Captured | None:
        """What is to be done without a request: hold back what was killed, drop looks that are not wanted."""
        if item.killed and not item.held and not item.recheck:
            return await killing.hold(item, self._outbox(), now=self.clock.now())
        if item.recheck and not self._row:
            return rechecking.switched_off(item, item.recheck, self.clock.now())
        return None

    async def _page(self, item: DueItem) -> Page:
        link = item.entry.source_link
        if link is None:
            error = NoArticle("the item has no usable link")
            error.passing = Passing.PERMANENT  # until the feed tells otherwise: an edited item is due again
            raise error
        about = on_behalf(item.feed, guid=item.entry.guid or item.entry.key, item=str(item.item_id))
        validators = rechecking.asked_with(item)
        return await self.web.get(
            Request(
                url=link, kind="page", validators=validators, user_agent=item.feed.user_agent, about=about
            )
        )

    async def _read(self, item: DueItem, page: Page) -> Reading:
        found = await reading.read_page(item, page, self.workers)
        verdict, repeats = found.verdict, Repeats()
        if verdict.ok and (text := quality.suspicion(found.extraction, item.entry)):
            repeats = await self.store.repeats(item, page, text)
            verdict = quality.REPEATED if repeats.others else verdict
        if not verdict.ok:
            error = NoArticle(f"the page is not the article: {', '.join(verdict.reasons)}")
            error.standing = repeats.standing
            raise error
        return found

    async def _instead(self, item: DueItem, error: CrawlError) -> Reading:
        """The page failed: the feed's own content serves until a later visit upgrades it.

        It never replaces what came from the page, unless that was no article either; a failure of
        ours is no reason for it.
        """
        wrong = isinstance(error, NoArticle) and error.standing
        if error.passing is Passing.OURS or (item.standing is Origin.PAGE and not wrong):
            raise error
        own = await reading.read_entry(item, reading.refused(error), self.workers)
        if own is None:
            raise error
        return own

    async def _keep(
        self,
        item: DueItem,
        found: Reading,
        attempts: tuple[Attempt, ...],
        *,
        because: CrawlError | None,
    ) -> Captured:
        now = self.clock.now()
        draft = reading.compose(item, found, now, files=self.files, banners=self.banners)
        claim = await self.store.claim(item, draft, code_seed=item.entry.key)
        article_id = claim.article_id if claim.duplicate_of is None else claim.duplicate_of
        outcome: Kept = "duplicate"
        refused: NoChange | None = None
        if claim.duplicate_of is None:
            outcome, refused = await self._write(item, found, draft, claim)
        return Captured(
            item=item,
            at=now,
            outcome=outcome,
            article_id=article_id,
            attempts=attempts,
            retry_at=(because and self._retry_at(item, because)) or _later(item, found, refused, now),
            error=str(because) if because else None,
            error_kind=because.kind if because else None,
            look=rechecking.after(item, outcome, found.page, now, self._row, churned=bool(refused)),
        )

    async def _write(
        self, item: DueItem, found: Reading, draft: Draft, claim: Claim
    ) -> tuple[Kept, NoChange | None]:
        """Put the version as a revision, or say why it is none."""
        now = self.clock.now()
        editing = Editing(
            archive=self.archive, store=self.store, workers=self.workers, files=self.files, caps=self._caps
        )
        change = await editing.weighed(item, found, draft, claim, now=now)
        if isinstance(change, NoChange):
            return "unchanged", change
        if not await self._outbox().put(item, found, draft, claim, change=change, now=now):
            return "unchanged", None
        return ("archived" if found.page else "fallback"), None

    def _outbox(self) -> Outbox:
        return Outbox(
            workers=self.workers, archive=self.archive, store=self.store, files=self.files, raw=self.raw
        )

    @property
    def _row(self) -> tuple[timedelta, ...]:
        return self.polling.rechecks

    @property
    def _caps(self) -> Caps:
        return Caps(day=self.polling.revisions_per_day, total=self.polling.revisions)

    def _failed(self, item: DueItem, error: CrawlError, attempts: tuple[Attempt, ...]) -> Outcome:
        if item.recheck:
            return rechecking.failed(item, item.recheck, error, self.clock.now(), self._row, attempts)
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


def _later(item: DueItem, found: Reading, refused: NoChange | None, now: datetime) -> datetime | None:
    """When a version is captured again that is one too many today, or embargoed until then.

    Looks at a page have a row of their own, which may be over before an embargo is.
    """
    if item.killed:
        return None
    room = refused.until if refused and not item.recheck else None
    return min(filter(None, (room, reading.embargoed(item, found, now))), default=None)
