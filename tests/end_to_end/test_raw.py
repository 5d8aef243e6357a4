"""The raw archive of a whole crawl: every article's page lies in a WARC, as the wire sent it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.end_to_end.conftest import Crawled
from tests.journey import Ended, Yard, newsroom
from tests.wire import SampleWire

FETCHED = """
    SELECT t.url, t.status, t.bytes, t.hop, t.item_id, t.poll_id, w.path, w.start, w.size, w.sha256, w.type
    FROM fetches t LEFT JOIN warc_records w ON w.fetch_id = t.id"""


def warcs(yard: Yard) -> list[Path]:
    return sorted((yard.archive / "warc").rglob("*.warc.gz"))


def records(yard: Yard) -> Iterator[tuple[str, dict[str, str], bytes]]:
    """Type, fields and content of every record, as warcio reads them."""
    for file in warcs(yard):
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream):
                yield record.rec_type, dict(record.rec_headers.headers), record.raw_stream.read()


def member(yard: Yard, path: str, start: int, size: int) -> bytes:
    """A record, cut out of its file by the database's word alone."""
    return zlib.decompress((yard.archive / path).read_bytes()[start : start + size], 31)


def test_every_answer_of_the_crawl_is_in_a_warc_and_its_body_hashes_to_its_digest(crawled: Crawled) -> None:
    """By hand, without a WARC library: what anybody can do who has the database and gzip."""
    rows = [row for row in crawled.yard.rows(FETCHED) if 200 <= (row["status"] or 0) < 304]
    assert sum(row["item_id"] is not None and row["status"] == 200 for row in rows) >= 40
    assert {row["item_id"] is None for row in rows} == {True, False}
    for row in rows:
        assert row["path"], row["url"]
        record = member(crawled.yard, row["path"], row["start"], row["size"])
        fields, head, rest = record.split(b"\r\n\r\n", 2)
        told = dict(line.split(b": ", 1) for line in fields.split(b"\r\n")[1:])
        body = rest.removesuffix(b"\r\n\r\n")
        assert told[b"WARC-Target-URI"].decode() == row["url"]
        assert told[b"WARC-Payload-Digest"].decode() == f"sha256:{row['sha256']}"
        assert int(head.split(b" ")[1]) == row["status"]
        if row["type"] == "response":
            assert hashlib.sha256(body).hexdigest() == row["sha256"]
            assert len(body) == row["bytes"] or row["status"] != 200


def test_every_article_leads_to_the_page_it_was_read_from(crawled: Crawled) -> None:
    """A body that came without coding hashes to what the extraction was made of."""
    found = crawled.yard.rows("SELECT * FROM article_provenance WHERE origin = 'page'")
    plain = 0
    for row in found:
        record = member(crawled.yard, row["raw_file"], row["raw_start"], row["raw_size"])
        fields, head, rest = record.split(b"\r\n\r\n", 2)
        assert f"WARC-Target-URI: {row['page_url']}\r\n".encode() in fields
        if b"content-encoding" not in head.lower() and b"WARC-Type: response" in fields:
            plain += 1
            assert hashlib.sha256(rest.removesuffix(b"\r\n\r\n")).hexdigest() == row["page_sha256"]
    assert len(found) >= 40
    assert plain


def test_warcio_and_gzip_find_nothing_wrong(crawled: Crawled) -> None:
    files = warcs(crawled.yard)
    assert files
    assert not list((crawled.yard.archive / "warc").rglob("*.open"))
    command = [sys.executable, "-m", "warcio.cli", "check", *map(str, files)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
    subprocess.run(["gzip", "-t", *map(str, files)], check=True)


def test_each_distinct_body_is_there_once(crawled: Crawled) -> None:
    digests = [
        fields["WARC-Payload-Digest"]
        for kind, fields, block in records(crawled.yard)
        if kind == "response" and block
    ]
    assert len(digests) > 60
    assert len(digests) == len(set(digests))


def test_robots_txt_is_kept_too(crawled: Crawled) -> None:
    rows = list(
        crawled.yard.rows("SELECT url FROM warc_records WHERE fetch_id IS NULL AND revision_id IS NULL")
    )
    assert {row["url"].rpartition("/")[2] for row in rows} == {"robots.txt"}


def test_the_metadata_tells_on_whose_behalf_a_page_was_asked_for(crawled: Crawled) -> None:
    told = [
        dict(line.split(": ", 1) for line in block.decode().splitlines())
        for kind, _, block in records(crawled.yard)
        if kind == "metadata" and not block.startswith(b"statement: ")
    ]
    pages = [one for one in told if one["kind"] == "page"]
    assert pages
    assert all(one["feed"] and one["guid"] and one["via"].startswith("http") and one["run"] for one in pages)


def test_provenance_leads_to_the_raw_record_and_finds_it_whole(crawled: Crawled) -> None:
    chain = crawled.yard.run("inspect", "provenance", "1", "--json").json
    fetches = [fetch for capture in chain["captures"] for fetch in capture["fetches"] if fetch["raw_file"]]
    assert fetches
    assert {fetch["raw_on_disk"] for fetch in fetches} == {"intact"}
    shown = crawled.yard.run("inspect", "provenance", "1").out
    assert f"offset {fetches[-1]['raw_start']}" in shown
    assert "intact" in shown


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SampleWire, Yard, Ended]]:
    """An archive whose configuration says no."""
    with newsroom(releases=6, wires=1) as wire, Yard(tmp_path_factory.mktemp("silent")) as yard:
        yard.configure(wire.config())
        path = yard.folder / "crawler.toml"
        path.write_text(path.read_text().replace('root = "archive"', 'root = "archive"\nraw = false'))
        yield wire, yard, yard.crawl()


def test_without_raw_nothing_of_it_is_there(silent: tuple[SampleWire, Yard, Ended]) -> None:
    _, yard, ended = silent
    assert ended.code == 0
    assert not (yard.archive / "warc").exists()
    assert [row["n"] for row in yard.rows("SELECT count(*) AS n FROM warc_records")] == [0]
    assert (
        json.loads(yard.run("inspect", "provenance", "1", "--json").out)["captures"][0]["fetches"][0][
            "raw_file"
        ]
        is None
    )
