"""Simulated servers: what a host answers at a moment, by its habits and by the weather that is over it."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.world.source import Move, Pair, Source, http_date

#: Retry-After in every form (P06): the value for a given moment, and for how long the server means it.
RETRY_AFTER = {
    "seconds": lambda at: "900",
    "date": lambda at: http_date(at + 5400),
    "old date": lambda at: http_date(at - 3600),
    "negative": lambda at: "-120",
    "30 digits": lambda at: "9" * 30,
    "empty": lambda at: "",
    "1e9": lambda at: "1e9",
    "devanagari": lambda at: "१२०",
    "absent": lambda at: None,
    "400 days": lambda at: str(400 * 86_400),
    "short": lambda at: "7",
    "hours": lambda at: "14400",
}
#: What a feed's response says of its freshness (P08).
FRESH = {
    "": lambda at: {},
    "max-age": lambda at: {"cache-control": "public, max-age=10800"},
    "age": lambda at: {"cache-control": "max-age=14400", "age": "3000"},
    "expires": lambda at: {"expires": http_date(at + 9000)},
    "no-cache": lambda at: {"cache-control": "no-cache, max-age=99999"},
    "no-store": lambda at: {"cache-control": "no-store"},
    "stale": lambda at: {"expires": "0"},
    "day": lambda at: {"cache-control": 's-maxage=5, max-age="86400"'},
    "for ever": lambda at: {"cache-control": "max-age=1000000000"},
}
PAGE = (
    b"<!doctype html><html lang=en><title>Lanternfield opens a second plant</title><article><h1>Lanternfield opens a "
    b"second plant</h1><p>Lanternfield Ltd, a maker of reading lamps, said on Monday that it had opened a second plant, "
    b"which will employ two hundred people and make forty thousand lamps a month when it is complete.</p><p>The company "
    b"said the plant was paid for from its own means, and that the first lamps would reach shops in the spring of next "
    b"year, together with a new range of shades made of recycled paper.</p></article></html>"
)
WALL = b"<!doctype html><html><title>Sign in</title><p>Please sign in to read on.</p></html>"


@dataclass(slots=True, kw_only=True)
class Reply:
    """What a server does with a request: answers after ``seconds``, or fails."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.1
    failure: str | None = None  #: "refused", "dns", "timeout", "cut"
    is_feed: bool = False  #: a whole feed, or a 304 about one


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Bad weather over a host, from ``start`` to ``end``."""

    start: float
    end: float
    kind: str  #: "500", "flaky", "429", "503", "404", "wall", "timeout", "cut", "refused", "dns"
    form: str = "absent"  #: of Retry-After
    target: str = "all"  #: or "page", "robots", "feed"


@dataclass(slots=True, kw_only=True)
class Robots:
    """A host's robots.txt over time."""

    status: int = 404
    closed: tuple[float, float] = (0.0, 0.0)  #: from when to when it disallows the pages (with 200)
    crawl_delay: float = 0.0
    down: tuple[float, float] = (0.0, 0.0)  #: from when to when it answers 503

    def reply(self, at: float, path: str) -> Reply:
        """What stands at ``path`` at a moment."""
        if self.down[0] <= at < self.down[1]:
            return Reply(status=503)
        if self.status != 200:
            return Reply(status=self.status)
        lines = ["User-agent: *"]
        lines += [f"Crawl-delay: {self.crawl_delay:g}"] if self.crawl_delay else []
        lines += ["Disallow: /r/"] if self.shut(at) else ["Disallow: /private/"]
        return Reply(headers={"content-type": "text/plain"}, body="\n".join(lines).encode())

    def shut(self, at: float) -> bool:
        """Whether the rules disallow the pages at a moment."""
        return self.closed[0] <= at < self.closed[1]


