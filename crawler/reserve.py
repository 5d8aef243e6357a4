"""What is done about a full disk: nothing more is begun, what is under way is settled, and all goes on by itself.

``app`` makes the one ``Reserve`` of a house; slices and the web wait for its ``room``, store and archive
work under its ``hold``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from crawler.errors import ArchiveError, CrawlError, NoRoom, Passing, WorkerFailed
from crawler.model import Disk, Pause
from crawler.ports import Clock, Space

T = TypeVar("T")

LOOK = 1.0  #: seconds between two looks at the disks
INODES = 256  #: free ones below which nothing more is begun
AGAIN = 1.25  #: of the mark: what must be free to go on, or each file would stop and start it
LONGEST_REST = 60.0  #: seconds after a failure whose cause no look shows; from one second, doubling
_CURES = {
    "inodes": "remove files that nobody needs, or move the archive",
    "bytes": "free some space, or set a lower [archive] low_water",
    "writing": "mount it so that it can be written, or look at the system's log",
}

#: Told of a pause when it begins, and of the same one, with how long it was, when it is over.
Told = Callable[[Pause, timedelta | None], None]


#: Told once why there is no ballast, where room is not what it lacks.
Warned = Callable[[str], None]


def _nobody(pause: Pause, lasted: timedelta | None) -> None:
    pass


def _unheard(why: str) -> None:
    pass


@dataclass(slots=True, kw_only=True)
class Reserve:
    """Watches the disks while work runs.

    ``attend`` begins it: before, and in a house that nobody attends, a failure is tried once more without
    the ballast, and then raised.
    """

    space: Space
    clock: Clock
    low_water: int  #: bytes; 0: there is no mark
    pause: Pause | None = None
    refusal: NoRoom | None = None  #: why a one-shot was ended
    disks: tuple[Disk, ...] = ()  #: as they were last seen
    bare: str = ""  #: why there is no ballast, though there is room
    _told: Told = _nobody
    _warned: Warned = _unheard
    _stop: asyncio.Event | None = None
    _patience: float | None = None  #: seconds of pause that are left; None: no end
    _over: asyncio.Event = field(default_factory=asyncio.Event)  #: no pause, or nobody waits for its end
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _looked: float = float("-inf")
    _failed: bool = False  #: the pause began with a failure: its end has to be tried
    _gifts: int = 0  #: how often the ballast was given up
    _rest: float = LOOK
    _resumed: float = float("-inf")
    _watching: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Lay the ballast aside, or live from it where the disk is full already."""
        self._over.set()
        await self._look()
        if self._lack(1.0) is None:
            await self._lay_aside()
        elif any(disk.free == 0 for disk in self.disks):
            await self._give_up()

    def attend(
        self, stop: asyncio.Event, told: Told, *, patience: float | None = None, warned: Warned = _unheard
    ) -> None:
        """From here on work waits for room: until ``stop``, or for ``patience`` seconds, which then sets it."""
        self._stop, self._told, self._patience, self._warned = stop, told, patience, warned
        if self.bare:
            warned(self.bare)
        self._looked = float("-inf")  # what was seen before has stopped nobody

    async def end(self) -> None:
        """Nobody waits any more, until ``attend``; to be called before what works under ``hold`` is closed."""
        self._stop, self.pause = None, None
        self._over.set()
        task, self._watching = self._watching, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def room(self) -> None:
        """Wait while nothing more is to be begun; also returns when the run is to stop."""
        if self._stop is None:
            return
        if self._due:
            async with self._looking:  # who comes meanwhile waits for what is seen
                if self._due:
                    await self._look()
                    if (lack := self._lack(1.0)) is not None:
                        self._begin(lack)
        await self._wait()

    async def admit(self) -> None:
        """As ``room``, before a request is sent; raises ``NoRoom`` where it is not to be."""
        await self.room()
        if self.pause is not None and self._stop is not None:
            raise NoRoom(self.pause.why)

    async def hold(self, work: Callable[[], Awaitable[T]]) -> T:
        """Part of ``ports.Hold``."""
        while True:
            gifts = self._gifts
            try:
                return await work()
            except CrawlError as error:
                if not _passes_with_room(error) or not await self._again(error, gifts):
                    raise

    async def wait_for_room(self) -> None:
        """Wait until the disks take writing again: before a house is opened anew."""
        await self._look()
        lack = self._lack(0.0)
        if lack is None and not await self.space.takes_writing():
            lack = f"the disk of {self.disks[0].path} takes nothing more: {_CURES['bytes']}"
        if lack is not None:
            self._begin(lack, failed=True)
            await self._wait()

    # ------------------------------------------------------------------ a pause

    async def _again(self, error: CrawlError, gifts: int) -> bool:
        """Whether what failed is worth another try; waits until it is."""
        if self.pause is None and self._stop is not None:
            await self._look()
            self._begin(self._lack(1.0) or str(error))
        self._failed = True
        if error.full and (self._gifts > gifts or await self._give_up()):  # since it was begun, or now
            return True
        await self._wait()
        return self._stop is not None and not self._stop.is_set()

    async def _give_up(self) -> bool:
        given = await self.space.give_up()
        self._gifts += given
        return given

    def _begin(self, why: str, *, failed: bool = False) -> None:
        if self.pause is not None:
            return
        self.pause, self._failed = Pause(why=why, since=self.clock.now()), failed
        soon = self.clock.monotonic() - self._resumed < LONGEST_REST
        self._rest = min(2 * self._rest, LONGEST_REST) if soon else LOOK
        self._over.clear()
        self._told(self.pause, None)
        self._watching = asyncio.create_task(self._watch(), name="no room")

    async def _wait(self) -> None:
        """Until the pause is over, the run is to stop, or patience is."""
        while self.pause is not None and self._stop is not None and not self._stop.is_set():
            waits = [asyncio.ensure_future(event.wait()) for event in (self._over, self._stop)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waits:
                    one.cancel()
                await asyncio.wait(waits)

    async def _watch(self) -> None:
        """Look until there is room, or nobody waits any more."""
        began = self.clock.monotonic()
        while self.pause is not None:
            waited = self.clock.monotonic() - began
            if self._patience is not None and waited >= self._patience:
                return self._refuse(self.pause)
            await self.clock.sleep(LOOK)
            if self._failed and waited + LOOK < self._rest:
                continue
            with suppress(OSError):  # a disk that cannot even be asked: it is asked again
                if await self._takes_more():
                    self._resume(waited + LOOK)
        return None

    async def _takes_more(self) -> bool:
        """Whether there is room again, with some to spare and for the ballast."""
        await self._look()
        if self._lack(AGAIN) is not None:
            return False
        if self._failed and not await self.space.takes_writing():
            return False
        return await self._lay_aside()

    async def _lay_aside(self) -> bool:
        """Have the ballast; True also where another thing than room hinders it: no waiting would cure that."""
        try:
            laid, bare = await self.space.lay_aside(), ""
        except ArchiveError as error:
            laid, bare = True, f"there is no ballast for a full disk: {error}"
        self.bare, before = bare, self.bare
        if bare not in {"", before}:
            self._warned(bare)
        return laid

    def _resume(self, waited: float) -> None:
        assert self.pause is not None
        if self._patience is not None:
            self._patience = max(0.0, self._patience - waited)
        pause, self.pause = self.pause, None
        self._resumed = self.clock.monotonic()
        self._over.set()
        self._told(pause, self.clock.now() - pause.since)

    def _refuse(self, pause: Pause) -> None:
        """A one-shot waits no longer: it ends in order, and says why."""
        self.refusal = NoRoom(f"{pause.why}; what was begun is kept, and the same command carries on")
        if self._stop is not None:
            self._stop.set()

    # ------------------------------------------------------------------ a look

    @property
    def _due(self) -> bool:
        return self.pause is None and self.clock.monotonic() - self._looked >= LOOK

    async def _look(self) -> None:
        self.disks = await self.space.look()
        self._looked = self.clock.monotonic()

    def _lack(self, share: float) -> str | None:
        """What is lacking for ``share`` of the mark, in one sentence with figures and cure."""
        for disk in self.disks:
            if not disk.writable:
                return f"the disk of {disk.path} takes no writing: {_CURES['writing']}"
            if disk.free < self.low_water * share:
                mark = f"the mark is {_size(self.low_water)}"
                return f"the disk of {disk.path} has {_size(disk.free)} left ({mark}): {_CURES['bytes']}"
            if disk.inodes is not None and disk.inodes < INODES * share:
                left = f"has room for {disk.inodes} more files (the mark is {INODES})"
                return f"the disk of {disk.path} {left}: {_CURES['inodes']}"
        return None


def _passes_with_room(error: CrawlError) -> bool:
    no_worker = isinstance(error, WorkerFailed) and error.passing is Passing.OURS
    return error.full or no_worker


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.{0 if count >= 100 else 1}f} {unit}".replace(".0 ", " ")
        count /= 1000
    return f"{count:.1f} GB"
