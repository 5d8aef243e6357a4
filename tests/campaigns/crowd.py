"""A crowd of hosts in one process: raw sockets on addresses of 127.0.0.0/8, half of them ill, each in its way.

``python -m tests.campaigns.crowd HOSTS SICK PERIOD`` prints ``{"port": …, "feeds": […]}``, serves until
standard input ends, and then prints what it saw: for every host its illness and when its feed was asked for.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

Illness = Callable[["Host", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SENTENCES = (
    "opened its second harbour workshop on Tuesday and took on forty apprentices from the region.",
    "builds nine turbines a month there, twice what the older hall managed in its best year so far.",
    "has orders from ports in six countries, and the first machine will be lowered into the water in autumn.",
    "was founded in a boat shed, and its waiting list is now eleven months long, the company told owners.",
)


@dataclass(slots=True)
class Host:
    """One address: what it is ill of ("" for healthy), and every request for its feed."""

    number: int
    address: str
    illness: str
    port: int
    period: float  #: seconds between two releases
    asked: list[float] = field(default_factory=list)
    pages: int = 0
    conditional: int = 0
    held: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of its feed."""
        scheme = "https" if self.illness == "tls" else "http"
        return f"{scheme}://{self.address}:{self.port}/feed.xml"

    def feed(self, began: float) -> bytes:
        """As many releases as its age allows, the newest first; ten at most."""
        newest = int((time.monotonic() - began) / self.period + self.number % 7 / 7)
        items = "".join(self._item(number) for number in range(newest, max(-1, newest - 10), -1))
        return (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>Host {self.number}</title>{items}</channel></rss>'
        ).encode()

    def _item(self, number: int) -> str:
        link = f"http://{self.address}:{self.port}/release/{number}"
        day = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(1_770_000_000 + 60 * number))
        return f"<item><title>Ormsund Works {self.number} reports on week {number}</title><link>{link}</link><pubDate>{day}</pubDate></item>"

    def page(self, path: str) -> bytes:
        """A release."""
        title = f"Ormsund Works {self.number} reports on week {path.rpartition('/')[2]}"
        told = "".join(f"<p>Ormsund Works {self.number} {sentence}</p>" for sentence in SENTENCES)
        return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{told}</article></body></html>".encode()


