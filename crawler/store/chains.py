"""Where every byte of articles came from: each link of the chains is read for all of them at once; for ``search``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crawler.store.answers import Answer, rows
from crawler.store.rows import listed

_ITEMS = text("""
    SELECT id AS owner, * FROM feed_items
    WHERE id IN (SELECT value FROM json_each(:many))""")
_FEEDS = text("""
    SELECT id AS owner, id, name, url, source, enabled, format, title, polled_at, answered_at FROM feeds
    WHERE id IN (SELECT value FROM json_each(:many))""")
_SIGHTINGS = text("""
    SELECT s.item_id AS owner, f.name AS feed, s.first_seen, coalesce(s.last_seen, f.answered_at) AS last_seen,
           s.position, s.digest, s.poll_id
    FROM sightings s JOIN feeds f ON f.id = s.feed_id
    WHERE s.item_id IN (SELECT value FROM json_each(:many)) ORDER BY s.first_seen, f.name""")
_POLLS = text("""
    SELECT s.item_id AS owner, p.*, f.name AS feed
    FROM (SELECT DISTINCT item_id, poll_id FROM sightings WHERE item_id IN (SELECT value FROM json_each(:many))) s
    JOIN polls p ON p.id = s.poll_id JOIN feeds f ON f.id = p.feed_id ORDER BY p.id""")
#: Each with its place in the raw archive, if it was kept; a revisit with that of the body.
_FETCHED = """
    SELECT {owner} AS owner, t.*, w.path AS raw_file, w.start AS raw_start, w.size AS raw_size,
           w.sha256 AS raw_sha256, w.type AS raw_type, w.written_at AS raw_at, o.path AS raw_body_file,
           o.start AS raw_body_start
    FROM fetches t
    LEFT JOIN warc_records w ON w.fetch_id = t.id
    LEFT JOIN warc_records o ON o.id = w.refers_to
    WHERE {owner} IN (SELECT value FROM json_each(:many)) ORDER BY t.id, w.id"""
_POLL_FETCHES = text(_FETCHED.format(owner="t.poll_id"))
_FETCHES = text(_FETCHED.format(owner="t.item_id"))
_CAPTURES = text("""
    SELECT c.item_id AS owner, c.*, f.name AS feed FROM captures c JOIN feeds f ON f.id = c.feed_id
    WHERE c.item_id IN (SELECT value FROM json_each(:many)) ORDER BY c.id""")
_REVISIONS = text("""
    SELECT article_id AS owner, * FROM revisions
    WHERE article_id IN (SELECT value FROM json_each(:many)) AND state <> 'dropped' ORDER BY number""")
_EXTRACTIONS = text("""
    SELECT id AS owner, * FROM extractions
    WHERE id IN (SELECT value FROM json_each(:many))""")
_TAKEDOWNS = text("""
    SELECT article_id AS owner, * FROM takedowns
    WHERE article_id IN (SELECT value FROM json_each(:many)) ORDER BY id""")
_FIELDS = text("""
    SELECT revision_id AS owner, * FROM fields
    WHERE revision_id IN (SELECT value FROM json_each(:many)) ORDER BY field""")

_Owned = Mapping[Any, list[Answer]]


async def chains(connection: AsyncConnection, articles: Sequence[Answer]) -> list[Answer]:
    """feed → polls → item → sightings → captures with fetches → revisions with extraction, fields, files."""
    numbers = [article["id"] for article in articles]
    items = await _owned(connection, _ITEMS, [article["item_id"] for article in articles])
    feeds = await _owned(connection, _FEEDS, {item["feed_id"] for [item] in items.values()})
    polls = await _polls(connection, items)
    sightings = await _owned(connection, _SIGHTINGS, items)
    captures = await _captures(connection, items)
    revisions = await _revisions(connection, numbers)
    takedowns = await _owned(connection, _TAKEDOWNS, numbers)
    return [
        {
            "article": article,
            "feed": dict(feeds[item["feed_id"]][0]),
            "polls": polls[item["id"]],
            "item": item,
            "sightings": sightings[item["id"]],
            "captures": captures[item["id"]],
            "revisions": revisions[article["id"]],
            "takedowns": takedowns[article["id"]],
        }
        for article in articles
        for item in items[article["item_id"]]
    ]


async def _owned(connection: AsyncConnection, question: Executable, owners: Iterable[Any]) -> _Owned:
    """Whose rows are whose."""
    found: dict[Any, list[Answer]] = defaultdict(list)
    for row in await rows(connection, question, many=listed(list(owners))):
        found[row.pop("owner")].append(row)
    return found


async def _polls(connection: AsyncConnection, items: Iterable[Any]) -> _Owned:
    found = await _owned(connection, _POLLS, items)
    fetches = await _owned(
        connection, _POLL_FETCHES, {poll["id"] for polls in found.values() for poll in polls}
    )
    for poll in (poll for polls in found.values() for poll in polls):
        poll["fetches"] = [dict(fetch) for fetch in fetches[poll["id"]]]
    return found


async def _captures(connection: AsyncConnection, items: Iterable[Any]) -> _Owned:
    found, fetches = await _owned(connection, _CAPTURES, items), await _owned(connection, _FETCHES, items)
    for item, captures in found.items():
        for capture in captures:
            capture["fetches"] = [fetch for fetch in fetches[item] if fetch["capture_id"] == capture["id"]]
    return found


async def _revisions(connection: AsyncConnection, articles: Iterable[int]) -> _Owned:
    found = await _owned(connection, _REVISIONS, articles)
    every = [revision for revisions in found.values() for revision in revisions]
    extractions = await _owned(connection, _EXTRACTIONS, {one["extraction_id"] for one in every})
    fields = await _owned(connection, _FIELDS, [one["id"] for one in every])
    for revision in every:
        revision["extraction"] = dict(extractions[revision["extraction_id"]][0])
        revision["fields"] = fields[revision["id"]]
        revision["files"] = {
            "document": {name: revision.pop(name) for name in ("path", "sha256", "size")},
            "qrcode": {name: revision.pop(f"qrcode_{name}") for name in ("path", "sha256", "size")},
        }
    return found
