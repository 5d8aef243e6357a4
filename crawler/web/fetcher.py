"""The web door: a request becomes a complete page, or a failure with everything that was tried.

A staircase, each step with one worry less: ``get`` (robots, then tries) → ``_visit`` (one try with
its redirects) → ``_hop`` (guard, gate, a free connection) → ``exchange`` (one GET).
"""

from __future__ import annotations

import asyncio
import random as chance
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from types import TracebackType
from typing import Self

from yarl import URL

from crawler import timing, urls
from crawler.config import WebConfig
from crawler.errors import BadRedirect, BadStatus, FetchError, Passing, Truncated
from crawler.model import Attempt, Page, Request, Validators, sha256
from crawler.ports import Clock
from crawler.web import addresses, robots
from crawler.web.addresses import redacted
from crawler.web.connector import Resolver, SystemResolver
from crawler.web.decode import ACCEPTED
from crawler.web.exchange import Answer, Call, Client, Sender
from crawler.web.gate import Gate, Memory
from crawler.web.guard import Guard
from crawler.web.retry import Tries

_ACCEPT = {
    "feed": "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
    "robots": "text/plain, */*;q=0.5",
}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PAUSES = frozenset({429, 503})
_NOTHING = sha256(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What one visit is to bring, redirects and all."""

    url: URL
    kind: str  #: "feed", "page" or "robots"
    agent: str
    limit: int
    redirects: int
    validators: Validators
    delay: float = 0.0  #: Crawl-delay of the first host, seconds

    def headers(self, url: URL) -> dict[str, str]:
        """All that is sent besides Host: validators only to the site they came from."""
        sent = {
            "User-Agent": self.agent,
            "Accept": _ACCEPT[self.kind],
            "Accept-Encoding": ACCEPTED,
        }
        if addresses.same_site(self.url, url):
            if (etag := self.validators.etag) and _sendable(etag):
                sent["If-None-Match"] = etag
            if (modified := self.validators.last_modified) and _sendable(modified):
                sent["If-Modified-Since"] = modified
        return sent


class Door:
    """Keeps the ``Web`` port; the only way to the outside.

    ``resolver``, ``random`` and ``client`` are handed in where time and network are simulated;
    ``memory`` is what the gate remembers over restarts.
    """

    def __init__(
        self,
        config: WebConfig,
        clock: Clock,
        *,
        resolver: Resolver | None = None,
        random: Callable[[], float] = chance.random,
        memory: Memory | None = None,
        client: Sender | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        # A lookup that nobody waits for any more still holds its thread: hence more than connections.
        self._names = SystemResolver(4 * config.connections)
        self._guard = Guard(ports=config.ports, allow_private=config.allow_private)
        self._client = client or Client(config, self._guard, clock, resolver or self._names)
        self._gate = Gate(clock, delay=config.delay, patience=config.retry_wait_max, memory=memory)
        self._tries = Tries(config, clock, random)
        self._robots = robots.Robots(self._get_robots, clock)
        self._connections = asyncio.Semaphore(config.connections)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; nothing can be fetched afterwards."""
        await self._client.close()
        self._names.close()

    async def get(self, request: Request) -> Page:
        """A complete page (2xx or 304); raises a ``FetchError`` with its attempts.

        Attempts are the exchanges for this request; those for a robots.txt on the way are not.
        """
        url = self._guard.admit(request.url)
        agent = _printable(request.user_agent or self._config.user_agent)
        errand = Errand(
            url=url,
            kind=request.kind,
            agent=agent,
            limit=self._config.feed_limit if request.kind == "feed" else self._config.page_limit,
            redirects=self._config.redirects,
            validators=request.validators,
            delay=await self._permit(request.kind, url, agent),
        )
        attempts: list[Attempt] = []
        answer = await self._run(errand, attempts)
        return Page(
            url=request.url,
            final_url=str(answer.url),
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            digest=sha256(answer.body) if answer.body else _NOTHING,
            fetched_at=answer.at,
            attempts=tuple(attempts),
        )

    async def _get_robots(self, url: URL, agent: str) -> bytes:
        errand = Errand(
            url=url,
            kind="robots",
            agent=agent,
            limit=robots.SIZE,
            redirects=robots.REDIRECTS,
            validators=Validators(),
        )
        return (await self._run(errand, [])).body

    async def _permit(self, kind: str, url: URL, agent: str) -> float:
        """The host's Crawl-delay; raises where robots.txt forbids a page."""
        if not self._config.robots or kind == "robots":
            return 0.0
        if kind == "feed":
            return await self._robots.delay(url, agent)
        return await self._robots.admit(url, agent)

    async def _run(self, errand: Errand, attempts: list[Attempt]) -> Answer:
        try:
            return await self._tries.run(lambda number: self._visit(errand, number, attempts))
        except FetchError as error:
            error.attempts = tuple(attempts)
            raise

    async def _visit(self, errand: Errand, number: int, attempts: list[Attempt]) -> Answer:
        """One try: from hop to hop until something else than a redirect answers."""
        url, delay, seen, before = errand.url, errand.delay, {errand.url}, len(attempts)
        for hop in range(errand.redirects + 1):
            spent = sum(attempt.seconds for attempt in attempts[before:])
            call = Call(
                url=url,
                headers=errand.headers(url),
                limit=errand.limit,
                seconds=self._config.total_timeout.total_seconds() - spent,
                number=number,
                hop=hop,
                cut=errand.kind == "robots",
            )
            answer = await self._hop(call, delay, attempts)
            if answer.status not in _REDIRECTS:
                return self._judged(call, answer)
            url = _target(answer)
            if url in seen:
                raise BadRedirect(f"{redacted(errand.url)}: redirected in a circle, to {redacted(url)}")
            seen.add(url)
            self._guard.check(url)
            delay = await self._permit(errand.kind, url, errand.agent)
        raise BadRedirect(f"{redacted(errand.url)}: redirected more than {errand.redirects} times")

    async def _hop(self, call: Call, delay: float, attempts: list[Attempt]) -> Answer:
        """One exchange in the host's turn; a Retry-After pauses the host for everyone."""
        key = _bothered(call.url.origin())
        async with self._gate.turn(key, delay=delay) as turn:
            async with self._connections:
                answer = await self._client.get(call, attempts.append)
            until = self._retry_after(answer) if answer.status in _PAUSES else None
            if until is not None:
                turn.pause(until, answer.status)
            return answer

    def _judged(self, call: Call, answer: Answer) -> Answer:
        """The answer, if it is one: complete, or unchanged since what we vouched for."""
        status = answer.status
        if status == HTTPStatus.PARTIAL_CONTENT:
            raise Truncated(f"{redacted(call.url)}: answered 206, a part, though the whole was asked for")
        if 200 <= status < 300:
            return answer
        conditional = "If-None-Match" in call.headers or "If-Modified-Since" in call.headers
        if status == HTTPStatus.NOT_MODIFIED and conditional:
            return answer
        failure = BadStatus(
            f"{redacted(call.url)}: answered {_phrase(status)}",
            status=status,
            retry_after=self._retry_after(answer) if status >= 400 else None,
        )
        if status == HTTPStatus.NOT_MODIFIED:
            failure.passing = Passing.TEMPORARY  # nothing was asked about: some cache's mistake
        raise failure

    def _retry_after(self, answer: Answer) -> datetime | None:
        value, date = answer.headers.get("retry-after"), answer.headers.get("date")
        return timing.retry_after(value, date, self._clock.now()) if value else None


@lru_cache(maxsize=4096)
def _bothered(origin: URL) -> str:
    """The host that a request bothers."""
    return urls.politeness_key(str(origin)) or str(origin.raw_host)


def _target(answer: Answer) -> URL:
    shown = redacted(answer.url)
    if not (answer.location or "").strip():
        raise BadRedirect(f"{shown}: answered {_phrase(answer.status)} without a Location")
    try:
        return addresses.join(answer.url, answer.location or "")
    except ValueError as error:
        raise BadRedirect(f"{shown}: its redirect cannot be followed: {error}") from None


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _printable(agent: str) -> str:
    return agent if agent.isprintable() else "".join(filter(str.isprintable, agent))


def _sendable(value: str) -> bool:
    """Whether a validator can be given back byte for byte: one line, and no byte was replaced."""
    return value.isprintable() and "\N{REPLACEMENT CHARACTER}" not in value
