"""The web door: a request becomes a complete page, or a failure with everything that was tried.

A staircase, each step with one worry less: ``get`` (robots, then tries) → ``_visit`` (one try with
its redirects) → ``courier`` (gate, names, a free connection) → ``exchange`` (one GET).
"""

from __future__ import annotations

import random as chance
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

from yarl import URL

from crawler.config import WebConfig
from crawler.errors import BadRedirect, BadStatus, FetchError, Passing, Truncated
from crawler.message.decode import ACCEPTED, LASTING
from crawler.model import Attempt, Exchange, Page, Request, sha256
from crawler.ports import Clock, Politeness
from crawler.web import addresses, form, robots
from crawler.web.addresses import redacted
from crawler.web.budget import Budget
from crawler.web.connector import Resolver, SystemResolver
from crawler.web.courier import Courier
from crawler.web.errand import Errand
from crawler.web.exchange import Answer, Call, Client, Sender
from crawler.web.gate import Gate
from crawler.web.guard import Guard
from crawler.web.manners import Manners
from crawler.web.names import Names
from crawler.web.retry import Tries

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOTHING = sha256(b"")

#: Keeps exchanges; raises nothing but bugs.
RawSink = Callable[[Sequence[Exchange]], Awaitable[None]]


class Door:
    """Keeps the ``Web`` port; the only way to the outside.

    ``resolver``, ``random`` and ``client`` are handed in where time and network are simulated;
    ``memory`` keeps over restarts what is owed to hosts.  With ``raw`` every page brings its exchanges
    along, and ``raw`` is given those for a robots.txt, which nobody else sees.  ``admit`` is awaited before
    each request: what it raises is raised, and nothing is sent.
    """

    def __init__(
        self,
        config: WebConfig,
        clock: Clock,
        *,
        resolver: Resolver | None = None,
        random: Callable[[], float] = chance.random,
        memory: Politeness | None = None,
        client: Sender | None = None,
        raw: RawSink | None = None,
        admit: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._config = config
        self._agent = _printable(config.user_agent)
        # A lookup that nobody waits for any more still holds its thread: hence more than connections.
        self._threads = SystemResolver(4 * config.connections)
        self._guard = Guard(ports=config.ports, allow_private=config.allow_private)
        resolver = resolver or self._threads
        self._client = client or Client(config, self._guard, clock, resolver, record=raw is not None)
        self._raw = raw
        self._codings = ACCEPTED if raw is None else LASTING
        gate, names = Gate(clock, _manners(config), memory), Names(resolver, self._guard, clock)
        self._courier = Courier(gate, names, self._client, clock, connections=config.connections, admit=admit)
        self._tries = Tries(config, clock, random, Budget(config.retry_share))
        self._robots = robots.Robots(
            self._get_robots,
            clock,
            memory,
            longest=config.crawl_delay_max.total_seconds(),
            binds_feeds=config.feed_robots == "obey",
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; nothing can be fetched afterwards."""
        await self._client.close()
        self._threads.close()

    async def get(self, request: Request) -> Page:
        """A complete page (2xx or 304); raises a ``FetchError`` with its attempts.

        Attempts are the exchanges for this request; those for a robots.txt on the way are not.
        """
        url = self._guard.admit(request.url)
        agent = _printable(request.user_agent) if request.user_agent else self._agent
        errand = Errand(
            url=url,
            kind=request.kind,
            agent=agent,
            agent_elsewhere=self._agent,
            limit=self._config.page_limit if request.kind == "page" else self._config.feed_limit,
            redirects=self._config.redirects,
            codings=self._codings,
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
            exchanges=answer.exchanges if answer.status != HTTPStatus.NOT_MODIFIED else (),
        )

    async def post_form(self, url: str, fields: Mapping[str, str]) -> int:
        """POST a form (``ports.Hubs``); the status of a success.  Raises a ``FetchError``."""
        target, attempts = self._guard.admit(url), list[Attempt]()
        agent, seconds = self._agent, self._config.total_timeout.total_seconds()
        for hop in range(form.REDIRECTS + 1):
            call = form.call(target, fields, agent=agent, seconds=seconds, hop=hop)
            answer, rests = await self._courier.send(call, 0.0, attempts)
            following = form.redirected(call, answer)
            if following is None:
                return self._judged(call, answer, rests).status
            self._guard.check(following)
            target = following
        raise BadRedirect(f"{redacted(url)}: redirected more than {form.REDIRECTS} times")

    async def _get_robots(self, url: URL, agent: str, delay: float) -> bytes:
        errand = Errand(
            url=url,
            kind="robots",
            agent=agent,
            agent_elsewhere=self._agent,
            limit=robots.SIZE,
            redirects=robots.REDIRECTS,
            codings=self._codings,
            delay=delay,
        )
        answer = await self._run(errand, [])
        if self._raw is not None and answer.exchanges:
            await self._raw(answer.exchanges)
        return answer.body

    async def _permit(self, kind: str, url: URL, agent: str) -> float:
        """The host's Crawl-delay; raises where robots.txt forbids a page."""
        if not self._config.robots or kind == "robots":
            return 0.0
        return await self._robots.permit(url, agent, kind)

    async def _run(self, errand: Errand, attempts: list[Attempt]) -> Answer:
        try:
            return await self._tries.run(lambda number: self._visit(errand, number, attempts))
        except FetchError as error:
            error.attempts = tuple(attempts)
            raise

    async def _visit(self, errand: Errand, number: int, attempts: list[Attempt]) -> Answer:
        """One try: from hop to hop until something else than a redirect answers."""
        url, delay, seen, before = errand.url, errand.delay, {errand.url}, len(attempts)
        passed: tuple[Exchange, ...] = ()
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
                kind=errand.kind,
            )
            answer, rests = await self._courier.send(call, delay, attempts)
            passed += answer.exchanges
            if answer.status not in _REDIRECTS:
                return replace(self._judged(call, answer, rests), exchanges=passed)
            url = _target(answer)
            if url in seen:
                raise BadRedirect(f"{redacted(errand.url)}: redirected in a circle, to {redacted(url)}")
            seen.add(url)
            self._guard.check(url)
            delay = await self._permit(errand.kind, url, errand.agent_at(url))
        raise BadRedirect(f"{redacted(errand.url)}: redirected more than {errand.redirects} times")

    def _judged(self, call: Call, answer: Answer, rests_until: datetime | None) -> Answer:
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
            retry_after=rests_until or self._courier.retry_after(answer) if status >= 400 else None,
        )
        if status == HTTPStatus.NOT_MODIFIED:
            failure.passing = Passing.TEMPORARY  # nothing was asked about: some cache's mistake
        raise failure


def _target(answer: Answer) -> URL:
    shown = redacted(answer.url)
    if not (answer.location or "").strip():
        raise BadRedirect(f"{shown}: answered {_phrase(answer.status)} without a Location")
    try:
        return addresses.join(answer.url, answer.location or "")
    except ValueError as error:
        raise BadRedirect(f"{shown}: its redirect cannot be followed: {error}") from None


def _manners(config: WebConfig) -> Manners:
    delay = config.delay.total_seconds()
    rest = config.address_delay
    return Manners(
        delay=delay,
        address_delay=delay / 2 if rest is None else rest.total_seconds(),
        factor=config.latency_factor,
        delay_max=config.delay_max.total_seconds(),
        patience=config.retry_wait_max.total_seconds(),
        trouble=config.trouble,
        longest_wait=config.crawl_delay_max.total_seconds(),
    )


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _printable(agent: str) -> str:
    return agent if agent.isprintable() else "".join(filter(str.isprintable, agent))
