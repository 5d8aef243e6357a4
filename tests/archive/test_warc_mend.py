"""A start after a crash: the torn end is cut off, nothing else is, and any reader reads the rest."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archive.warc import WarcArchive, members
from tests.archive.exchanges import ABOUT, BODY, check, exchange, files, filled, kinds, records

REPOSITORY = Path(__file__).resolve().parents[2]
WRITER = """
import asyncio, sys
from pathlib import Path
from crawler.archive.warc import WarcArchive
from tests.archive.exchanges import ABOUT, exchange

async def run(root):
    archive, number = WarcArchive(Path(root), file_size=30_000), 0
    while True:
        kept = await asyncio.gather(
            *(archive.keep([exchange(n, b"%d " % n * 200)], about=ABOUT) for n in range(number, number + 5)))
        for [record] in kept:
            print(record.file, record.offset, record.payload, flush=True)
        number += 5

asyncio.run(run(sys.argv[1]))
"""


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of fsyncs that prove nothing cost minutes on a disk."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


async def left_open(root: Path, count: int) -> Path:
    """A file as a killed process leaves it, its last record whole."""
    await filled(root, count)
    [closed] = files(root)
    closed.with_suffix("").with_suffix(".cdxj").unlink()
    return closed.rename(closed.with_name(closed.name + ".open"))


async def test_d52_a_tail_torn_at_any_byte_loses_only_the_torn_record(memory: Path) -> None:
    original = await left_open(memory / "whole", 3)
    data = original.read_bytes()
    descriptor = os.open(original, os.O_RDONLY)
    found = list(members.walk(descriptor))
    os.close(descriptor)
    starts = [member.offset for member in found]
    assert [member.end for member in found] == [*starts[1:], len(data)]
    for end in range(starts[-1], len(data)):
        root = memory / "torn"
        place = root / original.relative_to(memory / "whole")
        place.parent.mkdir(parents=True)
        place.write_bytes(data[:end])
        mended = await WarcArchive(root).mend()
        assert (mended.files, mended.cut, mended.damaged) == (1, end - starts[-1], [])
        [closed] = files(root)
        assert closed.read_bytes() == data[: starts[-1]]
        assert not files(root, "*.open")
        shutil.rmtree(root)


async def test_d52_every_cut_reads_whole_with_warcio_and_takes_further_records(memory: Path) -> None:
    original = await left_open(memory / "whole", 2)
    data = original.read_bytes()
    roots: list[Path] = []
    for step, end in enumerate(range(len(data), 40, -97)):
        root = memory / f"torn{step}"
        place = root / original.relative_to(memory / "whole")
        place.parent.mkdir(parents=True)
        place.write_bytes(data[:end])
        roots.append(root)
        archive = WarcArchive(root)
        await archive.mend()
        [record] = await archive.keep([exchange(9, b"after")], about=ABOUT)
        assert (await archive.page(record)).body == b"after"
        await archive.close()
        for file in files(root):
            with file.open("rb") as stream:
                for one in ArchiveIterator(stream, check_digests="raise"):
                    one.content_stream().read()
    assert check(*(file for root in roots for file in files(root))).returncode == 0


async def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    left = await left_open(tmp_path, 3)
    left.write_bytes(left.read_bytes()[:-5])
    assert (await WarcArchive(tmp_path).mend()).files == 1
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files(tmp_path, "*.*")}
    assert (await WarcArchive(tmp_path).mend()).files == 0
    assert before == {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files(tmp_path, "*.*")}


async def test_a_file_that_was_whole_has_the_index_it_would_have_had(tmp_path: Path) -> None:
    await filled(tmp_path, 4)
    [index] = files(tmp_path, "*.cdxj")
    told = index.read_bytes()
    [closed] = files(tmp_path)
    index.unlink()
    closed.rename(closed.with_name(closed.name + ".open"))
    await WarcArchive(tmp_path).mend()
    assert index.read_bytes() == told


@pytest.mark.parametrize("length", [0, 1, 200, None])
async def test_a_file_without_any_exchange_is_removed(tmp_path: Path, length: int | None) -> None:
    left = await left_open(tmp_path, 1)
    first, *_ = records_ends(left)
    left.write_bytes(left.read_bytes()[: first if length is None else length])
    assert (await WarcArchive(tmp_path).mend()).files == 1
    assert files(tmp_path, "*.*") == []


def records_ends(file: Path) -> list[int]:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return [member.end for member in members.walk(descriptor)]
    finally:
        os.close(descriptor)


async def test_rot_in_the_middle_is_no_torn_end_and_nothing_is_cut(tmp_path: Path) -> None:
    left = await left_open(tmp_path, 4)
    ends = records_ends(left)
    data = bytearray(left.read_bytes())
    data[(ends[3] + ends[4]) // 2] ^= 0x40
    left.write_bytes(data)
    mended = await WarcArchive(tmp_path).mend()
    [closed] = files(tmp_path)
    assert (mended.cut, mended.damaged) == (0, [str(closed.relative_to(tmp_path))])
    assert closed.read_bytes() == data
    assert not files(tmp_path, "*.open")


async def test_a_page_that_looks_like_a_record_does_not_keep_a_torn_end_alive(tmp_path: Path) -> None:
    """An inner member of a torn record is not at a record's place; still nothing whole may be lost."""
    await filled(tmp_path, 1)
    [closed] = files(tmp_path)
    whole = closed.read_bytes()
    torn = members.packed(b"x" * 70_000 + os.urandom(3000), 0)[:-500]
    closed.with_name(closed.name + ".open").write_bytes(whole + torn)
    closed.unlink()
    mended = await WarcArchive(tmp_path).mend()
    assert (mended.cut, files(tmp_path)[0].read_bytes()) == (len(torn), whole)


async def test_a_link_in_place_of_an_open_file_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    folder = tmp_path / "archive/warc/2025/02"
    folder.mkdir(parents=True)
    (folder / "20250226-1.warc.gz.open").symlink_to(outside)
    with pytest.raises(Exception, match="does not follow symbolic links"):
        await WarcArchive(tmp_path / "archive").mend()
    assert outside.read_bytes() == b"not ours"


def killed(root: Path, after: int) -> list[list[str]]:
    """What a writer acknowledged that was killed when it had told of so many records."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    ) as writer:
        assert writer.stdout
        told = [writer.stdout.readline().split() for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        return told + [line.split() for line in writer.stdout if line.endswith("\n")]


@pytest.mark.parametrize("after", [7, 60, 203])
async def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path, after: int) -> None:
    told = killed(tmp_path, after)
    assert len(files(tmp_path, "*.open")) == 1
    archive = WarcArchive(tmp_path)
    await archive.mend()
    assert check(*files(tmp_path)).returncode == 0
    kept = {
        (str(file.relative_to(tmp_path)), str(one.offset), one["WARC-Payload-Digest"].removeprefix("sha256:"))
        for file in files(tmp_path)
        for one in records(file)
        if one["WARC-Type"] == "response"
    }
    assert set(map(tuple, told)) <= kept
    assert all(kinds(file)[0] == "warcinfo" for file in files(tmp_path))


async def test_members_end_where_gzip_says_whatever_they_hold(tmp_path: Path) -> None:
    parts = [
        members.packed(data, level)
        for data in (b"", b"a", BODY * 9000, os.urandom(300_000))
        for level in (0, 6)
    ]
    path = tmp_path / "parts"
    path.write_bytes(b"".join(parts))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        found = list(members.walk(descriptor, head=10))
    finally:
        os.close(descriptor)
    assert [member.length for member in found] == [len(part) for part in parts]
    assert found[4].head == BODY[:10]
