"""Values of the house ↔ rows of the tables; instants, lists and foreign text made storable."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler import urls
from crawler.model import (
    Attempt,
    Feed,
    FeedInfo,
    FeedState,
    Hints,
    Moving,
    Rhythm,
    Validators,
)

Row = Mapping[str, Any]
NewRow = dict[str, Any]


def stamp(at: datetime) -> str:
    """An instant as text of fixed width, so that the order of texts is the order of times."""
    if at.tzinfo is None:
        raise ValueError(f"an instant without a time zone: {at}")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def stamp_or_none(at: datetime | None) -> str | None:
    """As ``stamp``; None stays None."""
    return None if at is None else stamp(at)


def instant(text: str) -> datetime:
    """The instant that ``stamp`` wrote."""
    return datetime.fromisoformat(text)


def instant_or_none(text: str | None) -> datetime | None:
    """As ``instant``; None stays None."""
    return None if text is None else instant(text)


def listed(values: Sequence[Any]) -> str:
    """A list as JSON text."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def storable(text: str | None) -> str | None:
    """Foreign text that UTF-8 can hold: lone surrogates would fail the whole poll, for ever."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def shown(text: str | None) -> str | None:
    """Foreign text in which an address may stand: what is read in a database travels; its secrets do not."""
    return None if text is None else storable(urls.without_secrets(text))


def seconds(length: timedelta | None) -> float | None:
    """A length of time in seconds."""
    return None if length is None else length.total_seconds()


def length(value: float | None) -> timedelta | None:
    """The length of time that ``seconds`` wrote."""
    return None if value is None else timedelta(seconds=value)


# --------------------------------------------------------------------------- feeds


def feed_row(feed: Feed) -> NewRow:
    """What the configuration says of a feed."""
    return {
        "name": feed.name,
        "url": feed.url,
        "source": feed.source,
        "source_key": feed.source_key,
        "floor_seconds": seconds(feed.floor),
        "ceiling_seconds": seconds(feed.ceiling),
        "user_agent": feed.user_agent,
        "enabled": True,
    }


def feed_of(row: Row) -> Feed:
    """The feed of a row of ``feeds``."""
    return Feed(
        id=row["id"],
        name=row["name"],
        url=row["moved_to"] or row["url"],
        source=row["source"],
        source_key=row["source_key"],
        floor=length(row["floor_seconds"]),
        ceiling=length(row["ceiling_seconds"]),
        user_agent=row["user_agent"],
    )


def feed_state_of(row: Row) -> FeedState:
    """What is remembered of the feed of a row of ``feeds``."""
    return FeedState(
        next_poll_at=instant(row["lent_from"] or row["next_poll_at"]),
        validators=Validators(
            etag=row["etag"], last_modified=row["last_modified"], url=row["validators_url"]
        ),
        body_digest=row["body_sha256"],
        interval=length(row["interval_seconds"]),
        failures=row["failures"],
        weight=row["failure_weight"],
        polled_at=instant_or_none(row["polled_at"]),
        window=tuple(json.loads(row["latest_keys"])),
        not_before=instant_or_none(row["not_before"]),
        hints=Hints(
            max_age=length(row["fresh_seconds"]),
            ttl=length(row["ttl_seconds"]),
            skip_hours=tuple(json.loads(row["skip_hours"] or "[]")),
            skip_days=tuple(json.loads(row["skip_days"] or "[]")),
        ),
        rhythm=rhythm_of(row["rhythm"]),
        fetched_at=instant_or_none(row["fetched_at"]),
        not_modified=row["not_modified"],
        probed_at=instant_or_none(row["probed_at"]),
        probes=row["probes"],
        lying=bool(row["lying"]),
        moving=_moving_of(row["moving"]),
        moved_to=row["moved_to"],
        gone_at=instant_or_none(row["gone_at"]),
        gone=bool(row["gone"]),
    )


def rhythm_of(text: str | None) -> Rhythm | None:
    """The rhythm that ``rhythm_text`` wrote."""
    if text is None:
        return None
    told = json.loads(text)
    lists = {name: tuple(told[name]) for name in ("hours", "days", "minutes")}
    return Rhythm(**told | lists | {name: instant(told[name]) for name in ("at", "latest")})


def rhythm_text(rhythm: Rhythm | None) -> str | None:
    """How a feed posts, as JSON; counts to a thousandth."""
    if rhythm is None:
        return None
    told = {name: _rounded(getattr(rhythm, name)) for name in Rhythm.__slots__}
    return json.dumps(told, separators=(",", ":"))


def _rounded(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    return round(value, 3) if isinstance(value, float) else [round(one, 3) for one in value]


def _moving_of(text: str | None) -> Moving | None:
    if text is None:
        return None
    told = json.loads(text)
    return Moving(url=told["url"], since=instant(told["since"]), seen=told["seen"])


def _moving_text(moving: Moving | None) -> str | None:
    if moving is None:
        return None
    return json.dumps({"url": storable(moving.url), "since": stamp(moving.since), "seen": moving.seen})


def state_row(state: FeedState) -> NewRow:
    """A feed's next state."""
    return {
        "next_poll_at": stamp(state.next_poll_at),
        "interval_seconds": seconds(state.interval),
        "failures": state.failures,
        "failure_weight": state.weight,
        "polled_at": stamp_or_none(state.polled_at),
        "etag": storable(state.validators.etag),
        "last_modified": storable(state.validators.last_modified),
        "validators_url": storable(state.validators.url),
        "body_sha256": state.body_digest,
        "latest_keys": listed([storable(key) for key in state.window]),
        "not_before": stamp_or_none(state.not_before),
        "fresh_seconds": seconds(state.hints.max_age),
        "rhythm": rhythm_text(state.rhythm),
        "fetched_at": stamp_or_none(state.fetched_at),
        "not_modified": state.not_modified,
        "probed_at": stamp_or_none(state.probed_at),
        "probes": state.probes,
        "lying": state.lying,
        "moving": _moving_text(state.moving),
        "moved_to": storable(state.moved_to),
        "gone_at": stamp_or_none(state.gone_at),
        "gone": state.gone,
    }


def info_row(info: FeedInfo) -> NewRow:
    """What a feed says of itself."""
    return {
        "format": info.format,
        "title": storable(info.title),
        "link": storable(info.link),
        "language": storable(info.language),
        "hub": storable(info.hub),
        "older": storable(info.older),
        "older_archived": info.archived,
        "ttl_seconds": seconds(info.ttl),
        "skip_hours": listed(info.skip_hours),
        "skip_days": storable(listed(info.skip_days)),
        "notes": storable(listed(info.notes)),
    }


# --------------------------------------------------------------------------- fetches


def fetch_row(attempt: Attempt) -> NewRow:
    """One HTTP exchange; whose it was is added by the caller."""
    return {
        "url": shown(attempt.url),
        "at": stamp(attempt.started_at),
        "number": attempt.number,
        "hop": attempt.hop,
        "status": attempt.status,
        "bytes": attempt.wire_bytes,
        "seconds": attempt.seconds,
        "peer": attempt.peer,
        "location": shown(attempt.location),
        "error": shown(attempt.error),
    }
