"""A WARC file looked at byte for byte, by a reader that shares no code with the writer."""

from __future__ import annotations

import gzip
import random
import zlib
from pathlib import Path

import pytest

from crawler.archive.tree import Tree
from crawler.archive.warc import WarcArchive, members, scan
from crawler.archive.warc.members import MAGIC, NotWhole, packed
from crawler.audit import raw
from crawler.audit.facts import RawGap, RawLook
from crawler.errors import ArchiveError
from tests.archive.exchanges import ABOUT, exchange, files, records


async def filled(root: Path) -> str:
    """A closed file with plain, coded and repeated bodies."""
    archive = WarcArchive(root)
    noise = random.Random(1).randbytes(300)
    await archive.keep([exchange(1), exchange(2, coding="gzip"), exchange(3, noise, "gzip")], about=ABOUT)
    await archive.keep([exchange(4)], about=ABOUT)
    await archive.close()
    [file] = files(root)
    return file.relative_to(root).as_posix()


def scanned(root: Path, path: str) -> list[RawLook | RawGap]:
    return list(scan.scan(Tree(root), path))


def wrong(root: Path, path: str) -> list[str]:
    """Codes of what is wrong with the file by itself."""
    found = []
    for one in scanned(root, path):
        if isinstance(one, RawGap):
            gap = raw.gap(path, one, is_open=False)
            found += [gap.code] if gap else []
        else:
            found += [finding.code for finding in raw.record(path, one)]
    return found


async def test_every_record_is_found_as_warcio_finds_it(tmp_path: Path) -> None:
    path = await filled(tmp_path)
    looks = [one for one in scanned(tmp_path, path) if isinstance(one, RawLook)]
    told = [
        (one["WARC-Type"], one.fields.get("WARC-Target-URI", ""), one.offset)
        for one in records(tmp_path / path)
    ]
    assert [(one.type, one.url, one.offset) for one in looks] == told
    assert {one.type for one in looks} == {"warcinfo", "response", "revisit", "request", "metadata"}
    assert wrong(tmp_path, path) == []
    [revisit] = [one for one in looks if one.type == "revisit"]
    assert revisit.first is not None
    first = scan.at(Tree(tmp_path), revisit.first[0], revisit.first[1])
    assert first.payload == first.payload_found == revisit.first[2]
    assert scan.row(Tree(tmp_path), path, looks[1].offset, 3) == looks[1:4]
    lines = [one.line for one in looks if one.line is not None]
    assert scan.indexed(Tree(tmp_path), path, lines) is True
    assert scan.indexed(Tree(tmp_path), path, lines[1:]) is False
    (tmp_path / path.replace(".warc.gz", ".cdxj")).unlink()
    assert scan.indexed(Tree(tmp_path), path, lines) is None


async def test_d51_no_byte_of_a_file_can_change_unseen(tmp_path: Path) -> None:
    """Of every fourth byte one bit, of every gzip header and trailer each.

    Compressed data has a few bits that say the same either way: padding, or from which of two equal strings one is copied.
    """
    path = await filled(tmp_path)
    file = tmp_path / path
    whole, rng = file.read_bytes(), random.Random(51)
    looks = [one for one in scanned(tmp_path, path) if isinstance(one, RawLook)]
    edges = {look.offset + at for look in looks for at in (*range(10), *range(look.length - 10, look.length))}
    missed = []
    for at in sorted({*range(0, len(whole), 4), *edges}):
        for bit in range(at % 2, 8, 2) if at in edges else [rng.randrange(8)]:
            file.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
            if not wrong(tmp_path, path) and gzip.decompress(file.read_bytes()) != gzip.decompress(whole):
                missed.append((at, bit))
    assert missed == []


