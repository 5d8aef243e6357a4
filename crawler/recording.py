"""The web as the journeys see it where raw archiving is on: no page that is not kept as it came.

``app`` puts it before the door; ``pipeline``, ``polling`` and ``backfill`` use it like any ``Web``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler import urls
from crawler.errors import ArchiveError
from crawler.model import Attempt, Exchange, Feed, Page, RawRecord, Request
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
