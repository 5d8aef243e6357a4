"""Kept feeds read again: polls in the order in which they were over, which is not quite that of their answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler import urls
from crawler.config import PollConfig
from crawler.errors import ArchiveError, CrawlError
from crawler.model import DuePoll, Feed, FeedDocument, OlderPage, Page, PageRead, Polled, Request, ToldVisit
from crawler.model.feed import NO_VALIDATORS
from crawler.polling import Polling
from crawler.ports import RawArchive, Workers
from crawler.rebuilding.plan import Plan
from crawler.rebuilding.stores import Retelling

MOST = 32  #: polls that wait for their turn


@dataclass(frozen=True, slots=True)
class _KeptWeb:
    """A web that answers with what was kept."""

    page: Page

    async def get(self, request: Request) -> Page:
        return replace(self.page, url=request.url)


@dataclass(frozen=True, slots=True)
class _Then:
    """A clock that stands."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits in the past")


@dataclass(frozen=True, slots=True)
class _Read:
    """Workers that have read this document already, or broke on it."""

    workers: Workers
    document: FeedDocument | CrawlError | None

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        if isinstance(self.document, CrawlError):
            raise self.document
        return self.document or await self.workers.read_feed(page, feed_name=feed_name)

    def __getattr__(self, name: str) -> object:
        return getattr(self.workers, name)


@dataclass(slots=True)
class _Waiting:
    """A poll that was read and not yet told."""

    visit: ToldVisit
    feed: str
    page: Page
    document: FeedDocument | CrawlError | None  #: None: it is the same as before
    keys: dict[str, None] = field(init=False)  #: of its entries, in their order

    def __post_init__(self) -> None:
        entries = self.document.entries if isinstance(self.document, FeedDocument) else ()
        self.keys = dict.fromkeys(entry.key for entry in entries)


@dataclass(slots=True, kw_only=True)
class Polls:
    """Tells polls; a few wait until it is known which was over first."""

    raw: RawArchive
    workers: Workers
    store: Retelling
    plan: Plan
    settings: PollConfig
    waiting: list[_Waiting] = field(default_factory=list)
    told: int = 0
    unreadable: list[str] = field(default_factory=list)

    async def take(self, visit: ToldVisit) -> None:
        """A feed's body."""
        name = visit.about["feed"]
        if any(one.feed == name for one in self.waiting):
            await self.flush()
        due = await self.store.due_poll(name)
        page = await self._page(visit, due.feed) if due is not None else None
        if due is None or page is None:
            return
        document = None if page.digest == due.state.body_digest else await self._read(page, name)
        self.waiting.append(_Waiting(visit, name, page, document))
        if len(self.waiting) > MOST:
            await self._next()

    async def flush(self) -> None:
        """Tell all that waits."""
        while self.waiting:
            await self._next()

    async def until(self, number: int, feed: str) -> None:
        """Tell what waits until an item is known, and all that was said of it."""
        while self.waiting:
            item = await self.store.due_item(number, feed)
            if item is not None and not any(item.entry.key in one.keys for one in self.waiting):
                return
            await self._next()

    async def older(self, visit: ToldVisit) -> None:
        """A page of a feed's past."""
        await self.flush()
        due = await self.store.due_poll(visit.about["feed"])
        page = await self._page(visit, due.feed) if due is not None else None
        if due is None or page is None:
            return
        asked = OlderPage(
            feed=due.feed, url=page.url, archived=await self.store.is_archived(due.feed.id, page.url)
        )
        read = await self._read(page, due.feed.name)
        known = PageRead(page=asked, at=visit.at, attempts=page.attempts)
        if isinstance(read, CrawlError):
            known = replace(known, error=str(read), error_kind=read.kind)
        else:
            at, numbers = await self._numbered(read, due.feed.name, visit.at)
            known = replace(known, at=at, document=read)
            await self.store.page(known, visit.run, numbers)
            return
        await self.store.page(known, visit.run, {})

    async def _numbered(
        self, read: FeedDocument, feed: str, asked: datetime
    ) -> tuple[datetime, dict[str, int]]:
        """When the new items of a document were seen, and their numbers."""
        guids = {entry.key: entry.guid for entry in reversed(read.entries)}
        fresh = await self.store.unknown(list(dict.fromkeys(entry.key for entry in read.entries)))
        at, _ = self.plan.moment(fresh, feed, asked)
        return at, self.plan.numbered(feed, [(key, guids.get(key)) for key in fresh])

    async def _page(self, visit: ToldVisit, feed: Feed) -> Page | None:
        """The page as it came; secrets of its address were not kept with it, but the configuration has them."""
        record = visit.answer.raw
        assert record is not None
        try:
            page = await self.raw.page(record)
        except ArchiveError as error:
            if error.scarce:
                raise
            self.unreadable.append(str(error))
            return None
        bare = urls.without_secrets(feed.url).partition("#")[0]
        own = {bare: feed.url.partition("#")[0]}
        return replace(
            page,
            url=own.get(visit.attempts[0].url, visit.attempts[0].url),
            final_url=own.get(page.final_url, page.final_url),
            attempts=visit.attempts,
        )

    async def _read(self, page: Page, feed: str) -> FeedDocument | CrawlError:
        try:
            return await self.workers.read_feed(page, feed_name=feed)
        except CrawlError as error:
            return error

    async def _next(self) -> None:
        """Tell that poll which was over first."""
        times = [
            self.plan.moment(await self.store.unknown(list(one.keys)), one.feed, one.visit.at)
            for one in self.waiting
        ]
        first = min(range(len(times)), key=lambda at: times[at])
        await self._tell(self.waiting.pop(first))

    async def _tell(self, one: _Waiting) -> None:
        due = await self.store.due_poll(one.feed)
        assert due is not None
        at, numbers = one.visit.at, dict[str, int]()
        if isinstance(one.document, FeedDocument):
            at, numbers = await self._numbered(one.document, one.feed, at)
        journey = Polling(
            web=_KeptWeb(one.page),
            workers=_Read(self.workers, one.document),  # type: ignore[arg-type]
            clock=_Then(at),
            settings=self.settings,
        )
        polled = await journey.poll(due)
        await self.store.poll(_own(polled, one.page, due), one.visit.run, numbers)
        self.told += 1


def _own(polled: Polled, page: Page, due: DuePoll) -> Polled:
    """The poll; what another address than today's vouched for is not remembered of this one."""
    if page.url == due.feed.url.partition("#")[0]:
        return polled
    return replace(polled, state=replace(polled.state, validators=NO_VALIDATORS, body_digest=None))
