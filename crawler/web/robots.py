"""robots.txt (RFC 9309): asked once a day and origin, before anything else there, over restarts too.

It binds what a crawler finds by itself: articles, older pages.  A feed was named by the user and is
fetched by his order, only its Crawl-delay obeyed; ``[web] feed_robots = "obey"`` binds feeds as well.

While a robots.txt cannot be had (unreachable, 5xx, 429) its origin is closed, for as long as that
lasts: RFC 9309 §2.3.1.4 would allow to open it after a month, and we never do.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from weakref import WeakValueDictionary

from yarl import URL

from crawler import urls
from crawler.errors import BadRedirect, BadStatus, FetchError, Passing, Refused, Unreachable
from crawler.model import RobotsCopy
from crawler.ports import Clock, Politeness
from crawler.web import faults, rules
from crawler.web.addresses import origin, redacted

SIZE = 500 * 1024  #: bytes that are read, the least RFC 9309 §2.5 allows
REDIRECTS = 5  #: RFC 9309 §2.3.1.2
FRESH = 86_400.0  #: seconds a robots.txt is believed (RFC 9309 §2.4)
FAILED = 600.0  #: seconds until one that could not be had is asked for again; doubles
FAILED_LONGEST = 43_200.0
SMALL = 16 * 1024  #: bytes of a robots.txt that is read on the loop
_KEPT_ORIGINS = 20_000
_KEPT_BYTES = 32 * 2**20
_TOKEN = re.compile(r"[A-Za-z_-]+")

Fetch = Callable[[URL, str, float], Awaitable[bytes]]  #: address, User-Agent, Crawl-delay → body


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one origin: the file, compressed; and why it cannot be had at the moment."""

    at: float  #: by the monotonic clock, which stands still while the machine sleeps
    told: datetime  #: by the wall clock, which may be set back
    packed: bytes = b""  #: while it fails, the last one that came: its Crawl-delay still holds
    failure: str | None = None
    failing: float = 0.0  #: seconds for which it had been failing when it was asked for
    status: int | None = None
    size: int = 0  #: bytes of the file

    def age(self, clock: Clock) -> float:
        """Seconds since it was asked for: the longer, where the two clocks disagree."""
        return max(clock.monotonic() - self.at, (clock.now() - self.told).total_seconds())

    async def says(self, agent: str, url: URL) -> Said:
        """What the file says to an agent of an address; a large one is read beside the loop."""
        if not self.packed:
            return Said()
        asked = (self.packed, product(agent), _spellings(url))
        return _said(_rules, *asked) if self.size <= SMALL else await asyncio.to_thread(_said, _large, *asked)


@dataclass(frozen=True, slots=True)
class Said:
    """What a robots.txt says of one address."""

    allowed: bool = True
    delay: float = 0.0  #: Crawl-delay, seconds


