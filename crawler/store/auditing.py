"""Looking in for ``crawler verify``: rows in pages, each page one short look.

Read-only, without the lock, also while a crawler writes; ``app/verifying`` opens it.  A look that lasted as
long as a verification would keep the write-ahead log from being emptied.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crawler.audit.facts import ArticleRow, RecordRow, RevisionRow
from crawler.errors import StoreError
from crawler.store.connecting import primary_code
from crawler.store.rows import stamp
from crawler.store.search import Search

PAGE = 200  #: articles, or raw records, of one look

_ARTICLE = """
    SELECT a.id, a.item_id, a.url, a.code, a.date, a.title, a.source_link, a.source, a.source_key, a.state,
           a.draft, a.revision, a.path, a.sha256, a.size, a.taken_down_at,
           (SELECT min(t.at) FROM takedowns t WHERE t.article_id = a.id AND t.done_at IS NULL)
               AS unfinished_takedown,
           i.article_id AS item_article, i.state AS item_state
    FROM articles a LEFT JOIN feed_items i ON i.id = a.item_id"""
_CHANGED = "coalesce(a.changed_at, a.claimed_at) >= :since"
_REVISIONS = text("""
    SELECT r.id, r.article_id, r.number, r.state, r.reason, r.origin, r.title, r.date, r.draft, r.path,
           r.sha256, r.size, r.qrcode_path, r.qrcode_sha256, r.qrcode_size, r.created_at, r.notice,
           r.statement, l.leaf, e.item_id, e.page_url, e.page_sha256, e.extractor, e.ok, e.reasons
    FROM revisions r
    LEFT JOIN extractions e ON e.id = r.extraction_id
    LEFT JOIN log_entries l ON l.revision_id = r.id
    WHERE r.article_id IN (SELECT value FROM json_each(:articles)) AND r.state <> 'dropped'
    ORDER BY r.article_id, r.number, r.id""")
_RECORD = """
    SELECT w.id, w.path, w.start, w.size, w.type, w.sha256, w.url, w.fetch_id, w.revision_id, w.refers_to,
           f.url AS fetch_url, f.at AS fetch_at, o.type AS first_type,
           CASE WHEN w.type = 'revisit' AND w.refers_to IS NULL THEN (
               SELECT b.sha256 FROM warc_records b
               WHERE b.sha256 = w.sha256 AND b.type = 'response' AND b.id < w.id LIMIT 1)
           ELSE o.sha256 END AS first_sha256,
           coalesce(r.article_id, i.article_id) AS article, r.sha256 AS revision_sha256, r.qrcode_sha256,
           r.statement, r.state AS revision_state
    FROM warc_records w
    LEFT JOIN fetches f ON f.id = w.fetch_id
    LEFT JOIN feed_items i ON i.id = f.item_id
    LEFT JOIN warc_records o ON o.id = w.refers_to
    LEFT JOIN revisions r ON r.id = w.revision_id"""
_NUMBERS = "typeof(w.start) = 'integer' AND typeof(w.size) = 'integer'"
_RECORDS = text(f"""
    {_RECORD} WHERE w.path = :path AND {_NUMBERS} AND (w.start, w.id) > (:start, :id)
    ORDER BY w.start, w.id LIMIT {PAGE}""")
#: What was dropped the whole verification looks at: no index of an article's revisions has it.
_OF_REVISION = (
    "w.revision_id IN (SELECT id FROM revisions WHERE article_id = :article AND state <> 'dropped')"
)
_OF_FETCH = """w.fetch_id IN (
    SELECT t.id FROM fetches t JOIN articles a ON a.item_id = t.item_id WHERE a.id = :article)"""
_RECORDS_OF = text(f"""
    {_RECORD} WHERE {_NUMBERS} AND {_OF_REVISION} UNION ALL {_RECORD} WHERE {_NUMBERS} AND {_OF_FETCH}""")
_ODD = text(f"SELECT w.id FROM warc_records w WHERE NOT ({_NUMBERS}) LIMIT 1000")  # noqa: S608
_NEXT_PATH = text("SELECT min(path) AS path FROM warc_records WHERE path > :after")
_HOLDS = text("""
    SELECT EXISTS (SELECT 1 FROM warc_records
                   WHERE sha256 = :sha256 AND type = 'response' AND path = :path AND start = :start) AS held""")
#: Fetches that were kept and have no record now, by address and time: asked for many at once, for it reads them all.
_FORSAKEN = text("""
    SELECT t.url || ' ' || t.at AS known FROM fetches t
    WHERE t.url || ' ' || t.at IN (SELECT value FROM json_each(:known))
      AND NOT EXISTS (SELECT 1 FROM warc_records w WHERE w.fetch_id = t.id)""")
_STATED = text("""
    SELECT r.statement FROM revisions r
    WHERE r.article_id = :article AND r.number = :number AND r.state <> 'dropped'
      AND NOT EXISTS (SELECT 1 FROM warc_records w WHERE w.revision_id = r.id)""")
_COUNT = text("SELECT count(*) AS articles FROM articles")
_TOOK_DOWN = text("SELECT EXISTS (SELECT 1 FROM takedowns WHERE at >= :at) AS did")
_LOGGED = text("SELECT EXISTS (SELECT 1 FROM log_entries) AS any")
_INTEGRITY = text("PRAGMA integrity_check(100)")
_QUICK = text("PRAGMA quick_check(100)")
_FOREIGN_KEYS = text("PRAGMA foreign_key_check")


class SqlAudit(Search):
    """Rows as ``crawler.audit`` wants them."""

    async def integrity(self, *, quick: bool) -> list[str]:
        """What SQLite itself finds wrong with the file."""
        async with self._look() as connection:
            found = await rows(connection, _QUICK if quick else _INTEGRITY)
        told = [str(next(iter(row.values()))) for row in found]
        return [] if told == ["ok"] else told

    async def odd_records(self) -> list[int]:
        """Rows of the raw archive whose places are no numbers."""
        async with self._look() as connection:
            return [int(row["id"]) for row in await rows(connection, _ODD)]

    async def dangling(self) -> list[tuple[str, int | None, str]]:
        """Rows that refer to one that is not there: table, number, the table it refers to."""
        async with self._look() as connection:
            found = await rows(connection, _FOREIGN_KEYS)
        return [(row["table"], row["rowid"], row["parent"]) for row in found]

    async def count(self) -> int:
        """How many articles there are to look at."""
        async with self._look() as connection:
            [found] = await rows(connection, _COUNT)
        return int(found["articles"])

    async def page(
        self, after: int, *, since: str | None = None, only: int | None = None
    ) -> list[ArticleRow]:
        """Articles by number, behind ``after``; only what was archived ``since``, or the one asked for."""
        wanted = ["a.id > :after"]
        wanted += [_CHANGED] if since is not None else []
        wanted += ["a.id = :only"] if only is not None else []
        ordered = f"WHERE {' AND '.join(wanted)} ORDER BY a.id LIMIT {PAGE}"
        values = {"after": after, "since": since, "only": only}
        return await self._articles(ordered, {key: one for key, one in values.items() if one is not None})

    async def named(self, names: Iterable[tuple[str, str]]) -> list[ArticleRow]:
        """Articles by ("url", …) and ("code", …)."""
        told: dict[str, list[str]] = {"url": [], "code": []}
        for kind, name in names:
            told[kind].append(name)
        ordered = """
            WHERE a.url IN (SELECT value FROM json_each(:url))
               OR a.code IN (SELECT value FROM json_each(:code))"""
        return await self._articles(ordered, {kind: json.dumps(one) for kind, one in told.items()})

    async def by_number(self, numbers: Sequence[int]) -> list[ArticleRow]:
        """Articles by number."""
        ordered = "WHERE a.id IN (SELECT value FROM json_each(:numbers)) ORDER BY a.id"
        return await self._articles(ordered, {"numbers": json.dumps(list(numbers))})

    async def records(self, path: str, start: int, number: int) -> list[RecordRow]:
        """Rows of a raw file by their offsets, behind the one with this offset and number."""
        async with self._look() as connection:
            found = await rows(connection, _RECORDS, path=path, start=start, id=number)
        return [RecordRow(**row) for row in found]

    async def records_of(self, article: int) -> list[RecordRow]:
        """Rows of an article's pages and revisions."""
        async with self._look() as connection:
            found = await rows(connection, _RECORDS_OF, article=article)
        return [RecordRow(**row) for row in found]

    async def next_raw(self, after: str) -> str | None:
        """The raw file that rows name next behind ``after``, in order of paths."""
        async with self._look() as connection:
            [found] = await rows(connection, _NEXT_PATH, after=after)
        return None if found["path"] is None else str(found["path"])

    async def holds(self, path: str, start: int, sha256: str) -> bool:
        """Whether a row says that a body lies there."""
        async with self._look() as connection:
            [found] = await rows(connection, _HOLDS, path=path, start=start, sha256=sha256)
        return bool(found["held"])

    async def forsaken(self, known: Sequence[str]) -> set[str]:
        """Which fetches (``"<address> <time>"``) are there without a record."""
        async with self._look() as connection:
            found = await rows(connection, _FORSAKEN, known=json.dumps(list(known)))
        return {row["known"] for row in found}

    async def stated(self, article: int, number: int) -> list[str | None]:
        """The statements of a revision that no raw record testifies to."""
        async with self._look() as connection:
            return [
                row["statement"] for row in await rows(connection, _STATED, article=article, number=number)
            ]

    async def took_down(self, since: datetime) -> bool:
        """Whether anything was taken down since: raw files are written anew then."""
        async with self._look() as connection:
            [found] = await rows(connection, _TOOK_DOWN, at=stamp(since))
        return bool(found["did"])

    async def has_log(self) -> bool:
        """Whether anything was ever logged."""
        async with self._look() as connection:
            [found] = await rows(connection, _LOGGED)
        return bool(found["any"])

    async def _articles(self, ordered: str, values: dict[str, Any]) -> list[ArticleRow]:
        async with self._look() as connection:
            found = await rows(connection, text(f"{_ARTICLE} {ordered}"), **values)
            numbers = json.dumps([row["id"] for row in found])
            told = await rows(connection, _REVISIONS, articles=numbers)
        of: dict[int, list[RevisionRow]] = {}
        for row in told:
            of.setdefault(row["article_id"], []).append(RevisionRow(**row))
        return [ArticleRow(**row, revisions=tuple(of.get(row["id"], ()))) for row in found]


async def rows(connection: AsyncConnection, statement: Executable, **values: Any) -> list[dict[str, Any]]:
    """What a question finds, as it stands there: what was altered may be no JSON any more."""
    found = await connection.execute(statement, values)
    return [dict(row) for row in found.mappings()]


def is_damage(error: StoreError) -> bool:
    """Whether it is the file itself that cannot be read, and not what is asked of it."""
    cause = error.__cause__
    return cause is not None and primary_code(cause) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
