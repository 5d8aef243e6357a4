"""One place in the pool: a child, the document it is at, and what happens when that kills it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from crawler.errors import Passing, WorkerFailed
from crawler.workers.line import Job, Line
from crawler.workers.process import Child, Died, Limits, start

_PAUSES = (0.1, 0.5, 2.0)  #: seconds after a start that failed; then documents are told so


class Slot:
    """Takes jobs from the pool's line, one at a time, and keeps a warm child to do them.

    A document that is there when its child dies is a suspect: it goes back into the line once, for
    a second try alone and in a fresh child; whoever dies of it then, it is to blame.

    A caller that is cancelled leaves its document running: the child finishes it, within its
    limits, and the answer is dropped.  Killing the child would cost a start (0.6 s of a core) to
    save, on average, some milliseconds.
    """

    def __init__(self, line: Line, limits: Limits, tasks: str, *, recycle: int, first: int) -> None:
        self.busy = False
        self.done = 0  #: documents that came to an end here, good or bad
        self.deaths = 0  #: children that died or had to be killed
        self.recycled = 0  #: children replaced because they had done their number of documents
        self.child: Child | None = None
        self._line = line
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
            job = await self._line.take()
            self.busy = True
            try:
                await self._try(job, others_live)
            except asyncio.CancelledError:
                job.result.cancel()
                raise
            except Exception as error:
                job.fail(error)
            finally:
                self.busy = False
                self.done += job.result.done()
                self._line.leave(job)

    async def renew(self, *, fresh: bool = False) -> None:
        """Have a warm child that may take one more document; raises ``Died`` if none starts.

        ``fresh``: one that has had none yet, so that nothing of earlier documents can matter.
        """
        child = self.child
        if child is not None and child.alive and child.documents < (1 if fresh else self._quota):
            return
        if child is not None:
            self.recycled += child.alive
            self.deaths += not child.alive
            await child.end()
            self.child = None
        self.child = await start(self._limits, self._tasks)
        self._quota = self._recycle

    async def _try(self, job: Job, others_live: Callable[[], bool]) -> None:
        """One try of a document: an answer, its own failure, suspicion, or blame."""
        problem = await self._prepare(others_live, fresh=job.suspect)
        if self.child is None or problem is not None:
            return job.fail(_unavailable(problem))
        try:
            answer = await self.child.ask(job.task, job.arguments, job.read)
        except Died as death:
            self.deaths += 1
            self.child = None
            if job.suspect:
                return job.fail(_blamed(death))
            if not job.result.done():
                job.suspect = True
                self._line.join(job)
        else:
            if not job.result.done():
                job.result.set_result(answer)
        return None

    async def _prepare(self, others_live: Callable[[], bool], *, fresh: bool = False) -> str | None:
        """Have a warm child, however long it takes; why not, if no slot of the pool has one."""
        failures = 0
        while True:
            try:
                await self.renew(fresh=fresh)
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
