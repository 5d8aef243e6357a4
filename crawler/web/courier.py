"""One exchange from door to door: the host's turn, its addresses, their turns, a connection.

Whatever becomes of it, the gate is told; no request is sent by another way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from yarl import URL

from crawler import timing, urls
from crawler.errors import FetchError, Passing, Refused, Truncated, Unreachable
from crawler.model import Attempt
from crawler.ports import Clock
from crawler.web import names
from crawler.web.exchange import Answer, Call, Sender
from crawler.web.gate import Gate, Turn
from crawler.web.manners import Outcome, Verdict, outcome_of

_PAUSES = frozenset({429, 503})


class Courier:
    """Sends calls, each in the turns of its host and its addresses."""

    def __init__(
        self,
        gate: Gate,
        found: names.Names,
        client: Sender,
        clock: Clock,
        *,
        connections: int,
        admit: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """``admit`` has the last word before each request; it waits or raises."""
        self._admit = admit
        self._gate = gate
        self._names = found
        self._client = client
        self._clock = clock
        self._connections = asyncio.Semaphore(connections)

    async def send(self, call: Call, delay: float, attempts: list[Attempt]) -> tuple[Answer, datetime | None]:
        """One exchange, and until when the host is left alone after it, if it is.

        ``delay`` is the host's Crawl-delay in seconds.  Raises ``HostPaused`` where nothing may be
        sent for long, and what ``Sender.get`` raises.
        """
        async with self._gate.turn(bothered(call.url.origin()), delay=delay) as turn:
            call = await self._located(call, turn, attempts)
            await turn.at(map(names.key, call.addresses))
            async with self._connections:
                if self._admit is not None:
                    await self._admit()
                answer = await self._exchange(call, turn, attempts)
            return answer, turn.rests_until

    def retry_after(self, answer: Answer) -> datetime | None:
        """The moment that the answer's Retry-After names, by the clock."""
        value, date = answer.headers.get("retry-after"), answer.headers.get("date")
        return timing.retry_after(value, date, self._clock.now()) if value else None

    async def _located(self, call: Call, turn: Turn, attempts: list[Attempt]) -> Call:
        """The call with the addresses it may go to; the time that took is the request's own."""
        began, at = self._clock.monotonic(), self._clock.now()
        try:
            found = await self._names.choose(call.url, number=call.number, seconds=call.seconds)
        except FetchError as failure:
            seconds = self._clock.monotonic() - began
            attempts.append(_unsent(call, at, seconds, failure))
            turn.verdict = Verdict(outcome=_failed(failure))
            raise
        left = round(call.seconds - (self._clock.monotonic() - began), 3)
        return replace(call, addresses=found, seconds=left)

    async def _exchange(self, call: Call, turn: Turn, attempts: list[Attempt]) -> Answer:
        began, before = self._clock.monotonic(), len(attempts)
        try:
            answer = await self._client.get(call, attempts.append)
        except FetchError as failure:
            turn.verdict = Verdict(outcome=_failed(failure), seconds=self._clock.monotonic() - began)
            self._learn(call, turn, attempts[before:], failure)
            raise
        turn.verdict = Verdict(
            outcome=outcome_of(answer.status),
            seconds=self._clock.monotonic() - began,
            status=answer.status,
            silence=self._silence(answer),
        )
        self._learn(call, turn, attempts[before:], None)
        return answer

    def _silence(self, answer: Answer) -> float | None:
        """Seconds for which a 429 or a 503 asks by its Retry-After; None where it does not."""
        until = self.retry_after(answer) if answer.status in _PAUSES else None
        return None if until is None else (until - self._clock.now()).total_seconds()

    def _learn(self, call: Call, turn: Turn, made: list[Attempt], failure: FetchError | None) -> None:
        """Which of the addresses was asked, and which do not answer."""
        peer = made[-1].peer if made else None
        if peer is not None:
            turn.peer = names.key(peer)
            self._names.worked(call.url, peer)
        elif isinstance(failure, Unreachable) and failure.passing is not Passing.OURS:
            self._names.failed(call.addresses)


@lru_cache(maxsize=4096)
def bothered(origin: URL) -> str:
    """The host that a request bothers."""
    return urls.politeness_key(str(origin)) or str(origin.raw_host)


def _failed(failure: FetchError) -> Outcome:
    """What a failure without an answer tells of the host."""
    if failure.passing is Passing.OURS:
        return Outcome.UNKNOWN
    if isinstance(failure, Unreachable | Truncated):
        return Outcome.FAILED
    return Outcome.UNKNOWN if isinstance(failure, Refused) else Outcome.PLAIN


def _unsent(call: Call, at: datetime, seconds: float, failure: FetchError) -> Attempt:
    return Attempt(
        url=str(call.url),
        started_at=at,
        number=call.number,
        hop=call.hop,
        seconds=seconds,
        error=f"{failure.kind}: {failure}",
    )
