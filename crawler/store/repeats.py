"""Texts that are not plainly what was announced: does a host show the same one for several items?

The functions run inside the writer's transaction; ``SqlRepeats`` keeps that part of ``ports.Store``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from crawler import urls
from crawler.model import DueItem, Page, Repeats
from crawler.store.rows import listed, stamp, storable
from crawler.store.writer import Group, Writer

#: A template is met again within days; texts are not remembered longer.
REMEMBERED = timedelta(days=90)

_KEEP = text("""
    INSERT INTO page_texts (host, text, item_id, url, at) VALUES (:host, :text, :item, :url, :at)
    ON CONFLICT (host, text, item_id) DO NOTHING""")
#: Two addresses that lead to one page, or one release that is told twice, are no template.
_OTHERS = text("""
    SELECT t.item_id FROM page_texts t JOIN feed_items i ON i.id = t.item_id
    WHERE t.host = :host AND t.text = :text AND t.item_id <> :item
      AND t.url <> :url AND i.title IS NOT :title""")
#: Whose newest revision is this very text: it was read from the page that was noted.
_STANDING = text("""
    SELECT t.item_id FROM page_texts t
    JOIN articles a ON a.item_id = t.item_id
    JOIN revisions r ON r.article_id = a.id AND r.number = a.revision AND r.state = 'done' AND r.state <> 'dropped'
    JOIN extractions e ON e.id = r.extraction_id
    WHERE t.host = :host AND t.text = :text AND e.origin = 'page' AND e.at = t.at""")
_CALL = text("""
    UPDATE feed_items SET due_at = :at
    WHERE due_at IS NULL AND id IN (SELECT value FROM json_each(:standing))""")
_FORGET = text("DELETE FROM page_texts WHERE at < :before")


def note(group: Group, item: DueItem, page: Page, key: str) -> Repeats:
    """Remember a text of an item's page; tell of other items, and look at those again that stand with it."""
    group.flush()
    values = {
        "host": urls.politeness_key(page.final_url),
        "text": key,
        "item": item.item_id,
        "url": urls.identity(page.final_url) or "",
        "title": storable(item.entry.title),
        "at": stamp(page.fetched_at),
    }
    group.connection.execute(_KEEP, values)
    others = set(group.connection.execute(_OTHERS, values).scalars())
    if not others:
        return Repeats()
    standing = set(group.connection.execute(_STANDING, values).scalars())
    wrong = {"standing": listed(sorted(standing & others)), "at": values["at"]}
    group.connection.execute(_CALL, wrong)
    return Repeats(others=len(others), standing=item.item_id in standing)


def forget(connection: Connection, now: datetime) -> None:
    """Remove old texts, so that years do not pile up."""
    connection.execute(_FORGET, {"before": stamp(now - REMEMBERED)})


class SqlRepeats:
    """In the archive's own database, for only a wrong page or an odd title is noted."""

    _writer: Writer

    async def repeats(self, item: DueItem, page: Page, text: str) -> Repeats:
        """Note what an item's page says; how many other items of its host had the same."""
        return await self._writer.run(lambda group: note(group, item, page, text))
