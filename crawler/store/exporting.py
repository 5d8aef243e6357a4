"""Looking in for packages: which files and raw records belong to an article."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crawler.errors import StoreError
from crawler.model import ArchivedFile
from crawler.model.export import Exported, RecordPlace
from crawler.store.answers import Answer, rows
from crawler.store.standings import SqlStandings

_ARTICLE = text("SELECT * FROM articles WHERE id = :article AND revision > 0")
_FILES = text("""
    SELECT path, sha256, size, qrcode_path, qrcode_sha256, qrcode_size, state FROM revisions
    WHERE article_id = :article AND state IN ('done', 'superseded') ORDER BY number DESC""")
#: Pages with their redirects, testimonies, and the bodies that revisits refer to; each once.
_RECORDS = text("""
    WITH own AS (
        SELECT w.* FROM feed_items i
        JOIN fetches t ON t.item_id = i.id
        JOIN warc_records w ON w.fetch_id = t.id
        WHERE i.article_id = :article OR i.id = :item
        UNION
        SELECT w.* FROM warc_records w JOIN revisions r ON r.id = w.revision_id WHERE r.article_id = :article)
    SELECT path, start FROM own
    UNION
    SELECT o.path, o.start FROM own JOIN warc_records o ON o.id = own.refers_to
    ORDER BY path, start""")
_PAGE = text("""
    SELECT w.path, w.start FROM articles a
    JOIN revisions r ON r.article_id = a.id AND r.number = a.revision AND r.state = 'done'
    JOIN extractions e ON e.id = r.extraction_id AND e.origin = 'page' AND e.page_url IS NOT NULL
    JOIN fetches t ON t.item_id = a.item_id AND t.at <= e.at AND t.status BETWEEN 200 AND 299
    JOIN warc_records w ON w.fetch_id = t.id AND w.type IN ('response', 'revisit')
    WHERE a.id = :article ORDER BY t.id DESC LIMIT 1""")


class SqlExports(SqlStandings):
    """What goes into a package."""

    async def exported(self, articles: Sequence[int]) -> list[Exported]:
        """The files and records of articles, in one look; raises ``StoreError`` where one is not archived."""
        async with self._look() as connection:
            return [await _exported(connection, article) for article in articles]


async def _exported(connection: AsyncConnection, article_id: int) -> Exported:
    found = await rows(connection, _ARTICLE, article=article_id)
    if not found:
        raise StoreError(f"article {article_id} is not archived")
    [article] = found
    files = await rows(connection, _FILES, article=article_id)
    records = await rows(connection, _RECORDS, article=article_id, item=article["item_id"])
    page = await rows(connection, _PAGE, article=article_id)
    return Exported(
        id=article_id,
        title=article["title"],
        files=_files(files),
        page=_place(page[0]) if page else None,
        records=tuple(map(_place, records)),
        changed_at=article["changed_at"],
        taken_down=article["taken_down_at"] is not None,
    )


def _files(revisions: list[Answer]) -> tuple[ArchivedFile, ...]:
    newest = revisions[0]
    image = ArchivedFile(
        path=newest["qrcode_path"], digest=newest["qrcode_sha256"], size=newest["qrcode_size"]
    )
    first, *earlier = (
        ArchivedFile(path=one["path"], digest=one["sha256"], size=one["size"]) for one in revisions
    )
    return (first, image, *earlier)


def _place(row: Answer) -> RecordPlace:
    return RecordPlace(path=row["path"], start=row["start"])
