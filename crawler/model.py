"""The values that travel through the house, and the outcomes of its two journeys.

All are frozen; the next state is a new value (``dataclasses.replace``).  Instants are aware
``datetime`` in UTC, lengths of time are ``timedelta``, digests are lower-case hexadecimal SHA-256.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal


def sha256(data: bytes) -> str:
    """The lower-case hexadecimal SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


# --------------------------------------------------------------------------- feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What we were told about a feed."""

    id: int  #: the store's number; 0 before the feed is registered
    name: str  #: unique, as the user calls it on the command line
    url: str
    source: str  #: the wire's name, as the file shows it ("NewMediaWire")
    source_key: str  #: the wire's folder name ("newmediawire")
    floor: timedelta | None = None  #: own shortest polling interval
    ceiling: timedelta | None = None  #: own longest polling interval
    user_agent: str | None = None  #: own User-Agent: several wires refuse defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified, byte for byte as received (RFC 9110 §8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we remember of a feed between two polls."""

    next_poll_at: datetime
    validators: Validators = Validators()
    body_digest: str | None = None  #: of the last body that was read as a feed
    interval: timedelta | None = None  #: as learned; None before the first poll
    failures: int = 0  #: in a row
    polled_at: datetime | None = None
    window: tuple[str, ...] = ()  #: entry keys of the last poll, in the feed's order


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedInfo:
    """What a feed says of itself."""

    format: str  #: "rss20", "atom10", "rdf", "json11", …
    title: str | None = None
    link: str | None = None
    language: str | None = None
    hub: str | None = None  #: WebSub hub (W3C WebSub)
    ttl: timedelta | None = None  #: RSS <ttl> or sy:updatePeriod/updateFrequency
    skip_hours: tuple[int, ...] = ()  #: RSS <skipHours>, UTC
    skip_days: tuple[str, ...] = ()  #: RSS <skipDays>, English names
    notes: tuple[str, ...] = ()  #: what was wrong with the bytes, in plain words


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A media file that belongs to an entry."""

    url: str
    type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed, as the feed tells it."""

    key: str  #: identity in the archive; see feeds.py for the rule
    position: int  #: place in the feed, 0 first
    guid: str | None = None  #: raw, never resolved against a base
    link: str | None = None  #: the address as it came
    source_link: str | None = None  #: the link, absolute and canonical; None if the entry has none
    title: str | None = None
    published: datetime | None = None  #: None when missing or unreadable, never "now"
    published_raw: str | None = None
    updated: datetime | None = None
    updated_raw: str | None = None
    summary: str | None = None  #: HTML or text as the feed gives it, not sanitised
    content: str | None = None  #: full content as the feed gives it, not sanitised
    author: str | None = None
    language: str | None = None
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """A feed's bytes, read."""

    info: FeedInfo
    entries: tuple[Entry, ...]


