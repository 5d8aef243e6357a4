"""What is lent, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from crawler.model.article import Origin
from crawler.model.feed import Entry, Feed, FeedDocument, FeedState
from crawler.model.page import Attempt
from crawler.model.push import PushOffer
from crawler.model.revising import KILLED, NextLook, Recheck


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
    standing: Origin | None = None  #: where its article's newest revision is from; None: nothing stands
    notice: str | None = None  #: what its wire has said of that article
    held: bool = False  #: whether its newest revision is a draft
    recheck: Recheck | None = None  #: it is lent only to look at its page again

    @property
    def fallback(self) -> bool:
        """Whether an article from the feed's own content stands already."""
        return self.standing is Origin.FEED

    @property
    def killed(self) -> bool:
        """Whether the wire has killed its release: it is a draft from then on."""
        return self.notice == KILLED and self.standing is not None


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
    offer: PushOffer | None = None  #: a hub that pushes this feed, by header or document


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderPage:
    """A page of a feed's past (RFC 5005), wanted or read before."""

    feed: Feed
    url: str
    archived: bool  #: its content never changes
    older: str | None = None  #: read before: where it led
    older_archived: bool = False
    newest: datetime | None = None  #: read before: the date of its newest entry


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """An older page that was asked for: read, or failed."""

    page: OlderPage
    at: datetime
    attempts: tuple[Attempt, ...] = ()
    document: FeedDocument | None = None  #: None: it failed
    error: str | None = None
    error_kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A feed that a one-shot run leaves alone although it was wanted."""

    feed: str
    until: datetime
    why: str  #: "asked less than 5m ago", "its server asked to wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollCount:
    """What a settled poll brought."""

    seen: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """What is known of the text of a page that is not plainly what was announced."""

    others: int = 0  #: items of the same host whose pages had it too
    standing: bool = False  #: the item's own article is this text


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
    look: NextLook | None = None  #: when the page is looked at again; None: as it was

    @property
    def stage(self) -> str | None:
        """What kind of visit it was, if not an ordinary one."""
        return "recheck" if self.item.recheck else None


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
    ours: bool = False  #: through us (disk, being offline, a silence that is kept): counts as no visit


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
