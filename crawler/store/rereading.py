"""Archived articles as re-extraction finds them, and how it leaves them.

``standings`` asks here, read-only; ``sql`` and ``unfinished`` finish what was applied, inside the writer's
transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crawler import urls
from crawler.errors import StoreError
from crawler.model import Claim, DueItem, Frame, Page, RereadSelection, Standing, Verdict
from crawler.store import frames
from crawler.store.entries import due_item_of
from crawler.store.ledger import INTENDED, finish
from crawler.store.rawindex import record_of
from crawler.store.rows import feed_of, instant, listed, stamp, storable
from crawler.store.schema import revisions
from crawler.store.writer import Group

_CHOSEN = """
    SELECT a.id FROM articles a
    WHERE a.revision > 0 AND (a.taken_down_at IS NULL OR :taken_down) {conditions}
    ORDER BY a.id"""
_CONDITIONS = {
    "since": "a.date >= :since",
    "until": "a.date < :until",
    "articles": "a.id IN (SELECT value FROM json_each(:articles))",
    "sources": """EXISTS (SELECT 1 FROM json_each(:sources) WHERE value IN (a.source, a.source_key))""",
    "feeds": """EXISTS (
        SELECT 1 FROM sightings s JOIN feeds f ON f.id = s.feed_id JOIN json_each(:feeds) j ON j.value = f.name
        WHERE s.item_id = a.item_id)""",
    "not_by": """NOT EXISTS (
        SELECT 1 FROM revisions r JOIN extractions e ON e.id = r.extraction_id
        WHERE r.article_id = a.id AND r.number = a.revision AND r.state <> 'dropped'
          AND e.extractor = :not_by)""",
}
#: The newest revision, and the visit that brought it or found it unchanged last: it knows for which feed.
_STANDING = text("""
    SELECT a.id, a.item_id, a.url, a.code, a.date, a.source_key, a.revision, a.sha256, a.title, a.path,
           a.state AS standing, a.notice, a.draft AS held, a.taken_down_at,
           e.ok, e.reasons, e.extractor, e.at AS read_at,
           (SELECT c.id FROM captures c
            WHERE c.item_id = a.item_id AND c.outcome IN ('archived', 'fallback', 'unchanged')
            ORDER BY c.id DESC LIMIT 1) AS capture
    FROM articles a
    JOIN revisions r ON r.article_id = a.id AND r.number = a.revision AND r.state <> 'dropped'
    JOIN extractions e ON e.id = r.extraction_id
    WHERE a.id = :article""")
_ITEM = text("""
    SELECT i.*, coalesce((SELECT s.position FROM sightings s
                          WHERE s.item_id = i.id AND s.feed_id = i.feed_id), 0) AS position,
           i.changes > 0 AND i.due_at IS NOT NULL
               AND i.last_changed >= coalesce(i.captured_at, i.first_seen) AS edited
    FROM feed_items i WHERE i.id = :item""")
_FEED = text("""
    SELECT * FROM feeds
    WHERE id = coalesce((SELECT feed_id FROM captures WHERE id = :capture), :first)""")
#: The newest page that was used, by a visit or by the newest revision itself; of an article from the feed
#: simply the newest: none was used, and today one may be.
_PAGE = text("""
    SELECT w.* FROM fetches t
    JOIN warc_records w ON w.fetch_id = t.id
    LEFT JOIN captures c ON c.id = t.capture_id
    WHERE t.item_id = :item AND t.status BETWEEN 200 AND 299
      AND (:standing = 'fallback' OR t.at <= :read_at
           OR (c.outcome IN ('archived', 'unchanged') AND c.error IS NULL))
    ORDER BY t.id DESC LIMIT 1""")
#: As ``repeats`` asks it of a page that has just come.
_REPEATED = text("""
    SELECT EXISTS (
        SELECT 1 FROM page_texts t JOIN feed_items i ON i.id = t.item_id
        WHERE t.host = :host AND t.text = :text AND t.item_id <> :item
          AND t.url <> :url AND i.title IS NOT :title)""")
_KEEPS = text("SELECT EXISTS (SELECT 1 FROM warc_records WHERE fetch_id IS NOT NULL)")
_INTENDED = INTENDED.where(revisions.c.article_id == bindparam("article"))
#: What came of the page is known now; an item that its feed has edited since stays due.
_UPGRADED = text("""
    UPDATE feed_items SET state = 'archived', last_error = NULL, last_error_kind = NULL,
        due_at = CASE WHEN changes > 0 AND last_changed >= coalesce(captured_at, first_seen)
                      THEN due_at END
    WHERE state = 'fallback' AND id = (SELECT item_id FROM articles WHERE id = :article)""")


async def chosen(connection: AsyncConnection, want: RereadSelection) -> list[int]:
    """Numbers of the archived articles that meet every condition, in order."""
    values: dict[str, Any] = {
        "since": want.since and stamp(want.since),
        "until": want.until and stamp(want.until),
        "articles": _listed(want.articles),
        "sources": _listed(want.sources),
        "feeds": _listed(want.feeds),
        "not_by": want.not_by,
    }
    wanted = {name: value for name, value in values.items() if value is not None}
    conditions = "".join(f" AND {_CONDITIONS[name]}" for name in wanted)
    values = wanted | {"taken_down": want.taken_down}
    found = await connection.execute(text(_CHOSEN.format(conditions=conditions)), values)
    return list(found.scalars())


async def frame(connection: AsyncConnection, host: str) -> Frame:
    """The lines that recur on a host's pages, as far as they are known now."""
    return await connection.run_sync(frames.frame, host)


