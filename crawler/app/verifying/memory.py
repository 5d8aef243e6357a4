"""What was verified before: a small database beside the archive's own, with which a check is incremental.

It is not part of the archive: without it, or with a broken one, everything is read again.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

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
            self._connection.execute(_TABLE)
            self._connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise ConfigError(f"{path}: {error}; remove it, or verify without --remember") from None

    @property
    def is_kept(self) -> bool:
        """Whether anything is remembered."""
        return self._connection is not None

    def known(self, path: str, now: datetime, older_than: timedelta | None) -> Known | None:
        """A file that was verified within ``older_than``; None for any other, and without a limit."""
        found = self.last(path)
        if found is None or older_than is None or now - found.at > older_than:
            return None
        return found

    def last(self, path: str) -> Known | None:
        """A file as it was verified last, however long ago."""
        with self._lock:
            if self._connection is None:
                return None
            row = self._connection.execute(_KNOWN, (path,)).fetchone()
        if row is None:
            return None
        size, modified, sha256, at = row
        return Known(size=size, modified=modified, sha256=sha256, at=datetime.fromisoformat(at))

    def note(self, path: str, *, size: int, modified: int, sha256: str, at: datetime) -> None:
        """A file was found whole."""
        with self._lock:
            if self._connection is not None:
                self._connection.execute(_NOTE, (path, size, modified, sha256, at.isoformat()))

    def save(self) -> None:
        """Make durable what was noted so far."""
        with self._lock:
            if self._connection is not None:
                self._connection.execute("COMMIT")
                self._connection.execute("BEGIN")

    def close(self) -> None:
        """Keep what was noted."""
        self.save()
        if self._connection is not None:
            self._connection.execute("COMMIT")
            self._connection.close()
