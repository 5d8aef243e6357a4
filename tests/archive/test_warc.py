"""What the raw archive keeps and gives back: real files, read with warcio as anybody would."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import random
import tempfile
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import brotlicffi as brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.bufferedreaders import BufferedReader
from warcio.checker import Checker

from crawler.archive.warc import WarcArchive
from crawler.errors import ArchiveError
from crawler.model import RawRecord, sha256
from tests.archive.exchanges import (
    ABOUT,
    BODY,
    HOUR,
    NOON,
    check,
    exchange,
    files,
    filled,
    kinds,
    records,
)


class Known:
    """An index that is a dictionary."""

    def __init__(self, *kept: RawRecord) -> None:
        self.kept = {record.payload: record for record in kept}
        self.asked: list[str] = []

    async def raw_record(self, payload: str) -> RawRecord | None:
        self.asked.append(payload)
        return self.kept.get(payload)

    async def raw_end(self, file: str) -> int:
        return max((one.offset + one.length for one in self.kept.values() if one.file == file), default=0)

    async def note_raw(self, records: object) -> None: ...


@pytest.mark.parametrize("coding", ["", "gzip", "deflate", "br", "br, gzip"])
async def test_a_page_comes_back_as_it_was_decompressed(tmp_path: Path, coding: str) -> None:
    body = BODY
    archive = WarcArchive(tmp_path)
    wire = exchange(1, body, coding)
    if coding == "br, gzip":
        from tests.archive.exchanges import coded

        wire = exchange(1, coded(body, "br"), "gzip", response_head=wire.response_head)
    [record] = await archive.keep([wire], about=ABOUT)
    page = await archive.page(record)
    await archive.close()
    assert page.body == body
    assert page.digest == sha256(body)
    assert (page.url, page.final_url, page.status, page.fetched_at) == (
        wire.url,
        wire.url,
        200,
        wire.started_at,
    )
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-twice"] == "a, b"
    assert await WarcArchive(tmp_path).page(record) == page


class Undone:
    """Brotli as warcio expects it of its library: an object that takes an attribute."""

    def __init__(self) -> None:
        self.stream = brotli.Decompressor()
        self.unused_data = None

    def decompress(self, data: bytes) -> bytes:
        return bytes(self.stream.process(data))

    def flush(self) -> None: ...


@pytest.mark.parametrize("library", [None, Undone], ids=["no brotli library", "one that fits"])
async def test_warcio_check_passes_over_a_body_that_came_as_brotli_though_nobody_asked(
    tmp_path: Path,
    library: type[Undone] | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Digests are of the bytes as they came.  Beside the package ``brotli`` warcio 1.8 ends before it looks at them."""
    codings = {name: made for name, made in BufferedReader.DECOMPRESSORS.items() if name != "br"}
    monkeypatch.setattr(BufferedReader, "DECOMPRESSORS", codings | ({"br": library} if library else {}))
    archive = WarcArchive(tmp_path)
    pages = [
        exchange(1, BODY * 9, "br"),
        exchange(2, random.Random(1).randbytes(99_000), "br"),
        exchange(3, BODY),
    ]
    await archive.keep(pages, about=ABOUT)
    await archive.close()
    [file] = files(tmp_path)

    def checked() -> tuple[int, str]:
        checker = Checker(SimpleNamespace(inputs=[str(file)], verbose=False))
        return checker.process_all(), capsys.readouterr().out

    assert checked() == (0, "")
    if library is None:  # else the broken stream itself is told
        whole, body = gzip.decompress(file.read_bytes()), pages[0].body
        damaged = whole.replace(body, body[:-9] + bytes([body[-9] ^ 1]) + body[-8:])
        file.write_bytes(b"".join(map(gzip.compress, members_of(damaged))))
        code, told = checked()
        assert (code, "payload digest failed" in told) == (1, True)


def members_of(data: bytes) -> list[bytes]:
    """The records of an uncompressed WARC file."""
    return [b"WARC/1.1\r\n" + one for one in data.split(b"WARC/1.1\r\n")[1:]]


@settings(deadline=None, max_examples=25)
@given(body=st.binary(max_size=5000), coding=st.sampled_from(["", "gzip", "deflate", "br"]))
def test_whatever_was_kept_is_read_again(body: bytes, coding: str) -> None:
    async def there_and_back(root: Path) -> bytes:
        archive = WarcArchive(root)
        try:
            [record] = await archive.keep([exchange(1, body, coding)], about=ABOUT)
            return (await archive.page(record)).body
        finally:
            await archive.close()

    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(there_and_back(Path(folder))) == body


