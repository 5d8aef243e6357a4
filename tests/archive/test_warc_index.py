"""The CDXJ beside a WARC file: sorted, and each line leads to its record."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from crawler.archive.warc import WarcArchive, index
from tests.archive.exchanges import ABOUT, BODY, exchange, files, filled


@pytest.mark.parametrize(
    ("url", "turned"),
    [
        ("https://www.orbitwire.example/Release/1", "example,orbitwire)/release/1"),
        ("http://orbitwire.example", "example,orbitwire)/"),
        ("http://www2.orbitwire.example:80/", "example,orbitwire)/"),
        ("https://orbitwire.example:8443/a/", "example,orbitwire:8443)/a"),
        ("https://orbitwire.example/?b=2&A=1", "example,orbitwire)/?a=1&b=2"),
        ("http://192.0.2.7/x", "7,2,0,192)/x"),
    ],
)
def test_an_address_is_turned_round(url: str, turned: str) -> None:
    assert index.surt(url) == turned


async def test_every_line_leads_to_its_record(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    for number in (3, 1, 2, 4):
        await archive.keep([exchange(number, BODY + b"%d" % (number % 3))], about=ABOUT)
    await archive.close()
    [file], [beside] = files(tmp_path), files(tmp_path, "*.cdxj")
    assert beside.stem == file.name.removesuffix(".warc.gz")
    lines = beside.read_text().splitlines()
    assert lines == sorted(lines)
    assert [line.split(" ")[0] for line in lines] == [f"example,orbitwire)/release/{n}" for n in range(1, 5)]
    data = file.read_bytes()
    for line in lines:
        _, stamp, told = line.split(" ", 2)
        one = json.loads(told)
        member = data[int(one["offset"]) : int(one["offset"]) + int(one["length"])]
        record = gzip.decompress(member).decode()
        assert f"WARC-Target-URI: {one['url']}\r\n" in record
        assert f"WARC-Payload-Digest: {one['digest']}\r\n" in record
        assert (stamp[:11], len(stamp)) == ("20250226120", 14)
        assert one["filename"] == file.name
        assert one["status"] == "200"
    assert [json.loads(line.split(" ", 2)[2])["mime"] for line in lines] == [
        "text/html", "text/html", "text/html", "warc/revisit",
    ]  # fmt: skip


async def test_a_page_that_does_not_name_its_type_has_a_line_too(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path)
    await archive.keep([exchange(1, response_head=b"HTTP/1.0 200\r\n\r\n")], about=ABOUT)
    await archive.close()
    [line] = files(tmp_path, "*.cdxj")[0].read_text().splitlines()
    assert '"mime": "unk", "status": "200"' in line


async def test_an_empty_archive_has_no_index(tmp_path: Path) -> None:
    await filled(tmp_path, 0)
    assert files(tmp_path, "*.cdxj") == []
