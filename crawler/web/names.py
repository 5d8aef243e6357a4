"""Names → the addresses a request may go to, judged and chosen before anything is sent.

The gate needs them to take the turns of the addresses; the connector then connects to no others.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from yarl import URL

from crawler.errors import FetchError, Passing, Refused, Unreachable
from crawler.ports import Clock
from crawler.web import faults
from crawler.web.addresses import is_literal, redacted
from crawler.web.connector import MOST_ADDRESSES, Resolver
from crawler.web.guard import Guard

AVOIDED = 600.0  #: seconds for which an address that no connection reached is tried last
_REMEMBERED = 8192
_PROBE = 10.0  #: seconds a name that resolved before may take to prove that the resolver works
_RECENT = 1.0  #: seconds for which such a proof holds
_DOUBTED = socket.EAI_AGAIN  #: said of a name whose servers fail, and of every name while offline
_ABSENT = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_OURS = frozenset({socket.EAI_MEMORY, socket.EAI_SYSTEM, errno.EMFILE, errno.ENFILE, errno.ENOMEM})

Value = TypeVar("Value")


class Names:
    """Resolves, judges and chooses; remembers which addresses worked for whom, and which did not."""

    def __init__(self, resolver: Resolver, guard: Guard, clock: Clock) -> None:
        self._resolver = resolver
        self._guard = guard
        self._clock = clock
        self._worked: OrderedDict[str, str] = OrderedDict()  #: name → address
        self._failed: OrderedDict[str, float] = OrderedDict()  #: address → when
        self._known: str | None = None  #: the name that was resolved last
        self._works_at = self._down_at = float("-inf")  #: when the resolver was seen to work, or not
        self._probing = asyncio.Lock()

    async def choose(self, url: URL, *, number: int, seconds: float) -> tuple[str, ...]:
        """At most one address of each family to connect to, the best first; a literal is its own.

        ``number`` counts tries, which rotate through a name's addresses; ``seconds`` is the time
        for it.  Raises ``Unreachable`` and ``Refused``.
        """
        host = url.raw_host or ""
        if is_literal(host):
            return (_plain(host),)
        answers = await self._resolve(url, host, seconds)
        try:
            self._guard.check_answers(host, url.port or 0, answers)
        except Refused as refused:
            raise faults.located(refused, url) from refused.__cause__
        return self._chosen(host, [_plain(answer) for answer in answers[:MOST_ADDRESSES]], number)

    def worked(self, url: URL, peer: str) -> None:
        """An answer came from this address."""
        self._failed.pop(peer, None)
        host = url.raw_host or ""
        if not is_literal(host):
            _remember(self._worked, host, peer)

    def failed(self, addresses: Sequence[str]) -> None:
        """No connection came about with any of these."""
        for address in addresses:
            _remember(self._failed, address, self._clock.monotonic())

    async def _resolve(self, url: URL, host: str, seconds: float) -> Sequence[str]:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                answers = await self._resolver.resolve(host)
        except TimeoutError as error:
            raise await self._doubted(url, f"no answer within {seconds:g} s") from error
        except OSError as error:
            if error.errno == _DOUBTED:
                raise await self._doubted(url, _words(error)) from error
            failure = _unresolved(url, _words(error))
            if error.errno in _OURS or faults.could_not_ask(error):
                failure.passing = Passing.OURS
            elif error.errno in _ABSENT:  # the resolver works, and knows no such name
                self._works_at = self._clock.monotonic()
            raise failure from error
        self._works_at = self._clock.monotonic()
        if not answers:
            raise _unresolved(url, "the name has no address")
        self._known = host
        return answers

    async def _doubted(self, url: URL, reason: str) -> FetchError:
        """A resolver that fails for every name is our trouble; one that fails for this name is not."""
        failure = _unresolved(url, reason)
        if not await self._resolver_works():
            failure.passing = Passing.OURS
        return failure

    async def _resolver_works(self) -> bool:
        """Whether the name that was resolved last still is; False where none ever was."""
        async with self._probing:
            now = self._clock.monotonic()
            if max(self._works_at, self._down_at) >= now - _RECENT:
                return self._works_at >= self._down_at
            if self._known is not None and await self._answers(self._known):
                self._works_at = self._clock.monotonic()
                return True
            self._down_at = self._clock.monotonic()
            return False

    async def _answers(self, host: str) -> bool:
        try:
            async with asyncio.timeout(_PROBE):
                await self._resolver.resolve(host)
        except OSError as error:  # of which TimeoutError is one
            return error.errno in _ABSENT
        return True

    def _chosen(self, host: str, answers: list[str], number: int) -> tuple[str, ...]:
        now, worked = self._clock.monotonic(), self._worked.get(host)
        healthy = [each for each in answers if now - self._failed.get(each, float("-inf")) > AVOIDED]
        order = sorted(healthy or answers, key=lambda each: each != worked)
        families: dict[bool, list[str]] = {}
        for each in order:
            families.setdefault(":" in each, []).append(each)
        return tuple(family[(number - 1) % len(family)] for family in families.values())


@lru_cache(maxsize=4096)
def key(address: str) -> str:
    """Under which an address has its turn: one key for an IPv4 address however it is wrapped."""
    spelt = ipaddress.ip_address(address.partition("%")[0])
    mapped = spelt.ipv4_mapped if isinstance(spelt, ipaddress.IPv6Address) else None
    return f"ip:{mapped or spelt}"


@lru_cache(maxsize=4096)
def _plain(address: str) -> str:
    return str(ipaddress.ip_address(address))


def _remember(table: OrderedDict[str, Value], name: str, value: Value) -> None:
    table.pop(name, None)
    table[name] = value
    if len(table) > _REMEMBERED:
        table.popitem(last=False)


def _unresolved(url: URL, reason: str) -> Unreachable:
    failure = Unreachable(f"{redacted(url)}: the name {url.raw_host} cannot be resolved: {reason}")
    failure.layer = "name"
    return failure


def _words(error: OSError) -> str:
    text = error.strerror or "the resolver failed"
    return (text[:1].lower() + text[1:])[:100]
