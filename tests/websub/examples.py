"""Subscriptions, polls and instants for these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.model import Attempt, Feed, FeedState, Polled, Subscription

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FLOOR = 8 * MINUTE
SECRET = "a-secret-of-this-test"
TOPIC = "https://wire.example/feed"
HUB = "https://hub.example/"
FEED = Feed(id=7, name="orbit", url=TOPIC, source="Orbit Wire", source_key="orbitwire")


def subscription(**more: Any) -> Subscription:
    """One that was just begun."""
    told: dict[str, Any] = {
        "feed": FEED, "hub": HUB, "topic": TOPIC, "callback": "https://c.example/", "secret": SECRET,
        "next_at": NOON,
    }  # fmt: skip
    return Subscription(**told | more)


def verified(**more: Any) -> Subscription:
    """One that stands for ten days from noon on."""
    told: dict[str, Any] = {
        "state": "verified", "requested_at": NOON, "verified_at": NOON, "lease_until": NOON + 10 * DAY,
        "next_at": NOON + 6 * DAY,
    }  # fmt: skip
    return subscription(**told | more)


def polled(
    at: datetime, *, wait: timedelta = 15 * MINUTE, began: datetime | None = None, **more: Any
) -> Polled:
    """A poll that was sent at ``began`` and whose feed is due again after ``wait``."""
    attempt = Attempt(url=TOPIC, started_at=began or at, number=1, status=200)
    told: dict[str, Any] = {
        "feed": FEED, "at": at, "outcome": "changed", "state": FeedState(next_poll_at=at + wait, polled_at=at),
        "attempts": (attempt,),
    }  # fmt: skip
    return Polled(**told | more)
