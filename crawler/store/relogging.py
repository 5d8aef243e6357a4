"""The log put again after a loss: its leaves as the files have them, and what came after.

``leaves.SqlLog`` brings it to the store; the functions run inside the writer's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from crawler.model import Head
from crawler.store.rows import Row, stamp
from crawler.store.writer import Group
from crawler.transparency import merkle

_STAGE = text("""
    CREATE TEMP TABLE IF NOT EXISTS staged (
        id INTEGER PRIMARY KEY, leaf TEXT NOT NULL, article INTEGER, number INTEGER, statement TEXT,
        revision INTEGER)""")
_EMPTY = text("DELETE FROM staged")
_STAGED = text("""
    INSERT INTO staged (id, leaf, article, number, statement)
    VALUES (:id, :leaf, :article, :number, :statement)""")
#: Whose statement it is; a revision without one takes it over if it has the same file.
_FIND = text("""
    UPDATE staged SET revision = (
        SELECT r.id FROM revisions r
        WHERE r.article_id = staged.article AND r.number = staged.number AND r.state <> 'dropped'
          AND r.done_at IS NOT NULL AND staged.statement IS NOT NULL
          AND (r.statement = staged.statement
               OR r.statement IS NULL AND r.sha256 = json_extract(staged.statement, '$.document.sha256')))""")
#: A revision is one leaf, the first that fits it; a second one is told as lost.
_BY_REVISION = text("CREATE INDEX IF NOT EXISTS temp.staged_revisions ON staged (revision, id)")
_ONCE = text("""
    UPDATE staged SET revision = NULL
    WHERE id > (SELECT min(s.id) FROM staged s WHERE s.revision = staged.revision)""")
_FILL = text("""
    UPDATE revisions SET statement = (SELECT s.statement FROM staged s WHERE s.revision = revisions.id)
    WHERE statement IS NULL AND id IN (SELECT revision FROM staged)""")
_INDEX = text("CREATE INDEX IF NOT EXISTS temp.staged_leaves ON staged (leaf)")
_AGREED = text("""
    SELECT (SELECT count(*) FROM staged s JOIN log_entries e ON e.id = s.id AND e.leaf = s.leaf)
        = (SELECT count(*) FROM staged)""")
_RELINK = text("""
    UPDATE log_entries SET revision_id = (SELECT s.revision FROM staged s WHERE s.id = log_entries.id)
    WHERE revision_id IS NULL AND id IN (SELECT id FROM staged WHERE revision IS NOT NULL)""")
_OTHERS = text("""
    SELECT e.revision_id AS revision, e.leaf, e.at FROM log_entries e
    WHERE NOT EXISTS (SELECT 1 FROM staged s WHERE s.leaf = e.leaf) ORDER BY e.id""")
_FORGET_LEAVES = text("DELETE FROM log_entries")
_FORGET_HEADS = text("DELETE FROM log_heads")
_TAKE_OVER = text("""
    INSERT INTO log_entries (id, revision_id, leaf, at)
    SELECT s.id, s.revision, s.leaf, coalesce(r.done_at, json_extract(s.statement, '$.fetched_at'), :now)
    FROM staged s LEFT JOIN revisions r ON r.id = s.revision ORDER BY s.id""")
_ADD = text("INSERT INTO log_entries (revision_id, leaf, at) VALUES (:revision, :leaf, :at)")
_LEFT_OUT = text("""
    SELECT r.id AS revision, r.statement, r.done_at AS at FROM revisions r
    WHERE r.done_at IS NOT NULL AND r.state <> 'dropped' AND r.statement IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM log_entries e WHERE e.revision_id = r.id) ORDER BY r.id""")
_LOST = text("SELECT id FROM log_entries WHERE revision_id IS NULL ORDER BY id")
_HEAD = text("""
    INSERT INTO log_heads (size, root, at, checkpoint, compact_range)
    VALUES (:size, :root, :at, :checkpoint, :compact_range) ON CONFLICT (size) DO NOTHING""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relogged:
    """What was put again."""

    added: int  #: leaves that no file knew
    lost: tuple[int, ...]  #: numbers of leaves whose revisions have no row


def stage(group: Group, rows: Sequence[Row]) -> None:
    """Lay leaves aside (id, leaf, article, number, statement); the first batch begins anew."""
    group.flush()
    group.connection.execute(_STAGE)
    if not rows or rows[0]["id"] == 1:
        group.connection.execute(_EMPTY)
    if rows:
        group.connection.execute(_STAGED, [dict(row) for row in rows])


def relog(group: Group, heads: Sequence[Head], now: str) -> Relogged:
    """What was laid aside becomes the log, before all that the database knows besides.

    A log that begins like that already keeps its order and its heads.
    """
    group.flush()
    connection = group.connection
    for statement in (_INDEX, _BY_REVISION, _FIND, _ONCE, _FILL):
        connection.execute(statement)
    others: list[Row] = []
    if connection.execute(_AGREED).scalar():
        connection.execute(_RELINK)
    else:
        others = [dict(row) for row in connection.execute(_OTHERS).mappings()]
        for statement in (_FORGET_HEADS, _FORGET_LEAVES):
            connection.execute(statement)
        connection.execute(_TAKE_OVER, {"now": now})
    added = _add(group, others) + _add(group, [_leaf(dict(row)) for row in _left_out(group)])
    for head in heads:
        connection.execute(_HEAD, _head_row(head))
    lost = tuple(connection.execute(_LOST).scalars())
    connection.execute(_EMPTY)
    return Relogged(added=added, lost=lost)


def _add(group: Group, rows: list[Row]) -> int:
    if rows:
        group.connection.execute(_ADD, [dict(row) for row in rows])
    return len(rows)


def _left_out(group: Group) -> Sequence[Row]:
    return [dict(row) for row in group.connection.execute(_LEFT_OUT).mappings()]


def _leaf(row: Row) -> Row:
    hash = merkle.leaf_hash(row["statement"].encode()).hex()
    return {"revision": row["revision"], "leaf": hash, "at": row["at"]}


def _head_row(head: Head) -> Row:
    return {
        "size": head.size,
        "root": head.root,
        "at": stamp(head.at),
        "checkpoint": head.checkpoint,
        "compact_range": json.dumps(head.compact_range),
    }
