"""One record of a WARC file, examined piece by piece as it is inflated; used by ``scan``."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from crawler.archive.warc import index
from crawler.archive.warc.members import NotWhole
from crawler.archive.warc.stored import Stored
from crawler.audit.facts import RawLook
from crawler.message import head

_HELD = 2**20  #: bytes of a block that are looked into
_STATEMENT = 2**26  #: … of a statement, which is compared whole
_RECORD = b"WARC/"
_END = b"\r\n\r\n"
_LARGEST = 2**32  #: bytes of one record
_WHOLE = frozenset({"metadata", "conversion", "resource"})  #: whose payload is the block


class Examined:
    """What is known of a record so far: heads, lengths, digests; never its whole body."""

    def __init__(self) -> None:
        self._raw = bytearray()  #: until the head's end
        self._fields: dict[str, str] | None = None
        self._held = bytearray()  #: the block's beginning
        self._keep = _HELD
        self._length = self._count = 0
        self._block = hashlib.sha256()
        self._payload = hashlib.sha256()
        self._in_payload = False
        self._rest = bytearray()  #: behind the block

    def feed(self, piece: bytes) -> None:
        """More of it; raises ``NotWhole`` where it cannot be a record."""
        if self._fields is None:
            self._raw += piece
            end = self._raw.find(_END)
            if end < 0:
                if len(self._raw) > _HELD:
                    raise NotWhole("it holds no WARC record")
                return
            piece = bytes(self._raw[end + len(_END) :])
            self._begin(bytes(self._raw[:end]))
        room = self._length - self._count
        self._add(piece[:room])
        self._rest += piece[room : room + len(_END) + 1]

    def _begin(self, told: bytes) -> None:
        first, *lines = told.split(b"\r\n")
        if not first.startswith(_RECORD):
            raise NotWhole("it holds no WARC record")
        pairs = (line.partition(b":") for line in lines)
        self._fields = {
            name.decode("utf-8", "replace").lower(): value.strip().decode("utf-8", "replace")
            for name, _, value in pairs
        }
        length = _number(self._fields.get("content-length", ""))
        if length is None or length > _LARGEST:
            raise NotWhole("its WARC record tells no length")
        self._length = length
        if self._fields.get("warc-type") == "metadata":
            self._keep = _STATEMENT
        self._in_payload = self._fields.get("warc-type") in _WHOLE

    def _add(self, piece: bytes) -> None:
        if not piece:
            return
        self._block.update(piece)
        if self._in_payload:
            self._payload.update(piece)
        before = len(self._held)
        self._held += piece[: max(0, self._keep - before)]
        self._count += len(piece)
        if self._has_head and not self._in_payload:
            end = self._held.find(_END)
            if end >= 0:
                self._in_payload = True
                self._payload.update(piece[max(0, end + len(_END) - (self._count - len(piece))) :])

    @property
    def _has_head(self) -> bool:
        return self._fields is not None and self._fields.get("warc-type") in {"response", "request"}

    @property
    def is_quick(self) -> bool:
        """Whether what it holds is compressed already, so that it was compressed but quickly."""
        kind = (self._fields or {}).get("warc-type")
        if kind != "response":
            return kind == "resource"
        with suppress(ValueError, IndexError):  # no HTTP head, which the index tells
            return bool(head.parse(bytes(self._held).partition(_END)[0]).every("content-encoding"))
        return False

    @property
    def is_tombstone(self) -> bool:
        """Whether it stands where a record was taken down."""
        return self._held.startswith(b"removed: taken down\r\n")

    def look(self, name: str, offset: int, length: int, written: str) -> RawLook:
        """The record as it is judged; raises ``NotWhole`` where it is none."""
        told = self._fields
        if told is None:
            raise NotWhole("it holds no WARC record")
        stored = Stored(told, bytes(self._held))
        line, trouble = self._line(stored, name, offset, length)
        if self._count != self._length or self._rest != _END:
            trouble = "its WARC record is cut, or something follows it"
        return RawLook(
            offset=offset,
            length=length,
            type=stored.type,
            url=told.get("warc-target-uri", ""),
            date=told.get("warc-date", ""),
            payload=stored.payload,
            payload_found=self._payload.hexdigest() if self._in_payload else None,
            block=told.get("warc-block-digest", "").removeprefix("sha256:"),
            block_found=self._block.hexdigest(),
            trouble=trouble,
            written=written,
            first=_first(told),
            text=stored.block if self._keep == _STATEMENT else b"",
            line=line,
        )

    def _line(self, stored: Stored, name: str, offset: int, length: int) -> tuple[str | None, str]:
        """The line of the index, or why there can be none."""
        try:
            return index.line(stored, name, offset, length), ""
        except (ValueError, IndexError) as error:  # written by somebody else
            return None, f"it has no address or no answer that could be indexed: {error}"


def _first(told: dict[str, str]) -> tuple[str, int, str] | None:
    """Where the body of a revisit lies, or the page of a conversion, with the body's digest."""
    offset = _number(told.get("warc-refers-to-file-offset", ""))
    file = told.get("warc-refers-to-filename")
    if file is None or offset is None:
        return None
    return file, offset, told.get("warc-payload-digest", "").removeprefix("sha256:")


def _number(text: str) -> int | None:
    """Digits as a number that a database can hold; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
