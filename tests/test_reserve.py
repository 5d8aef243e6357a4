"""R55, R58: what is done about a full disk, by a clock and disks that are set by hand."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

import pytest

from crawler.errors import ArchiveError, NoRoom, Passing, StoreError, WorkerFailed
from crawler.holding import HeldArchive, HeldRaw, HeldWorkers
from crawler.model import ArchivedFile, Disk, Pause
from crawler.reserve import INODES, Reserve
from tests.fakes import FakeClock

MARK = 1_000_000
ROOMY = Disk(path="/archive", free=10 * MARK, inodes=10_000)


@dataclass
class FakeSpace:
    """Disks and a ballast, set by hand."""

    disks: tuple[Disk, ...] = (ROOMY,)
    ballast: bool = False
    writes: bool = True
    looks: int = 0
    hindered: str = ""  #: why no ballast can be made
    unreachable: int = 0  #: looks that fail

    async def look(self) -> tuple[Disk, ...]:
        self.looks += 1
        await asyncio.sleep(0)
        if self.unreachable:
            self.unreachable -= 1
            raise OSError(errno.ESTALE, "Stale file handle")
        return self.disks

    async def takes_writing(self) -> bool:
        return self.writes

    async def lay_aside(self) -> bool:
        if self.hindered:
            raise ArchiveError(self.hindered)
        self.ballast = True
        return True

    async def give_up(self) -> bool:
        given, self.ballast = self.ballast, False
        return given


@dataclass
class World:
    space: FakeSpace = field(default_factory=FakeSpace)
    clock: FakeClock = field(default_factory=FakeClock)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[tuple[Pause, timedelta | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reserve = Reserve(space=self.space, clock=self.clock, low_water=MARK)

    async def open(self, *, patience: float | None = None) -> Reserve:
        await self.reserve.open()
        self.reserve.attend(self.stop, lambda *told: self.told.append(told), patience=patience)
        return self.reserve

    def fill(self, **change: object) -> None:
        self.space.disks = (replace(ROOMY, **{"free": MARK - 1, **change}),)

    def empty(self) -> None:
        self.space.disks = (ROOMY,)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await made.reserve.end()


async def turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def full() -> ArchiveError:
    error = ArchiveError("no space left")
    error.full = True
    return error


async def test_r55_where_there_is_room_nobody_waits_and_the_ballast_is_laid(world: World) -> None:
    reserve = await world.open()
    await reserve.room()
    await reserve.admit()
    assert world.space.ballast
    assert world.told == []


async def test_r55_the_disks_are_looked_at_once_a_second_at_most(world: World) -> None:
    reserve = await world.open()
    before = world.space.looks  # when it was opened
    for _ in range(100):
        await reserve.room()
    assert world.space.looks == before + 1
    await world.clock.sleep(1)
    await reserve.room()
    assert world.space.looks == before + 2


async def test_r55_a_disk_below_the_mark_at_the_opening_holds_back_the_first_journey(world: World) -> None:
    world.fill()
    reserve = await world.open(patience=0.0)
    await reserve.room()
    assert reserve.refusal is not None
    assert world.stop.is_set()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"free": 999_999}, "has 1000 kB left (the mark is 1 MB): free some space"),
        ({"free": 0}, "has 0 B left (the mark is 1 MB): free some space, or set a lower [archive] low_water"),
        ({"free": 5 * MARK, "inodes": 7}, "has room for 7 more files (the mark is 256): remove files"),
        ({"free": 5 * MARK, "writable": False}, "takes no writing: mount it so that it can be written"),
    ],
)
async def test_r55_r58_a_lack_is_told_with_figures_and_a_cure(
    world: World, change: dict[str, object], words: str
) -> None:
    reserve = await world.open()
    world.fill(**change)
    await world.clock.sleep(1)
    waiting = asyncio.create_task(reserve.room())
    await turns()
    [(pause, lasted)] = world.told
    assert f"the disk of /archive {words}" in pause.why
    assert lasted is None
    assert not waiting.done()
    world.empty()
    await waiting
    [_, (ended, lasted)] = world.told
    assert ended is pause
    assert lasted is not None
    assert lasted > timedelta(0)
    assert reserve.pause is None


async def test_r55_a_little_more_than_the_mark_is_not_enough_to_go_on(world: World) -> None:
    reserve = await world.open()
    world.fill()
    await world.clock.sleep(1)
    waiting = asyncio.create_task(reserve.room())
    await turns()
    world.fill(free=MARK + 1)
    await turns()
    assert not waiting.done()
    world.fill(free=int(MARK * 1.25), inodes=int(INODES * 1.25))
    await waiting


async def test_r55_disks_without_a_number_of_inodes_are_not_short_of_them(world: World) -> None:
    world.space.disks = (replace(ROOMY, inodes=None),)
    reserve = await world.open()
    await reserve.room()
    assert reserve.pause is None


async def test_r55_a_stop_ends_the_wait_and_nothing_is_sent(world: World) -> None:
    reserve = await world.open()
    world.fill()
    await world.clock.sleep(1)
    waiting, sending = asyncio.create_task(reserve.room()), asyncio.create_task(reserve.admit())
    await turns()
    world.stop.set()
    await waiting
    with pytest.raises(NoRoom, match="free some space"):
        await sending


async def test_r55_a_one_shot_waits_as_long_as_its_patience_and_says_why_it_ends(world: World) -> None:
    reserve = await world.open(patience=5)
    world.fill()
    await world.clock.sleep(1)
    before = world.clock.monotonic()
    await reserve.room()
    assert world.stop.is_set()
    assert 5 <= world.clock.monotonic() - before <= 7
    assert "the same command carries on" in str(reserve.refusal)


async def test_r55_patience_is_spent_once_over_all_pauses(world: World) -> None:
    reserve = await world.open(patience=25)
    for _ in range(2):
        world.fill()
        await world.clock.sleep(1)
        waiting = asyncio.create_task(reserve.room())
        await turns(8)
        world.empty()
        await waiting
    assert reserve.refusal is None
    world.fill()
    before = world.clock.monotonic()
    await world.clock.sleep(1)
    await reserve.room()
    assert reserve.refusal is not None
    assert world.clock.monotonic() - before < 25


async def test_r55_work_that_found_no_room_is_done_again_at_the_cost_of_the_ballast(world: World) -> None:
    reserve = await world.open()
    answers: list[object] = [full(), "done"]

    async def work() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await reserve.hold(work) == "done"
    assert not world.space.ballast
    [(pause, _)] = world.told
    assert pause.why == "no space left"  # no look shows it: the failure itself is told
    await reserve.room()
    assert world.space.ballast


async def test_r55_two_that_failed_together_live_from_one_ballast(world: World) -> None:
    reserve = await world.open()
    world.fill(free=0)
    failed: list[str] = []

    async def work(name: str) -> str:
        await asyncio.sleep(0)
        if failed.count(name) < 1:
            failed.append(name)
            raise full()
        return name

    async with asyncio.timeout(1):
        both = await asyncio.gather(*(reserve.hold(lambda name=name: work(name)) for name in "ab"))
    assert both == ["a", "b"]
    assert reserve.pause is not None


async def test_r55_without_ballast_work_waits_for_room(world: World) -> None:
    reserve = await world.open()
    await world.space.give_up()
    world.fill(free=0)
    tries = 0

    async def work() -> int:
        nonlocal tries
        tries += 1
        if world.space.disks[0].free == 0:
            raise full()
        return tries

    waiting = asyncio.create_task(reserve.hold(work))
    await turns()
    assert not waiting.done()
    assert tries == 1
    world.empty()
    assert await waiting == 2


@pytest.mark.parametrize("attended", [True, False])
async def test_r55_what_nobody_waits_for_is_raised(world: World, *, attended: bool) -> None:
    await world.reserve.open()
    if attended:
        world.reserve.attend(world.stop, lambda pause, lasted: None)
        world.stop.set()
    tries = []

    async def work() -> None:
        tries.append(1)
        raise full()

    with pytest.raises(ArchiveError, match="no space left"):
        await world.reserve.hold(work)
    assert len(tries) == 2  # once more from the ballast


async def test_r55_other_failures_pass_through_at_once(world: World) -> None:
    reserve = await world.open()

    async def work() -> None:
        raise StoreError("another program holds the database")

    with pytest.raises(StoreError):
        await reserve.hold(work)
    assert world.told == []
    assert world.space.ballast


async def test_r55_a_ballast_that_something_else_than_room_hinders_holds_nothing_up_and_is_told_once(
    world: World,
) -> None:
    world.space.hindered = "/archive/.ballast cannot be written: Is a directory"
    await world.reserve.open()
    warned: list[str] = []
    reserve = world.reserve
    reserve.attend(world.stop, lambda *told: world.told.append(told), warned=warned.append)
    for _ in range(2):
        world.fill()
        await world.clock.sleep(1)
        waiting = asyncio.create_task(reserve.room())
        await turns()
        assert not waiting.done()
        world.empty()
        async with asyncio.timeout(5):
            await waiting
    assert warned == [f"there is no ballast for a full disk: {world.space.hindered}"]
    world.space.hindered = ""
    world.fill()
    await world.clock.sleep(1)
    waiting = asyncio.create_task(reserve.room())
    await turns()
    world.empty()
    await waiting
    assert (world.space.ballast, reserve.bare) == (True, "")


async def test_r55_a_disk_that_cannot_be_asked_for_a_while_does_not_end_the_watch(world: World) -> None:
    reserve = await world.open()
    world.fill()
    await world.clock.sleep(1)
    waiting = asyncio.create_task(reserve.room())
    await turns(8)
    world.space.unreachable = 3
    world.empty()
    async with asyncio.timeout(5):
        await waiting
    assert world.space.unreachable == 0
    assert reserve.pause is None


async def test_r58_a_worker_that_cannot_be_started_is_asked_again_after_a_rest_that_grows(
    world: World,
) -> None:
    reserve = await world.open()
    ours = WorkerFailed("no worker process can be started; check memory and process limits")
    ours.passing = Passing.OURS
    at: list[float] = []

    async def work() -> str:
        at.append(world.clock.monotonic())
        if len(at) < 5:
            raise ours
        return "read"

    assert await reserve.hold(work) == "read"
    rests = [after - before for before, after in pairwise(at)]
    assert rests == sorted(rests)
    assert rests[-1] >= 4 * rests[0]
    assert world.space.ballast  # which would help nobody here
    assert all("process limits" in pause.why for pause, _ in world.told)


async def test_r58_a_document_that_breaks_a_worker_is_not_waited_for(world: World) -> None:
    reserve = await world.open()

    async def work() -> None:
        raise WorkerFailed("killed by this document")

    with pytest.raises(WorkerFailed):
        await reserve.hold(work)
    assert reserve.pause is None


async def test_r58_after_a_failure_the_disk_has_to_prove_that_it_takes_writing(world: World) -> None:
    reserve = await world.open()
    world.space.ballast, world.space.writes = False, False
    answers: list[object] = [full(), "done"]

    async def work() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    waiting = asyncio.create_task(reserve.hold(work))
    await turns()
    assert not waiting.done()
    world.space.writes = True
    assert await waiting == "done"


async def test_r55_a_start_on_a_disk_that_is_full_to_the_last_byte_gives_up_the_ballast(world: World) -> None:
    world.space.ballast = True
    world.fill(free=0)
    await world.reserve.open()
    assert not world.space.ballast


async def test_r55_a_start_below_the_mark_keeps_the_ballast_for_worse(world: World) -> None:
    world.space.ballast = True
    world.fill(free=MARK - 1)
    await world.reserve.open()
    assert world.space.ballast


@pytest.mark.parametrize("lack", ["read-only", "full", "none"])
async def test_d49_a_house_is_opened_anew_when_its_disk_takes_writing(world: World, lack: str) -> None:
    reserve = await world.open()
    await reserve.end()
    reserve.attend(world.stop, lambda *told: world.told.append(told))
    if lack == "read-only":
        world.fill(writable=False)
    world.space.writes = lack == "none"
    waiting = asyncio.create_task(reserve.wait_for_room())
    await turns()
    assert waiting.done() == (lack == "none")
    assert len(world.told) == (lack != "none")
    world.empty()
    world.space.writes = True
    await waiting


async def test_r55_the_end_of_a_house_lets_everybody_go(world: World) -> None:
    reserve = await world.open()
    world.fill()
    await world.clock.sleep(1)
    waiting = asyncio.create_task(reserve.room())
    await turns(6)
    await reserve.end()
    await waiting
    assert "no room" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_r55_every_way_of_writing_is_held_and_no_way_of_reading() -> None:
    held: list[str] = []

    class Anything:
        def __getattr__(self, name: str) -> object:
            async def call(*arguments: object, **more: object) -> object:
                return name

            return call

    async def hold(work: object) -> object:
        answer = await work()  # type: ignore[operator]
        held.append(answer)
        return answer

    files = HeldArchive(archive=Anything(), hold=hold)  # type: ignore[arg-type]
    raw = HeldRaw(raw=Anything(), hold=hold)  # type: ignore[arg-type]
    workers = HeldWorkers(workers=Anything(), hold=hold)  # type: ignore[arg-type]
    file = ArchivedFile(path="a", digest="", size=0)
    await files.put("a", b"")
    await files.put_many([(file.path, b"")])
    await raw.keep((), about={})
    await raw.testify(file)  # type: ignore[arg-type]
    await workers.read_feed(file, feed_name="")  # type: ignore[arg-type]
    await workers.read_page(file, want_date=True)  # type: ignore[arg-type]
    await workers.read_entry(file)  # type: ignore[arg-type]
    await workers.draw_qrcode("")
    await workers.compare(b"", b"")
    assert held == [
        "put", "put_many", "keep", "testify", "read_feed", "read_page", "read_entry", "draw_qrcode",
        "compare",
    ]  # fmt: skip
    assert await files.get("a") == "get"
    assert await files.digest("a") == "digest"
    assert await files.sweep() == "sweep"
    assert await raw.testimony(file) == "testimony"  # type: ignore[arg-type]
    assert await raw.page(file) == "page"  # type: ignore[arg-type]
    assert len(held) == 9
