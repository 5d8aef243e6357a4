"""What ``crawler repair`` writes: rows for raw records that lost theirs.

``SqlMending`` is the store for that one command; the functions run inside the writer's transaction.
"""

from __future__ import annotations

from sqlalchemy import text

from crawler import statement
from crawler.errors import DocumentError
from crawler.model import RawRecord
from crawler.store import rawindex
from crawler.store.rows import shown
from crawler.store.sql import SqlStore
from crawler.store.writer import Group

#: Looked through once, and not again for each record: fetches without a record, revisits without their response.
_ASIDE = (
    text("""
        CREATE TEMP TABLE IF NOT EXISTS forsaken AS SELECT t.id, t.url, t.at FROM fetches t
        WHERE NOT EXISTS (SELECT 1 FROM warc_records w WHERE w.fetch_id = t.id)"""),
    text("CREATE INDEX IF NOT EXISTS temp.forsaken_by_time ON forsaken (at, url)"),
    text("""
        CREATE TEMP TABLE IF NOT EXISTS unreferred AS SELECT w.id, w.sha256 FROM warc_records w
        WHERE w.type = 'revisit' AND NOT EXISTS (SELECT 1 FROM warc_records o WHERE o.id = w.refers_to)"""),
    text("CREATE INDEX IF NOT EXISTS temp.unreferred_by_body ON unreferred (sha256)"),
)
_FETCH = text("""
    SELECT t.id FROM temp.forsaken t
    WHERE t.url = :url AND t.at = :at
      AND NOT EXISTS (SELECT 1 FROM warc_records w WHERE w.fetch_id = t.id)
    ORDER BY t.id LIMIT 1""")
_REVISION = text("""
    SELECT r.id FROM revisions r
    WHERE r.article_id = :article AND r.number = :number
      AND r.statement = :statement AND r.state <> 'dropped' AND r.sha256 = :sha256
      AND NOT EXISTS (SELECT 1 FROM warc_records w WHERE w.revision_id = r.id)
    ORDER BY r.id LIMIT 1""")
_CLAIMED = text("SELECT 1 FROM warc_records WHERE path = :path AND start = :start")
#: Revisits whose response was known by another number.
_REFER_AGAIN = text("""
    UPDATE warc_records SET refers_to = (
        SELECT max(id) FROM warc_records WHERE sha256 = :sha256 AND type = 'response')
    WHERE id IN (SELECT id FROM temp.unreferred WHERE sha256 = :sha256)
      AND NOT EXISTS (SELECT 1 FROM warc_records o WHERE o.id = warc_records.refers_to)""")
_UNREFERRED = text("""
    INSERT INTO temp.unreferred SELECT id, sha256 FROM warc_records
    WHERE path = :path AND start = :start AND type = 'revisit' AND refers_to IS NULL""")


class SqlMending(SqlStore):
    """The store of ``crawler repair``."""

    async def index(self, record: RawRecord, at: str, stated: str | None) -> bool:
        """A row for a raw record again; False where it has one, or where it is of a revision that is not there.

        ``at``: when it was fetched, as the database writes it; ``stated``: by a revision's record.
        """
        return await self._writer.run(lambda group: _index(group, record, at, stated))


def _stated(group: Group, record: RawRecord, text: str) -> int | None:
    """The revision whose statement this is, and that has no record."""
    try:
        told = statement.parse(text.encode())
    except DocumentError:
        return None
    values = {"article": told.article, "number": told.revision, "statement": text, "sha256": record.payload}
    found: int | None = group.connection.execute(_REVISION, values).scalar()
    return found


def _index(group: Group, record: RawRecord, at: str, stated: str | None) -> bool:
    group.flush()
    connection = group.connection
    if connection.execute(_CLAIMED, {"path": record.file, "start": record.offset}).first():
        return False
    if stated is not None:
        revision = _stated(group, record, stated)
        if revision is not None:
            connection.execute(rawindex.KEPT, rawindex.row(record, revision_id=revision))
        return revision is not None
    for question in _ASIDE:
        connection.execute(question)
    fetch = connection.execute(_FETCH, {"url": shown(record.url), "at": at}).scalar()
    connection.execute(rawindex.KEPT, rawindex.row(record, fetch_id=None if fetch is None else int(fetch)))
    connection.execute(_UNREFERRED, {"path": record.file, "start": record.offset})
    connection.execute(_REFER_AGAIN, {"sha256": record.payload})
    return True
