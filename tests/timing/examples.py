"""States, polls and waits to begin a test with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.model import FeedState, Rhythm, Validators
from crawler.timing import DAY, PollFacts, PollPolicy, after_poll

NOW = datetime(2026, 3, 9, 8, 5, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
POLICY = PollPolicy(floor=5 * MINUTE, ceiling=DAY, initial=15 * MINUTE)
ITEMS = tuple(f"item-{number}" for number in range(100))
SENT = Validators(etag='"v1"', last_modified="Mon, 09 Mar 2026 08:00:00 GMT")


def rhythm(an_hour: float = 1.0, *, at: datetime = NOW, **changes: object) -> Rhythm:
    """A feed that was watched for ten days and posts so much, by day and by night alike."""
    values = {
        "at": at,
        "latest": at - HOUR,
        "items": 240 * an_hour,
        "time": 240.0,
        "hours": (10 * an_hour,) * 24,
        "days": (34 * an_hour,) * 7,
        "minutes": (4 * an_hour,) * 60,
        "gaps": 240 * an_hour,
    }
    return Rhythm(**(values | changes))  # type: ignore[arg-type]


def state(**changes: object) -> FeedState:
    values = {
        "next_poll_at": NOW,
        "interval": HOUR,
        "polled_at": NOW - HOUR,
        "window": ITEMS[:20],
        "validators": SENT,
        "rhythm": rhythm(),
        "fetched_at": NOW - HOUR,
    }
    return FeedState(**(values | changes))  # type: ignore[arg-type]


def facts(**changes: object) -> PollFacts:
    values = {"now": NOW, "outcome": "unchanged", "not_modified": True, "validators": SENT}
    return PollFacts(**(values | changes))  # type: ignore[arg-type]


def changed(new: int, of: int = 20, **changes: object) -> PollFacts:
    """A poll of a window of ``of`` items whose first ``new`` ones are new, the newest first."""
    keys = tuple(f"new-{number}" for number in range(new)) + ITEMS[: of - new]
    dates = tuple(NOW - number * MINUTE for number in range(len(keys)))
    return facts(
        **({"outcome": "changed", "not_modified": False, "keys": keys, "published": dates} | changes)
    )


def failed(**changes: object) -> PollFacts:
    return facts(outcome="failed", **changes)


def poll(before: FeedState, what: PollFacts, policy: PollPolicy = POLICY) -> FeedState:
    return after_poll(before, what, policy, seed="https://wire.example/feed")


def wait_after(before: FeedState, what: PollFacts, policy: PollPolicy = POLICY) -> timedelta:
    return poll(before, what, policy).next_poll_at - what.now
