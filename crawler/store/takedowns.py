"""What is removed on request: the intent with everything that goes, and the rows when it has gone.

``SqlTakedowns`` is the store for that one command; the functions run inside the writer's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text

from crawler import document
from crawler.errors import StoreError
from crawler.model import sha256
from crawler.model.takedown import (
    AGAIN,
    TAKEN_DOWN,
    LeftRecord,
    Lingering,
    Order,
    Remaining,
    RemovedFile,
    RemovedRecord,
    Sought,
    Takedown,
    Traces,
)
from crawler.store import rawindex
from crawler.store.rows import NewRow, instant, listed, stamp, storable
from crawler.store.sql import SqlStore
from crawler.store.traces import sought, traced
from crawler.store.writer import Group

_ARTICLE = text("""
    SELECT a.*, r.date AS told_date, r.reason AS newest_reason FROM articles a
    JOIN revisions r ON r.article_id = a.id AND r.number = a.revision AND r.state <> 'dropped'
        AND r.state <> 'intended'
    WHERE a.id = :article AND a.revision > 0""")
_LAST = text("SELECT * FROM takedowns WHERE article_id = :article ORDER BY id DESC LIMIT 1")
_EARLIER = text("""
    SELECT number, path, sha256, size FROM revisions
    WHERE article_id = :article AND reason <> :tombstone AND state IN ('done', 'superseded')
      AND state <> 'dropped' ORDER BY number""")  # as the index asks
#: The pages of its items, whatever else has the same bodies, and its own revisions: each by an index.  To revisits by
#: others and revisions that were dropped no index leads: who reads the raw archive from end to end tells their places.
_RECORDS = text("""
    WITH own AS MATERIALIZED (
        SELECT w.* FROM feed_items i
        JOIN fetches t ON t.item_id = i.id AND t.status BETWEEN 200 AND 299
        JOIN warc_records w ON w.fetch_id = t.id
        WHERE (i.article_id = :article OR i.id = :item) AND w.sha256 <> :nothing)
    SELECT * FROM own WHERE type = 'revisit'
    UNION
    SELECT w.* FROM (SELECT DISTINCT sha256 FROM own) p
    CROSS JOIN warc_records w ON w.sha256 = p.sha256 AND w.type = 'response'
    UNION
    SELECT w.* FROM revisions r CROSS JOIN warc_records w ON w.revision_id = r.id AND w.type = 'conversion'
    WHERE r.article_id = :article AND r.state <> 'dropped' AND r.reason <> :tombstone
    UNION
    SELECT w.* FROM json_each(:left) l JOIN warc_records w ON w.path = l.value ->> 0 AND w.start = l.value ->> 1
    WHERE w.type <> 'removed'
    ORDER BY path, start""")
_OWNED = text("""
    SELECT start FROM warc_records
    WHERE path = :file AND (fetch_id IS NOT NULL OR revision_id IS NOT NULL)""")
_CLAIM = text("""
    INSERT INTO warc_records (url, path, start, size, type, sha256, written_at)
    SELECT :url, :path, :start, :size, :type, :sha256, :written_at
    WHERE NOT EXISTS (SELECT 1 FROM warc_records WHERE path = :path AND start = :start)""")
_PAGES = text("""
    SELECT DISTINCT page_sha256 FROM extractions WHERE item_id = :item AND page_sha256 IS NOT NULL
    ORDER BY page_sha256""")
_INTEND = text("""
    INSERT INTO takedowns (article_id, at, reason, requested_by, removed)
    VALUES (:article, :at, :reason, :requested_by, :removed) RETURNING id""")
_MARK = text("UPDATE articles SET taken_down_at = coalesce(taken_down_at, :at) WHERE id = :article")
_FORGET_ITEMS = text("""
    UPDATE feed_items SET due_at = NULL, recheck_at = NULL, summary = NULL, content = NULL,
        title = coalesce(:title, title)
    WHERE article_id = :article OR id = :item""")

_REMOVED = text("""
    UPDATE revisions SET state = CASE WHEN state = 'dropped' THEN state ELSE 'removed' END,
        difference = NULL, title = coalesce(:title, title)
    WHERE article_id = :article AND reason <> :tombstone AND state <> 'intended'""")
_FORGET_FIELDS = text("""
    UPDATE fields SET value = '', note = '', losers = '[]'
    WHERE (field IN ('summary', 'description', 'body') OR (field = 'title' AND :title IS NOT NULL))
      AND revision_id IN (SELECT id FROM revisions WHERE article_id = :article AND reason <> :tombstone)""")
_BURIED = text("""
    UPDATE warc_records SET type = 'removed' WHERE id IN (SELECT value FROM json_each(:records))""")
_DONE = text("UPDATE takedowns SET done_at = :at WHERE id = :takedown")


class SqlTakedowns(SqlStore):
    """The store of ``crawler takedown``."""

    async def begin_takedown(self, order: Order, at: datetime, left: Sequence[LeftRecord] = ()) -> Takedown:
        """Write down what will be removed, before it is; what was begun before, or needs nothing more, as it is.

        From here on the article is never captured again.  Raises ``StoreError`` where nothing is archived.
        """
        return await self._writer.run(lambda group: begin(group, order, at, left))

    async def traces(self, article: int) -> Traces:
        """By what its records of the raw archive are known."""
        return await self._writer.run(lambda group: traced(group, article))

    async def owned_starts(self, file: str) -> frozenset[int]:
        """Offsets of the records of a raw file that a fetch or a revision refers to."""
        return await self._writer.run(
            lambda group: frozenset(group.connection.execute(_OWNED, {"file": file}).scalars())
        )

    async def remaining(self, article: int) -> Remaining:
        """What a tombstone tells, and whether it stands already."""
        return await self._writer.run(lambda group: _remaining(group, article))

    async def finish_takedown(self, takedown: Takedown, at: datetime) -> None:
        """Files and records are gone: their digests stay, their words do not."""
        await self._writer.run(lambda group: finish(group, takedown, stamp(at)))

    async def sought(self, article: int) -> Sought:
        """By what its files are known, wherever they lie."""
        return await self._writer.run(lambda group: _sought(group, article))

    async def wipe(self) -> tuple[Lingering, ...]:
        """Leave nothing that was deleted in the database's own files; where that cannot be, why."""
        why = await self._writer.write_anew()
        return (Lingering(path=str(self._path), why=why, cure=AGAIN),) if why else ()


