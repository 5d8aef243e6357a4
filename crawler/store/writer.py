"""The one writer: whole transactions as units in a queue, committed in groups.

``sql`` submits units; nobody else writes.  A unit is a plain function over a ``Group``: it runs
to its end or not at all, whoever stops waiting for it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.exc import DBAPIError

from crawler.config import StoreConfig
from crawler.errors import HandleLost, StoreError
from crawler.ports import Hold, once
from crawler.store.connecting import (
    enforce_foreign_keys,
    explained,
    is_fatal,
    is_full,
    is_harmless,
    looked_at,
    lost,
    write_ahead,
    write_back,
    writing_engine,
)
from crawler.store.numbers import Numbers
from crawler.store.rows import NewRow
from crawler.store.vacuum import write_anew

A = TypeVar("A")
T = TypeVar("T")

#: Units in one transaction at most: bounds how long the first caller waits for the last unit.
LARGEST_GROUP = 256


def one_thread() -> Executor:
    """Where transactions run: a thread of the writer's own."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")


class Group:
    """What the units of one transaction share: the connection, and rows that can wait.

    Rows given to ``later`` are written together at the end, statement by statement in the order
    of ``waiting``.  A unit that reads what others write calls ``flush`` first.
    """

    def __init__(self, connection: Connection, numbers: Numbers, waiting: tuple[Executable, ...]) -> None:
        self.connection = connection
        self.numbers = numbers
        self._rows: dict[Executable, list[NewRow]] = {statement: [] for statement in waiting}

    def later(self, statement: Executable, row: NewRow) -> None:
        """Execute ``statement`` with ``row`` at the end of the group."""
        self._rows[statement].append(row)

    def flush(self) -> None:
        """Execute everything that waits."""
        for statement, rows in self._rows.items():
            if rows:
                self.connection.execute(statement, rows)
                rows.clear()


Unit = Callable[[Group], T]
_Entry = tuple[Unit[Any], asyncio.Future[Any]]


class _CommitFailed(Exception):
    """Marks an error as one of COMMIT itself."""


class _BeginFailed(Exception):
    """Marks an error as one of BEGIN: no unit has run, and none would fare better alone."""


