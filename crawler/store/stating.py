"""Statements of revisions that were written before there were any, made of what the rows say of them.

``leaves`` asks here, inside the writer's transaction.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, text

from crawler import document, statement, urls
from crawler.errors import StoreError
from crawler.model import ArchivedFile, Origin, Statement
from crawler.store.rows import Row, instant

_ROWS = """
    SELECT r.*, a.item_id, a.date AS claimed_date, a.url, a.code, a.source, a.source_key, a.taken_down_at,
           coalesce((SELECT x.value FROM fields x WHERE x.revision_id = r.id AND x.field = 'source_link'),
                    a.source_link) AS source_link,
           (SELECT o.sha256 FROM revisions o
            WHERE o.article_id = r.article_id AND o.number = r.number - 1 AND o.state <> 'dropped') AS previous,
           e.page_url, e.page_sha256, e.at AS fetched_at, e.extractor, e.ok, e.reasons,
           (SELECT w.sha256 FROM fetches t JOIN warc_records w ON w.fetch_id = t.id
            WHERE t.item_id = e.item_id AND t.at <= e.at AND e.origin = 'page' AND t.status BETWEEN 200 AND 299
            ORDER BY t.id DESC LIMIT 1) AS raw_sha256,
           i.key, i.guid, f.name AS feed, f.url AS feed_url
    FROM revisions r
    JOIN articles a ON a.id = r.article_id
    JOIN extractions e ON e.id = r.extraction_id
    JOIN feed_items i ON i.id = a.item_id
    JOIN feeds f ON f.id = i.feed_id"""
_REVISION = text(f"{_ROWS} WHERE r.id = :revision")
_LOGGED = text(f"{_ROWS} JOIN log_entries l ON l.revision_id = r.id WHERE l.id > :after AND l.id <= :until")


def stated(connection: Connection, revision_id: int) -> str | None:
    """The statement of a revision as its row has it, else made of the rows; None where they are not all there."""
    found = row(connection, revision_id)
    if found is None:
        return None
    told: str | None = found["statement"]
    return told or statement.render(statement_of(found)).decode()


def row(connection: Connection, revision_id: int) -> Row | None:
    """All that the rows say of a revision."""
    found = connection.execute(_REVISION, {"revision": revision_id}).mappings().one_or_none()
    return None if found is None else dict(found)


def logged(connection: Connection, after: int, until: int) -> dict[int, Row]:
    """The same of the revisions of some leaves, by their ids."""
    rows = connection.execute(_LOGGED, {"after": after, "until": until}).mappings()
    return {row["id"]: dict(row) for row in rows}


def statement_of(row: Row) -> Statement:
    """What the rows say, as a statement; the original may know more (where a feed was moved since, …)."""
    return Statement(
        article=row["article_id"],
        item=row["item_id"],
        revision=row["number"],
        reason=row["reason"],
        origin=Origin(row["origin"]),
        notice=row["notice"],
        title=row["title"],
        date=instant(row["claimed_date"]),
        url=row["url"],
        code=row["code"],
        source=row["source"],
        source_key=row["source_key"],
        source_link=urls.without_secrets(row["source_link"]),
        draft=bool(row["draft"]),
        document=ArchivedFile(path=_content(row), digest=row["sha256"], size=row["size"]),
        qrcode=ArchivedFile(path=row["qrcode_path"], digest=row["qrcode_sha256"], size=row["qrcode_size"]),
        previous=row["previous"],
        page_url=_public(row["page_url"]),
        page_sha256=row["page_sha256"],
        raw_sha256=row["raw_sha256"],
        fetched_at=instant(row["fetched_at"]),
        extractor=row["extractor"],
        ok=bool(row["ok"]),
        reasons=_reasons(row["reasons"]),
        item_key=urls.without_secrets(row["key"]),
        guid=_public(row["guid"]),
        feed=row["feed"],
        feed_url=urls.without_secrets(row["feed_url"]),
    )


def _reasons(told: str) -> tuple[str, ...]:
    """What a row says of its verdict; raises ``StoreError`` where it was spoiled."""
    try:
        return tuple(json.loads(told))
    except ValueError:
        raise StoreError(f"extractions.reasons is no JSON: {told[:80]!r}; restore a backup") from None


def _public(address: str | None) -> str | None:
    return urls.without_secrets(address) if address else None


def _content(row: Row) -> str:
    """Where the file was put: a superseded one was moved aside since."""
    return document.document_path(row["source_key"], instant(row["claimed_date"]), row["url"])
