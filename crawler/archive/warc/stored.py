"""WARC records as they lie in a file, read with warcio."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.archive.warc.members import NotWhole

_CHUNK = 2**18


@dataclass(frozen=True, slots=True)
class Original:
    """Where a body was kept first, as a revisit record tells it."""

    file: str  #: path below the archive's root
    offset: int
    url: str
    date: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in a file."""

    fields: dict[str, str]  #: of the WARC record, names in lower case
    block: bytes

    @property
    def type(self) -> str:
        """``response``, ``revisit``, ``request``, …"""
        return self.fields.get("warc-type", "")

    @property
    def payload(self) -> str:
        """SHA-256 of the body as received, in hexadecimal."""
        return self.fields.get("warc-payload-digest", "").removeprefix("sha256:")


def parsed(data: bytes, *, cut: bool = False) -> Stored:
    """Read one record, or with ``cut`` as much of it as there is; raises ``NotWhole``."""
    try:
        record = next(iter(ArchiveIterator(BytesIO(data), no_record_parse=True)))
        fields = {name.lower(): value for name, value in record.rec_headers.headers}
        block = b"".join(iter(lambda: record.raw_stream.read(_CHUNK), b""))
    except (ArchiveLoadFailed, StopIteration, AttributeError, ValueError, TypeError) as error:
        raise NotWhole(f"it holds no WARC record: {type(error).__name__}") from None
    if not cut and len(block) != record.length:
        raise NotWhole("its WARC record is cut")
    return Stored(fields, block)