def answer(body: bytes, *lines: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An answer's bytes."""
    told = [f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(told).encode() + b"\r\n\r\n" + body


def whole(status: str, *lines: str, body: bytes = b"<h1>not now</h1>") -> Illness:
    """An answer that is always the same."""

    async def ill(host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(body, *lines, status=status))

    return ill


def raw(data: bytes, *, hang: bool = False) -> Illness:
    """Bytes, and then the end of the connection, or nothing for ever."""

    async def ill(host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if hang:
            await reader.read()
        writer.close()

    return ill


def drip(head: bytes, part: bytes, pause: float) -> Illness:
    """A head, and then drop after drop for ever."""

    async def ill(host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return ill


async def reset(host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A reset in the middle of the body."""
    writer.write(answer(b"<rss>", length=500))
    await writer.drain()
    writer.transport.abort()


_OK = b"HTTP/1.1 200 OK\r\n"
_BODY = b"<?xml version='1.0'?><rss><channel><title>cut</title></channel></rss>"
_BOMB = gzip.compress(b"\0" * 30_000_000, 9)
#: Illness → how it answers a feed; "refused", "hole" and "robots" are seen to elsewhere.
ILLNESSES: dict[str, Illness] = {
    "refused": raw(b""),
    "hole": raw(b""),
    "robots": whole("200 OK", body=_BODY),
    "reset": reset,
    "silence": raw(b"", hang=True),
    "drip-head": drip(b"HTTP/1.1 200 OK\r\n", b"X", 0.5),
    "drip-body": drip(_OK + b"Content-Length: 5000\r\n\r\n", b"<", 0.5),
    "500": whole("500 Internal Server Error"),
    "503-later": whole("503 Service Unavailable", "Retry-After: 120"),
    "429": whole("429 Too Many Requests"),
    "cut-body": raw(answer(_BODY, length=len(_BODY) + 400)),
    "cut-gzip": whole("200 OK", "Content-Encoding: gzip", body=gzip.compress(_BODY * 90)[:-9]),
    "redirect-loop": whole("302 Found", "Location: /feed.xml"),
    "tls": raw(b"220 mail.example ESMTP\r\n" * 9),
    "malformed": raw(b"HELLO THERE\r\n\r\n" * 40),
    "bomb": whole("200 OK", "Content-Encoding: gzip", body=_BOMB),
    "html": whole("200 OK", "Content-Type: text/html", body=b"<html><body>Please log in</body></html>"),
    "huge-headers": raw(_OK + b"X-Big: " + b"a" * 200_000 + b"\r\n\r\n"),
    "endless-chunks": drip(
        _OK + b"Transfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"a" * 1024 + b"\r\n", 0.05
    ),
    "dropped-head": raw(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "empty": raw(_OK + b"Content-Length: 0\r\n\r\n"),
    "bad-length": raw(_OK + b"Content-Length: -5\r\n\r\n"),
    "bad-xml": whole("200 OK", body=b"<?xml version='1.0'?><rss><channel><item>" * 2000),
    "late-garbage": raw(answer(_BODY) + b"\xff" * 5000),
}


@dataclass(slots=True)
class Crowd:
    """All hosts of one process."""

    hosts: list[Host]
    began: float = field(default_factory=time.monotonic)
    servers: list[asyncio.Server] = field(default_factory=list)

    async def open(self) -> None:
        """Listen on every address that listens."""
        for host in self.hosts:
            if host.illness == "hole":
                host.held = _full(host.address, host.port)
            elif host.illness != "refused":
                serve = self._serving(host)
                self.servers.append(await asyncio.start_server(serve, host.address, host.port, limit=2**17))

    def _serving(self, host: Host) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                    while not writer.is_closing():
                        await self._one(host, reader, writer)
            finally:
                writer.close()

        return serve

    async def _one(self, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host.illness == "tls":
            await reader.read(1)
            return await ILLNESSES["tls"](host, reader, writer)
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode("latin-1")
        if path == "/robots.txt":
            sick = host.illness == "robots"
            writer.write(answer(b"", status="500 No" if sick else "404 Not Found"))
        elif path == "/feed.xml":
            host.asked.append(time.time())
            host.conditional += b"\nif-none-match:" in head.lower()
            await self._feed(host, head, reader, writer)
        else:
            host.pages += 1
            writer.write(answer(host.page(path), "Content-Type: text/html; charset=utf-8"))
        await writer.drain()
        return None

    async def _feed(
        self, host: Host, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if host.illness:
            return await ILLNESSES[host.illness](host, reader, writer)
        body = host.feed(self.began)
        tag = f'"{hash(body) & 0xFFFFFFFF:08x}"'
        if f"if-none-match: {tag}".encode() in head.lower():
            writer.write(f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode())
        else:
            writer.write(answer(body, "Content-Type: application/rss+xml", f"ETag: {tag}"))
        return None


def _full(address: str, port: int) -> list[socket.socket]:
    """A listener whose queue is full: further connections get no answer at all."""
    listener = socket.create_server((address, port), backlog=0)
    held = [listener]
    for _ in range(3):
        caller = socket.socket()
        caller.setblocking(False)
        with suppress(OSError):
            caller.connect((address, port))
        held.append(caller)
    return held


def crowd(count: int, sick: int, period: float) -> Crowd:
    """``count`` hosts, of which the last ``sick`` are ill, each illness about as often."""
    with socket.create_server(("127.77.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    names = list(ILLNESSES)
    return Crowd(
        [
            Host(
                number=number,
                address=f"127.77.{1 + number // 200}.{1 + number % 200}",
                illness=names[number % len(names)] if number >= count - sick else "",
                port=port,
                period=period,
            )
            for number in range(count)
        ]
    )


async def _main(count: int, sick: int, period: float) -> None:
    opened = crowd(count, sick, period)
    await opened.open()
    feeds = [{"number": host.number, "url": host.url, "illness": host.illness} for host in opened.hosts]
    print(json.dumps({"feeds": feeds}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    seen = [
        {"number": host.number, "illness": host.illness, "asked": host.asked, "pages": host.pages,
         "conditional": host.conditional}
        for host in opened.hosts
    ]  # fmt: skip
    print(json.dumps(seen), flush=True)
    sys.stdout.flush()
    import os

    os._exit(0)  # hundreds of dripping connections need no farewell


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
