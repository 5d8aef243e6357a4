"""Engines on the SQLite file: the writer's, the readers', and what its failures mean.

``writer`` and ``search`` open the database through here, so that every connection has its pragmas.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from crawler.config import StoreConfig
from crawler.errors import HandleLost, StoreError
from crawler.store import presence

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

#: Primary result codes after which nothing that the handle says can be trusted (SQLite §rescode).
_FATAL = frozenset({
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
})  # fmt: skip
#: … and the ones that leave it sound even when a commit meets them.
_PASSING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM})

#: … and the ones that no opening anew mends.
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

#: Bytes of the write-ahead log that stay its own once it was moved into the database.  SQLite moves it at 4 MB,
#: but not past what a reader still looks at: while a backup or a check reads, it grows with all that is written,
#: and would keep that size for ever.  Four times its usual size, so that in ordinary times it is never cut.
LOG_LIMIT = 16 * 2**20

#: What is done about an error, by its primary result code.
CURES = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_BUSY: "another program holds the database; close it",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; `crawler rebuild` makes it again, or restore a backup",
    sqlite3.SQLITE_NOTADB: "this is not an SQLite database; move it away or name another",
    sqlite3.SQLITE_READONLY: "the database cannot be written; mend its permissions",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened; mend the permissions of file and folder",
    sqlite3.SQLITE_IOERR: "the disk failed; check it, then start again",
}


def writing_engine(path: Path, config: StoreConfig) -> Engine:
    """The engine of the one writer: BEGIN IMMEDIATE; a new connection changes nothing in the file."""
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    timeout = int(config.busy_timeout.total_seconds() * 1000)
    _prepare(
        engine,
        f"PRAGMA busy_timeout = {timeout}",
        f"PRAGMA synchronous = {config.synchronous}",
        "PRAGMA cache_size = -16000",  # kB
        f"PRAGMA journal_size_limit = {LOG_LIMIT}",
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred transaction that turns into a writing one may fail in spite of busy_timeout.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def write_ahead(connection: Connection) -> None:
    """Keep a write-ahead log from here on, so that readers read on; the file remembers it."""
    executed(connection, "PRAGMA journal_mode = WAL")


def write_back(connection: Connection) -> None:
    """Move all of the log into the database, and begin an empty log.

    After a failed fsync the system may take pages of the log for written that are not, and a commit
    behind them would be lost with them in a power cut: here they are written again, elsewhere.  A reader or
    a full disk may be in the way: then it is done later, bit by bit, as ever.
    """
    try:
        executed(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        if not is_harmless(error):
            raise


@contextmanager
def looked_at(path: Path) -> Iterator[None]:
    """Within: somebody else has the database open, so that who closes it now does not write its log back.

    A handle whose fsync failed must not sync again: the second one may succeed without having written.
    """
    with ExitStack() as stack:
        with suppress(sqlite3.Error):
            onlooker = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
            stack.callback(onlooker.close)
            onlooker.execute("SELECT count(*) FROM sqlite_master").fetchall()
        yield


def enforce_foreign_keys(connection: Connection) -> None:
    """Watch references from here on; SQLite ignores this inside a transaction."""
    executed(connection, "PRAGMA foreign_keys = ON")


def executed(connection: Connection, pragma: str) -> None:
    """Execute a pragma outside of any transaction."""
    _driver(connection).execute(pragma).close()


def fetched(connection: Connection, pragma: str) -> tuple[int, ...]:
    """The one row that a pragma answers with."""
    [row] = _driver(connection).execute(pragma).fetchall()
    return tuple(row)


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def reading_engine(path: Path) -> AsyncEngine:
    """An engine that cannot write, beside a running crawler or alone; raises ``StoreError``."""
    from sqlalchemy.ext.asyncio import create_async_engine  # brings the ORM: 0.06 s that a crawl does without

    if not presence.is_there(path) or (presence.lies_beside(path) and not presence.is_begun(path)):
        raise StoreError(presence.absent(path))
    query = {**presence.reading(path), "uri": "true"}
    address = URL.create("sqlite+aiosqlite", database=f"file:{quote(str(path))}", query=query)
    engine = create_async_engine(address, poolclass=NullPool)
    _prepare(engine.sync_engine, "PRAGMA busy_timeout = 10000", "PRAGMA query_only = ON")

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")  # one look is one state, however many questions it asks

    return engine


def _prepare(engine: Engine, *pragmas: str) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # None: the module begins no transactions of its own.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
            cursor.fetchall()
        cursor.close()


def primary_code(error: BaseException) -> int | None:
    """SQLite's primary result code of an error, if it has one."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_fatal(error: BaseException) -> bool:
    """Whether nothing that the handle says can be trusted any more."""
    return primary_code(error) in _FATAL


def is_harmless(error: BaseException) -> bool:
    """Whether even a COMMIT may meet this error and be tried again.

    After any other failed commit pages may be marked clean that never reached the disk, so that
    a second try would succeed without having written them.
    """
    return primary_code(error) in _PASSING


def is_full(error: BaseException) -> bool:
    """Whether the disk has no room; the handle is sound, and the same transaction may be tried again."""
    return primary_code(error) == sqlite3.SQLITE_FULL


def lost(path: Path, error: BaseException) -> StoreError:
    """The end of a handle: opened anew the database can be trusted again, unless it is damaged."""
    told = explained(path, error)
    return told if primary_code(error) in _DAMAGED else HandleLost(str(told))


def explained(path: Path, error: BaseException) -> StoreError:
    """A database error as one sentence with a cure."""
    if isinstance(error, StoreError):
        return error
    cause = error.orig if isinstance(error, DBAPIError) else error
    # Who opens it finds no room for the log's index (32 kB): SQLite calls that a failing disk.
    full = is_full(error) or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE
    code = sqlite3.SQLITE_FULL if full else primary_code(error) or 0
    cure = CURES.get(code, "this is a fault of the crawler; please report it")
    told = StoreError(f"{path}: {type(cause).__name__}: {cause}; {cure}")
    told.full = full
    return told
