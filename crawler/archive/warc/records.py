"""Exchanges as WARC/1.1 records (ISO 28500:2017), each one gzip member; written with warcio.

What is stored is what came over the wire, with two things told otherwise: a Transfer-Encoding, which
the HTTP library has undone, is called ``X-Crawler-Transfer-Encoding``, so that the record can be replayed;
and secrets of ours never got here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from uuid import uuid4

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive.warc.members import packed
from crawler.archive.warc.stored import Original, Stored
from crawler.message import head
from crawler.model import Exchange, Testimony, sha256

VERSION = "WARC/1.1"
REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
CHUNKED = b"X-Crawler-Transfer-Encoding"
_FIELDS = "application/warc-fields"
_ANSWER = "application/http; msgtype=response"
_FILE = "text/markdown; charset=utf-8"
_IMAGE = "image/webp"
_PAYLOAD_IS_BLOCK = frozenset({"metadata", "conversion", "resource"})
_REQUEST = "application/http; msgtype=request"
_LEVEL, _QUICK = 6, 1  #: of compression; the quick one for what is compressed already
_NOTHING = sha256(b"")

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Written:
    """The record of a response, ready to be added to a file."""

    stored: Stored  #: as it will be read again, without the body
    data: bytes  #: its gzip member


class _AsReceived(StatusAndHeaders):  # type: ignore[misc]
    """A head that warcio writes byte for byte."""

    def __init__(self, data: bytes) -> None:
        super().__init__("200", [])
        self._data = data

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self._data


def information(name: str, about: Mapping[str, str], at: datetime) -> bytes:
    """The warcinfo record that begins a file."""
    block = _warc_fields(about.items())
    return _member("warcinfo", _FIELDS, block, [("WARC-Date", date(at)), ("WARC-Filename", name)], _LEVEL)


def of_exchange(exchange: Exchange, payload: str, original: Original | None) -> tuple[str, Written, bytes]:
    """The id of the response, the response (or its revisit), and the request."""
    known = _identifier()
    common = [("WARC-Target-URI", exchange.url), ("WARC-Date", date(exchange.started_at))]
    if exchange.peer:
        common.append(("WARC-IP-Address", exchange.peer))
    if original is None:
        answer = _response(exchange, payload, common, known)
    else:
        answer = _revisit(exchange, payload, common, known, original)
    concurrent = [*common, ("WARC-Concurrent-To", known), ("WARC-Payload-Digest", _digest(_NOTHING))]
    return known, answer, _member("request", _REQUEST, exchange.request_head, concurrent, _LEVEL)


def metadata(exchange: Exchange, concurrent: str, about: Mapping[str, str]) -> bytes:
    """What we know of an exchange beyond HTTP: on whose behalf it was made."""
    fields = [
        ("WARC-Target-URI", exchange.url),
        ("WARC-Date", date(exchange.started_at)),
        ("WARC-Concurrent-To", concurrent),
    ]
    return _member("metadata", _FIELDS, _warc_fields(about.items()), fields, _LEVEL)


def of_testimony(testimony: Testimony) -> tuple[bytes, bytes, bytes]:
    """A revision: its file as a conversion of the page, its QR image, and what is stated of it."""
    known, at = _identifier(), ("WARC-Date", date(testimony.at))
    made_of = [("WARC-Target-URI", testimony.address), at]
    if testimony.page_url is not None:
        made_of.append(("WARC-Refers-To-Target-URI", testimony.page_url))
    if testimony.page is not None:
        file, offset = testimony.page
        made_of += [("WARC-Refers-To-Filename", file), ("WARC-Refers-To-File-Offset", str(offset))]
    image = [("WARC-Target-URI", testimony.image_address), at, ("WARC-Concurrent-To", known)]
    stated = [("WARC-Target-URI", testimony.address), at, ("WARC-Concurrent-To", known)]
    told = b"statement: %b\r\ndetail: %b\r\n" % (testimony.statement, testimony.detail)
    return (
        _member("conversion", _FILE, testimony.document, made_of, _LEVEL, known),
        _member("resource", _IMAGE, testimony.image, image, _QUICK),
        # As fields, not as JSON: indexers take any other metadata for a capture of its address.
        _member("metadata", _FIELDS, told, stated, _LEVEL),
    )


def date(at: datetime) -> str:
    """A WARC-Date: UTC to the microsecond, as WARC/1.1 allows."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _response(exchange: Exchange, payload: str, common: Fields, known: str) -> Written:
    head_kept = stored_head(exchange.response_head)
    fields = [*common, ("WARC-Payload-Digest", _digest(payload))]
    if not exchange.whole:
        fields.append(("WARC-Truncated", "unspecified"))
    coded = head.parse(exchange.response_head).every("content-encoding")
    level = _QUICK if coded else _LEVEL
    block = head_kept + exchange.body
    return _written("response", head_kept, fields, _member("response", _ANSWER, block, fields, level, known))


def _revisit(exchange: Exchange, payload: str, common: Fields, known: str, original: Original) -> Written:
    """Besides what the profile asks for, file and offset of the original: found without any index."""
    fields = [
        *common,
        ("WARC-Profile", REVISIT),
        ("WARC-Payload-Digest", _digest(payload)),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", original.date),
        ("WARC-Refers-To-Filename", original.file),
        ("WARC-Refers-To-File-Offset", str(original.offset)),
    ]
    block = stored_head(exchange.response_head)
    return _written("revisit", block, fields, _member("revisit", _ANSWER, block, fields, _LEVEL, known))


def _written(kind: str, answer: bytes, fields: Fields, data: bytes) -> Written:
    told = {name.lower(): value for name, value in [("WARC-Type", kind), *fields]}
    return Written(Stored(told, answer), data)


def stored_head(received: bytes) -> bytes:
    """A response's head with its Transfer-Encoding renamed, for the body has none any more."""
    if b"transfer-encoding" not in received.lower():
        return received
    read = head.parse(received)
    fields = ((CHUNKED if name.lower() == b"transfer-encoding" else name, text) for name, text in read.fields)
    return bytes(head.Head(read.line, tuple(fields)))


def _member(
    kind: str, content: str, block: bytes, fields: Fields, level: int, known: str | None = None
) -> bytes:
    """One record, composed by warcio with our digests, compressed by ourselves: its level is always the highest."""
    told = StatusAndHeaders("", [("WARC-Type", kind), ("WARC-Record-ID", known or _identifier())], VERSION)
    told.headers += [(name, _line(value)) for name, value in fields]
    told.add_header("WARC-Block-Digest", _digest(sha256(block)))
    if kind in _PAYLOAD_IS_BLOCK:
        told.add_header("WARC-Payload-Digest", _digest(sha256(block)))
    record = ArcWarcRecord("warc", kind, told, BytesIO(block), None, content, len(block))
    if kind == "revisit":  # of which warcio writes the HTTP head alone, as it would spell it
        record = ArcWarcRecord("warc", kind, told, BytesIO(), _AsReceived(block), content, 0)
        record.payload_length = 0
    out = BytesIO()
    WARCWriter(out, gzip=False, warc_version=VERSION).write_record(record)
    return packed(out.getvalue(), level)


def _warc_fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {_line(value)}\r\n" for name, value in pairs).encode("utf-8", "replace")


def _line(value: str) -> str:
    """Foreign text as the value of a field: one line that UTF-8 can hold."""
    clean = value.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if ord(sign) < 32 or sign == "\x7f" else sign for sign in clean)


def _digest(hexadecimal: str) -> str:
    return f"sha256:{hexadecimal}"


def _identifier() -> str:
    return f"<urn:uuid:{uuid4()}>"
