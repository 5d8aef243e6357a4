"""Many hosts on loopback in one process: sockets, latency and the log of every request.

The sample wire and the page folder stand on it; both say what to answer.
"""

from __future__ import annotations

import asyncio
import errno
import math
import random
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from tests.wire.reply import Reply

Answer = Callable[[web.BaseRequest, str, str], web.StreamResponse | Awaitable[web.StreamResponse]]
_TRIES = 30


@dataclass(slots=True, eq=False)
class Logged:
    """One request, byte for byte, and what became of it.

    ``started`` and ``finished`` are ``time.monotonic()`` seconds; ``finished`` is None while the
    answer is still on its way, ``status`` is 0 when the connection ended without one.
    """

    started: float
    host: str  #: the address that was connected to
    method: str
    target: str  #: path and query as sent
    headers: tuple[tuple[bytes, bytes], ...]
    status: int = 0
    finished: float | None = None
    reply: Reply | None = None  #: what stands at the target, where the wire knows it

    def header(self, name: str) -> str | None:
        """The first header of that name, or None."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)


def free_address(host: str) -> bool:
    """Whether this machine lets us listen on ``host``."""
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


class Loopback:
    """An HTTP server on several addresses with one port.

    ``answer(request, host, target)`` gives the response.  ``latency`` is the median of the
    seconds an answer waits (log-normal, drawn by seed from the address and how often it was asked).
    """

    def __init__(
        self, hosts: Sequence[str], answer: Answer, *, port: int = 0, latency: float = 0.0, seed: int = 0,
        log_limit: int | None = None, standing: Callable[[str, str], Reply | None] | None = None,
    ) -> None:  # fmt: skip
        self.hosts = tuple(hosts)
        self.port = port
        self.latency = latency
        self.log: deque[Logged] = deque(maxlen=log_limit)
        self._answer = answer
        self._standing = standing  #: host, target → what is served there
        self._seed = seed
        self._asked: dict[str, int] = {}
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Listen on every address; ``port`` is known afterwards."""
        server = web.Server(self._handle, access_log=None, handler_cancellation=True)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.2)
        await self._runner.setup()
        for listening in _bind(self.hosts, self.port):
            self.port = listening.getsockname()[1]
            await web.SockSite(self._runner, listening, backlog=1024).start()

    async def stop(self) -> None:
        """Close everything; answers that hang are cut."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        host = transport.get_extra_info("sockname")[0] if transport is not None else ""
        target = request.path_qs if not request.raw_path.startswith("/") else request.raw_path
        entry = Logged(time.monotonic(), host, request.method, target, request.raw_headers)
        self.log.append(entry)
        if self.latency:
            await asyncio.sleep(self._wait(host + target))
        before = self._standing(host, target) if self._standing else None
        answered = self._answer(request, host, target)
        entry.reply = self._standing(host, target) if self._standing else None
        response = answered if isinstance(answered, web.StreamResponse) else await answered
        if before is not None and response.headers.get("ETag") == before.etag is not None:
            entry.reply = before  # another thread published in between
        return await _finish(request, response, entry)

    def _wait(self, address: str) -> float:
        count = self._asked[address] = self._asked.get(address, 0) + 1
        drawn = random.Random(f"{self._seed}:{address}:{count}").gauss(0.0, 0.6)
        return min(self.latency * math.exp(drawn), self.latency * 10)


async def _finish(
    request: web.BaseRequest, response: web.StreamResponse, entry: Logged
) -> web.StreamResponse:
    """Send now, so that the log knows when the last byte left (aiohttp sends nothing twice)."""
    try:
        await response.prepare(request)
        await response.write_eof()
        entry.status = response.status
    except ConnectionError:
        pass  # the client left: status stays 0, and aiohttp finds the socket closed by itself
    finally:
        entry.finished = time.monotonic()
    return response


def _bind(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """A listening socket for each address, all on one port; with port 0 one that is free on all."""
    for attempt in range(_TRIES):
        sockets: list[socket.socket] = []
        chosen = port
        try:
            for host in hosts:
                sockets.append(listening := socket.socket())
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind((host, chosen))
                chosen = listening.getsockname()[1]
        except OSError as error:
            for opened in sockets:
                opened.close()
            if error.errno != errno.EADDRINUSE or port or attempt == _TRIES - 1:
                raise
            continue
        return sockets
    raise AssertionError("the loop above returns or raises")
