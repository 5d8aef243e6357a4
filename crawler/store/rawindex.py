"""Where the raw archive keeps what was fetched: a row for every response and revisit record.

``SqlRawIndex`` keeps ``ports.RawIndex``; the functions run inside the writer's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import insert, text

from crawler.model import Attempt, RawRecord
from crawler.store.rows import NewRow, Row, fetch_row, instant, shown, stamp
from crawler.store.schema import fetches
from crawler.store.writer import Group, Writer

FETCH = insert(fetches)
#: A revisit refers to the response that holds the body: as ``_BODY`` has it, the newest.
KEPT = text("""
    INSERT INTO warc_records (fetch_id, url, path, start, size, type, sha256, written_at, refers_to)
    VALUES (:fetch_id, :url, :path, :start, :size, :type, :sha256, :written_at, CASE WHEN :type = 'revisit' THEN (
        SELECT max(id) FROM warc_records WHERE sha256 = :sha256 AND type = 'response') END)""")
#: The newest first: an older file may have been taken away.
_BODY = text("""
    SELECT * FROM warc_records WHERE sha256 = :sha256 AND type = 'response' ORDER BY id DESC LIMIT 1""")


class SqlRawIndex:
    """Which bodies the raw archive holds, by their digests."""

    _writer: Writer

    async def raw_record(self, payload: str) -> RawRecord | None:
        """Where a body with this digest was kept; None for a new one."""
        return await self._writer.run(lambda group: _body(group, payload))

    async def note_raw(self, records: Sequence[RawRecord]) -> None:
        """Records that belong to no fetch of a feed or item: of a robots.txt."""
        await self._writer.run(lambda group: _note(group, records))


def fetched(group: Group, attempts: Iterable[Attempt], owner: Mapping[str, int | None]) -> None:
    """The HTTP exchanges of one poll, capture or page, each with its place in the raw archive."""
    for attempt in attempts:
        fetch_id = group.numbers.take(fetches)
        group.later(FETCH, {"id": fetch_id, **owner, **fetch_row(attempt)})
        if attempt.raw is not None:
            group.later(KEPT, _row(attempt.raw, fetch_id))


def record_of(row: Row) -> RawRecord:
    """The record of a row of ``warc_records``."""
    return RawRecord(
        url=row["url"],
        file=row["path"],
        offset=row["start"],
        length=row["size"],
        payload=row["sha256"],
        revisit=row["type"] == "revisit",
        written_at=instant(row["written_at"]),
    )


def _body(group: Group, payload: str) -> RawRecord | None:
    row = group.connection.execute(_BODY, {"sha256": payload}).mappings().one_or_none()
    return record_of(dict(row)) if row is not None else None


def _note(group: Group, records: Sequence[RawRecord]) -> None:
    for record in records:
        group.later(KEPT, _row(record, None))


def _row(record: RawRecord, fetch_id: int | None) -> NewRow:
    return {
        "fetch_id": fetch_id,
        "url": shown(record.url),
        "path": record.file,
        "start": record.offset,
        "size": record.length,
        "type": "revisit" if record.revisit else "response",
        "sha256": record.payload,
        "written_at": stamp(record.written_at),
    }
