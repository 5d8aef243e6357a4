"""WARC files, gzip member by gzip member, with zlib alone."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Record:
    """One whole member, and the record that it holds."""

    offset: int
    length: int
    fields: dict[str, str]  #: names in lower case
    block: bytes
    fault: str | None  #: what is wrong with it, in words

    @property
    def type(self) -> str:
        return self.fields.get("warc-type", "")

    @property
    def payload(self) -> str:
        """The digest of the body that it tells."""
        return self.fields.get("warc-payload-digest", "").removeprefix("sha256:")


def read(path: Path) -> Iterator[Record | int]:
    """The records of a file; last, if anything follows that is no whole member, how many bytes do."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        stream = zlib.decompressobj(zlib.MAX_WBITS + 16)
        try:
            text = stream.decompress(data[at:])
        except zlib.error:
            yield len(data) - at
            return
        if not stream.eof:
            yield len(data) - at
            return
        end = len(data) - len(stream.unused_data)
        yield _record(at, end - at, text)
        at = end


def _record(offset: int, length: int, text: bytes) -> Record:
    head, gap, rest = text.partition(b"\r\n\r\n")
    version, *lines = head.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
    size = int(fields["content-length"]) if fields.get("content-length", "").isdigit() else -1
    block = rest[: max(size, 0)]
    fault = None
    if not gap or version != "WARC/1.1" or size < 0:
        fault = "it holds no WARC/1.1 record"
    elif rest[size:] != b"\r\n\r\n":
        fault = f"its block should have {size} bytes and an end; {len(rest)} bytes follow its head"
    elif _differs(fields.get("warc-block-digest"), block):
        fault = "its block is not the one of its digest"
    elif fields.get("warc-type") == "response" and "warc-truncated" not in fields:
        body = block.partition(b"\r\n\r\n")[2]
        if _differs(fields.get("warc-payload-digest"), body):
            fault = "its body is not the one of its payload digest"
    return Record(offset, length, fields, block, fault)


def _differs(told: str | None, data: bytes) -> bool:
    return told is not None and told.removeprefix("sha256:") != hashlib.sha256(data).hexdigest()
