"""The sample wire: newsrooms on loopback that publish, edit and delete while a test looks on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web

from tests.wire import failures, page
from tests.wire.blocks import Block
from tests.wire.control import Control
from tests.wire.failing import FailingNewsroom
from tests.wire.loopback import Logged, Loopback, free_address
from tests.wire.press import Press, spread
from tests.wire.release import Release
from tests.wire.reply import Reply, respond
from tests.wire.shelf import Shelf
from tests.wire.wires import Posting, Site, wire_number

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)  #: when the wire's time stands still, as it does in tests


@dataclass(frozen=True, slots=True)
class WireFeed:
    """A feed as a configuration names it."""

    name: str
    url: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What should be found at an address."""

    url: str  #: without anything that tracks
    title: str
    paragraphs: tuple[str, ...]
    text: str  #: one block (list item, table row) a line
    date: datetime
    language: str
    image: str | None  #: the first picture of the text
    release: Release


class SampleWire:
    """Sites with releases, a host of failures, and the log of every request.

    Use it as ``async with SampleWire(seed=1) as wire``.  The same arguments on the same port give
    the same bytes.

    Args:
        wires: how many newsrooms; twelve kinds, then they repeat.  By default twelve, or one for each
            wire that the releases from outside name.
        releases: how many to write, or releases from outside (``release.load_records``).
        now: date of the newest release, those published later follow minute by minute; or a
            function that tells the time.
        span: the first releases are spread over this long a time.
        window: items in a feed, 0 for all.
        latency: median seconds that each answer waits; 0 for none.
        precompute: make all pages before serving, for benchmarks.
        one_address: all wires below ``/wNN`` of 127.0.0.1, as where 127.77.0.1 cannot be had.
        log_limit: how many requests the log keeps; None for all.
    """

    def __init__(
        self, *, seed: int = 1, wires: int | None = None, releases: int | Sequence[Release] = 60,
        now: datetime | Callable[[], datetime] = NOW, span: timedelta = timedelta(days=7), window: int = 20,
        port: int = 0, latency: float = 0.0, precompute: bool = False, one_address: bool = False,
        log_limit: int | None = None,
    ) -> None:  # fmt: skip
        self._now = now
        self._late = 0  #: releases published after the start
        self._precompute = precompute
        one = one_address or not free_address("127.77.0.1")
        self.sites = _sites(_names(releases, wires), one=one)
        self._failing = FailingNewsroom("127.0.0.1" if one else "127.77.255.1", "/failing" if one else "")
        self.failing = self._failing.site
        self.press = Press(seed, self.sites)
        self._shelf = Shelf(self.sites, window)
        self._control = Control(self)
        hosts = list(dict.fromkeys(site.host for site in (*self.sites, self.failing)))
        self._loopback = Loopback(
            hosts, self._answer, port=port, latency=latency, seed=seed, log_limit=log_limit,
            standing=self._standing,
        )  # fmt: skip
        if isinstance(releases, int):
            for date in spread(self._clock(), span, releases, seed):
                self._shelve(self.press.write(date))
        else:
            for release in releases:
                self._shelve(self.press.take(release))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; addresses are known from here on."""
        await self._loopback.start()
        for site in (*self.sites, self.failing):
            site.port = self._loopback.port
        if self._precompute:
            self._shelf.precompute()

    async def stop(self) -> None:
        """Close all sockets."""
        await self._loopback.stop()

    @property
    def port(self) -> int:
        """The one port of all addresses."""
        return self._loopback.port

    @property
    def log(self) -> deque[Logged]:
        """Every request so far, in the order of arrival."""
        return self._loopback.log

    @property
    def feeds(self) -> tuple[WireFeed, ...]:
        """All feeds of all newsrooms; those of the failing host are in ``failing_feeds``."""
        return tuple(feed for site in self.sites for feed in _feeds_of(site))

    @property
    def failing_feeds(self) -> tuple[WireFeed, ...]:
        """Feeds that are odd or lead to failing articles."""
        return _feeds_of(self.failing)

    @property
    def postings(self) -> tuple[Posting, ...]:
        """All releases at all their addresses."""
        return tuple(posting for site in self.sites for posting in site.postings)

    def release(self, number: int) -> Release:
        """The release that was published as number ``number`` (negative: from the end), as it is now."""
        return self.posting(number).release

    def posting(self, number: int) -> Posting:
        """That release at its first address."""
        return self.press.postings[self.press.releases[number].key][0]

    def failure(self, path: str) -> str:
        """The address of a failing path such as ``"status/404"`` or ``"slow?rate=10&as=feed"``."""
        return f"{self.failing.base_url}/fail/{path}"

    def expected(self, url: str) -> Expected:
        """What is at an address, with or without tracking; raises ``KeyError`` for no release's."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        posting = self._shelf.find(parts.hostname or "", target)
        if posting is None and failures.split(target)[0]:
            posting = self._failing.posting(failures.identity(target))
        if posting is None:
            raise KeyError(url)
        release = posting.release
        return Expected(
            url=posting.url, title=release.title, paragraphs=release.paragraphs, text=release.text,
            date=release.published, language=release.language, release=release,
            image=page.image_url(posting) if release.pictures else None,
        )  # fmt: skip

    def publish(self, count: int = 1, *, at: datetime | None = None) -> list[Posting]:
        """Write ``count`` more releases; the newest of them is in the feeds from now on."""
        postings: list[Posting] = []
        for _ in range(count):
            self._late += 1
            postings += self.press.write(at or self._clock())
        self._shelve(postings)
        return postings

    def edit(self, url: str, *, title: str | None = None, paragraph: str | None = None) -> Release:
        """Change a release wherever it was posted; by default a paragraph is added."""
        release = self.expected(url).release
        added = paragraph or (
            None if title else "Editor's note: a figure in this release has been corrected."
        )
        blocks = (*release.blocks, Block("paragraph", (added,))) if added else release.blocks
        self._late += 1
        edited = replace(release, title=title or release.title, blocks=blocks, updated=self._clock())
        for posting in self.press.postings[release.key]:
            posting.release = edited
        self._shelve(self.press.postings[release.key])
        return edited

    def delete(self, url: str) -> None:
        """Take a release from its feeds; its addresses answer 410 from now on."""
        postings = self.press.postings[self.expected(url).release.key]
        for posting in postings:
            posting.deleted = True
        self._shelve(postings)

    def config(self, *, failing: bool = False, settings: bool = False) -> str:
        """The feeds as TOML, ready to be included; with ``settings`` a whole configuration."""
        return feed_list((*self.feeds, *(self.failing_feeds if failing else ())), settings=settings)

    def _clock(self) -> datetime:
        if isinstance(self._now, datetime):
            return self._now + timedelta(minutes=self._late)
        return self._now().replace(second=0, microsecond=0)

    def _shelve(self, postings: Sequence[Posting]) -> None:
        for posting in postings:
            self._shelf.put(posting)

    def _standing(self, host: str, target: str) -> Reply | None:
        if "/_control/" in target or host == self.failing.host:
            return None
        return self._shelf.reply(host, target)

    def _answer(self, request: web.BaseRequest, host: str, target: str) -> web.StreamResponse:
        if "/_control/" in target:
            return self._control.answer(request.method, target)
        if host == self.failing.host and target.startswith(f"{self.failing.prefix}/fail/"):
            response = self._failing.answer(request, target)
            if response is not None:
                return response
        return respond(self._shelf.reply(host, target), request)


