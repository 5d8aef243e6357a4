"""The one writer: groups, failures, cancellation, and what a kill leaves."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from crawler.config import StoreConfig
from crawler.errors import HandleLost, StoreError
from crawler.model import Selection
from crawler.store.sql import SqlStore
from crawler.store.writer import LARGEST_GROUP, Group, Writer
from tests.store.contract import due_items, with_items
from tests.store.examples import entries, polled

T = TypeVar("T")


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[Writer]:
    made = Writer(path, StoreConfig(busy_timeout=timedelta(milliseconds=20)), numbered=(), waiting=())
    await made.open(lambda connection: None, lambda connection: None)
    yield made
    await made.close()


def note(word: str) -> object:
    def unit(group: Group) -> int:
        group.connection.execute(
            text(
                "INSERT INTO runs (command, arguments, version, process, started_at) VALUES (:w, '', '', 0, '')"
            ),
            {"w": word},
        )
        return id(group)

    return unit


def noted(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as looking:
        return [word for (word,) in looking.execute("SELECT command FROM runs ORDER BY id")]


async def test_what_waits_together_is_committed_together_in_order(writer: Writer, path: Path) -> None:
    groups = await asyncio.gather(*(writer.run(note(f"{n:03}")) for n in range(LARGEST_GROUP + 10)))
    assert len(set(groups)) <= 3
    assert noted(path) == [f"{n:03}" for n in range(LARGEST_GROUP + 10)]


async def test_a_result_is_told_only_when_it_is_committed(writer: Writer, path: Path) -> None:
    await writer.run(note("told"))
    assert noted(path) == ["told"]


async def test_a_failing_unit_leaves_nothing_and_takes_nobody_along(writer: Writer, path: Path) -> None:
    def half(group: Group) -> None:
        note("half")(group)
        raise KeyError("a bug is loud and stays itself")

    def wrong(group: Group) -> None:
        note("wrong")(group)
        group.connection.execute(text("SELECT * FROM nowhere"))

    results = await asyncio.gather(
        *(writer.run(unit) for unit in (note("a"), half, note("b"), wrong, note("c"))), return_exceptions=True
    )
    assert [type(result) for result in results] == [int, KeyError, int, StoreError, int]
    assert noted(path) == ["a", "b", "c"]


async def test_who_stops_waiting_does_not_stop_the_unit(writer: Writer, path: Path) -> None:
    waits = [asyncio.ensure_future(writer.run(note(word))) for word in "abc"]
    await asyncio.sleep(0)
    waits[1].cancel()
    assert [type(one) for one in await asyncio.gather(*waits, return_exceptions=True)] == [
        int, asyncio.CancelledError, int,
    ]  # fmt: skip
    assert noted(path) == ["a", "b", "c"]


async def test_closing_finishes_what_was_asked_for(path: Path) -> None:
    writer = Writer(path, StoreConfig(), numbered=(), waiting=())
    await writer.open(lambda connection: None, lambda connection: None)
    waits = [writer.submit(note(word)) for word in "abc"]
    await writer.close()
    assert all(wait.done() and wait.exception() is None for wait in waits)
    assert noted(path) == ["a", "b", "c"]
    with pytest.raises(StoreError, match="closed"):
        writer.submit(note("d"))


async def test_nothing_is_taken_before_opening(path: Path) -> None:
    with pytest.raises(StoreError, match="not open"):
        await Writer(path, StoreConfig(), numbered=(), waiting=()).run(note("a"))


async def test_a_writer_whose_task_is_cancelled_answers_everyone(writer: Writer) -> None:
    wait = writer.submit(note("a"))
    assert writer._task is not None
    writer._task.cancel()
    with pytest.raises(StoreError, match="start again"):
        await wait
    assert not writer.is_open


async def test_another_programs_transaction_is_waited_for_then_reported_then_forgotten(
    writer: Writer, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds the database"):
            await writer.run(note("a"))
        other.execute("COMMIT")
    await writer.run(note("b"))
    assert noted(path) == ["b"]


async def test_units_that_wait_together_wait_once_for_another_program(writer: Writer, path: Path) -> None:
    begun = []
    begin = writer._connection.begin
    writer._connection.begin = lambda: begun.append(1) or begin()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [writer.run(note(str(number))) for number in range(6)]
        errors = await asyncio.gather(*waiting, return_exceptions=True)
        other.execute("COMMIT")
    assert all("another program holds the database" in str(error) for error in errors)
    assert len(begun) == 1
    assert writer.is_open
    assert noted(path) == []


async def test_a_full_disk_fails_the_unit_and_passes(writer: Writer, path: Path) -> None:
    def bound(pages: int) -> object:
        return lambda group: group.connection.execute(text(f"PRAGMA max_page_count = {pages}")).scalar()

    await writer.run(bound(1))  # the smallest that SQLite grants: as large as the file is
    with pytest.raises(StoreError, match="the disk is full; free some space"):
        await writer.run(note("x" * 100_000))
    await writer.run(bound(1_000_000))
    await writer.run(note("later"))
    assert noted(path) == ["later"]


FAILING_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from crawler.errors import StoreError
from crawler.store.sql import SqlStore
from tests.store.contract import registered
from tests.store.examples import entries, feed, polled

async def main():
    path = Path(sys.argv[1])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = SqlStore(path)
    await store.open()
    [one] = await registered(store, feed())
    await store.settle_poll(polled(one, entries(1)))
    log = path.with_name(path.name + "-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 8192, resource.RLIM_INFINITY))
    big = [polled(one, entries(n, content="x" * 30000)) for n in (2, 3, 4)]
    print(await asyncio.gather(*(store.settle_poll(each) for each in big), return_exceptions=True))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    try:
        await store.settle_poll(polled(one, entries(5)))
    except StoreError as error:
        print("refused", error)
    await store.close()

asyncio.run(main())
"""