def begin(group: Group, order: Order, at: datetime, left: Sequence[LeftRecord] = ()) -> Takedown:
    """The unit of ``begin_takedown``."""
    article = order.article
    _overwrite(group)
    row = _archived(group, article)
    last = group.connection.execute(_LAST, {"article": article}).mappings().one_or_none()
    if last is not None and last["done_at"] is None:
        return _takedown(last)
    files, records = _files(group, article), _records(group, row, left) if order.raw else ()
    if last is not None and not files and not records:
        return _takedown(last)
    planned = Takedown(
        id=0,
        article=article,
        at=at,
        reason=storable(order.reason) or "",
        requested_by=storable(order.requested_by),
        raw=order.raw,
        title=storable(order.title),
        files=files,
        records=records,
        finished=False,
    )
    group.connection.execute(_INTEND, _planned(planned))
    group.connection.execute(_MARK, {"article": article, "at": stamp(at)})
    group.connection.execute(_FORGET_ITEMS, {"article": article, "item": row["item_id"], "title": None})
    return _takedown(group.connection.execute(_LAST, {"article": article}).mappings().one())


def _planned(planned: Takedown) -> NewRow:
    return {
        "article": planned.article,
        "at": stamp(planned.at),
        "reason": planned.reason,
        "requested_by": planned.requested_by,
        "removed": json.dumps(planned.removed(), ensure_ascii=False),
    }


