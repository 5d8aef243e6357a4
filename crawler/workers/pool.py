"""The supervisor: keeps ``ports.Workers`` with one crash-isolated process per slot.

Callers wait in one line, first come, first served.  ``app.py`` makes the pool; nobody else.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from crawler import urls
from crawler.errors import Passing, WorkerFailed
from crawler.model import NO_FRAME, NO_RULES, Comparison, Entry, Extraction, FeedDocument, HostRule, Page
from crawler.workers.codec import reader
from crawler.workers.line import Job, Line
from crawler.workers.process import Died, Limits
from crawler.workers.slot import Slot

if TYPE_CHECKING:
    from crawler.config import WorkersConfig
    from crawler.extract import Effort
    from crawler.ports import Frames

TASKS = "crawler.workers.tasks"
#: Of documents that wait, for each process, before no more are fetched: a fifth of a second of ordinary pages.
MOST_WAITING = 16
MOST_BYTES = 64 * 2**20  #: … and of all processes together


class WorkerPool:
    """Processes in which foreign bytes are parsed; a document can kill only its own.

    A document that kills its worker, or outlasts a limit, is tried once more, in a fresh process and
    while no other suspect is tried; then it is blamed with ``WorkerFailed`` and the reason.  Other
    documents never notice.
    Processes are real, and so is their time: limits run on the event loop's clock.
    """

    def __init__(
        self,
        config: WorkersConfig,
        *,
        entries: int = 5000,
        effort: Effort = "balanced",
        frames: Frames | None = None,
        rules: Mapping[str, HostRule] = NO_RULES,
        tasks: str = TASKS,
    ) -> None:
        """``entries``: how many are read from one feed; ``effort``: how much is done to find an article.

        ``frames`` and ``rules``: what is known of hosts, by learning and from a person.
        ``tasks``: the module of :mod:`tasks`.
        """
        limits = Limits(timeout=config.timeout, cpu=config.cpu, memory=config.memory)
        count = config.processes or _cores()
        self._entries = entries
        self._effort = effort
        self._frames = frames
        self._rules = rules
        self._line = Line(most=MOST_WAITING * count, most_bytes=MOST_BYTES)
        self._serving: list[asyncio.Task[None]] = []
        self._slots = tuple(
            # The first generation is spread, so that children are not all replaced at once.
            Slot(
                self._line, limits, tasks, recycle=config.recycle, first=-(-config.recycle * number // count)
            )
            for number in range(1, count + 1)
        )

    @property
    def size(self) -> int:
        """How many documents can be parsed at once."""
        return len(self._slots)

    @property
    def busy(self) -> int:
        """Slots that are at a document now."""
        return sum(slot.busy for slot in self._slots)

    @property
    def waiting(self) -> int:
        """Documents that no slot has taken up yet."""
        return len(self._line)

    @property
    def done(self) -> int:
        """Documents that came to an end, good or bad."""
        return sum(slot.done for slot in self._slots)

    @property
    def deaths(self) -> int:
        """Children that died or had to be killed."""
        return sum(slot.deaths for slot in self._slots)

    @property
    def recycled(self) -> int:
        """Children replaced because they had done their number of documents."""
        return sum(slot.recycled for slot in self._slots)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the children."""
        return tuple(slot.child.pid for slot in self._slots if slot.child is not None)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start and warm up all processes at the same time; raises ``WorkerFailed``."""
        try:
            outcomes = await asyncio.gather(*(slot.renew() for slot in self._slots), return_exceptions=True)
        except asyncio.CancelledError:
            await self.close()
            raise
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                await self.close()
                raise _cannot_start(outcome) from None
        self._serving = [
            asyncio.create_task(slot.serve(self._any_live), name=f"worker slot {number}")
            for number, slot in enumerate(self._slots)
        ]

    async def close(self) -> None:
        """Kill all processes and wait until they are gone; callers still waiting are cancelled."""
        serving, self._serving = self._serving, []
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        self._line.clear()
        children = [slot.child for slot in self._slots if slot.child is not None]
        await asyncio.gather(*(child.end() for child in children))
        for slot in self._slots:
            slot.child = None

    async def run(self, task: str, result: Any, *arguments: object) -> Any:
        """Have ``task(*arguments)`` done by a worker; its answer must be of type ``result``.

        The way in for every task, and for tests that bring their own tasks module.
        """
        if not self._serving:
            raise RuntimeError("the worker pool is not running")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        size = sum(map(_size, arguments))
        job = Job(task=task, arguments=arguments, read=reader(result), result=future, size=size)
        self._line.join(job)
        return await future

    async def room(self) -> None:
        """Wait while so many documents wait for a process that no more should be fetched."""
        await self._line.room()

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        """Part of ``ports.Workers``."""
        document: FeedDocument = await self.run(
            "read_feed", FeedDocument, _bare(page), feed_name, self._entries
        )
        return document

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        """Part of ``ports.Workers``."""
        host = urls.politeness_key(page.final_url)
        frame = await self._frames.frame(host) if self._frames else NO_FRAME
        extraction: Extraction = await self.run(
            "read_page", Extraction, _bare(page), want_date, self._effort, frame, self._rules.get(host)
        )
        return extraction

    async def read_entry(self, entry: Entry) -> Extraction | None:
        """Part of ``ports.Workers``."""
        extraction: Extraction | None = await self.run("read_entry", Extraction | None, entry)
        return extraction

    async def draw_qrcode(self, target: str) -> bytes:
        """Part of ``ports.Workers``."""
        image: bytes = await self.run("draw_qrcode", bytes, target)
        return image

    async def compare(self, before: bytes, after: bytes, *, known: tuple[str, ...] = ()) -> Comparison:
        """Part of ``ports.Workers``."""
        comparison: Comparison = await self.run("compare", Comparison, before, after, known)
        return comparison

    def _any_live(self) -> bool:
        return any(slot.live for slot in self._slots)


def _cores() -> int:
    """Cores this process may use, where the system tells."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def _size(argument: object) -> int:
    """Bytes of a document that waits."""
    if isinstance(argument, Page):
        return len(argument.body)
    return len(argument) if isinstance(argument, bytes) else 0


def _bare(page: Page) -> Page:
    """What a parser needs of a page; headers as a plain dictionary, whatever the web door uses."""
    return replace(page, attempts=(), headers=dict(page.headers))


def _cannot_start(error: BaseException) -> BaseException:
    """A start that failed is ours: no document is to blame."""
    if not isinstance(error, Died):
        return error
    failure = WorkerFailed(f"a worker process cannot be started: {error}")
    failure.passing = Passing.OURS
    return failure
