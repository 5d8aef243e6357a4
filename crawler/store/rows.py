"""Values of the house ↔ rows of the tables; instants, lists and foreign text made storable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler import urls
from crawler.model import Attempt, DueItem, Enclosure, Entry, Feed, FeedInfo, FeedState, Origin, Validators

Row = Mapping[str, Any]
NewRow = dict[str, Any]

_TEXTS = ("guid", "link", "source_link", "title", "published_raw", "updated_raw", "author", "language")
#: Where the newest revision of an article in a state is from; no state: no article that was written.
_ORIGIN = {None: None, "archived": Origin.PAGE, "fallback": Origin.FEED}


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
        url=row["url"],
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
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]),
        body_digest=row["body_sha256"],
        interval=length(row["interval_seconds"]),
        failures=row["failures"],
        polled_at=instant_or_none(row["polled_at"]),
        window=tuple(json.loads(row["latest_keys"])),
    )


def state_row(state: FeedState) -> NewRow:
    """A feed's next state."""
    return {
        "next_poll_at": stamp(state.next_poll_at),
        "interval_seconds": seconds(state.interval),
        "failures": state.failures,
        "polled_at": stamp_or_none(state.polled_at),
        "etag": storable(state.validators.etag),
        "last_modified": storable(state.validators.last_modified),
        "body_sha256": state.body_digest,
        "latest_keys": listed([storable(key) for key in state.window]),
    }


def info_row(info: FeedInfo) -> NewRow:
    """What a feed says of itself."""
    return {
        "format": info.format,
        "title": storable(info.title),
        "link": storable(info.link),
        "language": storable(info.language),
        "hub": storable(info.hub),
        "ttl_seconds": seconds(info.ttl),
        "skip_hours": listed(info.skip_hours),
        "skip_days": storable(listed(info.skip_days)),
        "notes": storable(listed(info.notes)),
    }


# --------------------------------------------------------------------------- entries


def host_of(*addresses: str | None) -> str:
    """The politeness key of the first usable address."""
    return next((host for url in addresses if url and (host := urls.politeness_key(url))), "nowhere")


def entry_digest(entry: Entry) -> str:
    """What must differ for an item to count as edited: title, link, summary, content."""
    told = (entry.title, entry.source_link or entry.link, entry.summary, entry.content)
    texts = (storable(text) for text in told)  # the same before and after a visit to the database
    return hashlib.sha256(
        "\x00".join("\x01" if text is None else text for text in texts).encode()
    ).hexdigest()


def entry_row(entry: Entry) -> NewRow:
    """An entry as the feed tells it."""
    row: NewRow = {name: storable(getattr(entry, name)) for name in _TEXTS}
    row["published"] = stamp_or_none(entry.published)
    row["updated"] = stamp_or_none(entry.updated)
    row["categories"] = storable(listed(entry.categories))
    row["enclosures"] = storable(listed([[file.url, file.type, file.length] for file in entry.enclosures]))
    row["summary"] = storable(entry.summary)
    row["content"] = storable(entry.content)
    return row


def entry_of(row: Row) -> Entry:
    """The entry of a row of ``feed_items``."""
    return Entry(
        key=row["key"],
        position=row["position"],
        published=instant_or_none(row["published"]),
        updated=instant_or_none(row["updated"]),
        categories=tuple(json.loads(row["categories"] or "[]")),
        enclosures=tuple(
            Enclosure(url=url, type=kind, length=size)
            for url, kind, size in json.loads(row["enclosures"] or "[]")
        ),
        summary=row["summary"],
        content=row["content"],
        **{name: row[name] for name in _TEXTS},
    )


def due_item_of(row: Row, feed: Feed) -> DueItem:
    """The lent item of a row of ``frontier.DUE_ITEMS``."""
    standing = _ORIGIN[row["standing"]]
    return DueItem(
        item_id=row["id"],
        feed=feed,
        entry=entry_of(row),
        first_seen=instant(row["first_seen"]),
        captures=row["captures"],
        standing=standing,
    )


# --------------------------------------------------------------------------- fetches


def fetch_row(attempt: Attempt) -> NewRow:
    """One HTTP exchange; whose it was is added by the caller."""
    return {
        "url": storable(attempt.url),
        "at": stamp(attempt.started_at),
        "number": attempt.number,
        "hop": attempt.hop,
        "status": attempt.status,
        "bytes": attempt.wire_bytes,
        "seconds": attempt.seconds,
        "peer": attempt.peer,
        "location": storable(attempt.location),
        "error": storable(attempt.error),
    }
