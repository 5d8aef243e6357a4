"""What a retelling asks of the database that it fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from crawler.model import (
    DueItem,
    DuePoll,
    Feed,
    Fronted,
    Outcome,
    PageRead,
    PollCount,
    Polled,
    RawRecord,
    Retold,
)


class Retelling(Protocol):
    """A database that is filled aside: ``store.retelling`` keeps it.  Each call is one transaction."""

    async def begin(self, feeds: Sequence[Feed], highest: int, now: datetime) -> None:
        """Before anything is told: the feeds, and up to which number items are spoken for."""
        ...

    async def note_run(self, number: int, began: datetime, software: str) -> None:
        """A run, as far as what it kept tells of it."""
        ...

    async def is_told(self, record: RawRecord) -> bool:
        """Whether a record is known already."""
        ...

    async def due_poll(self, name: str) -> DuePoll | None:
        """A feed as it is remembered at this point of the story."""
        ...

    async def due_item(self, number: int, feed: str) -> DueItem | None:
        """An item as it stands at this point of the story, captured for a feed."""
        ...

    async def item_of(self, feed: str, guid: str) -> int | None:
        """The item that a feed showed under a guid."""
        ...

    async def unknown(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys of which there is no item yet, in their order."""
        ...

    async def poll(self, polled: Polled, run: int | None, numbers: Mapping[str, int]) -> PollCount:
        """A poll, settled as it was; new items get the numbers that they had."""
        ...

    async def is_archived(self, feed_id: int, url: str) -> bool:
        """Whether a page of a feed's past never changes, as what led to it said."""
        ...

    async def page(self, read: PageRead, run: int | None, numbers: Mapping[str, int]) -> PollCount:
        """A page of a feed's past, settled as it was."""
        ...

    async def note_raw(self, records: Sequence[RawRecord]) -> None:
        """Records that belong to no fetch: of a robots.txt."""
        ...

    async def owner(self, item: DueItem, address: str) -> tuple[int | None, int | None]:
        """The item's own article, and another one that has the address which its page led to."""
        ...

    async def visit(self, outcome: Outcome, run: int | None) -> None:
        """A visit that brought no revision."""
        ...

    async def revision(self, told: Retold) -> None:
        """A revision, from its intent to its end."""
        ...

    async def fronted(self, told: Iterable[Fronted]) -> list[Fronted]:
        """Articles of which only their files tell; the revisions that were not known."""
        ...

    async def finish(self, feeds: Sequence[Feed], now: datetime, *, floor: timedelta) -> dict[str, int]:
        """All is told: the feeds of the configuration, resting; what was counted."""
        ...
