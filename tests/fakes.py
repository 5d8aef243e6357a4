"""Fakes where control matters: a clock that is set by hand and a web that is a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crawler.errors import CrawlError, Unreachable
from crawler.model import Attempt, HostState, Page, Request, RobotsCopy, sha256

NOON = datetime(2025, 2, 26, 12, tzinfo=UTC)


@dataclass
class FakeClock:
    """Stands still; sleeping moves it."""

    instant: datetime = NOON

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@dataclass
class FakeWeb:
    """Addresses → what they answer: bytes, a page, or an error; anything else is unreachable."""

    answers: dict[str, bytes | Page | CrawlError] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)

    async def get(self, request: Request) -> Page:
        self.requests.append(request)
        answer = self.answers.get(request.url)
        attempt = Attempt(url=request.url, started_at=self.clock.now(), number=1)
        if isinstance(answer, CrawlError):
            raise answer
        if answer is None:
            raise Unreachable("connection refused", attempts=(attempt,))
        return answer if isinstance(answer, Page) else page(request.url, answer, at=self.clock.now())


@dataclass
class FakePoliteness:
    """What is owed to servers, in a dictionary that outlives a door."""

    hosts: dict[str, HostState] = field(default_factory=dict)
    copies: dict[str, RobotsCopy] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    async def host(self, key: str) -> HostState | None:
        self.reads.append(key)
        return self.hosts.get(key)

    async def keep_host(self, key: str, state: HostState) -> None:
        self.commits.append(key)
        self.hosts[key] = state

    async def robots(self, origin: str) -> RobotsCopy | None:
        return self.copies.get(origin)

    async def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        self.copies[origin] = copy


def page(
    url: str,
    body: bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    final_url: str | None = None,
    at: datetime = NOON,
) -> Page:
    """A page as the web door returns it."""
    return Page(
        url=url,
        final_url=final_url or url,
        status=status,
        headers=headers if headers is not None else {"content-type": "text/html; charset=utf-8"},
        body=body,
        digest=sha256(body),
        fetched_at=at,
        attempts=(Attempt(url=url, started_at=at, number=1, status=status, wire_bytes=len(body)),),
    )