def child(code: str, path: Path) -> subprocess.Popen[str]:
    """Another process that works on the database."""
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def lines_before_kill(process: subprocess.Popen[str], count: int) -> list[str]:
    """Read ``count`` lines, kill, read what was told meanwhile."""
    with process:
        assert process.stdout
        told = [process.stdout.readline() for _ in range(count)]
        process.kill()
        return told + process.stdout.readlines()


async def test_a_disk_that_fails_at_commit_ends_the_store_and_harms_nothing(path: Path) -> None:
    with child(FAILING_DISK, path) as process:
        assert process.stdout
        first, second = process.stdout.read().splitlines()
    assert process.returncode == 0
    assert first.count("the disk failed; check it, then start again") == 3
    assert second.startswith("refused")
    assert "the disk failed" in second
    async with SqlStore(path) as again:
        assert [item.entry.key for item in await due_items(again)] == ["guid:1"]


BUSY_LIFE = """
import asyncio, sys
from pathlib import Path
from crawler.store.sql import SqlStore
from tests.store.contract import archive, with_items
from tests.store.examples import entries

async def main():
    async with SqlStore(Path(sys.argv[1]), slice_items=500) as store:
        await store.open_run("run", {})
        _, items = await with_items(store, *entries(*range(500)))

        async def lane(mine):
            for item in mine:
                await archive(store, item)
                print(item.item_id, flush=True)

        await asyncio.gather(*(lane(items[n::8]) for n in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 40])
async def test_a_kill_loses_nothing_that_was_acknowledged(path: Path, after: int) -> None:
    told = {int(line) for line in lines_before_kill(child(BUSY_LIFE, path), after)}
    with closing(sqlite3.connect(path)) as looking:
        assert looking.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert looking.execute("PRAGMA foreign_key_check").fetchall() == []
    async with SqlStore(path, slice_items=500) as store:
        unfinished = await store.unfinished()
        due = {item.item_id for item in await due_items(store)}
        assert not due & told
        assert len(due) < 500
        assert {intent.item_id for intent in unfinished} <= due
        for intent in unfinished:
            await store.resolve(intent, done=True)
        archived = 500 - len(due) + len(unfinished)
        with closing(sqlite3.connect(path)) as looking:
            assert looking.execute(
                "SELECT count(*) FROM articles WHERE revision = 1 AND state = 'archived'"
            ).fetchone() == (archived,)


async def test_ids_go_on_after_a_group_that_failed(store: SqlStore) -> None:
    one, _ = await with_items(store, *entries(1))
    broken = polled(one, entries(2), attempts=(object(),))
    results = await asyncio.gather(
        store.settle_poll(broken), store.settle_poll(polled(one, entries(3))), return_exceptions=True
    )
    assert isinstance(results[0], AttributeError)
    assert {item.entry.key for item in await due_items(store, want=Selection())} == {"guid:1", "guid:3"}


async def test_r55_a_unit_that_found_the_disk_full_is_done_when_there_is_room(path: Path) -> None:
    tries: list[StoreError] = []

    async def hold(work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except StoreError as error:
            tries.append(error)
            await asyncio.wrap_future(writer._thread.submit(bound, 1_000_000))  # room is made
            return await work()

    def bound(pages: int) -> None:
        writer._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        writer._connection.rollback()

    writer = Writer(path, StoreConfig(), numbered=(), waiting=(), hold=hold)
    await writer.open(lambda connection: None, lambda connection: None)
    await asyncio.wrap_future(writer._thread.submit(bound, 1))
    await asyncio.gather(*(writer.run(note(word * 50_000)) for word in "abc"))
    assert [error.full for error in tries] == [True]
    assert [word[0] for word in noted(path)] == ["a", "b", "c"]
    await writer.close()


def failing(code: int) -> Callable[[Any], None]:
    """Meets a commit as a disk of that mind would."""

    def fail(connection: Any) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = code
        raise OperationalError("COMMIT", {}, error)

    return fail


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, HandleLost),
        (sqlite3.SQLITE_IOERR_WRITE, HandleLost),
        (sqlite3.SQLITE_CORRUPT, StoreError),
    ],
)
async def test_d49_a_commit_that_failed_ends_the_handle_and_is_never_tried_again(
    path: Path, code: int, kind: type[StoreError]
) -> None:
    writer = Writer(path, StoreConfig(), numbered=(), waiting=())
    await writer.open(lambda connection: None, lambda connection: None)
    await writer.run(note("committed"))
    event.listen(writer._connection, "commit", failing(code))
    for word in "ab":
        with pytest.raises(StoreError) as told:
            await writer.run(note(word))
        assert type(told.value) is kind
    size = path.with_name(f"{path.name}-wal").stat().st_size
    await writer.close()
    if kind is HandleLost:  # who closes it writes nothing back: his handle is not to be believed
        assert path.with_name(f"{path.name}-wal").stat().st_size == size
    assert noted(path) == ["committed"]


async def test_d49_opening_moves_the_whole_log_into_the_database(path: Path) -> None:
    """What a failed fsync left in the log may look written and not be: it is written again, elsewhere."""
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            "INSERT INTO runs (command, arguments, version, process, started_at) VALUES ('a','','',0,'')"
        )
        other.commit()
        log = path.with_name(f"{path.name}-wal")
        assert log.stat().st_size > 0
        writer = Writer(path, StoreConfig(), numbered=(), waiting=())
        await writer.open(lambda connection: None, lambda connection: None)
        assert log.stat().st_size == 0
        await writer.close()
    assert noted(path) == ["a"]
