"""What ``crawler repair`` writes: rows for raw records that lost theirs.

``SqlMending`` is the store for that one command; the functions run inside the writer's transaction.
"""

from __future__ import annotations

from sqlalchemy import text

from crawler.model import RawRecord
from crawler.store import rawindex
from crawler.store.rows import shown
from crawler.store.sql import SqlStore
from crawler.store.writer import Group

_FETCH = text("""
    SELECT t.id FROM fetches t
    WHERE t.url = :url AND t.at = :at
      AND NOT EXISTS (SELECT 1 FROM warc_records w WHERE w.fetch_id = t.id)
    ORDER BY t.id LIMIT 1""")
_REVISION = text("""
    SELECT r.id FROM revisions r
    WHERE r.statement = :statement AND r.state <> 'dropped' AND r.sha256 = :sha256
      AND NOT EXISTS (SELECT 1 FROM warc_records w WHERE w.revision_id = r.id)
    ORDER BY r.id LIMIT 1""")
_CLAIMED = text("SELECT 1 FROM warc_records WHERE path = :path AND start = :start")
#: Revisits whose response was known by another number.
_REFER_AGAIN = text("""
    UPDATE warc_records SET refers_to = (
        SELECT max(id) FROM warc_records WHERE sha256 = :sha256 AND type = 'response')
    WHERE type = 'revisit' AND sha256 = :sha256
      AND NOT EXISTS (SELECT 1 FROM warc_records o WHERE o.id = warc_records.refers_to)""")


class SqlMending(SqlStore):
    """The store of ``crawler repair``."""

    async def index(self, record: RawRecord, at: str, statement: str | None) -> bool:
        """A row for a raw record again; False where it has one, or where it is of a revision that is not there.

        ``at``: when it was fetched, as the database writes it; ``statement``: of a revision's record.
        """
        return await self._writer.run(lambda group: _index(group, record, at, statement))


def _index(group: Group, record: RawRecord, at: str, statement: str | None) -> bool:
    group.flush()
    connection = group.connection
    if connection.execute(_CLAIMED, {"path": record.file, "start": record.offset}).first():
        return False
    if statement is not None:
        values = {"statement": statement, "sha256": record.payload}
        revision = connection.execute(_REVISION, values).scalar()
        if revision is not None:
            connection.execute(rawindex.KEPT, rawindex.row(record, revision_id=int(revision)))
        return revision is not None
    fetch = connection.execute(_FETCH, {"url": shown(record.url), "at": at}).scalar()
    connection.execute(rawindex.KEPT, rawindex.row(record, fetch_id=None if fetch is None else int(fetch)))
    connection.execute(_REFER_AGAIN, {"sha256": record.payload})
    return True
