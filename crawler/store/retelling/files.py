"""Which files ought to lie on the disk, by the database's word, and what keeps their bytes; read-only."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import text

from crawler.model import ArchivedFile, KeptRevision
from crawler.store.rawindex import record_of
from crawler.store.rows import Row
from crawler.store.standings import SqlStandings

_BATCH = 500
_KEPT = text("""
    SELECT r.id, r.article_id, r.number, r.path, r.sha256, r.size, r.qrcode_path, r.qrcode_sha256, r.qrcode_size,
           r.number = a.revision AS newest
    FROM revisions r JOIN articles a ON a.id = r.article_id
    WHERE r.state IN ('done', 'superseded') AND r.id > :after ORDER BY r.id LIMIT :most""")
_TESTIMONY = text("""
    SELECT * FROM warc_records WHERE revision_id = :revision AND type = 'conversion' ORDER BY id DESC LIMIT 1""")
_COUNT = text("SELECT count(*) FROM revisions WHERE state IN ('done', 'superseded')")


class SqlRevisions(SqlStandings):
    """Keeps ``rebuilding.files.Revisions``."""

    async def count(self) -> int:
        """How many revisions have files."""
        async with self._look() as connection:
            return int((await connection.execute(_COUNT)).scalar_one())

    async def kept(self) -> AsyncIterator[KeptRevision]:
        """Every revision that has files, in the order in which they were written."""
        after = 0
        while batch := await self._batch(after):
            for number, kept in batch:
                after = number
                yield kept

    async def _batch(self, after: int) -> list[tuple[int, KeptRevision]]:
        async with self._look() as connection:
            found = []
            for row in (await connection.execute(_KEPT, {"after": after, "most": _BATCH})).mappings().all():
                told = await connection.execute(_TESTIMONY, {"revision": row["id"]})
                kept = told.mappings().one_or_none()
                found.append((row["id"], _kept(dict(row), dict(kept) if kept else None)))
            return found


def _kept(row: Row, testimony: Row | None) -> KeptRevision:
    image = ArchivedFile(path=row["qrcode_path"], digest=row["qrcode_sha256"], size=row["qrcode_size"])
    return KeptRevision(
        article=row["article_id"],
        number=row["number"],
        newest=bool(row["newest"]),
        document=ArchivedFile(path=row["path"], digest=row["sha256"], size=row["size"]),
        qrcode=image,
        testimony=None if testimony is None else record_of(dict(testimony)),
    )
