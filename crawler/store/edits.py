"""New items and edited ones as rows: what is an edit, and what only looks like one.

``intake`` asks here, inside the writer's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from crawler import dates
from crawler.model import Entry, Feed
from crawler.revising import essence
from crawler.store.entries import entry_row, host_of
from crawler.store.rows import NewRow, Row, stamp
from crawler.store.writer import Group

#: An item that is edited more often than this is no longer captured anew: its feed churns.
MOST_EDITS = 24
#: An item that was edited so often and then tells what it told before goes to and fro.
FLIPS = 4

_TOLD = text("SELECT title, link, source_link, summary, content FROM feed_items WHERE id = :item")


def new_item(feed: Feed, now: datetime, entry: Entry, digest: str) -> NewRow:
    """An item that was never seen: due at once."""
    at = stamp(now)
    return {
        "feed_id": feed.id,
        "host": host_of(entry.source_link, feed.url),
        "state": "new",
        "due_at": at,
        "dated": _dated(entry, now) or at,
        "captures": 0,
        "first_seen": at,
        "last_changed": at,
        "digest": digest,
        "changes": 0,
        **entry_row(entry),
    }


def edited_item(group: Group, feed: Feed, now: datetime, entry: Entry, digest: str, row: Row) -> NewRow:
    """An item that tells something else: an edit makes it due again, for the release has probably been corrected.

    What only looks like an edit (white space, quotes, tracking; a text that goes to and fro) is counted.
    """
    real = not _is_none(group, entry, digest, row)
    at = stamp(now) if real else row["last_changed"]
    again = real and row["state"] not in {"new", "retry"} and row["changes"] < MOST_EDITS
    return {
        "item": row["id"],
        "host": host_of(entry.source_link, feed.url),
        "state": "retry" if again and row["state"] == "failed" else row["state"],
        "due_at": at if again else row["due_at"],
        "captures": 0 if again else row["captures"],
        "dated": _dated(entry, now) or row["first_seen"],
        "last_changed": at,
        "digest": digest,
        "previous_digest": row["digest"],
        "changes": row["changes"] + real,
        "churn": row["churn"] + (not real),
        **entry_row(entry),
    }


def _is_none(group: Group, entry: Entry, digest: str, row: Row) -> bool:
    """Whether an edit is none: it says the same, or says again and again what was there before."""
    if not row["digest"]:  # rebuilt without its feed: nobody knows what it said
        return True
    if digest == row["previous_digest"] and row["changes"] >= FLIPS:
        return True
    told = group.connection.execute(_TOLD, {"item": row["id"]}).mappings().one()
    return (told["source_link"] or told["link"]) == (entry.source_link or entry.link) and all(
        essence.alike(told[name], getattr(entry, name)) for name in ("title", "summary", "content")
    )


def _dated(entry: Entry, now: datetime) -> str | None:
    """When the entry was published, if an article would believe it."""
    published = entry.published
    return stamp(published) if published and dates.plausible(published, now) else None
