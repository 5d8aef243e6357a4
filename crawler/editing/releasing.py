"""An article that was held back by mistake, public again by a person's word: a revision like any other.

Nothing is fetched and nothing undone: what the wire said stays in the history, before what was decided.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from crawler import document
from crawler.editing import killing, standing
from crawler.errors import StoreError
from crawler.model import RELEASED, Candidate, Choice, Draft, Standing
from crawler.model.takedown import RELEASE
from crawler.outbox import Outbox
from crawler.ports import Clock
from crawler.reading import released


class Standings(Protocol):
    """What stands in the archive."""

    async def standing(self, article_id: int) -> Standing:
        """An article's newest revision and the entry it came from."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for."""

    article: int
    reason: str
    requested_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What came of it."""

    article: int
    revision: int  #: that shows it again
    path: str
    at: datetime
    before: bool  #: it was released before: nothing was to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Releasing:
    """Takes holds back, over the ports; the caller is the archive's only writer."""

    standings: Standings
    outbox: Outbox
    clock: Clock

    async def run(self, order: Order) -> Freed:
        """Release one article; raises ``StoreError`` where nothing holds it back, or it was taken down.

        That it was, the database knows; one that was told again by an older version may not, but the file does.

        Raises ``ArchiveError`` where its file is not there as it was written.
        """
        found, now = await self.standings.standing(order.article), self.clock.now()
        before = found.item.notice == RELEASED and not found.item.held
        if not before:
            _require_held(order.article, found)
            if not found.item.held:  # its wire has killed it, and no visit came to hold it back yet
                found = await self._held(found, now)
            await self._put(order, found, now)
        number = found.claim.revision - 1 if before else found.claim.revision
        return Freed(article=order.article, revision=number, path=found.path, at=now, before=before)

    async def _held(self, found: Standing, now: datetime) -> Standing:
        """What its next visit would do: both stay in its history, the hold and its end."""
        held = await killing.hold(found.item, self.outbox, now=now)
        if held is not None:
            await self.outbox.store.settle(held)
        return await self.standings.standing(found.claim.article_id)

    async def _put(self, order: Order, found: Standing, now: datetime) -> None:
        claim = found.claim
        file = await standing.file_of(self.outbox, claim)
        _require_text(order.article, taken_down=document.is_tombstone(file))
        draft = _noted(released(standing.draft_of(file, claim)), order)
        reading = standing.reading_of(file, found.origin, found.verdict)
        change = await standing.change_of(file, draft, claim, self.outbox, RELEASED)
        await self.outbox.put(found.item, reading, draft, claim, change=change, now=now)
        await self.outbox.store.revise(claim.article_id, self.clock.now())


def _require_text(article: int, *, taken_down: bool) -> None:
    if taken_down:
        raise StoreError(f"article {article} was taken down, and that is final")


def _require_held(article: int, found: Standing) -> None:
    _require_text(article, taken_down=found.taken_down)
    if not found.item.held and not found.item.killed:
        raise StoreError(
            f"article {article} is not held back; `crawler inspect history {article}` tells what became of it"
        )


def _noted(draft: Draft, order: Order) -> Draft:
    """With who wanted it, and why."""
    by = f"requested by {order.requested_by}" if order.requested_by else RELEASE
    why = Choice(field=RELEASE, winner=Candidate(source=by, value=order.reason), rule=RELEASED)
    return replace(draft, choices=(*draft.choices, why))