class Writer:
    """Runs units one after the other on one connection; one commit for all that are waiting.

    The connection lives in a thread of its own that is handed whole transactions: a hop between
    threads for each statement costs more than the statement, most of all when every core is busy.
    """

    def __init__(
        self,
        path: Path,
        config: StoreConfig,
        *,
        numbered: Iterable[Table],
        waiting: tuple[Executable, ...],
        threads: Callable[[], Executor] = one_thread,
        hold: Hold = once,
    ) -> None:
        """``hold``: what a full disk refused is done again under it."""
        self._path = path
        self._hold = hold
        self._config = config
        self._numbered = tuple(numbered)
        self._waiting = waiting
        self._queue: asyncio.Queue[_Entry | None] = asyncio.Queue()
        self._threads = threads
        self._thread: Executor | None = None
        self._connection: Connection | None = None
        self._numbers: Numbers | None = None
        self._task: asyncio.Task[None] | None = None
        self._refusal: StoreError | None = StoreError(f"{path}: the database is not open")

    @property
    def is_open(self) -> bool:
        """Whether units are taken."""
        return self._refusal is None

    async def open(self, check: Callable[[Connection], None], prepare: Callable[[Connection], None]) -> None:
        """Connect, run ``check`` before anything is changed, then ``prepare`` (migrations); start the task.

        Each runs in a transaction of its own; ``check`` raises for a file that is not to be touched.
        """
        self._thread = self._threads()
        try:
            await self._in_thread(self._connect, (check, prepare))
        except BaseException as error:
            await self._disconnect()
            if isinstance(error, DBAPIError | sqlite3.Error):
                raise explained(self._path, error) from error
            raise
        self._refusal = None
        self._task = asyncio.create_task(self._work(), name="store writer")

    def submit(self, unit: Unit[T]) -> asyncio.Future[T]:
        """Queue a unit; the future is resolved after its commit.  Raises ``StoreError``."""
        if self._refusal is not None:
            raise self._refusal
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        # An error that nobody waits for any more is no warning: the unit left nothing behind.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._queue.put_nowait((unit, future))
        return future

    async def run(self, unit: Unit[T]) -> T:
        """Queue a unit and wait for its commit; who stops waiting does not stop the unit."""
        return await asyncio.shield(self.submit(unit))

    async def write_anew(self) -> str:
        """As ``vacuum.write_anew``, between two transactions; raises ``StoreError``."""
        assert self._connection is not None
        try:
            return await self._in_thread(lambda held: write_anew(held, self._path), self._connection)
        except sqlite3.Error as error:
            self._refusal = lost(self._path, error)
            raise self._refusal from error

    async def close(self) -> None:
        """Finish what is queued, then disconnect."""
        self._refusal = self._refusal or StoreError(f"{self._path}: the database is closed")
        task, self._task = self._task, None
        if task is not None:
            self._queue.put_nowait(None)
            await asyncio.wait([task])
        await self._disconnect()

    async def _disconnect(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            try:
                await asyncio.get_running_loop().run_in_executor(thread, self._hang_up)
            finally:
                thread.shutdown(wait=False)

    # ------------------------------------------------------------------ the task

    async def _work(self) -> None:
        group: list[_Entry] = []
        try:
            while await self._gather(group):
                await self._commit(group)
                group.clear()
        except BaseException as error:
            self._refuse(error, group)
            if not isinstance(error, Exception):
                raise

    async def _gather(self, group: list[_Entry]) -> bool:
        """Move what waits into ``group``; False at the end of the queue."""
        entry = await self._queue.get()
        while entry is not None:
            group.append(entry)
            if self._queue.empty() or len(group) == LARGEST_GROUP:
                return True
            entry = self._queue.get_nowait()
        self._queue.put_nowait(None)  # seen again when the group is done
        return bool(group)

    async def _commit(self, group: list[_Entry]) -> None:
        """One transaction for the group; if one unit fails, each gets a transaction of its own."""
        try:
            results = await self._hold(lambda: self._tried([unit for unit, _ in group]))
        except _BeginFailed as failed:
            cause = failed.__cause__
            if cause is None or is_fatal(cause):
                raise
            for _, future in group:
                _fail(future, explained(self._path, cause))
        except Exception as error:
            if isinstance(error, _CommitFailed) or is_fatal(error):
                raise
            if len(group) == 1:
                _fail(group[0][1], explained(self._path, error) if isinstance(error, DBAPIError) else error)
                return
            for entry in group:
                await self._commit([entry])
        else:
            for (_, future), result in zip(group, results, strict=True):
                if not future.done():
                    future.set_result(result)

    async def _tried(self, units: list[Unit[Any]]) -> list[Any]:
        """One try; on a full disk it leaves nothing behind, and says so in a way that it is tried again."""
        try:
            return await self._in_thread(self._transaction, units)
        except Exception as error:
            if is_full(error):
                raise explained(self._path, error) from error
            raise

    async def _in_thread(self, function: Callable[[A], T], argument: A) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, argument)

    def _refuse(self, error: BaseException, group: list[_Entry]) -> None:
        """Answer everyone who waits, and everyone to come, with the error that ended the task."""
        cause = error.__cause__ or error if isinstance(error, _CommitFailed | _BeginFailed) else error
        if isinstance(cause, Exception):
            self._refusal = lost(self._path, cause)
        else:
            self._refusal = StoreError(f"{self._path}: the database was left in a hurry; start again")
        while not self._queue.empty():
            entry = self._queue.get_nowait()
            group.extend([entry] if entry else [])
        for _, future in group:
            _fail(future, self._refusal)

    # ------------------------------------------------------------------ in the thread

    def _connect(self, steps: tuple[Callable[[Connection], None], Callable[[Connection], None]]) -> None:
        check, prepare = steps
        self._connection = writing_engine(self._path, self._config).connect()
        with self._connection.begin():
            check(self._connection)
        write_ahead(self._connection)
        write_back(self._connection)
        with self._connection.begin():
            prepare(self._connection)
            self._numbers = Numbers(self._connection, self._numbered)
        # From here on: migrations write tables anew and cannot be watched.
        enforce_foreign_keys(self._connection)

    def _transaction(self, units: list[Unit[Any]]) -> list[Any]:
        assert self._connection is not None
        assert self._numbers is not None
        try:
            transaction = self._connection.begin()
        except DBAPIError as error:
            raise _BeginFailed from error
        try:
            group = Group(self._connection, self._numbers, self._waiting)
            results = [unit(group) for unit in units]
            group.flush()
        except BaseException:
            transaction.rollback()
            raise
        try:
            transaction.commit()
        except DBAPIError as error:
            if is_harmless(error):
                transaction.rollback()
                raise
            raise _CommitFailed from error
        return results

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with looked_at(self._path) if isinstance(self._refusal, HandleLost) else nullcontext():
                connection.close()
                connection.engine.dispose()


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