async def repeated(connection: AsyncConnection, item: DueItem, page: Page, key: str) -> bool:
    """Whether the page's host shows a text (``quality.suspicion``) for other items too."""
    values = {
        "host": urls.politeness_key(page.final_url),
        "text": key,
        "item": item.item_id,
        "url": urls.identity(page.final_url) or "",
        "title": storable(item.entry.title),
    }
    return bool((await connection.execute(_REPEATED, values)).scalar())


async def keeps_pages(connection: AsyncConnection) -> bool:
    """Whether anything was ever kept raw."""
    return bool((await connection.execute(_KEEPS)).scalar())


def _listed(values: Iterable[str | int] | None) -> str | None:
    return None if values is None else listed(sorted(values))


async def standing(connection: AsyncConnection, article_id: int) -> Standing:
    """An article's newest revision, what it came from, and the newest page that was kept of it."""
    row = await _one(connection, _STANDING, article=article_id)
    if row is None:
        raise StoreError(f"article {article_id} is not archived")
    item = await _one(connection, _ITEM, item=row["item_id"])
    assert item is not None
    feed = await _one(connection, _FEED, capture=row["capture"], first=item["feed_id"])
    assert feed is not None
    values = {"item": row["item_id"], "standing": row["standing"], "read_at": row["read_at"]}
    page = await _one(connection, _PAGE, **values)
    return Standing(
        item=due_item_of(
            {**item, **{name: row[name] for name in ("standing", "notice", "held")}}, feed_of(dict(feed))
        ),
        claim=_claim(row),
        title=row["title"],
        path=row["path"],
        verdict=Verdict(ok=bool(row["ok"]), reasons=tuple(json.loads(row["reasons"]))),
        extractor=row["extractor"],
        read_at=instant(row["read_at"]),
        page=None if page is None else record_of(dict(page)),
        edited=bool(item["edited"]),
        taken_down=row["taken_down_at"] is not None,
    )


async def _one(connection: AsyncConnection, statement: Any, **values: Any) -> RowMapping | None:
    return (await connection.execute(statement, values)).mappings().one_or_none()


def _claim(article: RowMapping) -> Claim:
    """What the article has; its next revision takes it over."""
    return Claim(
        article_id=article["id"],
        feed_item_id=article["item_id"],
        url=article["url"],
        code=article["code"],
        date=instant(article["date"]),
        source_key=article["source_key"],
        revision=article["revision"] + 1,
        newest_digest=article["sha256"],
    )


def revise(group: Group, article_id: int, at: str) -> None:
    """An intended re-extraction becomes the article's newest; its item was not visited."""
    revision = group.connection.execute(_INTENDED, {"article": article_id}).mappings().one_or_none()
    if revision is None:
        raise StoreError(f"article {article_id} was revised without an intent; this is a bug")
    finish_reread(group, revision, at)


def finish_reread(group: Group, revision: RowMapping, at: str) -> None:
    """A re-extraction is done; where it brought the page, the item waits for it no longer."""
    finish(group, revision, at)
    if revision["origin"] == "page":
        group.connection.execute(_UPGRADED, {"article": revision["article_id"]})