class Robots:
    """Remembers each origin's robots.txt; ``fetch`` brings one, through guard and gate.

    ``fetch`` raises ``BadStatus`` for an answer that is no success and ``FetchError`` for none.
    ``longest`` is the Crawl-delay in seconds beyond which found pages are not fetched at all.
    """

    def __init__(
        self,
        fetch: Fetch,
        clock: Clock,
        memory: Politeness | None = None,
        *,
        longest: float = 300.0,
        binds_feeds: bool = False,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._memory = memory
        self._longest = longest
        self._binds_feeds = binds_feeds
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._size = 0
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def permit(self, url: URL, agent: str, kind: str) -> float:
        """The Crawl-delay in seconds for a request of this kind; raises where it may not be made.

        ``Refused`` where disallowed, or where the Crawl-delay of found pages is over the longest;
        ``Unreachable``, which passes, while robots.txt cannot be had.
        """
        if kind == "feed" and not self._binds_feeds:
            known = await self._learn(url, agent, daily=True)
            return (await known.says(agent, url)).delay
        known = await self._learn(url, agent)
        if known.failure is not None:
            raise Unreachable(f"{redacted(url)}: closed for now: {known.failure}")
        says = await known.says(agent, url)
        if not says.allowed:
            raise Refused(_disallowed(url, agent, kind))
        if kind != "feed" and says.delay > self._longest:
            raise Refused(
                f"{redacted(url)}: refused: {origin(url)}/robots.txt asks for {says.delay:.12g} s between two "
                f"requests, and [web] crawl_delay_max is {self._longest:g} s"
            )
        return says.delay

    async def _learn(self, url: URL, agent: str, *, daily: bool = False) -> Known:
        """What is known, asked for where it is not; ``daily``: at most once a day, even if it fails."""
        key = origin(url)
        known = self._fresh(key, daily)
        if known is not None:
            return known
        lock = self._asking.setdefault(key, asyncio.Lock())
        async with lock:
            if key not in self._known:
                await self._recall(key)
            known = self._fresh(key, daily)  # someone else may have asked meanwhile
            return await self._ask(url, agent) if known is None else known

    def _fresh(self, key: str, daily: bool) -> Known | None:
        known = self._known.get(key)
        if known is None:
            return None
        lasts = FRESH
        if known.failure is not None and not daily:
            lasts = min(max(known.failing, FAILED), FAILED_LONGEST)
        return known if known.age(self._clock) < lasts else None

    async def _ask(self, url: URL, agent: str) -> Known:
        key = origin(url)
        old = self._known.get(key)
        try:
            # A longer Crawl-delay parks the pages, not the file that may end it.
            delay = min((await old.says(agent, url)).delay, self._longest) if old else 0.0
            body = await self._fetch(url.with_path("/robots.txt"), agent, delay)
            known = self._found(body, 200)
        except FetchError as error:
            if error.passing is Passing.OURS or (isinstance(error, Unreachable) and error.layer == "name"):
                faults.move(error, url.with_path("/robots.txt"), url)
                raise  # nobody was asked yet, and nobody can be
            known = self._failed(error, old)
            await self._keep(key, known)
            if isinstance(error, BadStatus) and error.status == 429:
                raise  # the host wants silence from everyone, and it says until when
            return known
        await self._keep(key, known)
        return known

    def _found(self, body: bytes, status: int) -> Known:
        packed = zlib.compress(body) if body.strip() else b""
        return Known(self._clock.monotonic(), self._clock.now(), packed, status=status, size=len(body))

    def _failed(self, error: FetchError, old: Known | None) -> Known:
        """RFC 9309 §2.3.1: 4xx and redirects that lead nowhere mean that there is none."""
        status = error.status if isinstance(error, BadStatus) else None
        if isinstance(error, BadRedirect | Refused) or (
            status is not None and status < 500 and status != 429
        ):
            return self._found(b"", status or 404)
        failing = 0.0
        if old is not None and old.failure is not None:
            failing = old.failing + old.age(self._clock)
        reason = f"answered {status}" if status else f"cannot be had: {error}"
        packed = old.packed if old is not None else b""
        at, told = self._clock.monotonic(), self._clock.now()
        size = old.size if old is not None else 0
        return Known(at, told, packed, f"its robots.txt {reason}", failing, status, size)

    async def _recall(self, key: str) -> None:
        """Read the copy of an earlier run; one from the future is none."""
        copy = await self._memory.robots(key) if self._memory is not None else None
        if copy is None:
            return
        age = (self._clock.now() - copy.fetched_at).total_seconds()
        failing = (copy.fetched_at - copy.failing_since).total_seconds() if copy.failing_since else 0.0
        at = self._clock.monotonic() - (age if age >= 0 else FRESH)
        packed = zlib.compress(copy.body) if copy.body.strip() else b""
        told = min(copy.fetched_at, self._clock.now())
        self._remember(
            key, Known(at, told, packed, copy.failure, max(0.0, failing), copy.status, len(copy.body))
        )

    async def _keep(self, key: str, known: Known) -> None:
        self._remember(key, known)
        if self._memory is None:
            return
        now = self._clock.now()
        copy = RobotsCopy(
            fetched_at=now,
            status=known.status,
            body=zlib.decompress(known.packed) if known.packed else b"",
            failure=known.failure,
            failing_since=now - timedelta(seconds=known.failing) if known.failure else None,
        )
        await self._memory.keep_robots(key, copy)

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


def _spellings(url: URL) -> tuple[str, ...]:
    """An address as it is sent, and in its one form (RFC 3986 §6.2.2): redirects write as they like.

    RFC 9309 §2.2.2 compares paths without needless escapes; servers resolve ``/x/../private``.
    """
    sent = str(url)
    return tuple(dict.fromkeys((sent, urls.canonical(sent) or sent)))


def _disallowed(url: URL, agent: str, kind: str) -> str:
    setting = 'feed_robots = "delay"' if kind == "feed" else "robots = false"
    return (
        f"{redacted(url)}: refused: {origin(url)}/robots.txt disallows it for {product(agent)}; "
        f"[web] {setting} would fetch it all the same"
    )


def _said(
    read: Callable[[bytes, str], rules.Rules], packed: bytes, token: str, spellings: tuple[str, ...]
) -> Said:
    found = read(packed, token)
    return Said(all(map(found.allows, spellings)), found.delay)


def _read(packed: bytes, token: str) -> rules.Rules:
    return rules.parse(zlib.decompress(packed).decode("utf-8", "replace"), token)


# A file read takes some thirteen times its size in memory: many small ones are kept, or two large ones.
_rules = lru_cache(maxsize=128)(_read)
_large = lru_cache(maxsize=2)(_read)
