"""Answers that end in the middle, crawl, never end or break HTTP: scripts of raw bytes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping

import brotlicffi as brotli
from aiohttp import web

from tests.wire.reply import Reply, Script

_CHUNK = 65_536


def head(content_type: str, headers: Mapping[str, str], status: str = "200 OK") -> bytes:
    """A status line and headers, with the empty line."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def drip(header: bytes, body: bytes, rate: float, *, headers: bool) -> Iterator[bytes | float]:
    """The answer at ``rate`` bytes per second, ten times a second or a byte at a time."""
    size = max(1, int(rate / 10))
    if not headers:
        yield header
    data = header + body if headers else body
    for start in range(0, len(data), size):
        yield data[start : start + size]
        yield size / rate


def encode(body: bytes, coding: str) -> bytes:
    """The body in a Content-Encoding, always the same bytes."""
    if coding == "gzip":
        return gzip.compress(body, 6, mtime=0)
    if coding == "deflate":
        return zlib.compress(body, 6)
    return brotli.compress(body, quality=5) if coding == "br" else body


def cut(body: bytes, content_type: str, *, coding: str, framing: str, at: str | None) -> Script:
    """The first ``at`` bytes of the coded body (half of them by default), then FIN.

    ``framing``: a Content-Length that promises all, chunks of which the last is torn, or neither
    (``close``: only the coding can tell that something is missing).
    """
    coded = encode(body, coding)
    end = min(int(at), len(coded)) if at is not None else len(coded) // 2
    headers = {"Content-Encoding": coding} if coding else {}
    kept = coded[:end]
    if framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
        kept = f"{len(coded):x}\r\n".encode() + kept
    elif framing == "length":
        headers["Content-Length"] = str(len(coded))
    else:
        headers["Connection"] = "close"
    return Script((head(content_type, headers), kept))


class _Flood(web.StreamResponse):
    """A page of any length, written as fast as the client reads."""

    def __init__(self, size: int) -> None:
        super().__init__(headers={"Content-Type": "text/html; charset=utf-8"})
        self.content_length = size
        self._left = size

    async def write_eof(self, data: bytes = b"") -> None:
        """Send the rest of the page."""
        start = b"<html><head><title>Without end</title></head><body><p>"
        await self._send(start)
        while self._left > 0:
            await self._send(b"more and more of it " * (_CHUNK // 20))
        await super().write_eof()

    async def _send(self, data: bytes) -> None:
        piece = data[: self._left]
        self._left -= len(piece)
        if piece:
            await self.write(piece)


def huge(size: int, coding: str) -> Reply | web.StreamResponse:
    """``size`` decoded bytes; with ``coding=gzip`` about a thousandth of it on the wire."""
    if coding != "gzip":
        return _Flood(size)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"more and more of it " * (_CHUNK // 20)
    parts = [packer.compress(block[: min(len(block), size - sent)]) for sent in range(0, size, len(block))]
    body = b"".join([*parts, packer.flush()])
    return Reply(body, "text/html; charset=utf-8", headers={"Content-Encoding": "gzip"})


def malformed(kind: str, body: bytes) -> Script:
    """One of ``MALFORMED``; another name answers 404 and lists them."""
    script = _breaches(body).get(kind)
    if script is None:
        missing = head("text/plain", {"Connection": "close"}, "404 Not Found")
        return Script((missing, ", ".join(MALFORMED).encode()), status=404)
    return Script(script, status={"304-with-body": 304, "204-with-body": 204}.get(kind, 200))


def _breaches(body: bytes) -> dict[str, tuple[bytes, ...]]:
    """Ways to break HTTP/1.1, each as the pieces that are sent."""
    size, html = str(len(body)), "text/html; charset=utf-8"
    plain = head(html, {"Content-Length": size})
    chunked = head(html, {"Transfer-Encoding": "chunked"})
    return {
        "http09": (body,),
        "many-headers": (plain[:-2] + b"".join(b"X-Header-%d: %s\r\n" % (n, b"x" * 40) for n in range(200)) + b"\r\n", body),
        "long-header": (head(html, {"X-Long": "x" * 9_000, "Content-Length": size}), body),
        "control": (head(html, {"X-Control": "a\x01b", "Content-Length": size}), body),
        "two-lengths": (plain[:-2] + b"Content-Length: 1\r\n\r\n", body),
        "bad-length": (head(html, {"Content-Length": "many"}), body),
        "bad-chunk": (chunked, b"zz\r\n", body, b"\r\n0\r\n\r\n"),
        "negative-chunk": (chunked, b"-5\r\n", body, b"\r\n0\r\n\r\n"),
        "304-with-body": (head(html, {"Content-Length": size}, "304 Not Modified"), body),
        "204-with-body": (head(html, {"Content-Length": size}, "204 No Content"), body),
        "early-hints": (*(b"HTTP/1.1 103 Early Hints\r\n\r\n" for _ in range(50)), plain, body),
        "unknown-coding": (head(html, {"Content-Encoding": "snappy", "Content-Length": size}), body),
        "stacked-coding": (head(html, {"Content-Encoding": "gzip, gzip, gzip", "Content-Length": size}), body),
        "not-gzip": (head(html, {"Content-Encoding": "gzip", "Content-Length": size}), body),
        "too-long": (head(html, {"Content-Length": "10"}), body),
    }  # fmt: skip


MALFORMED = tuple(_breaches(b""))
