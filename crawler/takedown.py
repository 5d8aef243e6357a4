"""A body removed on request, the fact kept: intent, tombstone, files, raw records, done.

Each step may be repeated: a kill between any two is made good by asking for the same takedown again.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Protocol

from crawler import statement
from crawler.errors import ArchiveError, DocumentError
from crawler.model import (
    Candidate,
    Change,
    Choice,
    Draft,
    Extraction,
    Standing,
    ToldDamage,
    ToldRevision,
    ToldVisit,
    Verdict,
    sha256,
)
from crawler.model.takedown import (
    AGAIN,
    TAKEDOWN,
    TAKEN_DOWN,
    Found,
    LeftRecord,
    Lingering,
    Order,
    Remaining,
    RemovedRecord,
    Sought,
    Takedown,
    Traces,
)
from crawler.outbox import Outbox
from crawler.ports import Chronicle, Clock
from crawler.reading import Reading

_NAME = TAKEDOWN


class Takedowns(Protocol):
    """The store, as far as a takedown needs it."""

    async def begin_takedown(self, order: Order, at: datetime, left: Sequence[LeftRecord]) -> Takedown:
        """Write down what will be removed, before it is; what was begun before as it is."""
        ...

    async def traces(self, article: int) -> Traces:
        """By what its records are known; of an article that is none, nothing."""
        ...

    async def owned_starts(self, file: str) -> frozenset[int]:
        """Offsets of the records of a raw file that a fetch or a revision refers to."""
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

    async def sought(self, article: int) -> Sought:
        """By what its files are known, wherever they lie."""
        ...

    async def wipe(self) -> tuple[Lingering, ...]:
        """Nothing that was deleted stands in the database's files; where that cannot be, why."""
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


class Remnants(Protocol):
    """What was set aside."""

    def find(self, sought: Sought) -> Sequence[Found]:
        """Every file that holds the article's text, or may."""
        ...


