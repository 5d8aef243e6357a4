"""What we know of WebSub: who offers to push, and how a subscription stands (W3C WebSub)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from crawler.model.feed import Feed

#: pending: asked for, or to be asked for · verified: the hub has shown that it means us · denied: by the
#: hub · distrusted: it pushes less than the feed shows · ended: by us, or the feed offers none any more.
Standing = Literal["pending", "verified", "denied", "distrusted", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOffer:
    """A feed's word that a hub pushes it."""

    hub: str
    topic: str  #: the address by which the hub knows the feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One feed's subscription at one hub."""

    feed: Feed
    hub: str
    topic: str
    callback: str  #: the public address that was current when it was made, without the token
    secret: str = field(repr=False)  #: signs what the hub sends; the callback's token is derived from it
    state: Standing = "pending"
    next_at: datetime  #: when the hub is asked (again)
    requested_at: datetime | None = None  #: the last request, of either mode
    verified_at: datetime | None = None
    lease_until: datetime | None = None
    called_at: datetime | None = None  #: for when a push made the feed due last
    last_push_at: datetime | None = None  #: the last one that was signed rightly
    missed_at: datetime | None = None  #: a pull found items of which no push has told so far
    not_before: datetime | None = None  #: no push makes the feed due before: its freshness, its Retry-After
    pushes: int = 0  #: signed rightly, since it was verified first
    forged: int = 0  #: signed wrongly or not at all
    failures: int = 0  #: requests in a row that the hub refused or never verified
    note: str | None = None  #: why it stands as it does, in plain words
    wanted: bool = True  #: the feed is still in the configuration
