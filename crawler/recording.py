"""The web as the journeys see it where raw archiving is on: no page that is not kept as it came.

``app`` puts it before the door; ``pipeline``, ``polling`` and ``backfill`` use it like any ``Web``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from crawler import urls
from crawler.errors import ArchiveError
from crawler.model import Attempt, Exchange, Feed, Page, RawRecord, Request, ToldVisit
from crawler.ports import RawArchive, RawIndex, Web


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingWeb:
    """Keeps the exchanges of every page, durably, before anybody reads it."""

    web: Web
    raw: RawArchive
    run: int  #: number of the run

    async def get(self, request: Request) -> Page:
        """A page; its attempts know where they are kept.  Raises a ``FetchError`` or an ``ArchiveError``."""
        page = await self.web.get(request)
        if not page.exchanges:
            return page
        about = {**request.about, "run": str(self.run), "kind": request.kind}
        try:
            records = await self.raw.keep(page.exchanges, about=about)
        except ArchiveError as error:
            error.attempts = page.attempts  # they were made, whether or not their answers could be kept
            raise
        return replace(page, attempts=_kept(page.attempts, page.exchanges, records), exchanges=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """Takes a page that the last run kept, and never came to settle, from the raw archive, once."""

    web: Web
    raw: RawArchive
    index: RawIndex
    visits: dict[str, ToldVisit]  #: by the number of the item, in digits

    async def get(self, request: Request) -> Page:
        """As ``RecordingWeb``; nothing is sent for a page that is there, unless a feed told of an edit since."""
        item = request.about.get("item", "")
        visit = self.visits.get(item) if request.kind == "page" else None
        if visit is not None and visit.answer.raw is not None and _is_of(visit, request):
            with suppress(ArchiveError):
                if await _waits(visit, item, self.index):
                    page = await self.raw.page(visit.answer.raw)
                    del self.visits[item]  # what is not taken is noted when the run ends
                    return replace(page, url=request.url, attempts=visit.attempts)
        return await self.web.get(request)


async def unsettled(found: Iterable[ToldVisit], index: RawIndex) -> dict[str, ToldVisit]:
    """Of what nobody refers to, the pages whose items wait for them; of the rest it is noted where it lies."""
    pages: dict[str, ToldVisit] = {}
    for visit in sorted(found, key=lambda visit: visit.at):
        item = visit.about.get("item", "")
        if await _waits(visit, item, index):
            if (older := pages.pop(item, None)) is not None:
                await index.note_raw(records_of(older))
            pages[item] = visit
        else:
            await index.note_raw(records_of(visit))
    return pages


async def _waits(visit: ToldVisit, item: str, index: RawIndex) -> bool:
    usable = visit.kind == "page" and 200 <= (visit.answer.status or 0) < 300
    return usable and item.isdecimal() and not await index.is_settled(int(item), visit.at)


def records_of(visit: ToldVisit) -> list[RawRecord]:
    """Where the answers of a visit lie."""
    return [attempt.raw for attempt in visit.attempts if attempt.raw is not None]


def _is_of(visit: ToldVisit, request: Request) -> bool:
    """Whether it is the address that is asked for now: a feed may tell another since."""
    return urls.identity(visit.attempts[0].url) == urls.identity(request.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsLog:
    """Keeps what the door fetches for itself: robots.txt."""

    raw: RawArchive
    index: RawIndex
    run: int

    async def __call__(self, exchanges: Sequence[Exchange]) -> None:
        """Keep them if that is possible; a full disk is told by the page that follows."""
        try:
            records = await self.raw.keep(exchanges, about={"run": str(self.run), "kind": "robots"})
        except ArchiveError:
            return
        await self.index.note_raw(records)


def _kept(
    attempts: Sequence[Attempt], exchanges: Sequence[Exchange], records: Sequence[RawRecord]
) -> tuple[Attempt, ...]:
    """Each attempt with the record of its exchange: they began at the same moment."""
    found = {
        (exchange.started_at, exchange.hop): record
        for exchange, record in zip(exchanges, records, strict=True)
    }
    kept = [replace(one, raw=found.pop((one.started_at, one.hop), None)) for one in reversed(attempts)]
    return tuple(reversed(kept))


def on_behalf(feed: Feed, **more: str | None) -> dict[str, str]:
    """What the raw archive is told of a request: its feed, and the item if it is one's."""
    told = {"via": urls.without_secrets(feed.url), "feed": feed.name, **more}
    return {name: value for name, value in told.items() if value}