class Graveyard(Protocol):
    """Raw records that go."""

    def bury(self, path: str, removed: Sequence[RemovedRecord], at: datetime) -> int:
        """Replace records of one file, all at once; how many were left to replace."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingDown:
    """Takes articles down, over the ports."""

    store: Takedowns
    standings: Standings
    outbox: Outbox
    removal: Removal
    remnants: Remnants
    graveyard: Graveyard
    chronicle: Chronicle
    clock: Clock
    text: str  #: what stands instead of a body; "": nothing
    observe: Callable[[int], None] = lambda so_far: None  #: told how many bytes of the raw archive are read

    async def run(self, order: Order) -> Takedown:
        """Take one article down, after finishing what was begun; what was removed.  Raises ``CrawlError``."""
        damage: list[ToldDamage] = []
        left = await self._left(order.article, damage) if order.raw else ()
        takedown = await self._once(order, left)
        if order.raw and not takedown.raw:
            takedown = await self._once(order, left)
        removed, lingering = await self._aside(order.article) if order.raw else ([], [])
        lingering += await self.store.wipe()
        return replace(takedown, unsearched=tuple(damage), aside=tuple(removed), lingering=tuple(lingering))

    async def _aside(self, article: int) -> tuple[list[str], list[Lingering]]:
        """Remove what was set aside and is the article's; what was removed, and what may be its and is left."""
        removed, lingering = list[str](), list[Lingering]()
        for found in await asyncio.to_thread(self.remnants.find, await self.store.sought(article)):
            why = found.why
            try:
                if not why:
                    await asyncio.to_thread(self.removal.remove, [found.path])
                    removed.append(found.path)
            except ArchiveError as error:
                why = str(error)
            if why:
                lingering.append(Lingering(path=found.path, why=why, cure=found.cure or AGAIN))
        return removed, lingering

    async def _left(self, article: int, damage: list[ToldDamage]) -> tuple[LeftRecord, ...]:
        """What the raw archive has of the article that the database does not know: a kill came between the two.

        And what it knows and has no index for.  All of it is read: nobody else would ever look for such a record again.
        """
        traces = await self.store.traces(article)
        visits, revisions, known = list[ToldVisit](), list[ToldRevision](), list[LeftRecord]()
        async for told, owned in self._told(damage):
            if isinstance(told, ToldRevision):
                revisions += [told] if _is_of(told, article, traces) else []
            elif owned:
                known += [one for one in _kept(told, traces.bodies) if one.record.revisit]
            elif told.kind in {"page", ""}:
                visits.append(told)
        own = {
            visit.answer.raw.payload for visit in visits if visit.answer.raw and _is_page_of(visit, traces)
        }
        bodies = (traces.bodies | own) - {sha256(b"")}
        pages = [one for visit in visits for one in _kept(visit, bodies)]
        return (*known, *pages, *map(_testimony, revisions))

    async def _told(self, damage: list[ToldDamage]) -> AsyncIterator[tuple[ToldVisit | ToldRevision, bool]]:
        """Visits and revisions, each with whether something in the database refers to it."""
        file, owned = "", frozenset[int]()
        async for told, so_far in self.chronicle.tell():
            self.observe(so_far)
            if isinstance(told, ToldDamage):
                damage.append(told)
            if not isinstance(told, ToldVisit | ToldRevision):
                continue
            record = told.record if isinstance(told, ToldRevision) else told.answer.raw
            if record is None or record.removed:
                continue
            if record.file != file:
                file, owned = record.file, await self.store.owned_starts(record.file)
            yield told, record.offset in owned

    async def _once(self, order: Order, left: Sequence[LeftRecord]) -> Takedown:
        takedown = await self.store.begin_takedown(order, self.clock.now(), left)
        if takedown.finished:
            return takedown
        remaining = await self.store.remaining(order.article)
        if not remaining.buried:
            await self._tombstone(takedown, remaining)
        await self._remove(remaining)
        await self._bury(takedown)
        await self.store.finish_takedown(takedown, self.clock.now())
        return takedown

    async def _bury(self, takedown: Takedown) -> None:
        """Its records, in every file where that can be done; raises ``ArchiveError`` if others are left to do."""
        troubles: list[ArchiveError] = []
        for path, records in groupby(takedown.records, key=lambda one: one.path):
            try:
                await asyncio.to_thread(self.graveyard.bury, path, list(records), takedown.at)
            except ArchiveError as error:
                troubles.append(error)
        if troubles:
            raise troubles[0]

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
        # Of a tombstone that a rebuild found by its file alone the newest revision does not say what it is.
        await self.outbox.put(
            standing.item, reading, draft, standing.claim, change=Change(reason=TAKEN_DOWN), now=takedown.at,
            again=True,
        )  # fmt: skip
        await self.store.revise(takedown.article, self.clock.now())

    async def _remove(self, remaining: Remaining) -> None:
        """Earlier revisions, what was found in their place, and its pages in quarantine."""
        older = await asyncio.to_thread(self.removal.files, remaining.folder)
        await asyncio.to_thread(self.removal.remove, [*older, *remaining.quarantined])


def _kept(visit: ToldVisit, bodies: frozenset[str]) -> Iterator[LeftRecord]:
    """Its records that hold one of these bodies, or refer to it."""
    for one in visit.attempts:
        if one.raw is not None and one.raw.payload in bodies:
            yield LeftRecord(record=one.raw, type="revisit" if one.raw.revisit else "response")


def _is_page_of(visit: ToldVisit, traces: Traces) -> bool:
    item = visit.about.get("item", "")
    known = item.isdecimal() and int(item) in traces.items and visit.at >= traces.since
    return known and 200 <= (visit.answer.status or 0) < 300


def _is_of(told: ToldRevision, article: int, traces: Traces) -> bool:
    """Whether it holds the article's text: a tombstone, which an earlier try may have left, does not."""
    try:
        stated = statement.parse(told.statement)
        return stated.article == article and stated.reason != TAKEN_DOWN and told.at >= traces.since
    except DocumentError:  # `crawler verify` names it
        return False


def _testimony(told: ToldRevision) -> LeftRecord:
    return LeftRecord(record=told.record, type="conversion")


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
