"""What was verified before, and when that is not believed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.app.verifying.memory import Memory
from crawler.errors import ConfigError

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def remembering(path: Path, at: datetime) -> None:
    with closing(Memory(path)) as memory:
        memory.note("content/a.md", size=7, modified=9, sha256="ab" * 32, at=at)


@pytest.mark.parametrize(
    ("ago", "known"),
    [
        (timedelta(0), True),
        (timedelta(days=30), True),
        (timedelta(days=31), False),
        (timedelta(days=-1), False),  # by a clock that went wrong
    ],
)
def test_what_was_verified_is_believed_for_so_long_and_never_from_days_to_come(
    tmp_path: Path, ago: timedelta, known: bool
) -> None:
    remembering(tmp_path / "verify.db", NOW - ago)
    with closing(Memory(tmp_path / "verify.db")) as memory:
        assert (memory.known("content/a.md", NOW, MONTH) is not None) is known
        assert memory.known("content/a.md", NOW, None) is None
        assert memory.last("content/a.md") is not None
        assert memory.last("content/b.md") is None


def test_a_row_that_cannot_be_read_is_as_none(tmp_path: Path) -> None:
    remembering(tmp_path / "verify.db", NOW)
    with closing(sqlite3.connect(tmp_path / "verify.db")) as opened, opened:
        opened.execute("UPDATE verified SET at = 'yesterday'")
    with closing(Memory(tmp_path / "verify.db")) as memory:
        assert memory.known("content/a.md", NOW, MONTH) is None


def test_a_memory_that_somebody_else_writes_or_that_is_broken_is_told(tmp_path: Path) -> None:
    path = tmp_path / "verify.db"
    remembering(path, NOW)
    with closing(Memory(path)) as memory, closing(sqlite3.connect(path, isolation_level=None)) as other:
        memory.note("content/b.md", size=7, modified=9, sha256="ab" * 32, at=NOW)
        with pytest.raises(sqlite3.OperationalError):
            other.execute("PRAGMA busy_timeout = 0").execute("BEGIN IMMEDIATE")
    with closing(Memory(path)) as memory:
        assert memory._connection is not None
        memory._connection.execute("PRAGMA busy_timeout = 0")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(ConfigError, match=r"verify\.db: another verification writes it; wait until"):
                memory.note("content/b.md", size=7, modified=9, sha256="ab" * 32, at=NOW)
    path.write_bytes(b"no database, but long enough to be looked at as one" * 100)
    with pytest.raises(ConfigError, match="file is not a database"):
        Memory(path)


def test_without_a_file_nothing_is_remembered() -> None:
    with closing(Memory(None)) as memory:
        memory.note("content/a.md", size=7, modified=9, sha256="ab" * 32, at=NOW)
        memory.save()
        assert memory.last("content/a.md") is None
        assert not memory.is_kept
