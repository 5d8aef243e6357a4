"""Many callers, one fsync; and what happens when the disk says no."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.archive.warc import WarcArchive, volume
from crawler.errors import ArchiveError, Passing
from crawler.model import RawRecord
from tests.archive.exchanges import ABOUT, BODY, NOON, check, exchange, files, kinds


class Disk:
    """Counts the calls of fsync; fails when told, waits when told."""

    def __init__(self) -> None:
        self.syncs = 0
        self.fails: set[int] = set()
        self.open = threading.Event()
        self.open.set()

    def __call__(self, file: int) -> None:
        self.syncs += 1
        assert self.open.wait(30)
        if self.syncs in self.fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.fsync(file)


def body(number: int) -> bytes:
    return BODY + b"%d" % number


async def test_those_who_wait_together_share_one_fsync(tmp_path: Path) -> None:
    disk = Disk()
    archive = WarcArchive(tmp_path, sync=disk)
    await archive.keep([exchange(0)], about=ABOUT)
    before = disk.syncs
    disk.open.clear()
    first = asyncio.create_task(archive.keep([exchange(1, body(1))], about=ABOUT))
    while disk.syncs == before:
        await asyncio.sleep(0)
    others = [asyncio.create_task(archive.keep([exchange(n, body(n))], about=ABOUT)) for n in range(2, 52)]
    while len(archive._waiting) < 50:
        await asyncio.sleep(0)
    assert not first.done()
    disk.open.set()
    kept = await asyncio.gather(first, *others)
    assert disk.syncs == before + 2
    assert len({(one.file, one.offset) for [one] in kept}) == 51
    for number, [record] in enumerate(kept, 1):
        assert (await archive.page(record)).body == body(number)
    await archive.close()
    assert check(*files(tmp_path)).returncode == 0


async def test_nothing_is_acknowledged_before_it_is_durable(tmp_path: Path) -> None:
    disk = Disk()
    archive = WarcArchive(tmp_path, sync=disk)
    disk.open.clear()
    waiting = asyncio.create_task(archive.keep([exchange()], about=ABOUT))
    while not disk.syncs:
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    disk.open.set()
    await waiting
    assert disk.syncs == 2  # the file, and the folder in which its name is new
    await archive.close()


async def test_a_caller_that_is_cancelled_is_kept_all_the_same(tmp_path: Path) -> None:
    disk = Disk()
    archive = WarcArchive(tmp_path, sync=disk)
    disk.open.clear()
    waiting = asyncio.create_task(archive.keep([exchange()], about=ABOUT))
    while not disk.syncs:
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    disk.open.set()
    [record] = await archive.keep([exchange(2)], about=ABOUT)
    assert record.revisit
    await archive.close()
    assert kinds(files(tmp_path)[0]).count("response") == 1


@pytest.mark.parametrize("call", [1, 2, 3, 4])
async def test_a_failed_fsync_acknowledges_nothing_and_is_never_tried_again(
    tmp_path: Path, call: int
) -> None:
    """D49: call 1 and 2 bring a new file to the disk, its name too; 3 and 4 what follows in it."""
    disk = Disk()
    disk.fails = {call}
    archive = WarcArchive(tmp_path, sync=disk)
    kept: list[tuple[int, RawRecord]] = []
    failures: list[BaseException] = []
    for number in range(4):
        keeping = archive.keep([exchange(number, body(number))], about=ABOUT)
        [result] = await asyncio.gather(keeping, return_exceptions=True)
        if isinstance(result, tuple):
            kept.append((number, result[0]))
        else:
            failures.append(result)
    assert len(kept) == 3
    [failure] = failures
    assert isinstance(failure, ArchiveError)
    assert "Input/output error" in str(failure)
    assert failure.passing is Passing.OURS
    await archive.close()
    assert len(files(tmp_path)) + len(files(tmp_path, "*.open")) == 2 - (call < 3)
    again = WarcArchive(tmp_path)
    await again.mend()
    for number, record in kept:
        assert (await again.page(record)).body == body(number)
    assert check(*files(tmp_path)).returncode == 0
    assert sum(kinds(file).count("response") for file in files(tmp_path)) == 3


async def test_a_body_that_could_not_be_kept_is_no_original(tmp_path: Path) -> None:
    disk = Disk()
    disk.fails = {1}
    archive = WarcArchive(tmp_path, sync=disk)
    with pytest.raises(ArchiveError):
        await archive.keep([exchange(1)], about=ABOUT)
    [record] = await archive.keep([exchange(2)], about=ABOUT)
    assert not record.revisit
    assert (await archive.page(record)).body == BODY
    await archive.close()


@pytest.fixture
def quota() -> Iterator[None]:
    """The size of files may be limited; the signal that comes with it is ignored."""
    before, was = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, was)


@pytest.mark.usefixtures("quota")
@pytest.mark.parametrize("room", [0, 1, 300, 700, 1000, 1300])
async def test_a_disk_that_is_full_in_the_middle_of_a_record_leaves_whole_ones(
    tmp_path: Path, room: int
) -> None:
    archive = WarcArchive(tmp_path)
    [first] = await archive.keep([exchange(1, body(1))], about=ABOUT)
    [file] = files(tmp_path, "*.open")
    size = file.stat().st_size
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, hard))
    with pytest.raises(ArchiveError, match=r"warc cannot be written: File too large; raise the limit"):
        await archive.keep([exchange(2, os.urandom(2000))], about=ABOUT)
    assert file.stat().st_size == size
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    [third] = await archive.keep([exchange(3, body(3))], about=ABOUT)
    assert [(await archive.page(record)).body for record in (first, third)] == [body(1), body(3)]
    await archive.close()
    [closed] = files(tmp_path)
    assert kinds(closed) == ["warcinfo", *["response", "request", "metadata"] * 2]
    assert check(closed).returncode == 0
    assert len(files(tmp_path, "*.cdxj")[0].read_text().splitlines()) == 2


@pytest.mark.usefixtures("quota")
async def test_a_file_that_cannot_even_be_begun_is_not_left_behind(tmp_path: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    archive = WarcArchive(tmp_path)
    for _ in range(3):
        with pytest.raises(ArchiveError):
            await archive.keep([exchange()], about=ABOUT)
    assert not files(tmp_path, "*.gz*")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await archive.keep([exchange()], about=ABOUT)
    await archive.close()
    assert len(files(tmp_path)) == 1


async def test_those_before_the_full_disk_are_kept_and_those_after_it_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk()
    archive = WarcArchive(tmp_path, sync=disk)
    await archive.keep([exchange(0, body(0))], about=ABOUT)
    left = 2 * 3 + 1  # two bundles of three records, and one record of the third

    def pwrite(file: int, data: bytes, offset: int) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            os.pwrite(file, bytes(data[:9]), offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written(file, data, offset)

    written = os.pwrite
    disk.open.clear()
    holding = asyncio.create_task(archive.keep([exchange(9, body(9))], about=ABOUT))
    while disk.syncs < 3:
        await asyncio.sleep(0)
    four = [asyncio.create_task(archive.keep([exchange(n, body(n))], about=ABOUT)) for n in range(1, 5)]
    while len(archive._waiting) < 4:
        await asyncio.sleep(0)
    fake = type("os", (), {**vars(os), "pwrite": staticmethod(pwrite)})
    monkeypatch.setattr(volume, "os", fake)
    disk.open.set()
    results = await asyncio.gather(holding, *four, return_exceptions=True)
    monkeypatch.undo()
    assert [isinstance(one, ArchiveError) for one in results] == [False, False, False, True, True]
    assert "No space left on device" in str(results[3])
    assert results[3] is not results[4]  # each caller adds what was asked to his own
    await archive.close()
    assert kinds(files(tmp_path)[0]).count("response") == 4
    assert check(*files(tmp_path)).returncode == 0


async def test_a_bug_in_one_callers_exchange_is_not_anothers(tmp_path: Path) -> None:
    disk = Disk()
    archive = WarcArchive(tmp_path, sync=disk)
    disk.open.clear()
    first = asyncio.create_task(archive.keep([exchange(0, body(0))], about=ABOUT))
    while not disk.syncs:
        await asyncio.sleep(0)
    poison = exchange(1, body(1), request_head=None)
    three = [
        asyncio.create_task(archive.keep([one], about=ABOUT))
        for one in (exchange(2, body(2)), poison, exchange(3, body(3)))
    ]
    while len(archive._waiting) < 3:
        await asyncio.sleep(0)
    disk.open.set()
    results = await asyncio.gather(first, *three, return_exceptions=True)
    assert [isinstance(one, tuple) for one in results] == [True, True, False, True]
    await archive.close()
    assert kinds(files(tmp_path)[0]).count("response") == 3
    assert check(*files(tmp_path)).returncode == 0


async def test_a_file_that_cannot_be_closed_is_closed_later(tmp_path: Path) -> None:
    disk = Disk()
    archive = WarcArchive(tmp_path, sync=disk, now=lambda: NOON, file_size=10)
    [first] = await archive.keep([exchange(1, body(1))], about=ABOUT)
    (tmp_path / "warc/2025/02").joinpath(files(tmp_path, "*.open")[0].name.split(".")[0] + ".cdxj").mkdir()
    [second] = await archive.keep([exchange(2, body(2))], about=ABOUT)
    assert len(files(tmp_path, "*.open")) == 2
    for folder in files(tmp_path, "*.cdxj"):
        folder.rmdir()
    [third] = await archive.keep([exchange(3, body(3))], about=ABOUT)
    await archive.close()
    assert [(await archive_of(tmp_path).page(one)).body for one in (first, second, third)] == [
        body(1), body(2), body(3),
    ]  # fmt: skip
    await archive_of(tmp_path).mend()
    assert (len(files(tmp_path)), len(files(tmp_path, "*.cdxj")), files(tmp_path, "*.open")) == (3, 3, [])


def archive_of(root: Path) -> WarcArchive:
    return WarcArchive(root)
