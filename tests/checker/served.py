"""I1: what the origin served whole is archived, or due, or recorded as failed with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.checker.database import Database, Row, seconds
from tests.checker.identity import identity
from tests.checker.journal import Request
from tests.checker.terms import Terms, Violation


def judge(database: Database, log: list[Request], terms: Terms) -> Iterator[Violation]:
    """All that was lost."""
    items: dict[str, Row] = {}
    for row in database.table("feed_items"):
        for link in (row["link"], row["source_link"]):
            if link:
                items.setdefault(identity(link), row)
    whole = [one for one in log if one.status == 200 and one.finished is not None]
    yield from _feeds(database, whole, items)
    yield from _pages(database, whole, items)
    yield from _states(database)


def _feeds(database: Database, whole: list[Request], items: dict[str, Row]) -> Iterator[Violation]:
    """What a settled answer told, and what the stored validators vouch for, is known."""
    feeds = {row["url"]: row for row in database.table("feeds")}
    settled = {
        (row["feed_id"], row["sha256"]) for row in database.table("polls") if row["outcome"] == "changed"
    }
    told: set[tuple[int, str]] = set()
    for one in whole:
        feed = feeds.get(one.url)
        if feed is None or not one.tells:
            continue
        if (feed["id"], one.sha256) in settled:
            why = "a poll that is settled"
        elif feed["body_sha256"] == one.sha256 or (one.etag and feed["etag"] == one.etag):
            why = "the validators that are stored"
        elif feed["enabled"] and feed["next_poll_at"]:
            continue  # it is due again, and nothing hides what it told
        else:
            why = "a feed that is not due any more"
        for link in one.tells:
            if identity(link) not in items and (feed["id"], link) not in told:
                told.add((feed["id"], link))
                yield Violation("I1", f"{link} was told by {why}, {feed['name']}, and is no item")


def _pages(database: Database, whole: list[Request], items: dict[str, Row]) -> Iterator[Violation]:
    """The last thing that a page said has come to something."""
    newest = {identity(one.url): one for one in whole if one.is_page}
    read = {(row["item_id"], row["page_sha256"]) for row in database.table("extractions")}
    visited: dict[int, float] = {}
    for row in database.table("captures"):
        visited[row["item_id"]] = max(visited.get(row["item_id"], 0.0), seconds(row["at"]))
    feeds = {identity(row["url"]) for row in database.table("feeds")}
    for key, one in newest.items():
        if key in feeds:
            continue
        item = items.get(key)
        if item is None:
            yield Violation("I1", f"{one.url} was served whole at {one.at:.3f}, and is no item")
        elif (
            item["due_at"] is None
            and (item["id"], one.sha256) not in read
            and visited.get(item["id"], 0.0) < one.at
            and not _checked(item, one)
        ):
            yield Violation("I1", f"{one.url} was served whole at {one.at:.3f}; item {item['id']} is neither due "
                                  f"nor was it settled since ({item['state']})")  # fmt: skip


def _checked(item: dict[str, Any], one: Request) -> bool:
    """Whether a later look at the page (a re-check) is still owed, or vouches for this very answer."""
    if item.get("recheck_at"):
        return True
    return bool(item.get("page_validated")) and seconds(item["page_validated"]) >= one.at


def _states(database: Database) -> Iterator[Violation]:
    """What an item says of itself is true."""
    kept = {row["article_id"] for row in database.table("revisions") if row["state"] == "done"}
    for item in database.table("feed_items"):
        state, article = item["state"], item["article_id"]
        if item["due_at"] is not None:
            continue
        if state in {"archived", "fallback"} and article not in kept:
            yield Violation(
                "I1", f"item {item['id']} says {state}, and its article {article} was never written"
            )
        elif state == "duplicate" and article not in kept:
            yield Violation("I1", f"item {item['id']} is a duplicate of article {article}, never written")
        elif state in {"new", "retry"}:
            yield Violation("I1", f"item {item['id']} is {state} and never due: {item['link']}")
        elif state == "failed" and not item["last_error"]:
            yield Violation("I1", f"item {item['id']} failed without a reason: {item['link']}")
