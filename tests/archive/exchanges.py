"""Invented exchanges, and WARC files read with warcio alone, for the tests of the raw archive."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotlicffi as brotli
from warcio.archiveiterator import ArchiveIterator

from crawler.archive.warc import WarcArchive
from crawler.model import Exchange

NOON = datetime(2025, 2, 26, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ABOUT = {
    "via": "https://feeds.orbitwire.example/orbit.xml",
    "feed": "orbit",
    "guid": "urn:orbit:1",
    "run": "7",
}
BODY = b"<html><body><p>Lumen Harbor opens a second berth for tidal barges.</p></body></html>"


def coded(body: bytes, coding: str) -> bytes:
    """A body under a Content-Encoding."""
    if coding == "gzip":
        return gzip.compress(body, mtime=0)
    if coding == "deflate":
        return zlib.compress(body)
    return brotli.compress(body) if coding == "br" else body


def exchange(number: int = 1, body: bytes = BODY, coding: str = "", **changes: Any) -> Exchange:
    """A page that was fetched; ``body`` before its coding."""
    fields = b"Server: Quay\r\ncontent-TYPE: text/html; charset=utf-8\r\nX-Twice: a\r\nX-Twice: b\r\n"
    if coding:
        fields += f"Content-Encoding: {coding}\r\n".encode()
    given: dict[str, Any] = {
        "url": f"https://www.orbitwire.example/release/{number}",
        "started_at": NOON + timedelta(seconds=number),
        "peer": "192.0.2.7",
        "request_head": f"GET /release/{number} HTTP/1.1\r\nHost: www.orbitwire.example\r\n\r\n".encode(),
        "response_head": b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n",
        "body": coded(body, coding),
        "kind": "page",
    }
    return Exchange(**(given | changes))


@dataclass(frozen=True, slots=True)
class Read:
    """A record as warcio reads it."""

    fields: dict[str, str]
    http: bytes  #: head, as it lies in the file
    body: bytes
    offset: int

    def __getitem__(self, name: str) -> str:
        return self.fields[name]


def files(root: Path, pattern: str = "*.warc.gz") -> list[Path]:
    """The files of a raw archive, in the order of their names."""
    return sorted((root / "warc").rglob(pattern))


def records(file: Path) -> Iterator[Read]:
    """Every record of a file."""
    with file.open("rb") as stream:
        walker = ArchiveIterator(stream, no_record_parse=True)
        for record in walker:
            block = b"".join(iter(lambda one=record: one.raw_stream.read(65536), b""))
            http, _, body = block.partition(b"\r\n\r\n")
            fields = dict(record.rec_headers.headers)
            yield Read(fields, http, body, walker.get_record_offset())


def kinds(file: Path) -> list[str]:
    """The types of a file's records."""
    return [record["WARC-Type"] for record in records(file)]


def check(*paths: Path) -> subprocess.CompletedProcess[str]:
    """``warcio check``."""
    command = [sys.executable, "-m", "warcio.cli", "check", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


async def filled(root: Path, count: int, **settings: Any) -> None:
    """A closed raw archive of ``count`` pages."""
    archive = WarcArchive(root, now=lambda: NOON, **settings)
    for number in range(count):
        await archive.keep([exchange(number, BODY + b"%d" % number)], about=ABOUT)
    await archive.close()
