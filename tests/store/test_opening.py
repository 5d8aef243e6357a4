"""Who may open the database, and what is made of what lies there."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from crawler.errors import ArchiveBusy, StoreError
from crawler.model import Selection
from crawler.store import lock, migrations
from crawler.store.connecting import explained
from crawler.store.frontier import AFTER_CRASH
from crawler.store.lock import ArchiveLock
from crawler.store.schema import VERSION, metadata
from crawler.store.sql import SqlStore
from crawler.store.views import TRIGGERS, VIEWS
from tests.store.contract import due_feeds, registered
from tests.store.examples import HOUR, NOON, feed, polled

HOLDER = """
import asyncio, sys
from pathlib import Path
from crawler.store.sql import SqlStore

async def hold():
    async with SqlStore(Path(sys.argv[1])) as store:
        await store.open_run("run", {})
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(hold())
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another crawler that has the archive open."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()


async def test_a_second_writer_is_refused_by_name_and_number_until_the_first_is_dead(path: Path) -> None:
    with holder(path) as other:
        with pytest.raises(ArchiveBusy, match=rf'process {other.pid} \("crawler run"\).*stop it'):
            await SqlStore(path).open()
        os.kill(other.pid, 9)
        other.wait()
        async with SqlStore(path) as store:
            assert await store.unfinished() == []
    with closing(sqlite3.connect(path)) as looking:
        assert looking.execute("SELECT outcome FROM runs").fetchall() == [(None,)]


def test_d49_a_lock_on_a_disk_that_takes_no_writing_any_more_is_let_go(tmp_path: Path) -> None:
    lock = ArchiveLock(tmp_path / "crawler.db")
    lock.take()
    assert lock._file is not None
    unwritable = os.open(tmp_path / "crawler.db.lock", os.O_RDONLY)
    os.dup2(unwritable, lock._file)  # as after a remount: it is open, and refuses to be cut
    os.close(unwritable)
    lock.release()
    assert lock._file is None
    lock.take()
    lock.release()


