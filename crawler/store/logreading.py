"""The log of revisions as it is looked at: read-only, without the lock, also while a crawler writes.

``app/logkeeping`` opens it for ``crawler log`` and ``crawler verify --log``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, text

from crawler.errors import DocumentError, StoreError
from crawler.model import Covered, Head, Leaf, Logged, Statement
from crawler.store import leaves, stating
from crawler.store.rows import Row
from crawler.store.search import Search

T = TypeVar("T")

_HEADS = text("SELECT * FROM log_heads ORDER BY size")
_LEFT_OUT = text("""
    SELECT r.id, r.article_id AS article, r.number, r.statement IS NOT NULL AS stated FROM revisions r
    WHERE r.done_at IS NOT NULL AND r.state <> 'dropped'
      AND NOT EXISTS (SELECT 1 FROM log_entries e WHERE e.revision_id = r.id)
    ORDER BY r.id""")
#: Those that have no statement yet, by an index that has no others.
_WAITING = text("""
    SELECT count(*) FROM revisions r WHERE r.statement IS NULL AND r.done_at IS NOT NULL AND r.state <> 'dropped'
      AND NOT EXISTS (SELECT 1 FROM log_entries e WHERE e.revision_id = r.id)""")
_PLACE = text("""
    SELECT e.id, r.number FROM revisions r JOIN log_entries e ON e.revision_id = r.id
    WHERE r.article_id = :article AND r.state <> 'dropped' AND (:number IS NULL OR r.number = :number)
    ORDER BY r.number DESC LIMIT 1""")

#: A leaf that was relogged may stand before an older revision's: the newest one is that of the highest number.
_COVERED = text("""
    WITH some AS (
        SELECT a.id, a.source_key, a.code, a.revision, (
            SELECT e.id FROM revisions r JOIN log_entries e ON e.revision_id = r.id
            WHERE r.article_id = a.id AND r.state <> 'dropped' AND e.id <= :size
            ORDER BY r.number DESC LIMIT 1) AS leaf
        FROM articles a WHERE a.id > :after AND a.revision > 0 ORDER BY a.id LIMIT :most)
    SELECT s.*, r.number, r.statement FROM some s
    LEFT JOIN log_entries e ON e.id = s.leaf
    LEFT JOIN revisions r ON r.id = e.revision_id
    ORDER BY s.id""")


class SqlLogReader(Search):
    """Keeps ``logbook.contract.Kept``."""

    async def log_size(self) -> int:
        """How many leaves there are."""
        return await self._asked(leaves.size)

    async def leaves(self, after: int, until: int) -> list[Leaf]:
        """Leaves ``after`` to ``until`` (numbers from 1 on), the first one not included."""
        return await self._asked(lambda connection: leaves.leaves(connection, after, until))

    async def hashes(self, after: int, until: int) -> list[str]:
        """The hashes of leaves ``after`` to ``until`` alone."""
        return await self._asked(lambda connection: leaves.hashes(connection, after, until))

    async def head(self, *, below: int | None = None) -> Head | None:
        """The newest head, or the newest of fewer leaves than ``below``."""
        return await self._asked(lambda connection: leaves.head(connection, below))

    async def head_at(self, size: int) -> Head | None:
        """The head over the first ``size`` leaves."""
        return await self._asked(lambda connection: leaves.head_at(connection, size))

    async def heads(self) -> list[Head]:
        """All heads, the oldest first."""
        return await self._asked(
            lambda connection: [leaves.head_of(row) for row in connection.execute(_HEADS).mappings()]
        )

    async def logged(self, after: int, until: int) -> list[Logged]:
        """Leaves with what the rows say today of their revisions."""
        return await self._asked(lambda connection: _logged(connection, after, until))

    async def left_out(self) -> list[Mapping[str, Any]]:
        """Revisions that are done and not in the log: id, article, number, whether there is a statement."""
        return await self._asked(
            lambda connection: [dict(row) for row in connection.execute(_LEFT_OUT).mappings()]
        )

    async def covered(self, after: int, size: int, most: int) -> list[Covered]:
        """The next articles whose number is above ``after``, each with its newest revision among the first leaves."""
        values = {"after": after, "size": size, "most": most}
        return await self._asked(
            lambda connection: [_covered(row) for row in connection.execute(_COVERED, values).mappings()]
        )

    async def waiting(self) -> int:
        """How many revisions are older than the log and not in it yet."""
        return await self._asked(lambda connection: int(connection.execute(_WAITING).scalar_one()))

    async def place(self, article: int, number: int | None) -> int | None:
        """Number of the leaf of an article's newest revision, or of another one; None: not in the log."""
        values = {"article": article, "number": number}
        return await self._asked(lambda connection: connection.execute(_PLACE, values).scalar())

    async def _asked(self, question: Callable[[Connection], T]) -> T:
        async with self._look() as connection:
            return await connection.run_sync(question)


def _covered(row: RowMapping) -> Covered:
    return Covered(
        article=row["id"],
        source_key=row["source_key"],
        code=row["code"],
        leaf=row["leaf"],
        statement=row["statement"],
        newest=row["number"] == row["revision"],
    )


def _logged(connection: Connection, after: int, until: int) -> list[Logged]:
    rows = stating.logged(connection, after, until)
    found = leaves.leaves(connection, after, until)
    return [_with_row(leaf, rows.get(leaf.revision_id or 0)) for leaf in found]


def _with_row(leaf: Leaf, row: Row | None) -> Logged:
    if row is None:
        return Logged(leaf=leaf, told=None, state="", path="")
    return Logged(
        leaf=leaf,
        told=_told(row),
        state=row["state"],
        path=row["path"],
    )


def _told(row: Row) -> Statement | None:
    """What the rows say; None where a value in them cannot be read."""
    try:
        return stating.statement_of(row)
    except (ValueError, TypeError, DocumentError, StoreError):
        return None
