"""A server whose feeds never change: 304 to every conditional request, and a count of what it answered.

``python -m tests.bench.unchanged --feeds N --hosts N --config-out PATH --ready-file PATH``; it speaks just
enough HTTP/1.1, by hand, so that its own cost stays small beside that of whoever asks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.wire.loopback import free_address

COUNT = "/count"  #: on any host: what was answered to feed requests so far, {"200": …, "304": …}
_ITEMS = 10
_ETAG = '"unchanged-1"'


@dataclass
class Feeds:
    """What is served, and what was answered."""

    bodies: dict[bytes, bytes]
    answered: Counter[str] = field(default_factory=Counter)

    def answer(self, request: bytes) -> bytes:
        """The whole response to one request's head."""
        line, _, headers = request.partition(b"\r\n")
        path = line.split(b" ")[1]
        if path == COUNT.encode():
            return _response("200 OK", json.dumps(self.answered).encode())
        body = self.bodies.get(path)
        if body is None:  # robots.txt among others
            return _response("404 Not Found", b"not here")
        if b"if-none-match: " + _ETAG.encode() in headers.lower():
            self.answered["304"] += 1
            return f"HTTP/1.1 304 Not Modified\r\nETag: {_ETAG}\r\n\r\n".encode()
        self.answered["200"] += 1
        return _response("200 OK", body, f"Content-Type: application/rss+xml\r\nETag: {_ETAG}\r\n")


def _response(status: str, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Connection(asyncio.Protocol):
    """One client's connection, kept alive."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *heads, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._feeds.answer(head))


def body_of(number: int) -> bytes:
    """A small feed with items of its own."""
    items = "".join(
        f"<item><title>Notice {item} of feed {number}</title><guid>f{number}-{item}</guid>"
        f"<link>https://wire.example/{number}/{item}</link><pubDate>Mon, 06 Jan 2025 10:00:00 GMT</pubDate>"
        "<description>Lanternfield Ltd opened a plant.</description></item>"
        for item in range(_ITEMS)
    )
    channel = (
        f"<title>Feed {number}</title><link>https://wire.example/</link><description>Notices</description>"
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{channel}{items}</channel></rss>'.encode()


def _addresses(count: int) -> list[str]:
    if not free_address("127.79.0.1"):
        return ["127.0.0.1"]
    return [f"127.79.{number // 250}.{number % 250 + 1}" for number in range(count)]


async def _serve(options: argparse.Namespace) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    feeds = Feeds({f"/feed-{number}.xml".encode(): body_of(number) for number in range(options.feeds)})
    addresses, port = _addresses(options.hosts), 0
    for address in addresses:
        listening = socket.create_server((address, port), backlog=256)
        port = listening.getsockname()[1]
        await loop.create_server(lambda: Connection(feeds), sock=listening)
    tables = [
        f'[[feeds]]\nname = "feed-{number}"\nsource = "Unchanged"\n'
        f'url = "http://{addresses[number % len(addresses)]}:{port}/feed-{number}.xml"\n'
        for number in range(options.feeds)
    ]
    options.config_out.write_text("\n".join(tables), encoding="utf-8")
    options.ready_file.write_text(f"{port}\n", encoding="utf-8")
    await stopped.wait()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feeds", type=int, required=True)
    parser.add_argument("--hosts", type=int, required=True)
    parser.add_argument("--config-out", type=Path, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
