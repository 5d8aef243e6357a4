"""A raw-socket origin scripted by path, a resolver and clocks that do as they are told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.config import WebConfig
from crawler.message.decode import ACCEPTED
from crawler.web import Door
from crawler.web.addresses import parse
from crawler.web.exchange import Answer, Call, Client
from crawler.web.guard import Guard

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LOOPBACK = ("127.0.0.0/8",)


@dataclass
class Seen:
    """One request as it came."""

    path: str
    raw: bytes
    at: float = field(default_factory=time.monotonic)

    def header(self, name: str) -> str | None:
        for line in self.raw.decode("utf-8", "replace").split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None

    @property
    def names(self) -> list[str]:
        return [line.partition(":")[0].lower() for line in self.raw.decode().split("\r\n")[1:] if line]


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Origin:
    """Serves ``routes``: bytes, a script, or a list of these (one a request, the last again)."""

    def __init__(self, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.address = address
        self.tls = tls
        self._tasks: set[asyncio.Task[Any]] = set()
        self.routes: dict[str, bytes | Script | Sequence[bytes | Script]] = {}
        self.seen: list[Seen] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.port = port

    async def __aenter__(self) -> Origin:
        self._server = await asyncio.start_server(self._serve, self.address, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, path: str = "/", host: str | None = None) -> str:
        shown = host or (f"[{self.address}]" if ":" in self.address else self.address)
        return f"{'https' if self.tls else 'http'}://{shown}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]

    def only(self, path: str) -> Seen:
        (seen,) = [each for each in self.seen if each.path == path]
        return seen

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._one(reader, writer):
                    pass
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        raw = await reader.readuntil(b"\r\n\r\n")
        path = raw.split(b" ")[1].decode()
        self.seen.append(Seen(path, raw))
        route = self.routes.get(path.partition("?")[0], reply(404))
        if isinstance(route, list):
            route = route.pop(0) if len(route) > 1 else route[0]
        if callable(route):
            await route(reader, writer)
            return False
        assert isinstance(route, bytes)
        writer.write(route)
        await writer.drain()
        return b"Connection: close" not in route and b"length" in route.lower()


def reply(
    status: int = 200,
    body: bytes = b"",
    *,
    length: int | None = None,
    framing: str = "length",
    **headers: str,
) -> bytes:
    """A response's bytes; header names with ``_`` for ``-``."""
    lines = [f"HTTP/1.1 {status} Some Reason"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if framing == "length":
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    elif framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
        body = b"".join(
            f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (body[:7], body[7:]) if part
        )
        body += b"0\r\n\r\n"
    else:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def say(*parts: bytes, pause: float = 0.0, hang: bool = False, reset: bool = False) -> Script:
    """A script: write each part, pausing between; then close, hang or reset."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)
        if hang:
            await reader.read()
        if reset:
            writer.transport.abort()

    return script


def sockets() -> int:
    """Sockets this process holds open."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            count += stat.S_ISSOCK(os.fstat(int(entry.name)).st_mode)
    return count


async def settled(limit: int, seconds: float = 1.0) -> int:
    """Sockets open over ``limit``, once connections that are being closed had their time."""
    end = time.monotonic() + seconds
    while sockets() > limit and time.monotonic() < end:
        await asyncio.sleep(0.005)
    return max(0, sockets() - limit)


def closed_port(address: str = "127.0.0.1") -> int:
    """A port that nobody listens on."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as unused:
        unused.bind((address, 0))
        return int(unused.getsockname()[1])


@contextlib.contextmanager
def black_hole(address: str = "127.0.0.1") -> Iterator[int]:
    """The port of a listener that accepts nothing and whose queue is full: further SYNs are dropped."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, 0))
        listener.listen(0)
        port = int(listener.getsockname()[1])
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((address, port))
        yield port


class Names:
    """Name resolution by table; a list of lists answers differently each time."""

    def __init__(self, **table: Sequence[str] | Sequence[Sequence[str]] | OSError) -> None:
        self.table: dict[str, Any] = {name.replace("_", "."): value for name, value in table.items()}
        self.default: Sequence[str] | None = None
        self.asked: list[str] = []

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        answer = self.table.get(host, self.default)
        if answer is None:
            raise OSError(-2, "Name or service not known")
        if isinstance(answer, OSError):
            raise answer
        if answer and not isinstance(answer[0], str):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return list(answer)


class RealClock:
    """The loop's own time, perhaps running ``speed`` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        self._began = time.monotonic()
        self._speed = speed

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)


class FakeClock:
    """Time that passes only by sleeping in it."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.time - 1000.0)

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


def settings(**changes: Any) -> WebConfig:
    """Loopback let in, no delay, no robots, one try, failing hosts asked on: what most tests want."""
    values: dict[str, Any] = {
        "delay": "0s",
        "allow_private": LOOPBACK,
        "robots": False,
        "attempts": 1,
        "trouble": 0,
        "total_timeout": "5s",
        "connect_timeout": "2s",
    }
    return WebConfig(**{**values, **changes})


def make_door(
    *, clock: Any = None, resolver: Any = None, random: Callable[[], float] = lambda: 0.0, memory: Any = None,
    raw: Any = None, **changes: Any,
) -> Door:  # fmt: skip
    return Door(
        settings(**changes), clock or RealClock(), resolver=resolver or Names(), random=random, memory=memory,
        raw=raw,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def make_client(**changes: Any) -> AsyncIterator[Callable[[str], Awaitable[Answer]]]:
    """The wire alone, without gate, robots and retries: one GET a call."""
    config = settings(**changes)
    guard = Guard(ports=config.ports, allow_private=config.allow_private)
    client = Client(config, guard, RealClock(), Names())

    async def get(url: str) -> Answer:
        call = Call(
            url=parse(url),
            headers={"User-Agent": config.user_agent, "Accept-Encoding": ACCEPTED},
            limit=config.page_limit,
            seconds=config.total_timeout.total_seconds(),
        )
        return await client.get(call, lambda attempt: None)

    try:
        yield get
    finally:
        await client.close()