def test_a_lock_that_says_nothing_legible_still_holds(tmp_path: Path) -> None:
    first, second = ArchiveLock(tmp_path / "crawler.db"), ArchiveLock(tmp_path / "crawler.db")
    first.take()
    (tmp_path / "crawler.db.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(ArchiveBusy, match="another process is writing"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_r55_a_log_whose_index_finds_no_room_is_a_full_disk_not_a_failing_one(path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    told = explained(path, error)
    assert told.full
    assert str(told).endswith("; the disk is full; free some space")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMMAP
    assert not explained(path, error).full


def test_x62_a_database_behind_a_symbolic_link_has_one_lock(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    named = tmp_path / "crawler.db"
    named.symlink_to(tmp_path / "disk" / "crawler.db")
    first, second = ArchiveLock(tmp_path / "disk" / "crawler.db"), ArchiveLock(named)
    first.take()
    with pytest.raises(ArchiveBusy):
        second.take()
    first.note("run", "the disk is full")
    assert lock.pause(named) == "the disk is full"
    first.release()


async def test_a_run_that_was_never_opened_cannot_end(store: SqlStore, path: Path) -> None:
    await store.close_run("done")
    with closing(sqlite3.connect(path)) as looking:
        assert looking.execute("SELECT count(*) FROM runs").fetchone() == (0,)


async def test_a_run_that_was_killed_is_known_as_such(store: SqlStore, path: Path) -> None:
    assert await store.open_run("run", {"feeds": None}) == 1
    assert await store.open_run("crawl", {"since": "7d"}) == 2
    await store.close_run("done")
    with closing(sqlite3.connect(path)) as looking:
        rows = looking.execute("SELECT command, arguments, outcome, ended_at FROM runs").fetchall()
    assert rows == [
        ("run", '{"feeds": null}', "killed", None),
        ("crawl", '{"since": "7d"}', "done", "2025-02-26T12:00:00.000000Z"),
    ]


async def test_a_fresh_database_is_made_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "crawler.db"
    async with SqlStore(path) as store:
        assert await store.next_due(Selection()) is None
    with closing(sqlite3.connect(path)) as looking:
        assert looking.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_newer_schema_is_refused_and_the_lock_let_go(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    for _ in range(2):
        with pytest.raises(StoreError, match=r"newer crawler .schema 9999.*update the crawler"):
            await SqlStore(path).open()


async def test_a_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "crawler.db"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        await SqlStore(path).open()
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "crawler.db"
    path.write_bytes(b"These are minutes of a meeting, not a database." * 100)
    with pytest.raises(StoreError, match="not an SQLite database; move it away"):
        await SqlStore(path).open()


async def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        await SqlStore(tmp_path / "file" / "crawler.db").open()


async def test_a_migration_that_breaks_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "crawler.db"
    whole = migrations.upgrade

    def breaks_off(connection: object) -> None:
        whole(connection)  # type: ignore[arg-type]
        raise MemoryError

    monkeypatch.setattr(migrations, "upgrade", breaks_off)
    with pytest.raises(MemoryError):
        await SqlStore(path).open()
    with closing(sqlite3.connect(path)) as looking:
        assert looking.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    monkeypatch.undo()
    async with SqlStore(path) as store:
        assert await store.unfinished() == []


def test_the_migrations_lead_to_the_schema(migrated: Path) -> None:
    dialect = sqlite.dialect()  # type: ignore[no-untyped-call]
    wanted = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.tables.values()]
    wanted += [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in metadata.tables.values()
        for index in table.indexes
    ]
    wanted += [f"CREATE VIEW {name} AS {query}" for name, query in VIEWS.items()]
    wanted += TRIGGERS.values()
    with closing(sqlite3.connect(migrated)) as made:
        found = [
            row[0]
            for row in made.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
            if "alembic_version" not in row[0]
        ]
        assert made.execute("SELECT version_num FROM alembic_version").fetchall() == [(VERSION,)]
    assert sorted(_normal(text) for text in found) == sorted(_normal(text) for text in wanted)


def _normal(text: str) -> list[str]:
    """The definitions of a table in any order: a migration can only add columns at the end, references with them."""
    plain = " ".join(text.replace("(", " ( ").replace(")", " ) ").split())
    plain = re.sub(r"(\w+) (INTEGER) (REFERENCES \w+ \( id \))", r"\1 \2, FOREIGN KEY ( \1 ) \3", plain)
    start, _, inner = plain.partition("(")
    return [start, *sorted(" ".join(part.split()).rstrip(" )") for part in inner.split(","))]


def test_every_view_can_be_read(migrated: Path) -> None:
    with closing(sqlite3.connect(migrated)) as looking:
        for name in VIEWS:
            assert looking.execute(f"SELECT * FROM {name}").fetchall() == []


def test_opening_what_is_up_to_date_does_not_load_alembic(path: Path) -> None:
    code = """
import asyncio, sys
from pathlib import Path
from crawler.store.sql import SqlStore

async def look():
    async with SqlStore(Path(sys.argv[1])):
        pass

asyncio.run(look())
print("alembic" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


async def test_foreign_keys_are_watched(store: SqlStore) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        await store.settle_poll(polled(feed(id=4711), None))


def crash(path: Path, folder: Path) -> Path:
    """The database as a power cut at this moment would leave it."""
    folder.mkdir()
    for file in path.parent.glob("crawler.db*"):
        if file.suffix != ".lock":
            shutil.copy(file, folder / file.name)
    return folder / path.name


async def test_a_crash_amid_a_poll_does_not_hammer_the_wire(path: Path, tmp_path: Path) -> None:
    async with SqlStore(path) as store:
        [one] = await registered(store, feed())
        await store.settle_poll(polled(one, (), next_poll=NOON + HOUR))
    due = NOON + HOUR
    for number in range(4):
        async with SqlStore(path) as store:
            assert await due_feeds(store, due - timedelta(seconds=1)) == []
            [piece] = await store.lend(due, Selection(), slots=9, busy=())
            assert piece.polls[0].state.next_poll_at == due
            path = crash(path, tmp_path / str(number))
        due += AFTER_CRASH


async def test_an_orderly_end_amid_a_poll_leaves_it_due(
    store: SqlStore, make_store: Callable[[], SqlStore]
) -> None:
    await store.register([feed()], NOON)
    await store.lend(NOON, Selection(), slots=9, busy=())
    await store.close()
    async with make_store() as again:
        assert await due_feeds(again) == ["orbit"]


async def test_r55_other_processes_are_told_why_nothing_more_is_begun(path: Path) -> None:
    assert lock.pause(path) is None
    async with SqlStore(path) as store:
        await store.open_run("run", {})
        assert lock.pause(path) is None
        store.note_pause("the disk of /a has 3 MB left")
        assert lock.pause(path) == "the disk of /a has 3 MB left"
        with pytest.raises(ArchiveBusy, match=r'\("crawler run"\) is writing to this archive'):
            await SqlStore(path).open()
        store.note_pause()
        assert lock.pause(path) is None
        store.note_pause("again")
    assert lock.pause(path) is None  # nobody is at work


def test_r55_what_a_process_that_is_gone_said_is_not_believed(path: Path) -> None:
    path.with_name(f"{path.name}.lock").write_text("4194305 run\nthe disk is full\n", encoding="utf-8")
    assert lock.pause(path) is None
