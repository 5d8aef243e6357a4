"""The contracts between the flow and the outside world, in prose.

The flow (``pipeline``, ``slices``, ``recovery``, ``engine``) knows only these; ``app.py`` picks
who keeps them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from crawler.model import (
    ArchivedFile,
    Claim,
    Draft,
    DueItem,
    Entry,
    Exchange,
    Extraction,
    Feed,
    FeedDocument,
    HostState,
    Intent,
    OlderPage,
    Outcome,
    Page,
    PageRead,
    PollCount,
    Polled,
    RawRecord,
    Record,
    Request,
    Resting,
    RobotsCopy,
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


class Hubs(Protocol):
    """The way to a WebSub hub: one form at a time per host, through the same guard as every GET."""

    async def post_form(self, url: str, fields: Mapping[str, str]) -> int:
        """POST a form; the status of a success.  Raises a ``FetchError``."""
        ...


class Pushes(Protocol):
    """Whom the callback server asks about what comes from outside; ``token`` ends the address it came to."""

    async def challenged(self, token: str, query: Mapping[str, str]) -> str | None:
        """The challenge to be echoed to a hub that asks whether we meant it; None: it is not ours."""
        ...

    def secret(self, token: str) -> str | None:
        """With which a push to this address must be signed; None where none is expected."""
        ...

    async def pushed(self, token: str) -> None:
        """A push came that was signed rightly."""
        ...

    def dropped(self, token: str, why: str) -> None:
        """Something came that has no effect."""
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


class RawArchive(Protocol):
    """What the servers sent, as they sent it: WARC files that are only ever added to."""

    async def keep(self, exchanges: Sequence[Exchange], *, about: Mapping[str, str]) -> tuple[RawRecord, ...]:
        """Write them; durable on return, those of many callers with one fsync.

        ``about`` goes into a metadata record: via, feed, guid, run.  Raises ``ArchiveError``.
        """
        ...

    async def page(self, record: RawRecord) -> Page:
        """The response again, decompressed; raises ``ArchiveError`` where it is not there or not whole."""
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

    async def call_feeds(self, want: Selection, now: datetime, *, floor: timedelta) -> list[Resting]:
        """Make every wanted feed due now but those that may not be asked yet; returns these.

        ``floor``: shortest polling interval of a feed that has none of its own.
        """
        ...

    async def lend(self, now: datetime, want: Selection, *, slots: int, busy: Collection[str]) -> list[Slice]:
        """Up to ``slots`` slices of due work at hosts that are not in ``busy``."""
        ...

    async def give_back(self, hosts: Collection[str]) -> None:
        """Return lent hosts; unsettled work is due again at once."""
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

    async def unfinished(self) -> list[Intent]:
        """Revisions that were intended and not settled: a crash's remains, oldest first."""
        ...

    async def resolve(self, intent: Intent, *, done: bool) -> None:
        """Finish (the files are there) or drop (they are not) an unfinished revision.

        A dropped one makes its item due again at once.
        """
        ...
