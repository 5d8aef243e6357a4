"""The database in plain SQL, read-only."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Database:
    """All rows of the tables that are asked for, each table read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        log = path.with_name(f"{path.name}-wal")
        # Without a log nothing is to be read but the file, and not even an index of the log is made beside it.
        how = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
        self._connection = sqlite3.connect(f"file:{path}?{how}", uri=True, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._read: dict[str, list[Row]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def table(self, name: str) -> list[Row]:
        """Every row of a table; none of a table that this schema does not have."""
        if name not in self._read:
            known = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            rows = self._connection.execute(f'SELECT * FROM "{name}"') if known else ()
            self._read[name] = [dict(row) for row in rows]
        return self._read[name]

    @cached_property
    def articles(self) -> dict[int, Row]:
        """By number."""
        return {row["id"]: row for row in self.table("articles")}

    @cached_property
    def starts(self) -> list[tuple[float, str | None]]:
        """When each run began, and how it ended; oldest first."""
        return sorted((seconds(row["started_at"]), row["outcome"]) for row in self.table("runs"))

    def run_at(self, at: float) -> str | None:
        """How the run ended that was under way at a moment."""
        before = [outcome for began, outcome in self.starts if began <= at]
        return before[-1] if before else None

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong."""
        told = [row[0] for row in self._connection.execute("PRAGMA integrity_check")]
        broken = [f"{row[0]} {row[1]} refers to nothing in {row[2]}" for row in
                  self._connection.execute("PRAGMA foreign_key_check")]  # fmt: skip
        return [line for line in told if line != "ok"] + broken


def seconds(stamp: str) -> float:
    """An instant of the database as seconds since 1970."""
    return datetime.fromisoformat(stamp).timestamp()
