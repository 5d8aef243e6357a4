"""Who waits for a worker, in which order, and how many may: used by ``pool`` and ``slot``."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from crawler.workers.codec import Reader

_LOOK = 1.0  #: seconds after which who waits for room looks again: those before it may have brought nothing


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """A document that waits for a place, or is at one."""

    task: str
    arguments: tuple[object, ...]
    read: Reader
    result: asyncio.Future[Any]
    size: int = 0  #: bytes of it, about
    ticket: int = 0  #: its place among all that ever came
    suspect: bool = False  #: it was there when a worker died

    def fail(self, error: Exception) -> None:
        """Tell the caller, if it still waits."""
        if not self.result.done():
            self.result.set_exception(error)


class Line:
    """First come, first served; a suspect comes last again, and no two suspects are tried at once.

    So documents that hang or crash, however many, hold one place of the pool for their second try,
    and what came before them is not kept waiting.
    """

    def __init__(self, *, most: int, most_bytes: int) -> None:
        """Up to ``most`` documents, or ``most_bytes``, may wait before :meth:`room` lets nobody by."""
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._tickets = 0
        self._jobs: deque[Job] = deque()
        self._suspects: deque[Job] = deque()
        self._tried: Job | None = None  #: the suspect that has its second try now
        self._news = asyncio.Event()
        self._comers: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        return len(self._jobs) + len(self._suspects)

    @property
    def crowded(self) -> bool:
        """Whether so much waits that nothing more should be fetched."""
        return len(self) >= self._most or self._bytes >= self._most_bytes

    def join(self, job: Job) -> None:
        """Take its place at the end."""
        self._tickets += 1
        job.ticket = self._tickets
        self._bytes += job.size
        (self._suspects if job.suspect else self._jobs).append(job)
        self._news.set()

    async def take(self) -> Job:
        """The next one whose caller still waits."""
        while (job := self._next()) is None or job.result.done():
            if job is None:
                self._news.clear()
                await self._news.wait()
            else:
                self.leave(job)
        return job

    def leave(self, job: Job) -> None:
        """Its turn is over: the next suspect may be tried."""
        if job is self._tried:
            self._tried = None
            self._news.set()

    async def room(self) -> None:
        """Wait while the line is crowded; one comer is let by for each document that is taken up."""
        while self.crowded:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._comers.append(turn)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await turn

    def clear(self) -> None:
        """Cancel all that wait."""
        for job in (*self._jobs, *self._suspects):
            job.result.cancel()
        self._jobs.clear()
        self._suspects.clear()
        self._bytes = 0

    def _next(self) -> Job | None:
        suspect = self._suspects[0] if self._suspects and self._tried is None else None
        if self._jobs and (suspect is None or self._jobs[0].ticket < suspect.ticket):
            job = self._jobs.popleft()
        elif suspect is not None:
            job = self._tried = self._suspects.popleft()
        else:
            return None
        self._bytes -= job.size
        self._let_by()
        return job

    def _let_by(self) -> None:
        while self._comers and not self.crowded:
            turn = self._comers.popleft()
            if not turn.done():
                return turn.set_result(None)
        return None
