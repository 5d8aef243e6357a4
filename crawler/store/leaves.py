"""The log of revisions as the writer keeps it: leaves that are only ever added, and the heads over them.

``SqlLog`` keeps ``ports.Log``; the functions run inside the writer's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, text

from crawler.model import Head, Leaf
from crawler.store import relogging, stating
from crawler.store.rows import Row, instant, stamp
from crawler.store.writer import Group, Writer
from crawler.transparency import merkle

#: Numbered by SQLite, one more than the last: a transaction that is rolled back must not leave a hole.
APPEND = text("INSERT INTO log_entries (revision_id, leaf, at) VALUES (:revision, :leaf, :at)")
_STATE = text("UPDATE revisions SET statement = :statement WHERE id = :revision")
_UNSTATED = text("""
    SELECT id FROM revisions r WHERE statement IS NULL AND done_at IS NOT NULL AND id > :after
      AND NOT EXISTS (SELECT 1 FROM log_entries e WHERE e.revision_id = r.id)
    ORDER BY id LIMIT :most""")
_SIZE = text("SELECT coalesce(max(id), 0) FROM log_entries")
_HEAD = text("""
    SELECT * FROM log_heads WHERE size < :below ORDER BY size DESC LIMIT 1""")
_HEAD_AT = text("SELECT * FROM log_heads WHERE size = :size")
_NOTE = text("""
    INSERT INTO log_heads (size, root, at, checkpoint, compact_range)
    VALUES (:size, :root, :at, :checkpoint, :compact_range)
    ON CONFLICT (size) DO UPDATE SET checkpoint = excluded.checkpoint""")
_LEAVES = text("""
    SELECT e.id, e.leaf, e.at, e.revision_id, r.statement, r.number, r.state, a.code, a.source_key, a.revision
    FROM log_entries e
    LEFT JOIN revisions r ON r.id = e.revision_id
    LEFT JOIN articles a ON a.id = r.article_id
    WHERE e.id > :after AND e.id <= :until ORDER BY e.id""")

_HASHES = text("SELECT leaf FROM log_entries WHERE id > :after AND id <= :until ORDER BY id")
_BEYOND = 2**62  #: more leaves than a log can have


def append(group: Group, revision_id: int, statement: str | None, at: str) -> None:
    """A revision that is done becomes a leaf, in the same transaction.

    One without a statement, of a database that was begun before there were any, waits for ``catch_up``.
    """
    if statement is not None:
        group.later(APPEND, {"revision": revision_id, "leaf": _leaf(statement), "at": at})


def _leaf(statement: str) -> str:
    return merkle.leaf_hash(statement.encode()).hex()


class SqlLog:
    """Leaves and heads."""

    _writer: Writer

    async def log_size(self) -> int:
        """How many leaves there are."""
        return await self._writer.run(lambda group: size(_flushed(group)))

    async def leaves(self, after: int, until: int) -> list[Leaf]:
        """Leaves ``after`` to ``until`` (numbers from 1 on), the first one not included."""
        return await self._writer.run(lambda group: leaves(_flushed(group), after, until))

    async def hashes(self, after: int, until: int) -> list[str]:
        """The hashes of leaves ``after`` to ``until`` alone."""
        return await self._writer.run(lambda group: hashes(_flushed(group), after, until))

    async def head(self, *, below: int | None = None) -> Head | None:
        """The newest head, or the newest of fewer leaves than ``below``."""
        return await self._writer.run(lambda group: head(group.connection, below))

    async def head_at(self, size: int) -> Head | None:
        """The head over the first ``size`` leaves."""
        return await self._writer.run(lambda group: head_at(group.connection, size))

    async def note_head(self, head: Head) -> None:
        """Write down a head, or the signatures that it has got since."""
        await self._writer.run(lambda group: note_head(group, head))

    async def catch_up(self, after: int, most: int, now: datetime) -> int | None:
        """State and log up to ``most`` revisions that were done before there were statements.

        The number of the last one that was looked at; None: there are no more.
        """
        return await self._writer.run(lambda group: _catch_up(group, after, most, stamp(now)))

    async def stage_leaves(self, rows: Sequence[Row]) -> None:
        """Lay leaves aside for ``relog``: id, leaf, article, number, statement; leaf 1, or none, begins anew."""
        await self._writer.run(lambda group: relogging.stage(group, rows))

    async def relog(self, heads: Sequence[Head], now: datetime) -> relogging.Relogged:
        """What was laid aside becomes the log, before all that the database knows besides."""
        return await self._writer.run(lambda group: relogging.relog(group, heads, stamp(now)))


def _flushed(group: Group) -> Connection:
    group.flush()
    return group.connection


def size(connection: Connection) -> int:
    """How many leaves there are."""
    return int(connection.execute(_SIZE).scalar_one())


def leaves(connection: Connection, after: int, until: int) -> list[Leaf]:
    """Leaves ``after`` to ``until``, the first one not included."""
    rows = connection.execute(_LEAVES, {"after": after, "until": until}).mappings()
    return [leaf_of(row) for row in rows]


def hashes(connection: Connection, after: int, until: int) -> list[str]:
    """The hashes of leaves ``after`` to ``until`` alone."""
    return list(connection.execute(_HASHES, {"after": after, "until": until}).scalars())


def leaf_of(row: RowMapping) -> Leaf:
    """The leaf of a row, with what is known of its revision."""
    return Leaf(
        number=row["id"],
        hash=row["leaf"],
        at=_time(row["at"]),
        revision_id=row["revision_id"],
        statement=row["statement"],
        code=row["code"],
        source_key=row["source_key"],
        newest=row["number"] is not None and row["number"] == row["revision"],
    )


def head(connection: Connection, below: int | None) -> Head | None:
    """The newest head, or the newest of fewer leaves than ``below``."""
    row = connection.execute(_HEAD, {"below": below or _BEYOND}).mappings().one_or_none()
    return None if row is None else head_of(row)


def head_at(connection: Connection, size: int) -> Head | None:
    """The head over the first ``size`` leaves."""
    row = connection.execute(_HEAD_AT, {"size": size}).mappings().one_or_none()
    return None if row is None else head_of(row)


def head_of(row: RowMapping) -> Head:
    """The head of a row."""
    return Head(
        size=row["size"],
        root=row["root"],
        at=_time(row["at"]),
        checkpoint=row["checkpoint"],
        compact_range=_hashes(row["compact_range"]),
    )


def _time(text: str) -> datetime:
    """An instant; one that cannot be read is the first of all, for a look must not end there."""
    try:
        return instant(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _hashes(text: str) -> tuple[str, ...]:
    """A compact range; what cannot be read is none, and fits no root."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(map(str, told)) if isinstance(told, list) else ()


def note_head(group: Group, head: Head) -> None:
    """Part of ``SqlLog``."""
    row = {"size": head.size, "root": head.root, "at": stamp(head.at), "checkpoint": head.checkpoint}
    group.connection.execute(_NOTE, {**row, "compact_range": json.dumps(head.compact_range)})


def _catch_up(group: Group, after: int, most: int, now: str) -> int | None:
    group.flush()
    unstated: Sequence[int] = (
        group.connection.execute(_UNSTATED, {"after": after, "most": most}).scalars().all()
    )
    for revision_id in unstated:
        statement = stating.stated(group.connection, revision_id)
        if statement is not None:
            group.connection.execute(_STATE, {"revision": revision_id, "statement": statement})
            append(group, revision_id, statement, now)
    return unstated[-1] if unstated else None
