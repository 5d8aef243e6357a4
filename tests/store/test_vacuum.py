"""The database written anew: nothing deleted stays in it, and nothing is begun that a disk has no room for."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection

from crawler.config import StoreConfig
from crawler.store import vacuum
from crawler.store.connecting import write_ahead, writing_engine

SECRET = b"a text that a court took away"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawler.db"


@pytest.fixture
def held(path: Path) -> Iterator[Connection]:
    """A database from which a text was deleted as SQLite deletes by itself."""
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("PRAGMA secure_delete = OFF")
        made.execute("CREATE TABLE texts (text BLOB)")
        made.execute("INSERT INTO texts VALUES (?)", (SECRET * 1000,))
        made.execute("INSERT INTO texts VALUES (?)", (b"another one" * 1000,))
        made.commit()
        made.execute("DELETE FROM texts WHERE rowid = 1")
    assert SECRET in path.read_bytes()
    engine = writing_engine(path, StoreConfig())
    with closing(engine.connect()) as connection:
        write_ahead(connection)
        yield connection


def test_nothing_deleted_stays(held: Connection, path: Path) -> None:
    assert vacuum.write_anew(held, path) == ""
    assert SECRET not in path.read_bytes()
    assert path.with_name("crawler.db-wal").stat().st_size == 0


def test_what_a_disk_has_no_room_for_is_not_begun_and_told_with_figures(
    held: Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=1_000_000))
    monkeypatch.setenv("SQLITE_TMPDIR", str(path.parent))
    why = vacuum.write_anew(held, path)
    assert why.startswith("to be written anew it needs 1.1 MB on the disk of ")
    assert why.endswith(", and 1.0 MB are free; free some space")
    assert path.read_bytes() == before
    assert (
        not path.with_name("crawler.db-wal").exists() or not path.with_name("crawler.db-wal").stat().st_size
    )
