"""What we know of feeds, and what a feed's bytes say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


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
    url: str | None = None  #: who gave them, where a redirect led away from the address asked for


#: Of a feed that was never answered, or whose server sends none.
NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a feed and its server last said of time; a 304 that says nothing does not unsay it."""

    max_age: timedelta | None = None  #: freshness of a response (RFC 9111), as of its arrival
    ttl: timedelta | None = None  #: RSS <ttl> or sy:updatePeriod/updateFrequency
    skip_hours: tuple[int, ...] = ()  #: RSS <skipHours>, UTC
    skip_days: tuple[str, ...] = ()  #: RSS <skipDays>, English names


#: Of a feed that says nothing of time.
NO_HINTS = Hints()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How a feed posts, in UTC: counts that fade over weeks (``crawler.timing.rhythm``)."""

    at: datetime  #: the counts are faded to here
    latest: datetime  #: when the newest item was posted, else when the feed was first read
    items: float = 0.0
    time: float = 0.0  #: hours that were watched
    hours: tuple[float, ...] = ()  #: items by hour of the day
    days: tuple[float, ...] = ()  #: items by day of the week, Monday first
    minutes: tuple[float, ...] = ()  #: items by minute of the hour
    gaps: float = 0.0  #: between items, batches of a minute being one
    close: float = 0.0  #: gaps of less than 24 minutes, …
    by_chance: float = 0.0  #: … and how many would be if each item came by itself
    pause: float = 0.2  #: hours: the mean of those short gaps
    evenness: float = 1.0  #: variance of the gaps over their mean squared: 1 chance, 0 a clock


#: Instead of an address: the one of the configuration.
TO_CONFIGURED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A change of address (301, 308; or back) that has been called for, but not yet often and long enough."""

    url: str  #: where to; ``TO_CONFIGURED``: back, for nothing answers where the feed moved to
    since: datetime
    seen: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we remember of a feed between two polls."""

    next_poll_at: datetime
    validators: Validators = NO_VALIDATORS
    body_digest: str | None = None  #: of the last body that was read as a feed
    interval: timedelta | None = None  #: as learned; None before the first poll
    failures: int = 0  #: in a row
    weight: float = 0.0  #: of those failures: hard 1, soft 0.5, temporary 0.25 each
    polled_at: datetime | None = None
    window: tuple[str, ...] = ()  #: entry keys of the last poll, in the feed's order
    not_before: datetime | None = None  #: the server's wish: not even a one-shot run asks sooner
    hints: Hints = NO_HINTS
    rhythm: Rhythm | None = None  #: None before the first reading
    fetched_at: datetime | None = None  #: when a whole body last came
    not_modified: int = 0  #: 304s in a row since then
    probed_at: datetime | None = None  #: when a row of 304s was last doubted and the whole asked for
    probes: int = 0  #: in a row that found the server honest
    lying: bool = False  #: its validators are known to hide items, and are no longer sent
    moving: Moving | None = None
    moved_to: str | None = None  #: the address asked instead of the configured one
    gone_at: datetime | None = None  #: the first of an unbroken row of 410s
    gone: bool = False  #: a second 410 confirmed it: asked once a month


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedInfo:
    """What a feed says of itself."""

    format: str  #: "rss20", "atom10", "rdf", "json11", …
    title: str | None = None
    link: str | None = None
    language: str | None = None
    hub: str | None = None  #: WebSub hub (W3C WebSub)
    topic: str | None = None  #: the feed's own address as it tells it (rel="self"), a WebSub topic
    older: str | None = None  #: where older entries are: RFC 5005 prev-archive or next, JSON Feed next_url
    archived: bool = False  #: ``older`` is an archive (RFC 5005 §4): its pages never change
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

    key: str  #: identity in the archive; see feeds/identity.py for the rule
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