async def test_d51_what_is_cut_out_or_put_in_is_a_gap_and_the_rest_is_read(tmp_path: Path) -> None:
    path = await filled(tmp_path)
    file = tmp_path / path
    whole = file.read_bytes()
    looks = [one for one in scanned(tmp_path, path) if isinstance(one, RawLook)]
    third = looks[3].offset
    file.write_bytes(whole[: third + 20] + whole[third + 40 :])
    found = scanned(tmp_path, path)
    [gap] = [one for one in found if isinstance(one, RawGap)]
    assert (gap.offset, gap.torn) == (third, False)
    assert len(found) == len(looks)
    file.write_bytes(whole + b"\0" * 9)
    assert wrong(tmp_path, path) == ["F303"]
    file.write_bytes(whole[:-1])
    assert wrong(tmp_path, path) == ["F303"]
    file.write_bytes(b"")
    assert scanned(tmp_path, path) == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no record",
        b"x" * (2**20 + 9),
        b"WARC/1.1\r\nContent-Length: many\r\n\r\n",
        b"WARC/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["nothing", "text", "endless", "no length", "huge length", "no WARC"],
)
def test_a_whole_gzip_member_that_holds_no_record_is_a_gap(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.warc.gz").write_bytes(packed(text, 6))
    [gap] = scanned(tmp_path, "x.warc.gz")
    assert isinstance(gap, RawGap)
    assert gap.torn
    with pytest.raises(NotWhole):
        scan.at(Tree(tmp_path), "x.warc.gz", 0)


def test_z72_a_record_that_means_harm_is_named_and_read_no_further(tmp_path: Path) -> None:
    """Addresses and lengths that no reader can take, and a body that is said to lie outside."""
    for told in (
        b"WARC-Target-URI: http://[\r\n",
        b"WARC-Target-URI: http://x.example:port/\r\n",
        b"Content-Encoding: \xff\r\nWARC-Refers-To-File-Offset: " + b"9" * 5000 + b"\r\n",
        b"WARC-Refers-To-Filename: ../../etc/passwd\r\nWARC-Refers-To-File-Offset: 0\r\n",
    ):
        block = b"no answer"
        head = b"WARC/1.1\r\nWARC-Type: response\r\n" + told + b"Content-Length: %d\r\n\r\n" % len(block)
        (tmp_path / "x.warc.gz").write_bytes(packed(head + block + b"\r\n\r\n", 6))
        assert wrong(tmp_path, "x.warc.gz")
    long = packed(b"WARC/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 6)
    (tmp_path / "x.warc.gz").write_bytes(long)
    assert wrong(tmp_path, "x.warc.gz") == ["F303"]


def record(block: bytes, *, length: int | None = None, end: bytes = b"\r\n\r\n") -> bytes:
    told = len(block) if length is None else length
    return packed(b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: %d\r\n\r\n" % told + block + end, 6)


def test_a_record_that_is_longer_or_shorter_than_it_says_is_named(tmp_path: Path) -> None:
    for data in (
        record(b"abc", length=2),
        record(b"abc", length=9),
        record(b"abc", end=b"\r\n"),
        record(b"a", end=b""),
    ):
        (tmp_path / "x.warc.gz").write_bytes(data)
        assert "F305" in wrong(tmp_path, "x.warc.gz")


def test_a_bomb_is_read_in_steady_memory(tmp_path: Path) -> None:
    """Forty million zeros in a member of forty thousand bytes: hashed, not held."""
    import tracemalloc

    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = b"WARC/1.1\r\nWARC-Type: resource\r\nContent-Length: 40000000\r\n\r\n"
    data = packer.compress(head) + b"".join(packer.compress(bytes(10**6)) for _ in range(40))
    (tmp_path / "x.warc.gz").write_bytes(data + packer.compress(b"\r\n\r\n") + packer.flush())
    tracemalloc.start()
    found = scanned(tmp_path, "x.warc.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found[0], RawLook)
    assert found[0].trouble == ""
    assert peak < 8 * 2**20


def stored(data: bytes, size: int | None = None) -> bytes:
    """A deflate block, not compressed and not the last; of ``size`` bytes, of which these are the first."""
    size = len(data) if size is None else size
    return b"\0" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data


def beginnings(count: int, *, of_records: bool) -> bytes:
    """What only looks like gzip members, each of which goes on to the end: by its name, or by what is stored."""
    if not of_records:
        return b"".join(MAGIC + b"\x08abcd\x01\x03" + b"a name without an end" for _ in range(count))
    made, left = b"", 100 * count
    for _ in range(count):
        one = MAGIC + b"\0\0\0\0\0\0\x03" + stored(b"WARC/")
        one += stored(b"x" * 75, left - len(one) - 5)
        made, left = made + one, left - len(one)
    return made + bytes(left)


def test_what_only_looks_like_members_is_searched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    class Counted:
        def __init__(self, *given: int) -> None:
            self._stream = inflated(*given)

        def __getattr__(self, name: str) -> object:
            return getattr(self._stream, name)

        def decompress(self, data: bytes, most: int) -> bytes:
            looked.append(len(data))
            return self._stream.decompress(data, most)

    inflated = zlib.decompressobj
    monkeypatch.setattr(members.zlib, "decompressobj", Counted)
    whole = packed(b"WARC/1.1\r\n", 9)
    for count in (500, 1000, 2000):
        path = tmp_path / str(count)
        path.write_bytes(MAGIC + b"broken" + beginnings(count, of_records=False) + whole)
        with path.open("rb") as file:
            assert members.following(file.fileno(), 0) == path.stat().st_size - len(whole)
    assert sum(looked) <= 3500 * 4096 + 10_000


def test_a_body_full_of_false_records_is_told_and_nothing_behind_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = MAGIC + b"broken" + beginnings(300, of_records=True)
    whole = packed(b"WARC/1.1\r\n", 9)
    folder = tmp_path / "warc"
    folder.mkdir()
    (folder / "a.warc.gz").write_bytes(data + whole)
    [gap, *_] = scanned(tmp_path, "warc/a.warc.gz")
    assert isinstance(gap, RawGap)
    assert (gap.end, gap.torn) == (len(data), False), "with effort it is found"
    monkeypatch.setattr(members, "EFFORT", 100_000)
    [gap] = scanned(tmp_path, "warc/a.warc.gz")
    assert isinstance(gap, RawGap)
    assert (gap.end, gap.torn) == (len(data + whole), False)
    assert gap.trouble.endswith(members.UNSEARCHED)
    with (folder / "a.warc.gz").open("rb") as file:
        assert members.resumes(file.fileno(), 0), "what may hold records is not cut off"
        assert members.following(file.fileno(), 0) is None


def test_a_pipe_or_a_link_is_no_raw_file(tmp_path: Path) -> None:
    (tmp_path / "x.warc.gz").symlink_to("/etc/hostname")
    with pytest.raises((ArchiveError, OSError)):
        scanned(tmp_path, "x.warc.gz")
