"""robots.txt (RFC 9309): asked once a day and origin, before anything else there.

It binds what a crawler finds by itself: articles.  A feed was named by the user and is fetched by
his order, whatever robots.txt says; only its Crawl-delay is obeyed there.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakValueDictionary

from yarl import URL

from crawler.errors import BadRedirect, BadStatus, FetchError, Passing, Refused, Unreachable
from crawler.ports import Clock
from crawler.web import rules
from crawler.web.addresses import origin, redacted

SIZE = 500 * 1024  #: bytes that are read, the least RFC 9309 §2.5 allows
REDIRECTS = 5  #: RFC 9309 §2.3.1.2
FRESH = 86_400.0  #: seconds a robots.txt is believed (RFC 9309 §2.4)
FAILED = 600.0  #: seconds until one that could not be had is asked for again
LONGEST_DELAY = 120.0  #: seconds; a Crawl-delay beyond is taken for this
_KEPT_ORIGINS = 20_000
_KEPT_BYTES = 32 * 2**20
_TOKEN = re.compile(r"[A-Za-z_-]+")

Fetch = Callable[[URL, str], Awaitable[bytes]]  #: address and User-Agent → body


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one origin: the file, compressed; or why it could not be had."""

    at: float  #: by the monotonic clock
    packed: bytes = b""
    failure: str | None = None


class Robots:
    """Remembers each origin's robots.txt; ``fetch`` brings one, through guard and gate.

    ``fetch`` raises ``BadStatus`` for an answer that is no success and ``FetchError`` for none.
    """

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._size = 0
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def admit(self, url: URL, agent: str) -> float:
        """The Crawl-delay in seconds; raises ``Refused`` where disallowed.

        While robots.txt cannot be had, everything counts as disallowed for now (RFC 9309
        §2.3.1.4): ``Unreachable``, which passes.
        """
        known = await self._learn(url, agent, patience=FAILED)
        if known.failure is not None:
            raise Unreachable(f"{redacted(url)}: closed for now: {known.failure}")
        if not known.packed:
            return 0.0
        says = _rules(known.packed, product(agent))
        if not says.allows(str(url)):
            raise Refused(
                f"{redacted(url)}: refused: {origin(url)}/robots.txt disallows it for {product(agent)}; "
                "[web] robots = false would fetch it all the same"
            )
        return min(says.delay, LONGEST_DELAY)

    async def delay(self, url: URL, agent: str) -> float:
        """The Crawl-delay in seconds alone; asks for robots.txt once a day, even if that fails."""
        known = await self._learn(url, agent, patience=FRESH)
        return min(_rules(known.packed, product(agent)).delay, LONGEST_DELAY) if known.packed else 0.0

    async def _learn(self, url: URL, agent: str, *, patience: float) -> Known:
        key = origin(url)
        known = self._fresh(key, patience)
        if known is not None:
            return known
        lock = self._asking.setdefault(key, asyncio.Lock())
        async with lock:
            known = self._fresh(key, patience)  # someone else may have asked meanwhile
            if known is None:
                known = await self._ask(url, agent)
                self._remember(key, known)
            return known

    def _fresh(self, key: str, patience: float) -> Known | None:
        known = self._known.get(key)
        if known is None:
            return None
        age = self._clock.monotonic() - known.at
        return known if age < (FRESH if known.failure is None else patience) else None

    async def _ask(self, url: URL, agent: str) -> Known:
        try:
            body = await self._fetch(url.with_path("/robots.txt"), agent)
        except (BadRedirect, Refused):
            body = b""  # led in circles or where we must not go: "unavailable", so allowed
        except BadStatus as error:
            if error.passing is Passing.OURS:
                raise  # nothing was asked yet
            if error.status >= 500:
                return Known(self._clock.monotonic(), failure=f"its robots.txt answered {error.status}")
            body = b""  # RFC 9309 §2.3.1.3: 4xx means that there is none
        except FetchError as error:
            if error.passing is Passing.OURS:
                raise
            return Known(self._clock.monotonic(), failure=f"its robots.txt cannot be had: {error}")
        packed = zlib.compress(body) if body.strip() else b""
        return Known(self._clock.monotonic(), packed=packed)

    def _remember(self, key: str, known: Known) -> None:
        old = self._known.pop(key, None)
        self._size += len(known.packed) - (len(old.packed) if old else 0)
        self._known[key] = known
        while len(self._known) > _KEPT_ORIGINS or self._size > _KEPT_BYTES:
            _, oldest = self._known.popitem(last=False)
            self._size -= len(oldest.packed)


def product(agent: str) -> str:
    """The product token of a User-Agent, by which robots.txt names it (RFC 9309 §2.2.1)."""
    match = _TOKEN.match(agent)
    return match[0] if match else "*"


@lru_cache(maxsize=128)
def _rules(packed: bytes, token: str) -> rules.Rules:
    return rules.parse(zlib.decompress(packed).decode("utf-8", "replace"), token)
