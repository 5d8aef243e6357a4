"""Where names become sockets: the guard sits at the resolver and at every socket before it connects.

aiohttp's resolver hook alone is no guard: literals bypass it, and a name may answer differently the
next time.  ``socket_factory`` sees each address that is really about to be connected to.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import socket
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from crawler.errors import Refused
from crawler.web.guard import Guard
from crawler.web.headers import suspect

MOST_ADDRESSES = 16  #: of one name that are tried; all are judged
KEEP_ALIVE = 2.0  #: seconds; long enough for the next article of the same host at a delay of 1 s


class Resolver(Protocol):
    """Name resolution, handed in."""

    async def resolve(self, host: str) -> Sequence[str]:
        """The IP addresses of a name; raises ``OSError``."""
        ...


class SystemResolver:
    """``getaddrinfo`` in threads of its own: a stuck lookup delays neither disk nor other names."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="names")

    async def resolve(self, host: str) -> Sequence[str]:
        """The addresses of families this machine can reach (RFC 3493 AI_ADDRCONFIG)."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _getaddrinfo, host)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        """Let the threads go; lookups under way are abandoned."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class Trail:
    """What a connection told on the way: read by the exchange that caused it."""

    peer: str | None = None
    refused: Refused | None = None
    connected: bool = False  #: a socket was opened for this request; False: a kept one serves it
    heard: Callable[[], None] | None = None  #: called as bytes arrive, while it is not None
    proxied: bool = False  #: every socket leads to the configured proxy, which is let in by being configured
    pinned: tuple[str, ...] = ()  #: the judged addresses it may connect to; (): those the name has now


trail: ContextVar[Trail] = ContextVar("trail")


class Wire(ResponseHandler):
    """aiohttp's end of a connection, which also tells the exchange when bytes arrive."""

    trail: Trail | None = None

    def data_received(self, data: bytes) -> None:
        """Bytes of the answer, or of an answer that nobody asked for."""
        if self.trail is not None and self.trail.heard is not None:
            self.trail.heard()
        super().data_received(data)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """The head of an answer, read; what may follow it is not taken for the next answer."""
        if suspect(data[0].code, data[0].headers):
            self.force_close()
        super().feed_data(data, size)


class GuardedNames(AbstractResolver):
    """aiohttp's resolver: every answer must pass the guard, or the name is refused whole."""

    def __init__(self, resolver: Resolver, guard: Guard) -> None:
        self._resolver = resolver
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses for aiohttp; raises ``OSError`` or ``Refused``."""
        seen = trail.get()
        answers = (not seen.proxied and seen.pinned) or await self._resolver.resolve(host)
        if not answers:
            raise OSError(errno.EADDRNOTAVAIL, "the name has no address")
        if not seen.proxied:
            self._guard.check_answers(host, port, answers)
        return [
            ResolveResult(
                hostname=host,
                host=answer,
                port=port,
                family=socket.AF_INET6 if ":" in answer else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for answer in answers[:MOST_ADDRESSES]
        ]

    async def close(self) -> None:
        """Nothing of its own to close."""


class Connector(aiohttp.TCPConnector):
    """Connections to judged peers, kept alive shortly and only while few sockets are open.

    aiohttp counts no idle sockets, so that many hosts would use up the process's descriptors.
    """

    def __init__(self, guard: Guard, resolver: Resolver, *, sockets: int) -> None:
        super().__init__(
            resolver=GuardedNames(resolver, guard),
            use_dns_cache=False,
            limit=0,  # the fetcher's own semaphore is the limit: waiting there costs no time-out
            limit_per_host=1,
            keepalive_timeout=KEEP_ALIVE,
            socket_factory=self._open,
        )
        loop = asyncio.get_running_loop()
        self._factory = functools.partial(Wire, loop=loop)  # type: ignore[assignment]
        self._guard = guard
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._idle: dict[asyncio.Transport, None] = {}  #: kept connections, the longest idle first
        self._most = sockets

    async def connect(self, req: aiohttp.ClientRequest, *args: Any, **more: Any) -> Any:
        """A connection, its peer noted; marked for closing after use where too many are open."""
        connection = await super().connect(req, *args, **more)
        while not trail.get().connected and _spoilt(connection):  # of a new one, what comes first is its own
            connection.close()
            connection = await super().connect(req, *args, **more)
        if isinstance(connection.protocol, Wire):
            connection.protocol.trail = trail.get()
        if connection.transport is not None:
            trail.get().peer = None if trail.get().proxied else _peer(connection.transport)
            self._idle.pop(connection.transport, None)
            connection.add_callback(functools.partial(self._rest, connection.transport))
        if connection.protocol is not None and self.open_sockets() > self._most:
            connection.protocol.force_close()
        return connection

    def open_sockets(self) -> int:
        """Sockets in use or idle."""
        if len(self._sockets) >= self._most:
            for closed in [each for each in self._sockets if each.fileno() < 0]:
                self._sockets.discard(closed)
        return len(self._sockets)

    def _open(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        seen = trail.get()
        try:
            if not seen.proxied:
                self._guard.check_peer(address[0], address[1])
        except Refused as refused:
            # Only an OSError passes through the race of address families; the reason is noted.
            seen.refused = refused
            raise OSError(errno.EACCES, "refused by the guard") from refused
        self._make_room()
        opened = socket.socket(family, kind, protocol)
        seen.connected = True
        self._sockets.add(opened)
        return opened

    def _rest(self, transport: asyncio.Transport) -> None:
        """A connection was given back: kept, unless the next moment closes it."""
        self._idle[transport] = None
        if len(self._idle) > 2 * self._most:
            self._idle = {each: None for each in self._idle if not each.is_closing()}

    def _make_room(self) -> None:
        """Close kept connections, the oldest first, so that one more socket is within the limit."""
        excess = self.open_sockets() - self._most + 1
        while excess > 0 and self._idle:
            transport = next(iter(self._idle))
            del self._idle[transport]
            if not transport.is_closing():
                transport.abort()
                excess -= 1


def _spoilt(connection: aiohttp.connector.Connection) -> bool:
    """Whether a kept connection cannot be used.

    Something came on it that nobody had asked for, or it leads to an address whose turn it is not.
    """
    protocol, seen = connection.protocol, trail.get()
    if protocol is None:
        return False
    pinned = seen.pinned and not seen.proxied
    return bool(protocol.should_close or (pinned and _peer(protocol.transport) not in seen.pinned))


def _peer(transport: asyncio.Transport | None) -> str | None:
    peer = transport.get_extra_info("peername") if transport is not None else None
    return str(peer[0]) if peer else None


def _getaddrinfo(host: str) -> list[Any]:
    # Bytes, because Python's own IDNA codec would choke on names that the guard has long judged.
    return socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