def _archived(group: Group, article: int) -> RowMapping:
    row = group.connection.execute(_ARTICLE, {"article": article}).mappings().one_or_none()
    if row is None:
        raise StoreError(f"article {article} is not archived; `crawler inspect articles` lists what there is")
    return row


def _takedown(row: RowMapping) -> Takedown:
    told = json.loads(row["removed"])
    return Takedown(
        id=row["id"],
        article=row["article_id"],
        at=instant(row["at"]),
        reason=row["reason"],
        requested_by=row["requested_by"],
        raw=told["raw"],
        title=told["title"],
        files=tuple(
            RemovedFile(path=one["path"], digest=one["sha256"], size=one["size"], revision=one["revision"])
            for one in told["files"]
        ),
        records=tuple(_record(one) for one in told["records"]),
        finished=row["done_at"] is not None,
    )


def _record(told: Any) -> RemovedRecord:
    return RemovedRecord(
        id=told["id"],
        path=told["path"],
        start=told["start"],
        size=told["size"],
        type=told["type"],
        digest=told["sha256"],
        url=told["url"],
    )


def _files(group: Group, article: int) -> tuple[RemovedFile, ...]:
    earlier = group.connection.execute(_EARLIER, {"article": article, "tombstone": TAKEN_DOWN}).mappings()
    return tuple(
        RemovedFile(path=row["path"], digest=row["sha256"], size=row["size"], revision=row["number"])
        for row in earlier
    )


def _records(group: Group, article: RowMapping, left: Sequence[LeftRecord]) -> tuple[RemovedRecord, ...]:
    """The article's records; those that a crash left get rows, so that the takedown has their numbers."""
    places = listed([[one.record.file, one.record.offset] for one in left])
    for one in left:
        group.connection.execute(_CLAIM, rawindex.row(one.record) | {"type": one.type})
    values = {
        "article": article["id"],
        "item": article["item_id"],
        "nothing": sha256(b""),
        "tombstone": TAKEN_DOWN,
        "left": places,
    }
    return tuple(map(_record, group.connection.execute(_RECORDS, values).mappings()))


def _sought(group: Group, article: int) -> Sought:
    row, remaining = _archived(group, article), _remaining(group, article)
    return sought(group, row, remaining)


def _remaining(group: Group, article: int) -> Remaining:
    group.flush()
    row = _archived(group, article)
    date = instant(row["date"])
    pages = group.connection.execute(_PAGES, {"item": row["item_id"]}).scalars()
    return Remaining(
        title=row["title"],
        date=instant(row["told_date"]),
        source=row["source"],
        source_key=row["source_key"],
        source_link=row["source_link"] or "",
        folder=document.revision_path(row["source_key"], date, row["url"], 1).rpartition("/")[0],
        buried=row["newest_reason"] == TAKEN_DOWN,
        quarantined=tuple(f"quarantine/{page}{ending}" for page in pages for ending in (".bin", ".json")),
    )


def _overwrite(group: Group) -> None:
    """From here on what is deleted is overwritten in the file too, not only given up."""
    group.flush()
    group.connection.exec_driver_sql("PRAGMA secure_delete = ON")


def finish(group: Group, takedown: Takedown, at: str) -> None:
    """The unit of ``finish_takedown``."""
    _overwrite(group)
    row = _archived(group, takedown.article)
    about = {"article": takedown.article, "title": takedown.title, "tombstone": TAKEN_DOWN}
    group.connection.execute(_REMOVED, about)
    group.connection.execute(_FORGET_FIELDS, about)
    group.connection.execute(
        _FORGET_ITEMS, {"article": takedown.article, "item": row["item_id"], "title": takedown.title}
    )
    group.connection.execute(_BURIED, {"records": listed([one.id for one in takedown.records])})
    group.connection.execute(_DONE, {"takedown": takedown.id, "at": at})
