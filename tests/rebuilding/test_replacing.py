"""A database put into its place: the process ends at any step, and the old one stands, or the new one."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from crawler.app import rebuilding
from crawler.config import ArchiveConfig, Config, StoreConfig
from crawler.errors import StoreError
from crawler.store import presence
from crawler.store.retelling import replacing


class Killed(BaseException):
    """The process ends here."""


def write(path: Path, text: str, *, open_log: bool = False) -> None:
    """A database that says something; with ``open_log`` as a kill leaves it, the text in its log alone."""
    child = os.fork()
    if child == 0:
        opened = sqlite3.connect(path)
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("CREATE TABLE alembic_version (version_num TEXT)")
        opened.execute("CREATE TABLE said (text TEXT)")
        opened.commit()
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        opened.execute("INSERT INTO said VALUES (?)", (text,))
        opened.commit()
        if not open_log:
            opened.close()
        os._exit(0)
    os.waitpid(child, 0)


def said(path: Path) -> str | None:
    """What a database says; None if there is none."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as opened:
        [(text,)] = opened.execute("SELECT text FROM said").fetchall()
    return str(text)


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The process ends at this call to the file system, before it takes effect."""
    calls: list[str] = []

    def counted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            calls.append(name)
            if len(calls) == step:
                raise Killed
            return call(*arguments, **options)

        return counting

    with monkeypatch.context() as patched:
        for owner, name in ((os, "link"), (os, "fsync"), (Path, "replace"), (Path, "unlink")):
            patched.setattr(owner, name, counted(name, getattr(owner, name)))
        yield calls


@pytest.mark.parametrize("before", ["none", "closed", "killed"])
def test_d53_at_every_step_there_is_the_old_database_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    steps, step = 0, 0
    while step <= steps:
        step += 1
        folder = tmp_path / str(step)
        folder.mkdir()
        database = folder / "crawler.db"
        if before != "none":
            write(database, "old", open_log=before == "killed")
        write(replacing.aside(database), "new")
        with killed_at(step, monkeypatch) as calls, suppress(Killed):
            replacing.install(database, "lost-then")
        steps = max(steps, len(calls))
        assert said(database) in ({None, "new"} if before == "none" else {"old", "new"}), step
        if said(database) != "new":
            replacing.discard(database)
            write(replacing.aside(database), "new")
            replacing.install(database, "lost-later")
        assert said(database) == "new"
        kept = [path for path in folder.glob("crawler.db.lost-*") if not path.name.endswith(("-wal", "-shm"))]
        assert {said(path) for path in kept} <= {"old"}
        assert not list(folder.glob("*.rebuilding*"))
    assert steps >= 3


def test_the_old_database_is_kept_with_all_that_was_committed(tmp_path: Path) -> None:
    database = tmp_path / "crawler.db"
    write(database, "old", open_log=True)
    assert database.with_name("crawler.db-wal").stat().st_size
    write(replacing.aside(database), "new")
    lost = replacing.install(database, "lost-then")
    assert lost == tmp_path / "crawler.db.lost-then"
    assert (said(lost), said(database)) == ("old", "new")


def test_a_database_that_somebody_reads_is_not_replaced(tmp_path: Path) -> None:
    database = tmp_path / "crawler.db"
    write(database, "old", open_log=True)
    write(replacing.aside(database), "new")
    with closing(sqlite3.connect(database, timeout=0)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM said").fetchall()
        with closing(sqlite3.connect(database)) as writer:
            writer.execute("INSERT INTO said VALUES ('more')")
            writer.commit()
        with pytest.raises(StoreError, match="another program reads the database"):
            replacing.install(database, "lost-then")
        assert list(tmp_path.glob("*lost-then*")) == []  # second names of a database that stands, for ever
    assert replacing.aside(database).exists()


def begun(migrated: Path, database: Path) -> Path:
    """A database that a crawl has begun."""
    database.unlink(missing_ok=True)
    shutil.copy(migrated, database)
    with closing(sqlite3.connect(database)) as opened:
        opened.execute(
            "INSERT INTO feeds (name, url, source, source_key, enabled, host, next_poll_at, failures, latest_keys,"
            " registered_at) VALUES ('a', '', '', '', 1, '', '', 0, '', '')"
        )
        opened.commit()
    return database


def test_only_a_whole_database_of_ours_can_be_added_to(migrated: Path, tmp_path: Path) -> None:
    database = tmp_path / "crawler.db"
    assert not replacing.is_sound(database)
    for nothing in (b"", b"no database"):
        database.write_bytes(nothing)
        assert not replacing.is_sound(database)
    shutil.copy(migrated, database)
    assert not replacing.is_sound(database)  # what a command leaves that found none: tables without a row
    assert replacing.is_sound(begun(migrated, database))
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("DROP TABLE takedowns")
    assert not replacing.is_sound(database)
    begun(migrated, database)
    data = bytearray(database.read_bytes())
    data[4096:4104] = b"\xff" * 8
    database.write_bytes(bytes(data))
    assert not replacing.is_sound(database)


def test_a_database_that_cannot_be_read_may_be_whole_and_is_not_replaced(
    migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "PATIENCE", 0.2)
    database = begun(migrated, tmp_path / "crawler.db")
    with closing(sqlite3.connect(database)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="database is locked; another program holds the database"):
            replacing.is_sound(database)
    if os.geteuid():
        database.chmod(0)
        with pytest.raises(StoreError, match="cannot be opened; mend the permissions"):
            replacing.is_sound(database)
    (loop := tmp_path / "loop.db").mkdir()
    with pytest.raises(StoreError, match="no file is in the database's place; move away what lies there"):
        rebuilding.require_something(
            Config(archive=ArchiveConfig(root=tmp_path), store=StoreConfig(url=f"sqlite:///{loop}"))
        )


def test_another_programs_database_is_not_moved_aside(tmp_path: Path) -> None:
    database = tmp_path / "crawler.db"
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("CREATE TABLE bookmarks (address TEXT)")
    with pytest.raises(StoreError, match=r"a database of another program; .* or give --anew"):
        replacing.is_sound(database)
