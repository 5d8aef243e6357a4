"""What the servers' logs hold: one request, and what was promised to those who ask."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.world.server import Reply
from tests.world.source import Source


@dataclass(slots=True, kw_only=True, eq=False)
class Seen:
    """A request as its server saw it, with what became of it."""

    at: float  #: seconds from the world's beginning
    host: str
    ip: str | None  #: None: the name did not resolve, so nobody saw it
    target: str
    kind: Literal["feed", "page", "robots", "unknown"]
    headers: Mapping[str, str]  #: names in lower case
    feed: Source | None = None
    hop: bool = False  #: a redirect led here just before
    again: bool = False  #: the same visit asked this before, in vain
    ended: float | None = None
    reply: Reply | None = None
    delivered: bool = False  #: the whole answer reached the crawler

    @property
    def url(self) -> str:
        """Where it went."""
        return f"{self.host}{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What the crawler's configuration promises, in seconds."""

    delay: float = 1.0  #: between two requests to a host
    address_delay: float = 0.5  #: between two requests to an IP address
    floor: float = 300.0
    ceiling: float = 86_400.0
    tries: int = 3
    full_fetch: float = 86_400.0  #: between two full fetches of a feed without validators (P05)
    probe: float = 7 * 86_400.0  #: between two probes of a feed with validators (P09)
    after_crash: float = 240.0  #: between a request that a crash cut off and the next of its feed
    longest_crawl_delay: float = 120.0
    retries: float = 0.10  #: of all requests, at most


@dataclass(slots=True)
class Findings:
    """Violations by case, the first ones told in full; figures by case and name."""

    counts: Counter[str] = field(default_factory=Counter)
    told: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    recent: deque[Seen] = field(default_factory=lambda: deque(maxlen=400))

    def violation(self, case: str, at: float, what: str) -> None:
        """Note a violation of a case."""
        self.counts[case] += 1
        told = self.told.setdefault(case, [])
        if len(told) < 5:
            told.append(f"day {at / 86_400:.4f}: {what}")

    def add(self, name: str, number: float = 1) -> None:
        """Count something."""
        self.figures[name] = self.figures.get(name, 0) + number

    def least(self, name: str, number: float) -> None:
        """Keep the smallest."""
        self.figures[name] = min(self.figures.get(name, number), number)

    def most(self, name: str, number: float) -> None:
        """Keep the largest."""
        self.figures[name] = max(self.figures.get(name, number), number)


class Rule:
    """One thing that is promised; sees every request twice, and the crawler's accidents."""

    def __init__(self, findings: Findings, promises: Promises) -> None:
        self.findings = findings
        self.promises = promises

    def asked(self, seen: Seen) -> None:
        """A request reached its server."""

    def ended(self, seen: Seen) -> None:
        """It ended: answered, failed or cut off."""

    def killed(self, at: float, unsettled: list[Seen]) -> None:
        """The crawler ended without goodbye; what it had just been told may be lost."""

    def jumped(self, at: float, seconds: float) -> None:
        """The crawler's wall clock was set, forward or back."""
