"""Where names become sockets: the guard sits at the resolver and at every socket before it connects.

aiohttp's resolver hook alone is no guard: literals bypass it, and a name may answer differently the
next time.  ``socket_factory`` sees each address that is really about to be connected to.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from crawler.errors import Refused
from crawler.web.guard import Guard

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


trail: ContextVar[Trail] = ContextVar("trail")


class GuardedNames(AbstractResolver):
    """aiohttp's resolver: every answer must pass the guard, or the name is refused whole."""

    def __init__(self, resolver: Resolver, guard: Guard) -> None:
        self._resolver = resolver
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses for aiohttp; raises ``OSError`` or ``Refused``."""
        answers = await self._resolver.resolve(host)
        if not answers:
            raise OSError(errno.EADDRNOTAVAIL, "the name has no address")
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
        self._guard = guard
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._most = sockets

    async def connect(self, req: aiohttp.ClientRequest, *args: Any, **more: Any) -> Any:
        """A connection, its peer noted; marked for closing after use where too many are open."""
        connection = await super().connect(req, *args, **more)
        if connection.transport is not None:
            peer = connection.transport.get_extra_info("peername")
            trail.get().peer = str(peer[0]) if peer else None
        if connection.protocol is not None and self.open_sockets() > self._most:
            connection.protocol.force_close()
        return connection

    def open_sockets(self) -> int:
        """Sockets in use or idle."""
        if len(self._sockets) > self._most:
            for closed in [each for each in self._sockets if each.fileno() < 0]:
                self._sockets.discard(closed)
        return len(self._sockets)

    def _open(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        seen = trail.get()
        try:
            self._guard.check_peer(address[0], address[1])
        except Refused as refused:
            # Only an OSError passes through the race of address families; the reason is noted.
            seen.refused = refused
            raise OSError(errno.EACCES, "refused by the guard") from refused
        opened = socket.socket(family, kind, protocol)
        seen.connected = True
        self._sockets.add(opened)
        return opened


def _getaddrinfo(host: str) -> list[Any]:
    # Bytes, because Python's own IDNA codec would choke on names that the guard has long judged.
    return socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