# --------------------------------------------------------------------------- the web


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The only thing the web door takes."""

    url: str
    kind: Literal["feed", "page"]
    validators: Validators = Validators()
    user_agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One HTTP exchange, or the failure of one: a retry and a redirect hop are attempts too."""

    url: str
    started_at: datetime
    number: int  #: 1 for the first try of this visit
    hop: int = 0  #: 0 for the address asked for, 1 for the first redirect target, …
    status: int | None = None
    wire_bytes: int = 0  #: body bytes as received, before decompression
    seconds: float = 0.0
    peer: str | None = None  #: IP address that answered
    location: str | None = None  #: of a redirect
    error: str | None = None  #: "Unreachable: connection reset", …


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A response, complete and decompressed; for feeds and articles alike."""

    url: str  #: as asked for
    final_url: str  #: after redirects
    status: int
    headers: Mapping[str, str]  #: names in lower case, of the final response
    body: bytes  #: after Content-Encoding was undone; b"" for 304
    digest: str  #: SHA-256 of body
    fetched_at: datetime
    attempts: tuple[Attempt, ...] = ()

    @property
    def not_modified(self) -> bool:
        """True for 304: the stored state still holds."""
        return self.status == 304

    @property
    def validators(self) -> Validators:
        """The validators of this response, byte for byte."""
        return Validators(etag=self.headers.get("etag"), last_modified=self.headers.get("last-modified"))


# --------------------------------------------------------------------------- the article


class Origin(enum.StrEnum):
    """Where an article's body came from."""

    PAGE = "page"
    FEED = "feed"  #: a fallback: the page failed or was not the article; upgradable


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What was found in a page (or in a feed's own content): unmixed with other sources."""

    origin: Origin
    body: str  #: clean HTML blocks on one line; "" if none
    text: str  #: the body's plain text, one block a line
    title: str | None = None
    date: datetime | None = None
    date_raw: str | None = None
    author: str | None = None
    language: str | None = None  #: as declared by the page, else guessed
    description: str | None = None  #: meta description, plain text
    image: str | None = None  #: lead image, absolute
    canonical: str | None = None  #: rel=canonical, absolute
    site: str | None = None
    charset: str | None = None  #: the encoding the bytes were read with
    charset_from: str | None = None  #: "bom", "header", "meta", "utf-8", "detected", "fallback"
    extractor: str = ""  #: name and version: "trafilatura 2.3.1"
    title_from: str | None = None  #: which rule gave the title: "h1", "og:title", …
    date_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Is this really the article? (quality.py)"""

    ok: bool
    reasons: tuple[str, ...] = ()  #: short words: "empty", "consent page", "other article", …


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One possible value of a field and where it came from."""

    source: str  #: "feed.title", "page.h1", "banner", …
    value: str
    note: str = ""  #: why it lost, when it did


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field's winner, the rule that chose it, and the losers."""

    field: str
    winner: Candidate
    rule: str
    losers: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article before the archive has given it its numbers and its address."""

    title: str
    date: datetime
    draft: bool
    summary: str
    description: str
    source_link: str
    enclosure: str
    source: str
    source_key: str
    slug: str  #: wished-for ``url``: date and slug, not yet unique
    body: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the store gives an article: its numbers and its unique address."""

    article_id: int
    feed_item_id: int
    url: str  #: unique in the archive, stable from the first claim on
    code: str  #: short code, unique in the archive ("poemx1IL")
    date: datetime  #: publication date at the first claim: paths stay where they are
    source_key: str
    revision: int  #: number of the revision to be written, 1 for the first
    newest_digest: str | None = None  #: SHA-256 of the file of the newest revision
    duplicate_of: int | None = None  #: another article already has this address


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A file as stored: path below the archive's root, with ``/``."""

    path: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Provenance of one revision: feed → item → page → extraction → file, one value."""

    claim: Claim
    item_id: int
    draft: Draft
    document: ArchivedFile
    qrcode: ArchivedFile
    origin: Origin
    verdict: Verdict
    reason: str  #: why this revision exists: "first", "upgrade", "page edited", …
    extraction: Extraction
    page_url: str | None  #: final address of the page; None when the feed alone was used
    page_digest: str | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A revision that was about to be written: what a start finds after a crash."""

    revision_id: int
    item_id: int
    document: ArchivedFile
    qrcode: ArchivedFile


# --------------------------------------------------------------------------- work and outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePoll:
    """A feed that is due, lent."""

    feed: Feed
    state: FeedState


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """An item that is due, lent."""

    item_id: int
    feed: Feed
    entry: Entry
    first_seen: datetime
    captures: int = 0  #: visits so far
    fallback: bool = False  #: an article from the feed's own content stands already


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """All that is due at one host, bounded: the unit in which work is lent."""

    host: str
    epoch: int
    polls: tuple[DuePoll, ...] = ()
    items: tuple[DueItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which work a run wants: everything, or a one-shot's window."""

    since: datetime | None = None  #: published (undated: first seen) at or after
    until: datetime | None = None  #: … and before
    feeds: frozenset[str] | None = None  #: names; None for all


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A poll that is over."""

    feed: Feed
    at: datetime
    outcome: Literal["changed", "unchanged", "failed"]
    state: FeedState  #: the next one
    status: int | None = None
    attempts: tuple[Attempt, ...] = ()
    document: FeedDocument | None = None  #: only when changed
    body_digest: str | None = None
    body_bytes: int = 0
    error: str | None = None
    error_kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollCount:
    """What a settled poll brought."""

    seen: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A capture that is over and left, kept or confirmed an article."""

    item: DueItem
    at: datetime
    outcome: Literal["archived", "fallback", "unchanged", "duplicate"]
    article_id: int
    attempts: tuple[Attempt, ...] = ()
    retry_at: datetime | None = None  #: of a fallback that may still be upgraded
    error: str | None = None  #: why the page was not used, for a fallback
    error_kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A capture that left nothing: later (``retry_at``) or never again (None)."""

    item: DueItem
    at: datetime
    stage: str
    error: str
    error_kind: str
    retry_at: datetime | None
    attempts: tuple[Attempt, ...] = ()


Outcome = Captured | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTally:
    """One feed's line in the table that ends a run."""

    feed: str
    seen: int = 0
    new: int = 0
    archived: int = 0
    fallback: int = 0
    failed: int = 0
    skipped: int = 0
    why: Mapping[str, int] = field(default_factory=dict)
