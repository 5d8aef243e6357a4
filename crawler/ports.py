"""The contracts between the flow and the outside world, in prose.

The flow (``pipeline``, ``slices``, ``recovery``, ``engine``) knows only these; ``app.py`` picks
who keeps them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from crawler.model import (
    ArchivedFile,
    Claim,
    Draft,
    DueItem,
    Entry,
    Extraction,
    Feed,
    FeedDocument,
    HostState,
    Intent,
    Outcome,
    Page,
    PollCount,
    Polled,
    Record,
    Request,
    RobotsCopy,
    Selection,
    Slice,
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


class Web(Protocol):
    """One GET at a time per host, with retries, redirects, limits and the guard inside."""

    async def get(self, request: Request) -> Page:
        """Return a complete page (2xx or 304) or raise a ``FetchError`` with its attempts."""
        ...


class Politeness(Protocol):
    """What is owed to other people's servers: kept over restarts, shared by all that one archive does."""

    async def host(self, key: str) -> HostState | None:
        """What is known of a host or an IP address; None for a new one."""
        ...

    async def keep_host(self, key: str, state: HostState) -> None:
        """Commit it: on return it outlives a crash.  Awaited before a request is sent."""
        ...

    async def robots(self, origin: str) -> RobotsCopy | None:
        """The origin's robots.txt as it was last asked for; None if it never was."""
        ...

    async def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Keep it for the next start."""
        ...


class Workers(Protocol):
    """Processes in which foreign bytes are parsed; a document can kill only its own worker."""

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        """Read a feed's bytes; raises ``NotAFeed`` or ``WorkerFailed``."""
        ...

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        """Extract the article of a page; raises ``NoArticle`` or ``WorkerFailed``.

        ``want_date`` asks for the costly search of the whole page for a date.
        """
        ...

    async def read_entry(self, entry: Entry) -> Extraction | None:
        """Extract an article from the feed's own content; None when it has no prose."""
        ...

    async def draw_qrcode(self, target: str) -> bytes:
        """A WebP image of a QR code that leads to ``target``."""
        ...


class Archive(Protocol):
    """Files below one root."""

    async def put(self, path: str, data: bytes) -> ArchivedFile:
        """Write durably: temporary file in the same folder, fsync, rename, fsync of the folder.

        Putting the same bytes again changes nothing.  Raises ``ArchiveError``.
        """
        ...

    async def put_many(self, files: Sequence[tuple[str, bytes]]) -> list[ArchivedFile]:
        """Write several files, each as ``put`` does; they appear in the order given."""
        ...

    async def get(self, path: str) -> bytes:
        """The bytes of a file; raises ``ArchiveError`` when it is not there or leads outside."""
        ...

    async def digest(self, path: str) -> str | None:
        """SHA-256 of the file, or None if there is none."""
        ...

    async def sweep(self) -> int:
        """Remove temporary files that a crash left; return how many."""
        ...


class Store(Protocol):
    """The crawler's memory: what is due, what happened, whose every byte is.

    Work is lent and settled: ``lend`` hands out slices that nobody else gets until they are
    settled and given back.  Every method is one transaction, whole or not at all, even when its
    caller is cancelled.  Raises ``StoreError``.
    """

    async def open_run(self, command: str, arguments: Mapping[str, Any]) -> int:
        """Note that a run began; returns its number."""
        ...

    async def close_run(self, outcome: str) -> None:
        """Note how the run ended."""
        ...

    async def register(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make the stored feeds those of the configuration; history is kept."""
        ...

    async def call_feeds(self, want: Selection, now: datetime) -> None:
        """Make every wanted feed due now."""
        ...

    async def lend(self, now: datetime, want: Selection, *, slots: int, busy: Collection[str]) -> list[Slice]:
        """Up to ``slots`` slices of due work at hosts that are not in ``busy``."""
        ...

    async def give_back(self, hosts: Collection[str]) -> None:
        """Return lent hosts; unsettled work is due again at once."""
        ...

    async def next_due(self, want: Selection) -> datetime | None:
        """When something wanted is due next; None for never."""
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

    async def unfinished(self) -> list[Intent]:
        """Revisions that were intended and not settled: a crash's remains, oldest first."""
        ...

    async def resolve(self, intent: Intent, *, done: bool) -> None:
        """Finish (the files are there) or drop (they are not) an unfinished revision.

        A dropped one makes its item due again at once.
        """
        ...
