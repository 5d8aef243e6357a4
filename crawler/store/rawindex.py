"""Where the raw archive keeps what was fetched: a row for every response and revisit record.

``SqlRawIndex`` keeps ``ports.RawIndex``; the functions run inside the writer's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, text

from crawler.model import Attempt, RawRecord
from crawler.store.rows import NewRow, Row, fetch_row, instant, shown, stamp
from crawler.store.schema import fetches
from crawler.store.writer import Group, Writer

FETCH = insert(fetches)
#: A revisit refers to the response that holds the body: as ``_BODY`` has it, the newest.
KEPT = text("""
    INSERT INTO warc_records (fetch_id, revision_id, url, path, start, size, type, sha256, written_at, refers_to)
    VALUES (:fetch_id, :revision_id, :url, :path, :start, :size, :type, :sha256, :written_at,
        CASE WHEN :type = 'revisit' THEN (
        SELECT max(id) FROM warc_records WHERE sha256 = :sha256 AND type = 'response') END)""")
#: The newest first: an older file may have been taken away.
_BODY = text("""
    SELECT * FROM warc_records WHERE sha256 = :sha256 AND type = 'response' ORDER BY id DESC LIMIT 1""")

_STARTS = text("SELECT start FROM warc_records WHERE path = :file")
_SETTLED = text("""
    SELECT NOT EXISTS (SELECT 1 FROM feed_items WHERE id = :item)
        OR EXISTS (SELECT 1 FROM feed_items WHERE id = :item AND changes > 0 AND last_changed >= :at)
        OR EXISTS (SELECT 1 FROM captures WHERE item_id = :item AND at >= :at)""")
_END = text("SELECT coalesce(max(start + size), 0) FROM warc_records WHERE path = :file")


class SqlRawIndex:
    """Which bodies the raw archive holds, by their digests."""

    _writer: Writer
    is_cut = False  #: the next start has something to look for, though this run may end in order

    def note_cut(self) -> None:
        """Something may have been kept that this run does not settle: its outcome will say so."""
        self.is_cut = True

    async def raw_record(self, payload: str) -> RawRecord | None:
        """Where a body with this digest was kept; None for a new one."""
        return await self._writer.run(lambda group: _body(group, payload))

    async def raw_end(self, file: str) -> int:
        """Where the last record of a file ends that anything refers to."""
        return await self._writer.run(lambda group: _end(group, file))

    async def raw_starts(self, file: str) -> frozenset[int]:
        """Offsets of the records of a file that anything refers to."""
        return await self._writer.run(
            lambda group: frozenset(group.connection.execute(_STARTS, {"file": file}).scalars())
        )

    async def is_settled(self, item: int, at: datetime) -> bool:
        """Whether an item was captured, or edited in its feed, at that moment or later; also where there is none."""
        known = {"item": item, "at": stamp(at)}
        return await self._writer.run(
            lambda group: bool(group.connection.execute(_SETTLED, known).scalar_one())
        )

    async def note_raw(self, records: Sequence[RawRecord]) -> None:
        """Records that belong to no fetch of a feed or item: of a robots.txt."""
        await self._writer.run(lambda group: _note(group, records))


def fetched(group: Group, attempts: Iterable[Attempt], owner: Mapping[str, int | None]) -> None:
    """The HTTP exchanges of one poll, capture or page, each with its place in the raw archive."""
    for attempt in attempts:
        fetch_id = group.numbers.take(fetches)
        group.later(FETCH, {"id": fetch_id, **owner, **fetch_row(attempt)})
        if attempt.raw is not None:
            group.later(KEPT, row(attempt.raw, fetch_id=fetch_id))


def record_of(kept: Row) -> RawRecord:
    """The record of a row of ``warc_records``."""
    return RawRecord(
        url=kept["url"],
        file=kept["path"],
        offset=kept["start"],
        length=kept["size"],
        payload=kept["sha256"],
        revisit=kept["type"] == "revisit",
        written_at=instant(kept["written_at"]),
    )


def _body(group: Group, payload: str) -> RawRecord | None:
    found = group.connection.execute(_BODY, {"sha256": payload}).mappings().one_or_none()
    return record_of(dict(found)) if found is not None else None


def _end(group: Group, file: str) -> int:
    return int(group.connection.execute(_END, {"file": file}).scalar_one())


def _note(group: Group, records: Sequence[RawRecord]) -> None:
    for record in records:
        group.later(KEPT, row(record))


def row(record: RawRecord, *, fetch_id: int | None = None, revision_id: int | None = None) -> NewRow:
    """A row for a response or revisit of a fetch, or for the testimony of a revision."""
    kind = "revisit" if record.revisit else "response"
    kind = kind if revision_id is None else "conversion"
    return {
        "fetch_id": fetch_id,
        "revision_id": revision_id,
        "url": shown(record.url),
        "path": record.file,
        "start": record.offset,
        "size": record.length,
        "type": "removed" if record.removed else kind,
        "sha256": record.payload,
        "written_at": stamp(record.written_at),
    }
