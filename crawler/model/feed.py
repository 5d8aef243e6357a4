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
class FeedState:
    """What we remember of a feed between two polls."""

    next_poll_at: datetime
    validators: Validators = NO_VALIDATORS
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
