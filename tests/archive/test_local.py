"""The archive on a real disk: what is put is whole and durable, and nothing leads outside."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archive.local import LocalArchive
from crawler.archive.paths import parts
from crawler.errors import ArchiveBusy, ArchiveError, Passing
from crawler.model import ArchivedFile, sha256

PATH = "content/lanternwire/2025/01/lanternfield-opens-a-plant.md"


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[LocalArchive]:
    archive = LocalArchive(tmp_path / "archive")
    yield archive
    await archive.close()


def files(root: Path) -> list[str]:
    """All files below ``root``, temporary ones included."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The disk calls of a put, in order, by the names of what they touch."""
    seen: list[str] = []
    fsync, rename, opened = os.fsync, os.rename, {}
    real_open = os.open

    def noted_open(path: object, *args: object, **kwargs: object) -> int:
        descriptor = real_open(path, *args, **kwargs)  # type: ignore[arg-type]
        opened[descriptor] = Path(str(path)).name[:4]
        return descriptor

    def noted_fsync(descriptor: int) -> None:
        seen.append(f"fsync {opened[descriptor]}")
        fsync(descriptor)

    def noted_rename(source: str, target: str, **kwargs: int) -> None:
        seen.append(f"rename {source[:4]} {target[:4]}")
        rename(source, target, **kwargs)

    monkeypatch.setattr(os, "open", noted_open)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    return seen


async def test_what_is_put_can_be_got(archive: LocalArchive) -> None:
    data = os.urandom(3_000_000)
    stored = await archive.put(PATH, data)
    assert stored == ArchivedFile(path=PATH, digest=sha256(data), size=len(data))
    assert await archive.get(PATH) == data
    assert await archive.digest(PATH) == stored.digest
    assert files(archive.root) == [PATH]


async def test_an_empty_file_is_a_file(archive: LocalArchive) -> None:
    await archive.put("empty", b"")
    assert await archive.get("empty") == b""


async def test_a_file_is_replaced_whole(archive: LocalArchive) -> None:
    await archive.put(PATH, b"first")
    await archive.put(PATH, b"second")
    assert await archive.get(PATH) == b"second"
    assert files(archive.root) == [PATH]


async def test_the_same_bytes_again_change_nothing(archive: LocalArchive) -> None:
    await archive.put(PATH, b"text")
    before = (archive.root / PATH).stat()
    await archive.put(PATH, b"text")
    after = (archive.root / PATH).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


async def test_bytes_are_durable_before_their_name_and_the_name_before_the_answer(
    archive: LocalArchive, calls: list[str]
) -> None:
    await archive.put("a/b/file", b"text")
    # What was there, then the folders that were made, each in its parent; then the file.
    assert calls[2:] == ["fsync arch", "fsync a", "fsync .tmp", "rename .tmp file", "fsync b"]
    calls.clear()
    await archive.put("a/b/file", b"text")
    assert calls == ["fsync file", "fsync b"]  # a crash may have left it before these


async def test_a_second_archive_does_not_trust_the_folders_it_finds(
    archive: LocalArchive, calls: list[str]
) -> None:
    (archive.root / "a").mkdir(parents=True)
    await archive.put("a/file", b"text")
    assert calls[1:] == ["fsync arch", "fsync .tmp", "rename .tmp file", "fsync a"]


async def test_put_many_syncs_each_folder_once(archive: LocalArchive, calls: list[str]) -> None:
    await archive.put_many([("a/one", b"1"), ("a/two", b"2")])
    assert calls.count("fsync a") == 1
    assert await archive.get("a/one") + await archive.get("a/two") == b"12"


