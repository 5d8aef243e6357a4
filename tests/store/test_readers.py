"""X62: whoever looks on neither stops the writer, nor writes its log back, nor lets it grow for ever."""

from __future__ import annotations

import hashlib
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from crawler.config import StoreConfig
from crawler.model import Selection
from crawler.store import connecting
from crawler.store.connecting import reading_engine
from crawler.store.search import Search
from crawler.store.sql import SqlStore

PAGES = 1000  #: of the log, after which SQLite writes it back (PRAGMA wal_autocheckpoint)
FRAME = 4096 + 24  #: bytes of a page in the log
#: A log is written back after so much, and again from its beginning; a transaction may go beyond it.
BOUND = (PAGES + 400) * FRAME

WRITER = """
import asyncio, sys
from pathlib import Path
from crawler.store.sql import SqlStore

async def hold():
    store = SqlStore(Path(sys.argv[1]))
    await store.open()
    for number in range(30):
        await store.open_run("run", {"number": number})
    print("written", flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(hold())
"""


async def write(store: SqlStore, times: int) -> None:
    """Transactions of many pages, as polls with many items are."""
    for number in range(times):
        await store.open_run("run", {"text": f"{number:06}" * 8000})


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """A look that stays at one moment until the end of the block."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as opened:
        opened.execute("BEGIN")
        opened.execute("SELECT count(*) FROM runs").fetchone()
        yield opened


@asynccontextmanager
async def impatient(path: Path) -> AsyncIterator[SqlStore]:
    """A writer that waits for nobody: any lock in its way is an error at once."""
    async with SqlStore(path, StoreConfig(busy_timeout=timedelta(0))) as store:
        yield store


def log_size(path: Path) -> int:
    log = path.with_name(f"{path.name}-wal")
    return log.stat().st_size if log.exists() else 0


async def test_x62_no_reader_ever_makes_the_writer_wait(path: Path) -> None:
    """Four looks at a time, each as ``inspect`` asks, while the writer writes its log back a dozen times."""
    stop, looks = threading.Event(), [0]

    def look() -> None:
        while not stop.wait(0.005):
            with looking(path) as opened:
                opened.execute("SELECT sum(length(arguments)) FROM runs").fetchone()
                opened.execute("SELECT * FROM feed_health").fetchall()
                looks[0] += 1

    async with impatient(path) as store:
        readers = [threading.Thread(target=look) for _ in range(4)]
        for reader in readers:
            reader.start()
        try:
            await write(store, 200)
            while looks[0] < 20:  # they have really been there
                await write(store, 5)
        finally:
            stop.set()
            for reader in readers:
                reader.join(30)
        assert await store.next_due(Selection()) is None


async def test_x62_the_log_grows_behind_a_long_look_only_as_long_as_it_lasts(path: Path) -> None:
    async with impatient(path) as store:
        await write(store, 130)
        assert log_size(path) <= BOUND
        with looking(path):
            await write(store, 130)
            grown = log_size(path)
            assert grown > BOUND  # what is looked at stays as it is, so its log cannot begin anew
        await write(store, 130)
        assert log_size(path) < grown + 400 * FRAME  # … and from now on it does


async def test_x62_the_log_gives_back_the_room_that_it_took_behind_a_long_look(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connecting.LOG_LIMIT > BOUND, (
        "in ordinary times it keeps its size: cutting and growing it costs metadata"
    )
    monkeypatch.setattr(connecting, "LOG_LIMIT", BOUND)
    async with impatient(path) as store:
        with looking(path):
            await write(store, 260)
            assert log_size(path) > 2 * BOUND
        await write(store, 2)  # one moves it into the database, one begins it anew
        assert log_size(path) <= BOUND


async def test_x62_looks_write_nothing_back(path: Path) -> None:
    """Neither beside a crawler nor after its death does a look change the database, or shorten its log."""
    with writing(path) as writer:
        before = digests(path)
        assert before[1]
        await look(path)
        assert digests(path) == before
        writer.send_signal(signal.SIGKILL)
    await look(path)
    assert digests(path) == before


@contextmanager
def writing(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A crawler that has written, and has the archive open."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "written\n"
        yield writer


def digests(path: Path) -> list[str]:
    """Of the database and its log."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return [hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else "" for file in files]


async def look(path: Path) -> None:
    """As the command line does: the last one out closes nothing for the writer."""
    async with Search(path) as search:
        assert len(await search.runs(limit=5)) == 5
    engine = reading_engine(path)
    async with engine.connect() as opened:
        assert (await opened.execute(text("SELECT count(*) FROM runs"))).scalar_one() >= 30
    await engine.dispose()


async def test_x62_a_reader_cannot_write(path: Path) -> None:
    engine = reading_engine(path)
    async with engine.connect() as opened:
        with pytest.raises(Exception, match="readonly database"):
            await opened.execute(text("DELETE FROM runs"))
    await engine.dispose()
