"""Ids that are counted here, not by the database: for rows that wait until the end of their group."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from sqlalchemy import Connection, Table, func, select


class Numbers:
    """The next id of each append-only table, counted here: there is no other writer.

    So a row can refer to one that is written only at the end of the group.
    """

    def __init__(self, connection: Connection, tables: Iterable[Table]) -> None:
        self._next = {
            table: count((connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1)
            for table in tables
        }

    def take(self, table: Table) -> int:
        """An id that was never used."""
        return next(self._next[table])

    def skip(self, table: Table, highest: int) -> None:
        """Give no id up to ``highest``: these belong to rows that come later."""
        self._next[table] = count(max(next(self._next[table]), highest + 1))
