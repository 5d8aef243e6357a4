"""What the wire answers with: a stored reply (conditional, compressed) or a script of raw bytes."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import brotlicffi as brotli
from aiohttp import web

from tests.wire.channel import http_date

End = Literal["close", "reset", "hang"]


@dataclass(slots=True)
class Reply:
    """A whole response; compressed forms are made once and kept."""

    body: bytes
    content_type: str
    status: int = 200
    etag: str | None = None
    last_modified: datetime | None = None
    codings: tuple[str, ...] = ()  #: those this wire can do, the preferred first
    headers: dict[str, str] = field(default_factory=dict)
    tells: tuple[str, ...] = ()  #: of a feed: the addresses of its items
    _coded: dict[str, bytes] = field(default_factory=dict)
    _prepared: dict[str, dict[str, str]] = field(default_factory=dict)

    def coded(self, coding: str) -> bytes:
        """The body in a Content-Encoding ("" for none)."""
        if not coding:
            return self.body
        if coding not in self._coded:
            gzipped = coding == "gzip"
            self._coded[coding] = (
                gzip.compress(self.body, 6, mtime=0) if gzipped else brotli.compress(self.body, quality=5)
            )
        return self._coded[coding]

    def header(self, coding: str) -> dict[str, str]:
        """All headers that this reply sets itself, for one coding."""
        if coding not in self._prepared:
            values = {"Content-Type": self.content_type, **self.headers}
            if self.etag:
                values["ETag"] = self.etag
            if self.last_modified:
                values["Last-Modified"] = http_date(self.last_modified)
            if self.codings:
                values["Vary"] = "Accept-Encoding"
            if coding:
                values["Content-Encoding"] = coding
            self._prepared[coding] = values
        return self._prepared[coding]


def respond(reply: Reply, request: web.BaseRequest) -> web.StreamResponse:
    """The reply for one request: 304 where the client has it already, coded as it accepts."""
    if reply.status == 200 and _unchanged(reply, request):
        kept = {"ETag", "Last-Modified", "Vary"}
        return web.Response(
            status=304, headers={name: value for name, value in reply.header("").items() if name in kept}
        )
    coding = _coding(reply, request.headers.get("Accept-Encoding", "").lower())
    return web.Response(status=reply.status, body=reply.coded(coding), headers=reply.header(coding))


def _coding(reply: Reply, accepted: str) -> str:
    offered = {part.partition(";")[0].strip() for part in accepted.split(",")}
    return next((coding for coding in reply.codings if coding in offered), "")


def _unchanged(reply: Reply, request: web.BaseRequest) -> bool:
    """RFC 9110 §13.2.2: If-None-Match decides alone where it is sent and there is a tag."""
    wanted = request.headers.get("If-None-Match")
    if wanted is not None:
        if reply.etag is None:
            return False
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        return "*" in tags or reply.etag.removeprefix("W/") in tags
    since = request.headers.get("If-Modified-Since")
    if since is None or reply.last_modified is None:
        return False
    try:
        return reply.last_modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


class Script(web.StreamResponse):
    """Bytes written to the socket as they stand, with pauses, and then an end.

    ``steps`` are bytes to send and seconds to wait; ``end`` closes politely, resets the connection
    or keeps it open without another byte until the client leaves.
    """

    def __init__(self, steps: Iterable[bytes | float], *, end: End = "close", status: int = 200) -> None:
        super().__init__(status=status)
        self._steps = steps
        self._end = end
        self._played = False

    @property
    def keep_alive(self) -> bool:
        """Never: the bytes that were sent may mean anything."""
        return False

    async def prepare(self, request: web.BaseRequest) -> None:
        """Play the script; a second call does nothing."""
        if self._played:
            return
        self._played = True
        for step in self._steps:
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError("the client left")
            if isinstance(step, bytes):
                request.transport.write(step)
            else:
                await asyncio.sleep(step)
        if self._end == "hang":
            await asyncio.Event().wait()
        if self._end == "reset" and request.transport is not None:
            _reset(request.transport)

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing more is sent."""


def _reset(transport: asyncio.Transport) -> None:
    """End with RST instead of FIN: the kernel does so when it may not linger."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
