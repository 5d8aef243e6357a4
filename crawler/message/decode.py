"""Content-Encoding undone (RFC 9110 §8.4): pure, streaming, bounded, and exact about the end.

aiohttp hands over a gzip or brotli body that was cut in the middle as if it were whole; here every
coding must reach its end of stream (and pass its checksum), or the body is ``Truncated``.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotlicffi as brotli

from crawler.errors import BadCoding, TooLarge, Truncated

ACCEPTED = "gzip, deflate, br"
#: Asked for where bodies are kept as they come: brotli is undone here too, but by few tools for WARC files.
LASTING = "gzip, deflate"
LAYERS = 2
PIECE = 65536  #: most bytes a layer produces at once: caps are checked before memory is used
_GZIP_MAGIC = b"\x1f\x8b\x08"


class Layer(Protocol):
    """One coding being undone."""

    name: str

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Take coded bytes, give plain pieces of about ``PIECE`` bytes; raises ``BadCoding``."""
        ...

    def complete(self) -> bool:
        """Whether the coding's end was reached."""
        ...


class Gzip:
    """RFC 1952, several members, trailing garbage ignored; zlib checks CRC and length."""

    name = "gzip"

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._between = b""  #: after a member: the beginning of the next one, or of garbage
        self._garbage = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        while data and not self._garbage:
            if self._member.eof:
                data = self._next_member(data)
                continue
            yield _inflate(self._member, data, self.name)
            data = self._member.unconsumed_tail or self._member.unused_data

    def _next_member(self, data: bytes) -> bytes:
        data = self._between + data
        self._between = b""
        if data.startswith(_GZIP_MAGIC):
            self._member = zlib.decompressobj(wbits=31)
            return data
        if _GZIP_MAGIC.startswith(data):
            self._between = data
        else:
            self._garbage = True
        return b""

    def complete(self) -> bool:
        return self._garbage or (self._member.eof and not self._between)


class Deflate:
    """RFC 1950, and the raw RFC 1951 stream that some servers send under the same name."""

    name = "deflate"

    def __init__(self) -> None:
        self._head = b""
        self._stream: zlib._Decompress | None = None

    def decode(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data = self._head = self._head + data
            if len(data) < 2:
                return
            self._stream = zlib.decompressobj(wbits=15 if _is_zlib(data) else -15)
        held_back = False  # a raw stream has no trailer: its last match may be cut by a piece's end
        while (data or held_back) and not self._stream.eof:
            piece = _inflate(self._stream, data, self.name)
            yield piece
            data, held_back = self._stream.unconsumed_tail, len(piece) == PIECE

    def complete(self) -> bool:
        return self._stream is not None and self._stream.eof


class Brotli:
    """RFC 7932; the library takes trailing garbage for an error, so its end is sought again."""

    name = "br"

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._taken: list[bytes] = []
        self._given = 0

    def decode(self, data: bytes) -> Iterator[bytes]:
        if not data or self._stream.is_finished():
            return
        try:
            for piece in _unbrotli(self._stream, data):
                self._given += len(piece)
                yield piece
        except brotli.error:
            yield from self._again(data)
        else:
            self._taken.append(data)

    def _again(self, data: bytes) -> Iterator[bytes]:
        """Decode anew and byte by byte: if the stream ends within ``data``, the rest is garbage."""
        self._stream = brotli.Decompressor()
        skip = self._given
        try:
            for part in (*self._taken, *(data[i : i + 1] for i in range(len(data)))):
                for piece in _unbrotli(self._stream, part):
                    yield piece[skip:]
                    skip = max(0, skip - len(piece))
                if self._stream.is_finished():
                    return
        except brotli.error:
            raise BadCoding("the br stream is broken") from None

    def complete(self) -> bool:
        return bool(self._stream.is_finished())


_CODINGS: dict[str, Callable[[], Layer]] = {
    "gzip": Gzip,
    "x-gzip": Gzip,
    "deflate": Deflate,
    "br": Brotli,
}


class Decoder:
    """The body of one response on its way from wire to memory.

    ``codings`` is the Content-Encoding header's value, ``limit`` the most bytes any layer may give.
    Raises ``BadCoding`` for a coding that is unknown, broken or stacked deeper than ``LAYERS``.
    """

    def __init__(self, codings: str, limit: int) -> None:
        names = [name for part in codings.split(",") if (name := part.strip().lower())]
        names = [name for name in names if name != "identity"]
        if len(names) > LAYERS:
            raise BadCoding(f"{len(names)} content codings are stacked; at most {LAYERS} are undone")
        unknown = [name for name in names if name not in _CODINGS]
        if unknown:
            raise BadCoding(f"unknown content coding {unknown[0][:40]!r}; known: {ACCEPTED}")
        self._layers = [_CODINGS[name]() for name in reversed(names)]
        self._limit = limit
        self._given = [0] * len(self._layers)
        self._body = bytearray()

    @property
    def body(self) -> bytes:
        """What was decoded so far."""
        return bytes(self._body)

    def feed(self, data: bytes) -> None:
        """Take bytes from the wire; raises ``TooLarge`` or ``BadCoding``."""
        for piece in self._through(0, data):
            if len(self._body) + len(piece) > self._limit:
                self._body += piece[: self._limit - len(self._body)]
                raise TooLarge(f"the body is over the limit of {self._limit} bytes")
            self._body += piece

    def finish(self) -> bytes:
        """The whole body; raises ``Truncated`` unless every coding reached its end."""
        for layer in self._layers:
            if not layer.complete():
                raise Truncated(f"the body ended before the end of its {layer.name} stream")
        return self.body

    def _through(self, depth: int, data: bytes) -> Iterator[bytes]:
        if depth == len(self._layers):
            yield data
            return
        for piece in self._layers[depth].decode(data):
            self._given[depth] += len(piece)
            if depth + 1 < len(self._layers) and self._given[depth] > self._limit:
                raise TooLarge(f"the body is over the limit of {self._limit} bytes below its outer coding")
            yield from self._through(depth + 1, piece)


def _inflate(stream: zlib._Decompress, data: bytes, name: str) -> bytes:
    try:
        return stream.decompress(data, PIECE)
    except zlib.error:
        raise BadCoding(f"the {name} stream is broken") from None


def _is_zlib(head: bytes) -> bool:
    """RFC 1950 §2.2: method 8, a window of at most 32 KiB, a header divisible by 31."""
    return head[0] & 0x0F == 8 and head[0] >> 4 <= 7 and (head[0] * 256 + head[1]) % 31 == 0


def _unbrotli(stream: brotli.Decompressor, data: bytes) -> Iterator[bytes]:
    """Pieces until none comes: the library says it "can accept more" also while it holds some back."""
    while True:
        piece = stream.process(data, output_buffer_limit=PIECE)
        yield piece
        if stream.is_finished() or (not piece and stream.can_accept_more_data()):
            return
        data = b""
