"""Articles of which nothing but their own files tells, and the log's: all that these say.

What no statement tells is marked: such a revision has the reason ``rebuilt``, and a draft stays one until somebody
looks; what a takedown left is known by its file.  The functions run inside the writer's transaction.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, bindparam, insert, text, update

from crawler import urls
from crawler.model import KILLED, Entry, Fronted, Origin
from crawler.model.takedown import TAKEN_DOWN, Order
from crawler.store import noticing, takedowns
from crawler.store.entries import entry_row, host_of
from crawler.store.rows import NewRow, listed, stamp, storable
from crawler.store.schema import articles, extractions, feed_items, fields, revisions
from crawler.store.writer import Group

#: The reason of a revision that is only known by its file.
REBUILT = "rebuilt"

_KNOWN = text("""
    SELECT 1 FROM revisions WHERE article_id = :article AND state <> 'dropped'
      AND (number = :number OR :newest AND path = :path)""")
_FEED = text("""
    SELECT * FROM feeds WHERE source_key = :source_key OR name = :name
    ORDER BY name = :name DESC, enabled DESC, id LIMIT 1""")
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
    UPDATE feed_items SET state = :state, due_at = NULL, article_id = :article,
        last_error = NULL, last_error_kind = NULL
    WHERE id = :item""")
_WRITTEN = text("SELECT * FROM revisions WHERE id = :revision")
#: Nobody knows why it was held back: it stays so, whatever its page and its feed say, until a person releases it.
_HOLD = text("UPDATE articles SET notice = coalesce(notice, :killed) WHERE id = :article").bindparams(
    killed=KILLED
)
#: An embargo may be over by now, and nobody knows when it ends; a page may be there that was not: it is due again.
_LOOK = text("""
    UPDATE feed_items SET due_at = :at
    WHERE id = :item AND (SELECT notice FROM articles WHERE id = :article) IS NOT :killed""").bindparams(
    killed=KILLED
)
_UNKNOWN = "not known: the database was lost, and told again from what was left"
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
    by = {"source_key": told.source_key, "name": told.stated.feed if told.stated else ""}
    feed = group.connection.execute(_FEED, by).mappings().first()
    if feed is None:
        return False
    item_id = _item(group, told, feed)
    if group.connection.execute(_ARTICLE, {"article": told.article}).first() is None:
        group.connection.execute(_NEW_ARTICLE, _article(group, told, item_id))
    written = _write(group, told, item_id)
    if told.newest:
        values = {"item": item_id, "article": told.article}
        group.connection.execute(_NEWEST, _newest(told))
        group.connection.execute(_SETTLED, {**values, "state": _state(told)})
        group.connection.execute(_CAPTURED, {**values, "stage": "rebuild"})
    row = group.connection.execute(_WRITTEN, {"revision": written}).mappings().one()
    noticing.finished(group, row, stamp(told.at))
    if told.newest:
        _stand(group, told, item_id)
    return True


def _state(told: Fronted) -> str:
    return "fallback" if told.stated is not None and told.stated.origin is Origin.FEED else "archived"


def _reason(told: Fronted) -> str:
    """Why the revision was made; of most files nobody knows."""
    if told.stated is not None:
        return told.stated.reason
    return TAKEN_DOWN if told.tombstone else REBUILT


def _stand(group: Group, told: Fronted, item_id: int) -> None:
    """What was taken down, killed or held back stays so."""
    article, stated = told.article, told.stated
    if _reason(told) == TAKEN_DOWN:
        group.flush()
        at = stated.fetched_at if stated else told.at
        begun = takedowns.begin(group, Order(article=article, reason=_UNKNOWN), at)
        if (
            stated or not begun.files
        ):  # whose earlier files are there was not finished: `crawler verify` says so
            takedowns.finish(group, begun, stamp(told.at))
    elif told.draft and stated is None:
        group.connection.execute(_HOLD, {"article": article})
    elif told.draft or _state(told) == "fallback":
        group.connection.execute(_LOOK, {"article": article, "item": item_id, "at": stamp(told.at)})


def _item(group: Group, told: Fronted, feed: RowMapping) -> int:
    """The number of the item that it came from; as much of it as the file tells where it is not known."""
    key = told.key
    row = group.connection.execute(_ITEM, {"item": told.item, "key": key}).mappings().first()
    if row is not None:
        return int(row["id"])
    entry = Entry(
        key=key, position=0, guid=told.stated.guid if told.stated else None, link=told.source_link,
        source_link=told.source_link, title=told.title, published=told.date,
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
        "date": stamp(told.stated.date if told.stated else told.date),
        "title": storable(told.title),
        "source_link": told.source_link,
        "source": told.source,
        "source_key": told.source_key,
        "state": "claimed",
        "draft": told.draft,
        "revision": 0,
        "claimed_at": stamp(told.at),
    }


def _extraction(told: Fronted) -> dict[str, Any]:
    """How the page was read; of a file alone nothing is known of that."""
    stated = told.stated
    if stated is None:
        return {"at": stamp(told.at), "origin": "page", "extractor": "", "ok": True, "reasons": listed([])}
    return {
        "at": stamp(stated.fetched_at),
        "origin": stated.origin.value,
        "extractor": stated.extractor,
        "ok": stated.ok,
        "reasons": listed(stated.reasons),
        "page_url": stated.page_url,
        "page_sha256": stated.page_sha256,
    }


def _write(group: Group, told: Fronted, item_id: int) -> int:
    extraction_id, revision_id = group.numbers.take(extractions), group.numbers.take(revisions)
    at, stated = stamp(told.at), told.stated
    qrcode = stated.qrcode if stated else told.qrcode
    group.connection.execute(_EXTRACTION, {"id": extraction_id, "item_id": item_id, **_extraction(told)})
    row: NewRow = {
        "id": revision_id,
        "article_id": told.article,
        "extraction_id": extraction_id,
        "number": told.number,
        "state": "done" if told.newest else "superseded",
        "reason": _reason(told),
        "origin": stated.origin.value if stated else "page",
        "notice": stated.notice if stated else None,
        "title": storable(told.title),
        "date": stamp(told.date),
        "draft": told.draft,
        "path": told.document.path,
        "sha256": told.document.digest,
        "size": told.document.size,
        "qrcode_path": qrcode.path,
        "qrcode_sha256": qrcode.digest,
        "qrcode_size": qrcode.size,
        "created_at": stamp(stated.fetched_at) if stated else at,
        "done_at": at,
    }
    group.connection.execute(_REVISION, row)
    rows = [_field(revision_id, name, value) for name, value in told.values.items()]
    if rows:
        group.connection.execute(_FIELD, rows)
    return revision_id


def _field(revision_id: int, name: str, value: str) -> NewRow:
    origin = {"source": "file", "rule": "what the file itself says: its sources are lost", "note": ""}
    return {"revision_id": revision_id, "field": name, "value": storable(value), **origin, "losers": "[]"}


def _newest(told: Fronted) -> NewRow:
    return {
        "article": told.article,
        "state": _state(told),
        "revision": told.number,
        "changed_at": stamp(told.at),
        "title": storable(told.title),
        "draft": told.draft,
        "source_link": told.source_link,
        "path": told.document.path,
        "sha256": told.document.digest,
        "size": told.document.size,
    }
