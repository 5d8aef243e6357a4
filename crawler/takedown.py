"""A body removed on request, the fact kept: intent, tombstone, files, raw records, done.

Each step may be repeated: a kill between any two is made good by asking for the same takedown again.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Protocol

from crawler.model import Candidate, Change, Choice, Draft, Extraction, Standing, Verdict
from crawler.model.takedown import TAKEN_DOWN, Remaining, RemovedRecord, Takedown
from crawler.outbox import Outbox
from crawler.ports import Clock
from crawler.reading import Reading

_NAME = "takedown"


class Takedowns(Protocol):
    """The store, as far as a takedown needs it."""

    async def begin_takedown(
        self,
        article: int,
        *,
        reason: str,
        requested_by: str | None,
        raw: bool,
        title: str | None,
        at: datetime,
    ) -> Takedown:
        """Write down what will be removed, before it is; what was begun before as it is."""
        ...

    async def remaining(self, article: int) -> Remaining:
        """What a tombstone tells, and whether it stands already."""
        ...

    async def revise(self, article_id: int, at: datetime) -> None:
        """The intended tombstone becomes the article's newest revision."""
        ...

    async def finish_takedown(self, takedown: Takedown, at: datetime) -> None:
        """Files and records are gone: their digests stay."""
        ...


class Standings(Protocol):
    """What stands in the archive."""

    async def standing(self, article_id: int) -> Standing:
        """An article's newest revision and the entry it came from."""
        ...


class Removal(Protocol):
    """Files that go."""

    def files(self, folder: str) -> list[str]:
        """Paths of the files in a folder."""
        ...

    def remove(self, paths: Sequence[str]) -> int:
        """Remove files durably; how many there were."""
        ...


class Graveyard(Protocol):
    """Raw records that go."""

    def bury(self, path: str, removed: Sequence[RemovedRecord], at: datetime) -> int:
        """Replace records of one file, all at once; how many were left to replace."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for."""

    article: int
    reason: str
    requested_by: str | None = None
    raw: bool = False  #: payloads of the raw archive too
    title: str | None = None  #: instead of the title; None: it is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingDown:
    """Takes articles down, over the ports."""

    store: Takedowns
    standings: Standings
    outbox: Outbox
    removal: Removal
    graveyard: Graveyard
    clock: Clock
    text: str  #: what stands instead of a body; "": nothing

    async def run(self, order: Order) -> Takedown:
        """Take one article down, after finishing what was begun; what was removed.  Raises ``CrawlError``."""
        takedown = await self._once(order)
        return await self._once(order) if order.raw and not takedown.raw else takedown

    async def _once(self, order: Order) -> Takedown:
        takedown = await self.store.begin_takedown(
            order.article,
            reason=order.reason,
            requested_by=order.requested_by,
            raw=order.raw,
            title=order.title,
            at=self.clock.now(),
        )
        if takedown.finished:
            return takedown
        remaining = await self.store.remaining(order.article)
        if not remaining.buried:
            await self._tombstone(takedown, remaining)
        await self._remove(remaining)
        for path, records in groupby(takedown.records, key=lambda one: one.path):
            await asyncio.to_thread(self.graveyard.bury, path, list(records), takedown.at)
        await self.store.finish_takedown(takedown, self.clock.now())
        return takedown

    async def _tombstone(self, takedown: Takedown, remaining: Remaining) -> None:
        """A revision like any other, without the text: the file that Hugo sees, and a leaf of the log."""
        standing = await self.standings.standing(takedown.article)
        text = html.escape(self.text, quote=False)
        extraction = Extraction(
            origin=standing.origin,
            body=f"<p>{text}</p>" if text else "",
            text=self.text,
            extractor=_NAME,
        )
        reading = Reading(extraction=extraction, verdict=Verdict(ok=True), page=None)
        draft = _draft(takedown, remaining, extraction.body, standing.claim.url)
        await self.outbox.put(
            standing.item, reading, draft, standing.claim, change=Change(reason=TAKEN_DOWN), now=takedown.at
        )
        await self.store.revise(takedown.article, self.clock.now())

    async def _remove(self, remaining: Remaining) -> None:
        """Earlier revisions, what was found in their place, and its pages in quarantine."""
        older = await asyncio.to_thread(self.removal.files, remaining.folder)
        await asyncio.to_thread(self.removal.remove, [*older, *remaining.quarantined])


def _draft(takedown: Takedown, remaining: Remaining, body: str, slug: str) -> Draft:
    by = f"requested by {takedown.requested_by}" if takedown.requested_by else _NAME
    why = Candidate(source=by, value=takedown.reason)
    return Draft(
        title=remaining.title if takedown.title is None else takedown.title,
        date=remaining.date,
        draft=True,
        summary="",
        description="",
        source_link=remaining.source_link,
        enclosure="",
        source=remaining.source,
        source_key=remaining.source_key,
        slug=slug,
        body=body,
        choices=(Choice(field=_NAME, winner=why, rule=TAKEN_DOWN),),
    )
