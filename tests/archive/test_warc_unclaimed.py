"""D46: what was kept and never claimed is found again, and nothing else is looked at."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.archive.tree import Tree
from crawler.archive.warc import WarcArchive
from crawler.archive.warc.unclaimed import _offsets
from crawler.errors import ArchiveError
from crawler.model import RawRecord, Severed
from tests.archive.exchanges import ABOUT, BODY, HOUR, NOON, exchange, files

SINCE = [Severed(since=NOON)]


class Claims:
    """An index that refers to some records."""

    def __init__(self, *claimed: RawRecord) -> None:
        self.claimed = claimed
        self.asked: list[str] = []

    async def raw_record(self, payload: str) -> RawRecord | None:
        return None

    async def raw_end(self, file: str) -> int:
        return 0

    async def raw_starts(self, file: str) -> frozenset[int]:
        self.asked.append(file)
        return frozenset(one.offset for one in self.claimed if one.file == file)


async def kept(root: Path, *numbers: int) -> list[tuple[RawRecord, ...]]:
    """A closed file: for each number a redirect and the page it led to."""
    archive = WarcArchive(root, now=lambda: NOON)
    found = []
    for number in numbers:
        hops = [
            exchange(number, b"", response_head=b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n"),
            exchange(number + 1, BODY + b"%d" % number, hop=1),
        ]
        found.append(await archive.keep(hops, about=ABOUT | {"item": str(number), "kind": "page"}))
    await archive.close()
    for file in files(root):
        os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    return found


async def test_d46_visits_that_nobody_refers_to_are_told_with_all_their_hops(tmp_path: Path) -> None:
    first, second, third = await kept(tmp_path, 10, 20, 30)
    archive = WarcArchive(tmp_path, index=Claims(*second))
    found = await archive.unclaimed(SINCE, [])
    await archive.close()
    assert [visit.about["item"] for visit in found] == ["10", "30"]
    for visit, records in zip(found, (first, third), strict=True):
        assert [hop.raw.offset for hop in visit.attempts if hop.raw] == [one.offset for one in records]
        assert [hop.raw.length for hop in visit.attempts if hop.raw] == [one.length for one in records]
        assert [hop.raw.payload for hop in visit.attempts if hop.raw] == [one.payload for one in records]
        assert [(hop.hop, hop.status, hop.location) for hop in visit.attempts] == [
            (0, 301, "/x"),
            (1, 200, None),
        ]
        assert visit.kind == "page"


async def test_d46_what_is_older_than_the_killed_run_is_not_looked_at(tmp_path: Path) -> None:
    _, middle, _ = await kept(tmp_path, 10, 1000, 3000)
    [file] = files(tmp_path)
    claims = Claims(*middle)
    archive = WarcArchive(tmp_path, index=claims)
    later = Severed(since=NOON + timedelta(seconds=2000))
    found = await archive.unclaimed([later], [str(file.relative_to(tmp_path))])
    assert [visit.about["item"] for visit in found] == ["3000"]
    assert await archive.unclaimed([Severed(since=NOON + HOUR)], []) == []
    assert len(claims.asked) == 1  # its file ended before
    await archive.close()


async def test_d46_what_was_kept_last_is_found_though_the_clock_was_set_back(tmp_path: Path) -> None:
    _, middle, _ = await kept(tmp_path, 7000, 5000, 10)
    [file] = files(tmp_path)
    archive = WarcArchive(tmp_path, index=Claims(*middle))
    later = [Severed(since=NOON + timedelta(seconds=4000))]
    left = str(file.relative_to(tmp_path))
    assert [visit.about["item"] for visit in await archive.unclaimed(later, [left])] == ["7000", "10"]
    os.utime(file, ((NOON + HOUR * 2).timestamp(),) * 2)
    assert [visit.about["item"] for visit in await archive.unclaimed(later, [])] == ["7000"]
    await archive.close()


async def test_d46_a_file_that_the_kill_left_open_is_mended_first(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, now=lambda: NOON)
    await archive.keep([exchange(1)], about=ABOUT | {"item": "1", "kind": "page"})
    [file] = files(tmp_path, "*.open")
    with file.open("ab") as stream:
        stream.write(b"\x1f\x8b\x08torn")
    after = WarcArchive(tmp_path, index=Claims())
    left = await after.left_open()
    await after.mend()
    assert [visit.about["item"] for visit in await after.unclaimed(SINCE, left)] == ["1"]
    await after.close()
    archive._writing.shutdown()
    archive._reading.shutdown()


async def test_d46_a_visit_that_lost_the_record_that_tells_of_it_has_no_item(tmp_path: Path) -> None:
    await kept(tmp_path, 10)
    [file] = files(tmp_path)
    data = file.read_bytes()
    last = data.rindex(b"\x1f\x8b\x08")
    file.write_bytes(data[:last])  # the metadata record is gone
    archive = WarcArchive(tmp_path, index=Claims())
    [visit] = await archive.unclaimed(SINCE, [])
    assert (len(visit.attempts), visit.about) == (2, {})
    await archive.close()


async def test_d46_an_index_that_is_gone_is_told(tmp_path: Path) -> None:
    await kept(tmp_path, 10)
    [index] = files(tmp_path, "*.cdxj")
    index.unlink()
    archive = WarcArchive(tmp_path, index=Claims())
    with pytest.raises(ArchiveError, match="cdxj"):
        await archive.unclaimed(SINCE, [])
    await archive.close()


@pytest.mark.parametrize(
    "rot", [b"garbage", b'com,x)/ 20250226120000 {"offset":', b"com,x)/ 2 {}", b"\xff\x00"]
)
async def test_d51_a_rotten_line_of_an_index_ends_no_start(tmp_path: Path, rot: bytes) -> None:
    await kept(tmp_path, 10)
    [index] = files(tmp_path, "*.cdxj")
    index.write_bytes(rot + b"\n" + index.read_bytes())
    os.utime(index, (NOON.timestamp(), NOON.timestamp()))
    archive = WarcArchive(tmp_path, index=Claims())
    assert [visit.about["item"] for visit in await archive.unclaimed(SINCE, [])] == ["10"]
    await archive.close()


async def test_d46_after_months_only_what_was_kept_near_the_end_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file a day, and a kill on the fortieth and the sixtieth day."""
    day, moment = timedelta(days=1), NOON
    archive = WarcArchive(tmp_path, file_age=day, now=lambda: moment)
    for number in range(60):
        moment = NOON + number * day
        page = exchange(number, BODY + b"%d" % number, started_at=moment)
        await archive.keep([page], about=ABOUT | {"item": str(number), "kind": "page"})
    await archive.close()
    for file in files(tmp_path):
        begun = datetime.strptime(file.name[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
        os.utime(file, (begun, begun))
    assert len(files(tmp_path)) == 60
    read: list[str] = []
    reading = Tree.read

    def counted(tree: Tree, path: str, *limits: int) -> bytes:
        read.append(path)
        return reading(tree, path, *limits)

    monkeypatch.setattr(Tree, "read", counted)
    spans = [
        Severed(since=NOON + 39 * day - HOUR, until=NOON + 39 * day + HOUR),
        Severed(since=NOON + 59 * day - HOUR),
    ]
    archive = WarcArchive(tmp_path, index=Claims())
    assert [visit.about["item"] for visit in await archive.unclaimed(spans, [])] == ["39", "59"]
    assert len(read) == 2, read
    await archive.close()


@given(
    spans=st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40)), min_size=1, max_size=12),
    moments=st.lists(st.integers(-5, 50), max_size=12),
)
def test_d46_a_record_is_looked_at_if_any_of_the_spans_holds_it(
    spans: list[tuple[int, int | None]], moments: list[int]
) -> None:
    """However they overlap: years of kills are as many spans as days."""

    def at(minute: int) -> datetime:
        return NOON + timedelta(minutes=minute)

    told = [Severed(since=at(one), until=None if last is None else at(last)) for one, last in spans]
    lines = [
        f'com,x)/ {at(minute):%Y%m%d%H%M%S} {{"offset": "{place}"}}' for place, minute in enumerate(moments)
    ]
    wanted = [
        place
        for place, minute in enumerate(moments)
        if any(one <= minute and (last is None or minute <= last) for one, last in spans)
    ]
    assert list(_offsets("\n".join(lines).encode(), told)) == wanted