def _names(releases: int | Sequence[Release], wires: int | None) -> Sequence[str | None]:
    """The newsrooms' names: our own, or those that the releases come with."""
    if isinstance(releases, int):
        return [None] * (12 if wires is None else wires)
    return sorted({release.wire for release in releases})[:wires]


def _sites(names: Sequence[str | None], *, one: bool) -> tuple[Site, ...]:
    """Each newsroom at an address of its own, or below a path of the one address."""
    return tuple(
        Site(wire_number(index, name=name), "127.0.0.1", f"/w{index + 1:02}")
        if one
        else Site(wire_number(index, name=name), f"127.77.{(index + 1) // 250}.{(index + 1) % 250}")
        for index, name in enumerate(names)
    )


def _feeds_of(site: Site) -> tuple[WireFeed, ...]:
    wire = site.wire
    return tuple(
        WireFeed(f"{wire.key}-{place.name}", site.base_url + place.path, wire.name) for place in wire.feeds
    )


def feed_list(feeds: Sequence[WireFeed], *, settings: bool = False) -> str:
    """``[[feeds]]`` tables; ``settings`` adds what a crawler needs to be let in here and to hurry.

    All that is broken on purpose stands on one host, which must not be left alone for it.
    """
    hurry = 'delay = "0s"\ntrouble = 0\nretry_share = 1.0\nallow_private = ["127.0.0.0/8"]\n'
    head = f"[web]\n{hurry}\n" if settings else ""
    tables = [
        f'[[feeds]]\nname = "{feed.name}"\nurl = "{feed.url}"\nsource = "{feed.source}"\n' for feed in feeds
    ]
    return head + "\n".join(tables)
