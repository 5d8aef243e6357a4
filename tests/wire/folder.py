"""A folder of raw pages served as they are over several hosts, with a feed on each: for benchmarks."""

from __future__ import annotations

import gzip
import html
import re
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.wire import weird
from tests.wire.loopback import Logged, Loopback, free_address
from tests.wire.reply import Reply, respond
from tests.wire.sample import NOW, WireFeed, feed_list

_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_MISSING = Reply(b"not here", "text/plain", status=404)

RawPage = tuple[str, bytes, str]  #: path that begins with "/", body, Content-Type


class PageFolder:
    """Pages at given paths, dealt out over ``hosts`` addresses; host N's feed is ``/feed.xml``.

    The feeds list all pages, newest first, a minute apart, with the page's own <title>.
    """

    def __init__(
        self, pages: Sequence[RawPage], *, hosts: int = 1, now: datetime = NOW, port: int = 0,
        codings: tuple[str, ...] = (), latency: float = 0.0, seed: int = 1, log_limit: int | None = None,
    ) -> None:  # fmt: skip
        self._pages = list(pages)
        self._now = now
        self._codings = codings
        many = free_address("127.78.0.1")
        self.hosts = (
            tuple(f"127.78.{(n + 1) // 250}.{(n + 1) % 250}" for n in range(hosts))
            if many
            else ("127.0.0.1",)
        )
        self._kept: dict[tuple[str, str], Reply] = {}
        self._loopback = Loopback(
            self.hosts, self._answer, port=port, latency=latency, seed=seed, log_limit=log_limit
        )

    async def __aenter__(self) -> Self:
        await self._loopback.start()
        for index, host in enumerate(self.hosts):
            self._fill(host, self._pages[index :: len(self.hosts)])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._loopback.stop()

    @property
    def port(self) -> int:
        """The one port of all addresses."""
        return self._loopback.port

    @property
    def log(self) -> deque[Logged]:
        """Every request so far."""
        return self._loopback.log

    @property
    def feeds(self) -> tuple[WireFeed, ...]:
        """One feed for each host."""
        return tuple(
            WireFeed(f"pages-{number}", f"http://{host}:{self.port}/feed.xml", f"Pages {number}")
            for number, host in enumerate(self.hosts, 1)
        )

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of all pages, in the order given."""
        hosts = self.hosts
        return tuple(
            f"http://{hosts[n % len(hosts)]}:{self.port}{path}" for n, (path, _, _) in enumerate(self._pages)
        )

    def config(self, *, settings: bool = False) -> str:
        """The feeds as TOML; with ``settings`` a whole configuration."""
        return feed_list(self.feeds, settings=settings)

    def _fill(self, host: str, pages: Sequence[RawPage]) -> None:
        root, items = f"http://{host}:{self.port}", []
        for number, (path, body, kind) in enumerate(pages):
            self._kept[host, path] = Reply(body, kind, codings=self._codings)
            items.append(
                weird.item(_title(body) or path, root + path, date=self._now - timedelta(minutes=number))
            )
        self._kept[host, "/feed.xml"] = weird.feed("Pages", items, root)
        self._kept[host, "/robots.txt"] = Reply(b"User-agent: *\nAllow: /\n", "text/plain")

    def _answer(self, request: web.BaseRequest, host: str, target: str) -> web.StreamResponse:
        return respond(self._kept.get((host, target), _MISSING), request)


def _title(body: bytes) -> str:
    found = _TITLE.search(body, 0, 200_000)
    text = html.unescape(found[1].decode("utf-8", "replace")) if found else ""
    return re.sub(r"[\x00-\x1f]+", " ", text).strip()


def read_folder(folder: Path, *, limit: int | None = None) -> list[RawPage]:
    """Every ``*.html`` and ``*.html.gz`` below ``folder``, sorted by name; charset left to the page."""
    files = sorted([*folder.rglob("*.html"), *folder.rglob("*.html.gz")])[:limit]
    return [
        (f"/{file.relative_to(folder).as_posix().removesuffix('.gz')}",
         gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes(), "text/html")
        for file in files
    ]  # fmt: skip