async def test_folders_and_files_respect_the_umask(archive: LocalArchive) -> None:
    before = os.umask(0o027)
    try:
        await archive.put("a/file", b"text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((archive.root / "a").stat().st_mode) == 0o750
    assert stat.S_IMODE((archive.root / "a/file").stat().st_mode) == 0o640


async def test_many_puts_at_once_all_arrive(archive: LocalArchive) -> None:
    stored = await asyncio.gather(*(archive.put(f"a/{n % 7}/{n}", b"%d" % n) for n in range(100)))
    assert [file.path for file in stored] == [f"a/{n % 7}/{n}" for n in range(100)]
    assert len(files(archive.root)) == 100


async def test_a_cancelled_put_is_whole_or_absent(archive: LocalArchive) -> None:
    data = os.urandom(2_000_000)
    puts = [asyncio.create_task(archive.put(f"a/{number}", data)) for number in range(10)]
    await asyncio.sleep(0.002)
    for put in puts:
        put.cancel()
    await asyncio.gather(*puts, return_exceptions=True)
    await archive.close()
    assert {(archive.root / name).stat().st_size for name in files(archive.root)} <= {len(data)}
    assert not [name for name in files(archive.root) if ".tmp-" in name]


async def test_the_disk_is_never_waited_for_on_the_default_executor(
    archive: LocalArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: set[str] = set()
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (names.add(threading.current_thread().name), fsync(fd)))
    await asyncio.gather(*(archive.put(str(number), b"x") for number in range(8)))
    assert {name.partition("_")[0] for name in names} == {"archive"}


# ---------------------------------------------------------------- paths


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "../x", "a/../../x", "a/./b", "a//b", "a/", ".", "..", "a\0b", "x" * 256, "é" * 128,
        "/".join("a" * 17), "\ud800", "a/.tmp-0123", "x/" + "y" * 256 + "/z",
    ],
)  # fmt: skip
async def test_paths_that_are_not_ours_are_refused(archive: LocalArchive, path: str) -> None:
    for call in (archive.put(path, b"x"), archive.get(path), archive.digest(path)):
        with pytest.raises(ArchiveError, match="the archive refuses") as caught:
            await call
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 500
    assert not archive.root.exists()


@given(st.text(max_size=40))
def test_an_accepted_path_stays_below_the_root(path: str) -> None:
    root = Path("/archive")
    try:
        names = parts(root, path)
    except ArchiveError:
        return
    normal = os.path.normpath(root / path)
    assert normal == "/archive/" + "/".join(names)