@dataclass(slots=True, kw_only=True)
class Host:
    """A name with its address, feeds and habits; ``spells`` are sorted by start and do not overlap."""

    name: str
    ip: str
    robots: Robots = field(default_factory=Robots)
    spells: list[Spell] = field(default_factory=list)
    latency: float = 0.2
    strained: bool = False  #: its latency grows with the rate of requests (P15)
    feeds: dict[str, Source] = field(default_factory=dict)  #: by path; a moved feed has two
    asked: deque[float] = field(default_factory=lambda: deque(maxlen=50))
    toss: int = 1

    def answer(self, at: float, target: str, headers: Mapping[str, str]) -> Reply:
        """What becomes of a GET at ``at``; every answer tries to set a cookie (P11)."""
        path = target.partition("?")[0]
        kind = "robots" if path.startswith("/robots") else "page" if path.startswith("/r/") else "feed"
        reply = self._foul(at, kind) or self._fair(at, kind, path, headers)
        reply.seconds = max(reply.seconds, self._latency(at))
        if reply.failure is None:
            reply.headers |= {"date": http_date(at), "set-cookie": f"seen={int(at)}; Path=/"}
        return reply

    def spell(self, at: float) -> Spell | None:
        """The bad weather of a moment."""
        place = bisect_right(self.spells, at, key=lambda spell: spell.start) - 1
        found = self.spells[place] if place >= 0 else None
        return found if found is not None and at < found.end else None

    def _foul(self, at: float, kind: str) -> Reply | None:
        spell = self.spell(at)
        if spell is None or spell.target not in {"all", kind}:
            return None
        if spell.kind == "flaky":
            self.toss = self.toss * 48_271 % 2_147_483_647
            return Reply(status=502, seconds=0.05) if self.toss & 64 else None
        if spell.kind in {"timeout", "cut", "refused", "dns"}:
            return Reply(failure=spell.kind, seconds=1e9 if spell.kind == "timeout" else 0.3)
        if spell.kind == "wall":
            return Reply(headers={"content-type": "text/html", "etag": '"wall"'}, body=WALL)
        value = RETRY_AFTER[spell.form](at)
        return Reply(
            status=int(spell.kind), headers={} if value is None else {"retry-after": value}, seconds=0.05
        )

    def _fair(self, at: float, kind: str, path: str, headers: Mapping[str, str]) -> Reply:
        if kind == "robots":
            return self.robots.reply(at, path)
        if kind == "page":
            return Reply(headers={"content-type": "text/html; charset=utf-8"}, body=PAGE)
        feed = self.feeds.get(path)
        if feed is None:
            return Reply(status=404)
        if feed.move is not None and path == feed.path and feed.move.since <= at < feed.move.until:
            return _moved(feed.move)
        return _feed(feed, at, headers)

    def _latency(self, at: float) -> float:
        self.asked.append(at)
        if not self.strained:
            return self.latency
        return min(self.latency + 0.25 * sum(at - each < 60 for each in self.asked), 12.0)


def _moved(move: Move) -> Reply:
    if move.status == 410:
        return Reply(status=410)
    return Reply(status=move.status, headers={"location": f"https://{move.host}{move.path}"})


def _feed(feed: Source, at: float, headers: Mapping[str, str]) -> Reply:
    number = feed.number(at)
    hints = FRESH[feed.fresh](at)
    lies = feed.lies_from is not None and at >= feed.lies_from
    conditional = "if-none-match" in headers or "if-modified-since" in headers
    if conditional and (lies or _unchanged(feed, feed.pair(number), headers)):
        if feed.validators == "etag-on-304":
            feed.told += 1
        etag, modified = feed.pair(feed.number(feed.lies_from or 0.0)) if lies else feed.pair(number)
        bare = number % 2 == 0  # a 304 need not repeat what still holds
        said = {} if bare and feed.validators != "etag-on-304" else _named(etag, modified)
        return Reply(status=304, headers=said | ({} if bare else hints), is_feed=True)
    kind = "application/rss+xml" if feed.dialect == "rss" else "application/feed+json"
    body = feed.body(number)
    return Reply(
        headers={"content-type": kind, **hints, **_named(*feed.pair(number))}, body=body, is_feed=True
    )


def _unchanged(feed: Source, pair: Pair, headers: Mapping[str, str]) -> bool:
    if "if-none-match" in headers:
        sent = headers["if-none-match"]
        if feed.validators == "etag-on-304" and pair[0]:
            return sent.rpartition("-")[0] == pair[0].rpartition("-")[0]
        return sent == pair[0]
    return headers.get("if-modified-since") == pair[1]


def _named(etag: str | None, modified: str | None) -> dict[str, str]:
    return ({"etag": etag} if etag else {}) | ({"last-modified": modified} if modified else {})
