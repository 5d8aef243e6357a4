"""The crawler's memory, and time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from crawler.model import (
    Claim,
    Draft,
    DueItem,
    DuePoll,
    Feed,
    Intent,
    OlderPage,
    Outcome,
    Page,
    PageRead,
    PastRevision,
    PollCount,
    Polled,
    RawRecord,
    Record,
    Repeats,
    Resting,
    Selection,
    Slice,
    Subscription,
)


class Clock(Protocol):
    """Time, handed in, so that a year of polling runs in minutes of virtual time."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Subscriptions(Protocol):
    """What is kept of WebSub over restarts."""

    async def subscriptions(self) -> list[Subscription]:
        """All of them, those of removed feeds too."""
        ...

    async def removed(self) -> list[int]:
        """Feeds that are no longer in the configuration and still subscribed."""
        ...

    async def keep_subscription(self, known: Subscription) -> None:
        """Commit it."""
        ...

    async def call_feed(self, feed_id: int, at: datetime) -> None:
        """Make a feed due at ``at`` if it would be later; not one in trouble, nor within its silence."""
        ...


class Backlog(Protocol):
    """Pages of the feeds' past: which are wanted, which were read."""

    async def older_pages(self, want: Selection) -> list[OlderPage]:
        """Where to begin: of each wanted feed that tells of older pages and shows nothing before ``want.since``."""
        ...

    async def older_page(self, feed: Feed, url: str, *, now: datetime) -> OlderPage | None:
        """A page that need not be read again: an archive's, or one read within the last day."""
        ...

    async def settle_page(self, read: PageRead) -> PollCount:
        """Store what a page brought, or why it failed, in one transaction."""
        ...

    def note_cut(self) -> None:
        """Something may have been kept that this run does not settle: the next start looks for it."""
        ...


class Store(Protocol):
    """The crawler's memory: what is due, what happened, whose every byte is.

    Work is lent and settled: ``lend`` hands out slices that nobody else gets until they are
    settled and given back.  Every method is one transaction, whole or not at all, even when its
    caller is cancelled.  Raises ``StoreError``.
    """

    was_killed: bool  #: the run before this one never said how it ended

    async def open_run(self, command: str, arguments: Mapping[str, Any]) -> int:
        """Note that a run began; returns its number."""
        ...

    async def close_run(self, outcome: str) -> None:
        """Note how the run ended."""
        ...

    async def register(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make the stored feeds those of the configuration; history is kept."""
        ...

    async def call_feeds(self, want: Selection, now: datetime, *, floor: timedelta) -> list[Resting]:
        """Make every wanted feed due now but those that may not be asked yet; returns these.

        ``floor``: shortest polling interval of a feed that has none of its own.
        """
        ...

    async def lend(self, now: datetime, want: Selection, *, slots: int, busy: Collection[str]) -> list[Slice]:
        """Up to ``slots`` slices of due work at hosts that are not in ``busy``."""
        ...

    async def give_back(self, hosts: Collection[str], *, cut: Collection[DuePoll | DueItem] = ()) -> None:
        """Return lent hosts; what was not begun is due again at once.

        ``cut``: begun and never settled.  Such a poll may have been sent, and rests as after a crash; the next start
        looks for what was kept of it.
        """
        ...

    async def next_due(self, want: Selection, *, polls: bool = True) -> datetime | None:
        """When something wanted is due next, without polls an item; None for never."""
        ...

    async def settle_poll(self, polled: Polled) -> PollCount:
        """Store a poll's facts, its items and the feed's next state, all in one transaction."""
        ...

    async def claim(self, item: DueItem, draft: Draft, *, code_seed: str) -> Claim:
        """Give the item's article its id, unique address and short code; stable on repeats."""
        ...

    async def intend(self, record: Record) -> None:
        """Write down which files are about to be put, before they are."""
        ...

    async def settle(self, outcome: Outcome) -> None:
        """Store a capture's outcome; an intended revision becomes the article's newest."""
        ...

    async def past(self, article_id: int) -> tuple[PastRevision, ...]:
        """The revisions of an article that were finished, oldest first."""
        ...

    async def testified(self, article_id: int) -> RawRecord | None:
        """Where the raw archive keeps an article's newest revision; None where it does not."""
        ...

    async def repeats(self, item: DueItem, page: Page, text: str) -> Repeats:
        """Note what the item's page says (``quality.suspicion``); whether its host says it of other items.

        Those whose articles are this text are due again.
        """
        ...

    async def revise(self, article_id: int, at: datetime) -> None:
        """An intended re-extraction becomes the article's newest; nobody visited its page."""
        ...

    async def unfinished(self) -> list[Intent]:
        """Revisions that were intended and not settled: a crash's remains, oldest first."""
        ...

    async def resolve(self, intent: Intent, *, done: bool) -> None:
        """Finish (the files are there) or drop (they are not) an unfinished revision.

        A dropped one makes its item due again at once.
        """
        ...
