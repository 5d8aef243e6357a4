"""By what an article's records and files are known, wherever they lie; for ``takedowns``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Executable, RowMapping, text

from crawler.model import sha256
from crawler.model.takedown import TAKEN_DOWN, Remaining, Sought, Traces
from crawler.store.rows import instant, listed
from crawler.store.writer import Group

_ITEMS = text("""
    SELECT id, first_seen FROM feed_items
    WHERE id IN (SELECT id FROM feed_items WHERE article_id = :article
        UNION SELECT item_id FROM articles WHERE id = :article)""")
_BODIES = text("""
    SELECT DISTINCT w.sha256 FROM fetches t JOIN warc_records w ON w.fetch_id = t.id
    WHERE t.item_id IN (SELECT value FROM json_each(:items)) AND t.status BETWEEN 200 AND 299
      AND w.sha256 <> :nothing""")
_DIGESTS = text("""
    SELECT sha256 FROM revisions
    WHERE article_id = :article AND reason <> :tombstone AND state <> 'dropped' AND sha256 IS NOT NULL""")
_LINKS = text("""
    SELECT link FROM feed_items WHERE id IN (SELECT value FROM json_each(:items))
    UNION SELECT source_link FROM feed_items WHERE id IN (SELECT value FROM json_each(:items))""")


def traced(group: Group, article: int) -> Traces:
    """By what its records of the raw archive are known."""
    group.flush()
    items = {
        row.id: instant(row.first_seen) for row in group.connection.execute(_ITEMS, {"article": article})
    }
    bodies = group.connection.execute(
        _BODIES, {"items": listed(list(items)), "nothing": sha256(b"")}
    ).scalars()
    since = min(items.values(), default=datetime.max.replace(tzinfo=UTC))
    return Traces(items=frozenset(items), since=since, bodies=frozenset(bodies))


def sought(group: Group, row: RowMapping, remaining: Remaining) -> Sought:
    """By what its files are known, wherever they lie."""
    article: int = row["id"]
    traces = traced(group, article)
    links = {row["source_link"], *_column(group, _LINKS, items=listed(list(traces.items)))}
    pages = {one.removeprefix("quarantine/").partition(".")[0] for one in remaining.quarantined}
    return Sought(
        article=article,
        items=traces.items,
        links=frozenset(link for link in links if link),
        address=row["url"],
        path=row["path"],
        folder=remaining.folder,
        digests=frozenset(_column(group, _DIGESTS, article=article, tombstone=TAKEN_DOWN)),
        pages=traces.bodies | pages,
    )


def _column(group: Group, question: Executable, **values: Any) -> Sequence[str]:
    return group.connection.execute(question, values).scalars().all()