async def test_the_wire_is_kept_byte_for_byte(tmp_path: Path) -> None:
    wire = exchange(1, BODY, "gzip")
    archive = WarcArchive(tmp_path)
    [record] = await archive.keep([wire], about=ABOUT)
    await archive.close()
    [file] = files(tmp_path)
    about, response, request, metadata = records(file)
    assert about["WARC-Filename"] == file.name
    assert response.http + b"\r\n\r\n" == wire.response_head
    assert response.body == wire.body
    assert request.http + b"\r\n\r\n" == wire.request_head
    assert response["WARC-Target-URI"] == request["WARC-Target-URI"] == wire.url
    assert response["WARC-Date"] == "2025-02-26T12:00:01.000000Z"
    assert response["WARC-IP-Address"] == "192.0.2.7"
    assert request["WARC-Concurrent-To"] == metadata["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert response["WARC-Payload-Digest"] == f"sha256:{record.payload}"
    assert record.payload == hashlib.sha256(wire.body).hexdigest()
    block = hashlib.sha256(wire.response_head + wire.body).hexdigest()
    assert response["WARC-Block-Digest"] == f"sha256:{block}"
    told = dict(line.split(": ", 1) for line in metadata.http.decode().splitlines())
    assert told == ABOUT
    assert (record.file, record.offset) == (str(file.relative_to(tmp_path)), response.offset)


async def test_warcio_finds_nothing_wrong(tmp_path: Path) -> None:
    await filled(tmp_path, 5)
    checked = check(*files(tmp_path))
    assert (checked.returncode, checked.stdout) == (0, "")


async def test_a_transfer_encoding_that_was_undone_is_told_under_another_name(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nServer: Quay\r\n\r\n"
    archive = WarcArchive(tmp_path)
    [record] = await archive.keep([exchange(1, response_head=head)], about=ABOUT)
    assert (await archive.page(record)).body == BODY
    await archive.close()
    response = list(records(files(tmp_path)[0]))[1]
    assert response.http == b"HTTP/1.1 200 OK\r\nX-Crawler-Transfer-Encoding: chunked\r\nServer: Quay"


async def test_every_hop_of_a_redirect_has_its_records(tmp_path: Path) -> None:
    moved = exchange(
        1, b"gone over there", response_head=b"HTTP/1.1 301 Moved\r\nLocation: /release/2\r\n\r\n", hop=0
    )
    archive = WarcArchive(tmp_path)
    kept = await archive.keep([moved, exchange(2, hop=1)], about=ABOUT)
    assert [(await archive.page(record)).status for record in kept] == [301, 200]
    await archive.close()
    [file] = files(tmp_path)
    assert kinds(file) == ["warcinfo", "response", "request", "response", "request", "metadata"]
    *_, page, _, metadata = records(file)
    assert metadata["WARC-Concurrent-To"] == page["WARC-Record-ID"]


async def test_a_part_of_a_body_is_marked_and_never_the_original_of_a_revisit(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    for number in (1, 2):
        [record] = await archive.keep([exchange(number, whole=False)], about=ABOUT)
        assert not record.revisit
        assert (await archive.page(record)).body == BODY
    await archive.close()
    responses = [one for one in records(files(tmp_path)[0]) if one["WARC-Type"] == "response"]
    assert [one["WARC-Truncated"] for one in responses] == ["unspecified"] * 2


async def test_hostile_metadata_stays_on_its_line(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    about = {"guid": "a\r\nWARC-Type: response\r\n\r\nb\x00\ud800", "feed": "Süd — 日本"}
    await archive.keep([exchange()], about=about)
    await archive.close()
    assert check(*files(tmp_path)).returncode == 0
    *_, metadata = records(files(tmp_path)[0])
    assert metadata.http.decode().splitlines() == ["guid: a  WARC-Type: response    b ?", "feed: Süd — 日本"]


# --------------------------------------------------------------------------- revisits


async def test_a_body_that_was_kept_before_is_revisited(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    [first] = await archive.keep([exchange(1, coding="gzip")], about=ABOUT)
    [again] = await archive.keep([exchange(2, coding="gzip")], about=ABOUT)
    page = await archive.page(again)
    await archive.close()
    assert (first.revisit, again.revisit) == (False, True)
    assert (page.url, page.body) == (exchange(2).url, BODY)
    [file] = files(tmp_path)
    assert kinds(file) == ["warcinfo", "response", "request", "metadata", "revisit", "request", "metadata"]
    revisit = list(records(file))[4]
    assert revisit["WARC-Profile"].endswith("/1.1/revisit/identical-payload-digest")
    assert revisit["WARC-Refers-To-Target-URI"] == exchange(1).url
    assert revisit["WARC-Refers-To-Date"] == "2025-02-26T12:00:01.000000Z"
    assert (revisit["WARC-Refers-To-Filename"], revisit["WARC-Refers-To-File-Offset"]) == (
        first.file, str(first.offset),
    )  # fmt: skip
    assert revisit["WARC-Payload-Digest"] == f"sha256:{first.payload}"
    assert (revisit.http + b"\r\n\r\n", revisit.body) == (exchange(2, coding="gzip").response_head, b"")
    assert check(file).returncode == 0


async def test_a_body_of_an_earlier_run_is_found_by_the_index(tmp_path: Path) -> None:
    earlier = WarcArchive(tmp_path)
    [first] = await earlier.keep([exchange(1)], about=ABOUT)
    await earlier.close()
    index = Known(first)
    archive = WarcArchive(tmp_path, index=index)
    [again] = await archive.keep([exchange(2)], about=ABOUT)
    [new] = await archive.keep([exchange(3, b"something else")], about=ABOUT)
    assert (again.revisit, new.revisit) == (True, False)
    assert index.asked == [again.payload, new.payload]
    assert (await archive.page(again)).body == BODY
    await archive.close()


@pytest.mark.parametrize("loss", ["removed", "cut", "another body"])
async def test_nothing_refers_to_a_body_that_is_not_there_any_more(tmp_path: Path, loss: str) -> None:
    earlier = WarcArchive(tmp_path)
    [first] = await earlier.keep([exchange(1)], about=ABOUT)
    await earlier.close()
    [file] = files(tmp_path)
    if loss == "removed":
        file.unlink()
    elif loss == "cut":
        file.write_bytes(file.read_bytes()[: first.offset + 40])
    else:
        first = RawRecord(
            **{name: getattr(first, name) for name in first.__slots__} | {"payload": sha256(b"x")}
        )
    body = b"x" if loss == "another body" else BODY
    archive = WarcArchive(tmp_path, index=Known(first))
    [again] = await archive.keep([exchange(2, body)], about=ABOUT)
    assert not again.revisit
    assert (await archive.page(again)).body == body
    await archive.close()


async def test_empty_bodies_are_no_revisits_of_each_other(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, index=Known())
    kept = [(await archive.keep([exchange(number, b"")], about=ABOUT))[0] for number in (1, 2)]
    await archive.close()
    assert [record.revisit for record in kept] == [False, False]
    assert check(*files(tmp_path)).returncode == 0


# --------------------------------------------------------------------------- reading


async def test_a_page_is_read_from_the_file_that_is_being_written(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    [record] = await archive.keep([exchange()], about=ABOUT)
    assert files(tmp_path, "*.open")
    assert (await WarcArchive(tmp_path).page(record)).body == BODY
    await archive.close()
    assert not files(tmp_path, "*.open")


async def test_a_record_that_is_not_whole_is_told_not_guessed(tmp_path: Path) -> None:
    """A flipped bit is told, or changes nothing: gzip has a few bits that mean nothing."""
    archive = WarcArchive(tmp_path)
    [record] = await archive.keep([exchange(1, coding="gzip")], about=ABOUT)
    page = await archive.page(record)
    await archive.close()
    [file] = files(tmp_path)
    whole = file.read_bytes()
    places = range(record.offset, record.offset + record.length, 7)
    failures = []
    for place in places:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        [found] = await asyncio.gather(archive_page(tmp_path, record), return_exceptions=True)
        if found != page:
            failures.append(found)
    assert all(isinstance(one, ArchiveError) and "is not whole" in str(one) for one in failures)
    assert len(failures) > 0.9 * len(places)
    file.unlink()
    with pytest.raises(ArchiveError, match="cannot be read"):
        await archive_page(tmp_path, record)


@pytest.mark.parametrize("file", ["../outside.warc.gz", "/etc/passwd", "warc/../../x"])
async def test_a_record_never_leads_outside(tmp_path: Path, file: str) -> None:
    record = RawRecord(
        url="https://x.example/", file=file, offset=0, length=1, payload="", revisit=False, written_at=NOON
    )
    with pytest.raises(ArchiveError, match="refuses"):
        await archive_page(tmp_path, record)


async def archive_page(root: Path, record: RawRecord) -> object:
    return await WarcArchive(root).page(record)


# --------------------------------------------------------------------------- files


async def test_a_full_file_is_closed_and_a_new_one_begun(tmp_path: Path) -> None:
    await filled(tmp_path, 6, file_size=2000)
    assert len(files(tmp_path)) == 3
    assert len(files(tmp_path, "*.cdxj")) == 3
    assert check(*files(tmp_path)).returncode == 0
    assert sum(kinds(file).count("response") for file in files(tmp_path)) == 6
    assert all(kinds(file)[0] == "warcinfo" for file in files(tmp_path))


async def test_an_old_file_is_closed(tmp_path: Path) -> None:
    now = NOON
    archive = WarcArchive(tmp_path, now=lambda: now, file_age=HOUR)
    await archive.keep([exchange(1)], about=ABOUT)
    now += HOUR - timedelta(seconds=1)
    await archive.keep([exchange(2)], about=ABOUT)
    assert len(files(tmp_path)) == 0
    now += timedelta(days=5)
    await archive.keep([exchange(3)], about=ABOUT)
    assert [len(files(tmp_path)), len(files(tmp_path, "*.open"))] == [1, 1]
    await archive.close()
    assert [str(file.parent.relative_to(tmp_path)) for file in files(tmp_path)] == [
        "warc/2025/02",
        "warc/2025/03",
    ]


async def test_an_archive_that_kept_nothing_leaves_nothing(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    assert await archive.keep([], about=ABOUT) == ()
    await archive.close()
    assert await asyncio.to_thread(os.listdir, tmp_path) == []
