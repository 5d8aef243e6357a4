"""Articles of which nothing but their own files tells: all that these say, marked as such.

The functions run inside the writer's transaction.
"""

from __future__ import annotations

from sqlalchemy import RowMapping, bindparam, insert, text, update

from crawler import urls
from crawler.model import Entry, Fronted
from crawler.store.entries import entry_row, host_of
from crawler.store.rows import NewRow, listed, stamp, storable
from crawler.store.schema import articles, extractions, feed_items, fields, revisions
from crawler.store.writer import Group

#: The reason of a revision that is only known by its file.
REBUILT = "rebuilt"

_KNOWN = text("""
    SELECT 1 FROM revisions WHERE article_id = :article AND state <> 'dropped'
      AND (number = :number OR :newest AND path = :path)""")
_FEED = text("SELECT * FROM feeds WHERE source_key = :source_key ORDER BY enabled DESC, id LIMIT 1")
_ITEM = text("SELECT * FROM feed_items WHERE id = :item OR key = :key ORDER BY id <> :item LIMIT 1")
_NEW_ITEM = insert(feed_items).returning(feed_items.c.id)
_SIGHTING = text("""
    INSERT OR IGNORE INTO sightings (item_id, feed_id, first_seen, position, digest)
    VALUES (:item, :feed, :at, 0, :digest)""")
_ARTICLE = text("SELECT * FROM articles WHERE id = :article")
_TAKEN = text("SELECT 1 FROM articles WHERE url_key = :key")
_NEW_ARTICLE = insert(articles)
_NEWEST = update(articles).where(articles.c.id == bindparam("article"))
_SETTLED = text("""
    UPDATE feed_items SET state = 'archived', due_at = NULL, article_id = :article,
        last_error = NULL, last_error_kind = NULL
    WHERE id = :item""")
_CAPTURED = text("""
    UPDATE captures SET outcome = 'archived', article_id = :article, stage = NULL, error = NULL,
        error_kind = NULL, retry_at = NULL
    WHERE outcome = 'failed' AND stage = :stage AND id = (
        SELECT max(id) FROM captures WHERE item_id = :item)""")
_EXTRACTION = insert(extractions)
_REVISION = insert(revisions)
_FIELD = insert(fields)


def revision(group: Group, told: Fronted) -> bool:
    """Write down what a file tells; False if its revision is known, or nobody knows its wire."""
    group.flush()
    values = {
        "article": told.article,
        "number": told.number,
        "newest": told.newest,
        "path": told.document.path,
    }
    if group.connection.execute(_KNOWN, values).first() is not None:
        return False
    feed = group.connection.execute(_FEED, {"source_key": told.source_key}).mappings().first()
    if feed is None:
        return False
    item_id = _item(group, told, feed)
    if group.connection.execute(_ARTICLE, {"article": told.article}).first() is None:
        group.connection.execute(_NEW_ARTICLE, _article(group, told, item_id))
    _write(group, told, item_id)
    if told.newest:
        group.connection.execute(_NEWEST, _newest(told))
        group.connection.execute(_SETTLED, {"item": item_id, "article": told.article})
        group.connection.execute(_CAPTURED, {"item": item_id, "article": told.article, "stage": "rebuild"})
    return True


def _item(group: Group, told: Fronted, feed: RowMapping) -> int:
    """The number of the item that it came from; as much of it as the file tells where it is not known."""
    key = f"url:{urls.identity(told.source_link)}"
    row = group.connection.execute(_ITEM, {"item": told.item, "key": key}).mappings().first()
    if row is not None:
        return int(row["id"])
    entry = Entry(
        key=key, position=0, link=told.source_link, source_link=told.source_link, title=told.title,
        published=told.date,
    )  # fmt: skip
    at = stamp(told.at)
    new: NewRow = {
        "id": told.item,
        "key": storable(key),
        "feed_id": feed["id"],
        "host": host_of(told.source_link, feed["url"]),
        "state": "archived",
        "dated": stamp(told.date),
        "captures": 1,
        "first_seen": at,
        "last_changed": at,
        "captured_at": at,
        "digest": "",  # nobody knows what the feed said
        "changes": 0,
        **entry_row(entry),
    }
    group.connection.execute(_NEW_ITEM, new)
    group.connection.execute(_SIGHTING, {"item": told.item, "feed": feed["id"], "at": at, "digest": ""})
    return told.item


def _article(group: Group, told: Fronted, item_id: int) -> NewRow:
    key = urls.identity(told.source_link) or None
    if key is not None and group.connection.execute(_TAKEN, {"key": key}).first() is not None:
        key = None
    return {
        "id": told.article,
        "item_id": item_id,
        "url": told.url,
        "code": told.code,
        "url_key": key,
        "date": stamp(told.date),
        "title": storable(told.title),
        "source_link": told.source_link,
        "source": told.source,
        "source_key": told.source_key,
        "state": "claimed",
        "draft": told.draft,
        "revision": 0,
        "claimed_at": stamp(told.at),
    }


def _write(group: Group, told: Fronted, item_id: int) -> None:
    extraction_id, revision_id = group.numbers.take(extractions), group.numbers.take(revisions)
    at = stamp(told.at)
    facts = {"origin": "page", "extractor": "", "ok": True, "reasons": listed([])}
    group.connection.execute(_EXTRACTION, {"id": extraction_id, "item_id": item_id, "at": at, **facts})
    row: NewRow = {
        "id": revision_id,
        "article_id": told.article,
        "extraction_id": extraction_id,
        "number": told.number,
        "state": "done" if told.newest else "superseded",
        "reason": REBUILT,
        "origin": "page",
        "title": storable(told.title),
        "date": stamp(told.date),
        "draft": told.draft,
        "path": told.document.path,
        "sha256": told.document.digest,
        "size": told.document.size,
        "qrcode_path": told.qrcode.path,
        "qrcode_sha256": told.qrcode.digest,
        "qrcode_size": told.qrcode.size,
        "created_at": at,
        "done_at": at,
    }
    group.connection.execute(_REVISION, row)
    rows = [_field(revision_id, name, value) for name, value in told.values.items()]
    if rows:
        group.connection.execute(_FIELD, rows)


def _field(revision_id: int, name: str, value: str) -> NewRow:
    origin = {"source": "file", "rule": "what the file itself says: its sources are lost", "note": ""}
    return {"revision_id": revision_id, "field": name, "value": storable(value), **origin, "losers": "[]"}


def _newest(told: Fronted) -> NewRow:
    return {
        "article": told.article,
        "state": "archived",
        "revision": told.number,
        "changed_at": stamp(told.at),
        "title": storable(told.title),
        "draft": told.draft,
        "source_link": told.source_link,
        "path": told.document.path,
        "sha256": told.document.digest,
        "size": told.document.size,
    }
