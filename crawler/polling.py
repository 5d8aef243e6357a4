"""The first journey, ``poll``: a feed's page, read into entries, and when to ask again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crawler import pushing, timing
from crawler.config import PollConfig
from crawler.errors import Bug, CrawlError, NotAFeed, Passing, attempts_of
from crawler.model import DuePoll, FeedDocument, FeedState, Page, Polled, Request, Validators
from crawler.model.feed import NO_VALIDATORS
from crawler.ports import Clock, Web, Workers
from crawler.recording import on_behalf

_LYING = "its server answered 304 (not modified) while the feed had new items: it is asked for the whole feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """The journey over its ports; holds no state of its own."""

    web: Web
    workers: Workers
    clock: Clock
    settings: PollConfig

    async def poll(self, due: DuePoll) -> Polled:
        """Fetch a feed and read it; the outcome carries the feed's next state."""
        feed, state = due.feed, due.state
        probe = timing.probe_due(state, self.clock.now())
        validators = NO_VALIDATORS if probe or state.lying else state.validators
        request = Request(
            url=feed.url,
            kind="feed",
            validators=validators,
            user_agent=feed.user_agent,
            about=on_behalf(feed),
        )
        page: Page | None = None
        try:
            page = await self.web.get(request)
            if page.not_modified and validators == NO_VALIDATORS and not probe:
                raise NotAFeed(
                    "its server answered 304 (not modified) though it was asked for the whole feed"
                )
            if page.not_modified or page.digest == state.body_digest:
                return self._polled(due, page, None, probe=probe)
            read = await self.workers.read_feed(page, feed_name=feed.name)
            return self._polled(due, page, read, probe=probe)
        except CrawlError as error:
            return self._failed(due, page, error, probe=probe)
        except Exception as error:
            return self._failed(due, page, Bug.of(error), probe=probe)

    def _polled(self, due: DuePoll, page: Page, read: FeedDocument | None, *, probe: bool) -> Polled:
        now = self.clock.now()
        facts = timing.PollFacts(
            now=now,
            outcome="unchanged" if read is None else "changed",
            keys=tuple(entry.key for entry in read.entries) if read else (),
            published=tuple(entry.published for entry in read.entries) if read else (),
            not_modified=page.not_modified,
            probe=probe,
            max_age=timing.freshness(page.headers, now),
            ttl=read.info.ttl if read else None,
            skip_hours=read.info.skip_hours if read else (),
            skip_days=read.info.skip_days if read else (),
            validators=_validators(due.state.validators, page),
            body_digest=due.state.body_digest if page.not_modified else page.digest,
            attempts=page.attempts,
            asked=due.feed.url,
        )
        state = self._next_state(due, facts)
        return Polled(
            feed=due.feed,
            at=now,
            outcome="unchanged" if read is None else "changed",
            state=state,
            status=page.status,
            attempts=page.attempts,
            document=_noted(read) if read and state.lying else read,
            body_digest=facts.body_digest,
            body_bytes=len(page.body),
            offer=pushing.offer(page.headers, read.info if read else None, page.final_url),
        )

    def _failed(self, due: DuePoll, page: Page | None, error: CrawlError, *, probe: bool) -> Polled:
        facts = timing.PollFacts(
            now=self.clock.now(),
            outcome="failed",
            probe=probe,
            weight=timing.failure_weight(error),
            status=getattr(error, "status", None) or None,
            retry_after=getattr(error, "retry_after", None),
            ours=error.passing is Passing.OURS,
        )
        return Polled(
            feed=due.feed,
            at=facts.now,
            outcome="failed",
            state=self._next_state(due, facts),
            status=page.status if page else getattr(error, "status", None) or None,
            attempts=page.attempts if page else attempts_of(error),
            body_digest=page.digest if page else None,
            body_bytes=len(page.body) if page else 0,
            error=str(error),
            error_kind=error.kind,
        )

    def _next_state(self, due: DuePoll, facts: timing.PollFacts) -> FeedState:
        policy = timing.PollPolicy(
            floor=due.feed.floor or self.settings.floor,
            ceiling=due.feed.ceiling or self.settings.ceiling,
            initial=self.settings.initial,
            eagerness=self.settings.eagerness,
            unconditional=self.settings.unconditional,
            own=due.feed.floor is not None or due.feed.ceiling is not None,
        )
        return timing.after_poll(due.state, facts, policy, seed=due.feed.url)


def _validators(stored: Validators, page: Page) -> Validators:
    """A 304 updates what it names and keeps the rest (RFC 9111 §4.3.4); a 200 replaces all."""
    fresh = page.validators
    if not page.not_modified:
        return fresh
    if fresh == NO_VALIDATORS:
        return stored
    return replace(
        fresh, etag=fresh.etag or stored.etag, last_modified=fresh.last_modified or stored.last_modified
    )


def _noted(read: FeedDocument) -> FeedDocument:
    """The reading with a line on why this feed is asked without validators."""
    return replace(read, info=replace(read.info, notes=(*read.info.notes, _LYING)))
