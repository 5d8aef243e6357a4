"""Records replaced by tombstones of exactly their length: whole files, right offsets, nothing of the payload."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archive.warc import WarcArchive
from crawler.archive.warc.tombstones import MARK, Graveyard, tombstone
from crawler.errors import ArchiveError
from crawler.model import RawRecord
from crawler.model.takedown import RemovedRecord
from tests.archive.exchanges import ABOUT, BODY, HOUR, NOON, check, exchange, files, kinds, records
from tests.archive.test_warc_testimony import told

FIELDS = [
    ("WARC-Record-ID", "<urn:uuid:12345678-1234-1234-1234-123456789012>"),
    ("WARC-Date", "2025-02-26T12:00:00.000000Z"),
    ("WARC-Target-URI", "https://www.orbitwire.example/release/1"),
]
BLOCK = MARK + b"\r\nwas: response\r\nsha256: " + b"ab" * 32 + b"\r\n"


def removed(number: int, record: RawRecord, kind: str = "response") -> RemovedRecord:
    return RemovedRecord(
        id=number,
        path=record.file,
        start=record.offset,
        size=record.length,
        type=kind,
        digest=record.payload,
        url=record.url,
    )


async def kept(root: Path) -> list[RawRecord]:
    """Three pages, the second one twice, and a testimony between them."""
    archive = WarcArchive(root, now=lambda: NOON)
    found: list[RawRecord] = []
    for number, body in enumerate((BODY, BODY * 40, BODY * 40, b"Small."), 1):
        found += await archive.keep([exchange(number, body)], about=ABOUT)
        if number == 2:
            found.append(await archive.testify(told()))
    await archive.close()
    return found


@pytest.mark.parametrize(
    "size",
    [280, 281, 300, 420, 450, 500, 501, 999, 1010, 10_009, 65_535, 65_553, 65_560, 66_003, 131_100, 10**6],
)
def test_a_tombstone_is_one_whole_member_of_exactly_the_length(size: int) -> None:
    stone = tombstone(size, FIELDS, BLOCK)
    stream = zlib.decompressobj(31)
    record = stream.decompress(stone)
    assert (len(stone), stream.eof, stream.unused_data) == (size, True, b"")
    assert gzip.decompress(stone) == record
    assert record.startswith(b"WARC/1.1\r\nWARC-Type: metadata\r\n")
    assert MARK in record


@settings(max_examples=200, deadline=None)
@given(size=st.integers(280, 200_000))
def test_any_length_that_a_record_can_have_is_met(size: int) -> None:
    stone = tombstone(size, FIELDS, BLOCK)
    assert len(stone) == size
    head, _, block = gzip.decompress(stone).partition(b"\r\n\r\n")
    length = int(next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")).split()[1])
    assert block[length:] == b"\r\n\r\n"


def test_what_is_too_small_for_any_record_is_refused() -> None:
    with pytest.raises(ValueError, match="200"):
        tombstone(200, FIELDS, BLOCK)


async def test_every_other_record_stays_where_it_is_and_reads_as_before(tmp_path: Path) -> None:
    first, second, testimony, again, small = await kept(tmp_path)
    [file] = files(tmp_path)
    before = file.read_bytes()
    assert again.revisit
    gone = [removed(1, second), removed(2, testimony, "conversion"), removed(3, again, "revisit")]
    assert (
        Graveyard(tmp_path).bury(second.file, gone, NOON + HOUR) == 4
    )  # with what is stated of the testimony
    after = file.read_bytes()
    assert len(after) == len(before)
    assert [one.offset for one in records(file)] == sorted({one.offset for one in records(file)})
    assert kinds(file).count("metadata") == 4 + 4
    assert (check(file).returncode, check(file).stdout) == (0, "")
    spared = WarcArchive(tmp_path)
    for record in (first, small):
        assert (await spared.page(record)).body in {BODY, b"Small."}
    for record in (second, again):
        with pytest.raises(ArchiveError):
            await spared.page(record)
    with pytest.raises(ArchiveError):
        await spared.testimony(testimony)
    whole = b"".join(one.http + one.body for one in records(file))
    assert BODY * 2 not in whole
    assert told().document not in whole
    assert told().statement not in whole
    assert told().image in whole


async def test_a_tombstone_tells_what_was_there(tmp_path: Path) -> None:
    _, second, *_ = await kept(tmp_path)
    [file] = files(tmp_path)
    [was] = [one for one in records(file) if one.offset == second.offset]
    Graveyard(tmp_path).bury(second.file, [removed(1, second)], NOON + HOUR)
    [stone] = [one for one in records(file) if one.offset == second.offset]
    assert stone["WARC-Record-ID"] == was["WARC-Record-ID"]  # its request still refers to it
    assert stone["WARC-Target-URI"] == was["WARC-Target-URI"]
    assert stone["WARC-Date"] == "2025-02-26T13:00:00.000000Z"
    assert stone["Content-Type"] == "application/warc-fields"
    told_of = dict(line.split(": ", 1) for line in stone.http.decode().splitlines() if ": " in line)
    assert told_of["removed"] == "taken down"
    assert (told_of["was"], told_of["sha256"]) == ("response", second.payload)


async def test_of_a_revision_what_is_stated_stays_without_what_quotes_its_text(tmp_path: Path) -> None:
    detail = {
        "extraction": {"removed": [["A line of it", "furniture"]]},
        "fields": [
            [
                "summary",
                ["article.sentences", " ".join(f"Secret{number * number}" for number in range(200)), ""],
                "the best sentences",
                [["feed", "Secret", ""]],
            ],
            ["title", ["feed.title", "Tidal barges", ""], "whole", []],
        ],
    }
    archive = WarcArchive(tmp_path, now=lambda: NOON)
    kept_there = await archive.testify(replace(told(), detail=json.dumps(detail).encode()))
    await archive.keep([exchange()], about=ABOUT)
    await archive.close()
    Graveyard(tmp_path).bury(kept_there.file, [removed(1, kept_there, "conversion")], NOON + HOUR)
    [file] = files(tmp_path)
    assert (check(file).returncode, check(file).stdout) == (0, "")
    whole = b"".join(one.http + one.body for one in records(file))
    assert b"statement: " + told().statement in whole
    assert f"conversion: {kept_there.offset} {kept_there.length} {kept_there.payload}".encode() in whole
    assert b"Tidal barges" in whole
    assert b"Secret" not in whole
    assert b"A line of it" not in whole


async def test_burying_twice_changes_nothing_more(tmp_path: Path) -> None:
    _, second, testimony, *_ = await kept(tmp_path)
    [file] = files(tmp_path)
    gone = [removed(1, second), removed(2, testimony, "conversion")]
    Graveyard(tmp_path).bury(second.file, gone, NOON)
    once, inode = file.read_bytes(), file.stat().st_ino
    assert Graveyard(tmp_path).bury(second.file, gone, NOON + HOUR) == 0
    assert (file.read_bytes(), file.stat().st_ino) == (once, inode)


async def test_the_index_lists_it_no_longer(tmp_path: Path) -> None:
    _, second, *_ = await kept(tmp_path)
    [index] = files(tmp_path, "*.cdxj")
    before = index.read_bytes().splitlines()
    Graveyard(tmp_path).bury(second.file, [removed(1, second)], NOON)
    after = index.read_bytes().splitlines()
    assert set(after) < set(before)
    assert len(before) - len(after) == 1
    assert f'"offset": "{second.offset}"'.encode() not in index.read_bytes()


async def test_bytes_that_rot_has_spoiled_go_all_the_same(tmp_path: Path) -> None:
    first, second, *_ = await kept(tmp_path)
    [file] = files(tmp_path)
    data = bytearray(file.read_bytes())
    data[second.offset + second.length // 2] ^= 1
    file.write_bytes(data)
    assert Graveyard(tmp_path).bury(second.file, [removed(1, second)], NOON) == 1
    assert (check(file).returncode, check(file).stdout) == (0, "")
    assert (await WarcArchive(tmp_path).page(first)).body == BODY


async def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, second, *_ = await kept(tmp_path)
    [file] = files(tmp_path)
    before = file.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("crawler.archive.warc.tombstones.os.rename", fail)
        with pytest.raises(ArchiveError, match="No space left"):
            Graveyard(tmp_path).bury(second.file, [removed(1, second)], NOON)
    assert file.read_bytes() == before
    assert sorted(path.name for path in file.parent.iterdir()) == sorted(
        path.name for path in (*files(tmp_path), *files(tmp_path, "*.cdxj"))
    )