async def test_a_linked_folder_leads_nowhere(archive: LocalArchive, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    archive.root.mkdir()
    (archive.root / "link").symlink_to(outside)
    for call in (archive.put("link/new", b"x"), archive.get("link/secret"), archive.digest("link/secret")):
        with pytest.raises(ArchiveError, match="does not follow symbolic links"):
            await call
    assert files(outside) == ["secret"]


async def test_a_linked_file_is_neither_read_nor_replaced(archive: LocalArchive, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    archive.root.mkdir()
    (archive.root / "file").symlink_to(tmp_path / "secret")
    for call in (archive.put("file", b"x"), archive.get("file"), archive.digest("file")):
        with pytest.raises(ArchiveError, match="not a regular file"):
            await call
    assert (tmp_path / "secret").read_bytes() == b"secret"


async def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "archive").symlink_to(tmp_path / "disk")
    archive = LocalArchive(tmp_path / "archive")
    await archive.put("a/file", b"x")
    assert await archive.get("a/file") == b"x"
    await archive.close()


async def test_z72_a_file_with_a_hole_of_a_terabyte_is_refused_at_once(archive: LocalArchive) -> None:
    archive.root.mkdir()
    with (archive.root / "thing").open("wb") as file:
        file.truncate(2**40)
    async with asyncio.timeout(2):
        for call in (archive.get("thing"), archive.digest("thing")):
            with pytest.raises(ArchiveError, match="longer than"):
                await call


@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
async def test_z72_what_is_no_file_is_refused_at_once(archive: LocalArchive, kind: str) -> None:
    archive.root.mkdir()
    target = archive.root / "thing"
    if kind == "fifo":
        os.mkfifo(target)
    elif kind == "folder":
        target.mkdir()
    elif os.geteuid() != 0:
        pytest.skip("only root can make a device")
    else:
        os.mknod(target, 0o644 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero
    async with asyncio.timeout(2):
        for call in (archive.get("thing"), archive.digest("thing"), archive.put("thing", b"x")):
            with pytest.raises(ArchiveError, match="not a regular file"):
                await call


async def test_a_file_over_the_limit_is_not_read(
    archive: LocalArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.archive.local.MAX_READ", 1000)
    await archive.put("fits", b"x" * 1000)
    await archive.put("too-long", b"x" * 1001)
    assert len(await archive.get("fits")) == 1000
    with pytest.raises(ArchiveError, match="longer than 1000 bytes"):
        await archive.get("too-long")


async def test_a_missing_file_has_no_digest_and_no_bytes(archive: LocalArchive) -> None:
    assert await archive.digest(PATH) is None
    with pytest.raises(ArchiveError, match=r"a-plant\.md cannot be read: No such file") as caught:
        await archive.get(PATH)
    assert caught.value.passing is Passing.OURS


# ---------------------------------------------------------------- disks that fail


@pytest.fixture
def file_limit() -> Iterator[None]:
    """No file of this process may grow beyond 100 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("file_limit")
async def test_a_write_that_fails_halfway_leaves_nothing(archive: LocalArchive) -> None:
    await archive.put("a/file", b"old")
    with pytest.raises(ArchiveError, match=r"a/file cannot be written: File too large; raise the limit"):
        await archive.put("a/file", b"x" * 200_000)
    assert await archive.get("a/file") == b"old"
    assert files(archive.root) == ["a/file"]


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A disk of 1 MiB, mounted with the options of the test's parameter."""
    mount = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(tmp_path)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here (needs root)")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
async def test_a_full_disk_is_told_and_passes(disk: Path) -> None:
    archive = LocalArchive(disk)
    await archive.put("ballast", b"x" * 600_000)
    with pytest.raises(ArchiveError, match=r"No space left on device; free some space"):
        await archive.put("content/a", b"y" * 600_000)
    assert files(disk) == ["ballast"]
    (disk / "ballast").unlink()
    await archive.put("content/a", b"y" * 600_000)
    await archive.close()


@pytest.mark.parametrize("call", ["open", "write", "fsync", "rename", "mkdir"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EMFILE])
async def test_every_disk_call_may_fail_at_every_place(
    archive: LocalArchive, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    """After each failure the file is there whole or not at all, and the next put succeeds."""
    for number in range(20):
        path = f"a{number}/b/file"
        with monkeypatch.context() as patch:
            failures = failing(patch, call, code, after=number)
            outcome = await asyncio.gather(archive.put(path, b"new"), return_exceptions=True)
        assert {name for name in files(archive.root) if name.startswith(f"a{number}/")} <= {path}
        await archive.put(path, b"new")
        assert await archive.get(path) == b"new"
        if not failures:
            break
        assert isinstance(outcome[0], ArchiveError)
        assert os.strerror(code) in str(outcome[0])
    else:
        pytest.fail("the failures never came to an end")
    assert number >= 1


def failing(patch: pytest.MonkeyPatch, call: str, code: int, *, after: int) -> list[int]:
    """Let the call after the next ``after`` of ``os.<call>`` fail; the list fills when it has."""
    real, count, failures = getattr(os, call), 0, []

    def fake(*args: object, **kwargs: object) -> object:
        nonlocal count
        count += 1
        if count == after + 1:
            failures.append(count)
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    patch.setattr(os, call, fake)
    return failures


async def test_short_writes_are_finished(archive: LocalArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    await archive.put("file", bytes(range(100)))
    assert await archive.get("file") == bytes(range(100))


async def test_a_file_whose_folder_could_not_be_synced_is_written_anew(
    archive: LocalArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    await archive.put("a/first", b"x")
    with monkeypatch.context() as patch:
        failing(patch, "fsync", errno.EIO, after=1)
        with pytest.raises(
            ArchiveError, match=r"a/file cannot be written: Input/output error; look at the disk"
        ):
            await archive.put("a/file", b"text")
    inode = (archive.root / "a/file").stat().st_ino
    await archive.put("a/file", b"text")
    assert (archive.root / "a/file").stat().st_ino != inode


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_an_unwritable_root_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    archive = LocalArchive(tmp_path / "locked/archive")
    with pytest.raises(ArchiveError, match=r"archive cannot be written: Permission denied; let the crawler"):
        await archive.check_writable()
    await archive.close()


@pytest.mark.parametrize("disk", ["ro,size=1m"], indirect=True)
async def test_a_read_only_disk_is_told_at_the_start(disk: Path) -> None:
    archive = LocalArchive(disk)
    with pytest.raises(ArchiveError, match="Read-only file system; mount its disk so that it can be written"):
        await archive.check_writable()
    await archive.close()


async def test_a_root_that_is_a_file_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"")
    archive = LocalArchive(tmp_path / "archive")
    with pytest.raises(ArchiveError, match="archive cannot be written: File exists"):
        await archive.check_writable()
    await archive.close()


async def test_a_writable_root_is_made_and_left_empty(archive: LocalArchive) -> None:
    await archive.check_writable()
    assert list(archive.root.iterdir()) == []


# ---------------------------------------------------------------- crashes

WRITER = """
import asyncio, sys
from pathlib import Path
from crawler.archive.local import LocalArchive

async def main():
    archive = LocalArchive(Path(sys.argv[1]))
    print("ready", flush=True)
    number = 0
    while True:
        number += 1
        data = b"%08d" % number * 20_000
        await asyncio.gather(*(archive.put(f"a/{number % 3}/{place}", data) for place in range(4)))

asyncio.run(main())
"""


def killed_writer(place: Path, seconds: float) -> None:
    """Put files below ``place`` in another process and kill it after ``seconds``."""
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place)], stdout=subprocess.PIPE, cwd=root
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()


async def test_a_kill_at_any_moment_leaves_no_torn_file(tmp_path: Path) -> None:
    found = 0
    for number in range(60):
        if number >= 6 and found:
            break  # a busy machine needs more: its writers have hardly begun when they are killed
        place = tmp_path / str(number)
        killed_writer(place, 0.03 + number * 0.017)
        archive = LocalArchive(place)
        found += await archive.sweep()
        for path in (place / name for name in files(place)):
            data = path.read_bytes()
            assert len(data) == 160_000
            assert data == data[:8] * 20_000
        await archive.put("a/0/0", b"still writable")
        await archive.close()
    assert found > 0  # the kills did hit puts


async def test_x62_one_crawler_at_a_time_writes_below_a_root_whatever_its_database(
    archive: LocalArchive,
) -> None:
    await archive.check_writable()
    await archive.take()
    await archive.take()  # its own lock hinders nobody himself
    other = LocalArchive(archive.root)
    with pytest.raises(ArchiveBusy, match="with another database"):
        await other.take()
    await archive.close()
    await other.take()
    await other.close()


async def test_sweeping_removes_what_a_crash_left_and_nothing_else(archive: LocalArchive) -> None:
    """Also where the clock was set back since: a machine without one of its own, after a power cut."""
    await archive.put(PATH, b"text")
    folder = (archive.root / PATH).parent
    old, young = folder / (".tmp-" + "0" * 24), folder / (".tmp-" + "1" * 24)
    other = folder / ".tmp-notes"
    for path in (old, young, other):
        path.write_bytes(b"half")
    (folder / (".tmp-" + "2" * 24)).mkdir()
    os.utime(old, (1, 1))
    os.utime(young, (time.time() + 60,) * 2)
    mine = folder / archive._tree._temporary()
    mine.write_bytes(b"under way")
    assert await archive.sweep() == 2
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [mine.name, other.name, ".tmp-" + "2" * 24, Path(PATH).name]
    )


async def test_before_the_lock_is_taken_what_may_be_somebodys_stays(archive: LocalArchive) -> None:
    archive.root.mkdir()
    old, young = archive.root / (".tmp-" + "0" * 24), archive.root / (".tmp-" + "1" * 24)
    for path, moment in ((old, 1), (young, time.time() + 60)):
        path.write_bytes(b"half")
        os.utime(path, (moment, moment))
    await archive.check_writable()
    assert [path.name for path in archive.root.iterdir()] == [young.name]


async def test_sweeping_does_not_leave_the_root(archive: LocalArchive, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    old = outside / (".tmp-" + "0" * 24)
    old.write_bytes(b"not ours")
    os.utime(old, (1, 1))
    archive.root.mkdir()
    (archive.root / "link").symlink_to(outside)
    assert await archive.sweep() == 0
    assert old.exists()


async def test_sweeping_before_anything_was_written_is_fine(archive: LocalArchive) -> None:
    assert await archive.sweep() == 0
