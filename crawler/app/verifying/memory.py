"""What was verified before: a small database beside the archive's own, with which a check is incremental.

It is not part of the archive: without it everything is read again.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.errors import ConfigError

NAME = "verify.db"
_TABLE = """
    CREATE TABLE IF NOT EXISTS verified (
        path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, sha256 TEXT NOT NULL,
        at TEXT NOT NULL) WITHOUT ROWID"""
_KNOWN = "SELECT size, modified, sha256, at FROM verified WHERE path = ?"
_NOTE = "INSERT OR REPLACE INTO verified VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A file as it was when it was last found whole."""

    size: int
    modified: int  #: nanoseconds
    sha256: str
    at: datetime


class Memory:
    """``path`` None: nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._connection: sqlite3.Connection | None = None
        if path is None:
            return
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._broken(error) from None
        self._ask(_TABLE)
        self._ask("BEGIN")

    @property
    def is_kept(self) -> bool:
        """Whether anything is remembered."""
        return self._connection is not None

    def known(self, path: str, now: datetime, older_than: timedelta | None) -> Known | None:
        """A file that was verified within ``older_than``; None for any other, and without a limit.

        What was verified in days to come was so by a clock that went wrong: nobody knows how long ago that is.
        """
        found = self.last(path)
        if found is None or older_than is None or not timedelta(0) <= now - found.at <= older_than:
            return None
        return found

    def last(self, path: str) -> Known | None:
        """A file as it was verified last, however long ago."""
        row = self._ask(_KNOWN, (path,))
        try:
            size, modified, sha256, at = row or ()
            when = datetime.fromisoformat(at)
            return Known(size=size, modified=modified, sha256=sha256, at=when) if when.tzinfo else None
        except (ValueError, TypeError):  # none, or none of ours
            return None

    def note(self, path: str, *, size: int, modified: int, sha256: str, at: datetime) -> None:
        """A file was found whole."""
        self._ask(_NOTE, (path, size, modified, sha256, at.isoformat()))

    def save(self) -> None:
        """Make durable what was noted so far."""
        self._ask("COMMIT")
        self._ask("BEGIN")

    def close(self) -> None:
        """Keep what was noted."""
        if self._connection is not None:
            try:
                self._ask("COMMIT")
            finally:
                self._connection.close()

    def _ask(self, question: str, values: tuple[object, ...] = ()) -> tuple[Any, ...] | None:
        """One row, if there is one; raises ``ConfigError`` for a broken file, or one that somebody else writes."""
        with self._lock:
            if self._connection is None:
                return None
            try:
                row: tuple[Any, ...] | None = self._connection.execute(question, values).fetchone()
            except sqlite3.Error as error:
                raise self._broken(error) from None
        return row

    def _broken(self, error: sqlite3.Error) -> ConfigError:
        if "locked" in str(error):
            told = "another verification writes it; wait until that ends"
        else:
            told = f"{error}; remove it"
        return ConfigError(f"{self._path}: {told}, or verify without --remember")
