"""When to ask a hub, when to believe it, how far: a subscription and an event → the next subscription.

Pure: ``subscribing`` hands time in and carries out what is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from crawler.errors import BadStatus, CrawlError, Passing
from crawler.model import Feed, FeedState, Polled, PushOffer, Subscription

PATIENCE = timedelta(minutes=10)  #: a hub has this long to verify what it was asked
LATE = timedelta(minutes=10)  #: a push may come so much later than the items it tells of
REST = timedelta(days=7)  #: before a hub that denied or was distrusted is asked again
LONGEST_LEASE = timedelta(days=30)
STRETCH = 2  #: the regular interval of a feed whose hub delivers, times this
_LONGEST_BACKOFF = timedelta(days=1)
_LONGEST_CHALLENGE = 1024
_LIVE = frozenset({"pending", "verified", "distrusted"})
_NO_TIME = timedelta(0)

Step = Literal["subscribe", "unsubscribe", "distrust", "lapse"]


def begun(feed: Feed, offer: PushOffer, secret: str, callback: str, now: datetime) -> Subscription:
    """A new subscription: due at once."""
    return Subscription(
        feed=feed, hub=offer.hub, topic=offer.topic, callback=callback, secret=secret, next_at=now
    )


def step(known: Subscription, now: datetime) -> Step | None:
    """What is to be done now, if anything."""
    if not known.wanted:
        return "unsubscribe" if known.state in _LIVE else None
    if known.state == "verified" and known.missed_at is not None and now >= known.missed_at + LATE:
        return "distrust"
    if known.state == "verified" and known.lease_until is not None and now >= known.lease_until:
        return "lapse"
    return "subscribe" if known.state != "ended" and now >= known.next_at else None


def next_moment(known: Subscription) -> datetime | None:
    """When ``step`` may say something next; None for never."""
    if not known.wanted or known.state == "ended":
        return None
    moments = [known.next_at]
    if known.state == "verified":
        moments += [known.lease_until] if known.lease_until else []
        moments += [known.missed_at + LATE] if known.missed_at else []
    return min(moments)


def awaited(known: Subscription) -> bool:
    """Whether the last request was neither verified nor refused yet."""
    asked, verified = known.requested_at, known.verified_at
    return asked is not None and (verified is None or verified < asked)


def requested(known: Subscription, now: datetime) -> Subscription:
    """Kept before a hub is asked: it may verify before it answers.  What it never verified has failed."""
    unverified = awaited(known)
    failures = known.failures + unverified
    state = known.state if known.state == "verified" else "pending"
    note = "the hub did not verify the last request" if unverified else known.note
    return replace(
        known, state=state, requested_at=now, failures=failures, next_at=now + _backoff(failures), note=note
    )


def refused(known: Subscription, error: CrawlError, now: datetime) -> Subscription:
    """The request failed: polling goes on as ever, the hub is asked again later."""
    if error.passing is Passing.OURS:
        return replace(known, requested_at=None, next_at=now + PATIENCE, note=str(error))
    failures = known.failures + 1
    wait = REST if error.passing is Passing.PERMANENT else _backoff(failures)
    silence = error.retry_after if isinstance(error, BadStatus) else None
    next_at = max(now + wait, min(silence, now + LONGEST_LEASE) if silence else now)
    return replace(known, requested_at=None, failures=failures, next_at=next_at, note=str(error))


def unsubscribed(known: Subscription, now: datetime) -> Subscription:
    """Kept before a hub is asked to stop."""
    return replace(known, state="ended", requested_at=now, lease_until=None, missed_at=None)


def lapsed(known: Subscription) -> Subscription:
    """The lease is over: the feed is polled at its own rhythm, the hub asked again when it is due."""
    return replace(known, state="pending", lease_until=None, missed_at=None, note="the lease ended")


def distrusted(known: Subscription, now: datetime) -> Subscription:
    """The hub leaves out what the feed shows."""
    at = f"{known.missed_at:%Y-%m-%dT%H:%M:%SZ}"
    note = f"distrusted: at {at} a pull found items that no push had announced"
    return replace(known, state="distrusted", missed_at=None, next_at=now + REST, note=note)


def answered(
    known: Subscription, query: Mapping[str, str], now: datetime, *, wish: timedelta
) -> Subscription | None:
    """What a hub's verification of intent leads to (W3C WebSub §5.3); None: it is not to be confirmed.

    ``query`` are the parameters without ``hub.``.  Confirmed is only what was asked for, under its
    own topic, within ``PATIENCE``.
    """
    mode = query.get("mode")
    if query.get("topic") != known.topic or (not known.wanted and mode != "unsubscribe"):
        return None
    if mode == "denied" and known.state in _LIVE:
        note = f"denied by the hub: {query.get('reason', 'it gives no reason')[:200]}"
        return replace(known, state="denied", lease_until=None, next_at=now + REST, note=note)
    recent = known.requested_at is not None and _NO_TIME <= now - known.requested_at <= PATIENCE
    if not recent or not 0 < len(query.get("challenge", "")) <= _LONGEST_CHALLENGE:
        return None
    if mode == "unsubscribe":
        return known if known.state == "ended" else None
    if mode != "subscribe" or known.state not in {"pending", "verified"}:
        return None
    return _verified(known, _lease(query.get("lease_seconds"), wish), now)


def _verified(known: Subscription, lease: timedelta, now: datetime) -> Subscription:
    renewal = known.state == "verified"
    return replace(
        known,
        state="verified",
        verified_at=now,
        lease_until=now + lease,
        next_at=now + max(lease * 2 / 3, PATIENCE),
        failures=0,
        pushes=known.pushes if renewal else 0,
        note=None,
    )


def live(known: Subscription, now: datetime) -> bool:
    """Whether a push that is signed rightly has an effect."""
    lasting = known.lease_until is not None and now < known.lease_until
    return known.wanted and known.state in {"verified", "distrusted"} and lasting


def pushed(known: Subscription, now: datetime, floor: timedelta) -> tuple[Subscription, datetime | None]:
    """After a push: the subscription, and for when the feed is to be made due (None: it already is).

    A push is never content; it can do no more than bring a poll forward, once in a quarter of the
    shortest interval, and never into the feed's freshness or a silence it asked for.
    """
    heard = replace(known, last_push_at=now, missed_at=None, pushes=known.pushes + 1)
    if known.called_at is not None and known.called_at > now:
        return heard, None
    moments = [now]
    moments += [known.called_at + floor / 4] if known.called_at else []
    moments += [known.not_before] if known.not_before else []
    return replace(heard, called_at=max(moments)), max(moments)


def repeated(known: Subscription, polled: Polled, new: int, floor: timedelta) -> datetime | None:
    """When to look once more, where a poll that a push called for found nothing new.

    A cache before the feed may be behind the hub, which is told by the publisher himself.
    """
    began = polled.attempts[0].started_at if polled.attempts else polled.at
    if known.called_at is None or began < known.called_at or new or polled.outcome == "failed":
        return None
    return max(known.called_at + floor / 4, polled.at, polled.state.not_before or polled.at)


def eased(known: Subscription, polled: Polled, ceiling: timedelta, now: datetime) -> FeedState:
    """The feed's next state after a poll: sooner for a push that came meanwhile, later while pushes come.

    Nothing that was learned changes, so that distrust leads back to the learned interval by itself.
    """
    state = polled.state
    if polled.outcome == "failed":
        return state
    began = polled.attempts[0].started_at if polled.attempts else polled.at
    if known.called_at is not None and known.called_at > began and live(known, now):
        soon = max(known.called_at, state.not_before or polled.at)
        return replace(state, next_poll_at=min(state.next_poll_at, soon))
    if not (known.state == "verified" and live(known, now) and known.pushes and known.missed_at is None):
        return state
    wait = min((state.next_poll_at - polled.at) * STRETCH, ceiling)
    return replace(state, next_poll_at=max(state.next_poll_at, polled.at + wait))


def compared(known: Subscription, previous: datetime | None, polled: Polled, new: int) -> Subscription:
    """After a poll is settled: what may not be asked before, and whether a push is missing.

    ``previous`` is the last poll by this process: items that came while it was away are not held
    against the hub.
    """
    silence = polled.state.next_poll_at if polled.outcome == "failed" else polled.state.not_before
    known = replace(known, not_before=silence)
    if known.state != "verified" or known.missed_at is not None or not new:
        return known
    if previous is None or known.verified_at is None or previous < known.verified_at:
        return known
    if known.last_push_at is not None and known.last_push_at >= previous - LATE:
        return known
    return replace(known, missed_at=polled.at)


def _backoff(failures: int) -> timedelta:
    return min(PATIENCE * 2.0 ** min(failures, 20), _LONGEST_BACKOFF)


def _lease(text: str | None, wish: timedelta) -> timedelta:
    """What the hub grants; our own wish where it does not say."""
    digits = (text or "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        return wish
    return min(timedelta(seconds=int(digits)), LONGEST_LEASE)
