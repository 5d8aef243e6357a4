"""One place in the pool: a child, the document it is at, and what happens when that kills it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crawler.errors import Passing, WorkerFailed
from crawler.workers.codec import Reader
from crawler.workers.process import Child, Died, Limits, start

TRIES = 2  #: the second one alone, in a fresh process
_PAUSES = (0.1, 0.5, 2.0)  #: seconds after a start that failed; then documents are told so


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A document that waits for a place, or is at one."""

    task: str
    arguments: tuple[object, ...]
    read: Reader
    result: asyncio.Future[Any]

    def fail(self, error: Exception) -> None:
        """Tell the caller, if it still waits."""
        if not self.result.done():
            self.result.set_exception(error)


class Slot:
    """Takes jobs from the pool's queue, one at a time, and keeps a warm child to do them.

    A caller that is cancelled leaves its document running: the child finishes it, within its
    limits, and the answer is dropped.  Killing the child would cost a start (0.6 s of a core) to
    save, on average, some milliseconds.
    """

    def __init__(
        self, jobs: asyncio.Queue[Job], limits: Limits, tasks: str, *, recycle: int, first: int
    ) -> None:
        self.busy = False
        self.done = 0  #: documents that came to an end here, good or bad
        self.deaths = 0  #: children that died or had to be killed
        self.recycled = 0  #: children replaced because they had done their number of documents
        self.child: Child | None = None
        self._jobs = jobs
        self._limits = limits
        self._tasks = tasks
        self._recycle = recycle
        self._quota = first  #: documents of the present child

    @property
    def live(self) -> bool:
        """Is there a child that can be asked?"""
        return self.child is not None and self.child.alive

    async def serve(self, others_live: Callable[[], bool]) -> None:
        """Work until cancelled."""
        while True:
            await self._prepare(others_live)
            job = await self._jobs.get()
            if job.result.done():  # its caller has gone
                continue
            self.busy = True
            try:
                await self._settle(job, others_live)
            except asyncio.CancelledError:
                job.result.cancel()
                raise
            except Exception as error:
                job.fail(error)
            finally:
                self.busy = False
                self.done += 1

    async def renew(self) -> None:
        """Have a warm child that may take one more document; raises ``Died`` if none starts."""
        child = self.child
        if child is not None and child.alive and child.documents < self._quota:
            return
        if child is not None:
            self.recycled += child.alive
            self.deaths += not child.alive
            await child.end()
            self.child = None
        self.child = await start(self._limits, self._tasks)
        self._quota = self._recycle

    async def _settle(self, job: Job, others_live: Callable[[], bool]) -> None:
        """Bring one document to its end: an answer, its own failure, or blame for two deaths."""
        failure = WorkerFailed("not tried")
        for _ in range(TRIES):
            problem = await self._prepare(others_live)
            if self.child is None or problem is not None:
                return job.fail(_unavailable(problem))
            try:
                answer = await self.child.ask(job.task, job.arguments, job.read)
            except Died as death:
                self.deaths += 1
                self.child = None
                failure = _blamed(death)
                if job.result.done():
                    return None
            else:
                if not job.result.done():
                    job.result.set_result(answer)
                return None
        return job.fail(failure)

    async def _prepare(self, others_live: Callable[[], bool]) -> str | None:
        """Have a warm child, however long it takes; why not, if no slot of the pool has one."""
        failures = 0
        while True:
            try:
                await self.renew()
            except Died as death:
                if failures >= len(_PAUSES) and not others_live():
                    return str(death)
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1
            else:
                return None


def _blamed(death: Died) -> WorkerFailed:
    """What is said of a document after its last try; it comes back where it need not be to blame."""
    error = WorkerFailed(f"{death}; tried twice")
    error.passing = death.passing
    return error


def _unavailable(problem: str | None) -> WorkerFailed:
    """No process, no blame: this failure is ours, not the document's."""
    error = WorkerFailed(f"no worker process can be started ({problem}); check memory and process limits")
    error.passing = Passing.OURS
    return error
