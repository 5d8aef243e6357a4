"""One GET over one connection: headers, deadlines, limits, and every failure by its name.

The only place that sends anything.  No redirects, no retries, no cookies, no environment.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

import aiohttp
from yarl import URL

from crawler.config import WebConfig
from crawler.errors import FetchError, TooLarge, Truncated, Unreachable
from crawler.message.decode import Decoder
from crawler.model import Attempt, Exchange, sha256
from crawler.model.raw import Kind
from crawler.ports import Clock
from crawler.web import ending, faults, headers, proxy, session, tape, tls
from crawler.web.addresses import redacted
from crawler.web.connector import Resolver, Trail, trail
from crawler.web.guard import Guard

GRACE = 10.0  #: seconds: of a head from its first byte to its last; of a body before its rate counts
_BODILESS = frozenset({204, 205})
_UNENDED = 512  #: answers remembered whose end nothing showed


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is sent, and how much may come back."""

    url: URL
    headers: dict[str, str]
    limit: int  #: bytes of the body, on the wire and decoded
    seconds: float  #: for everything from the connection to the last byte
    number: int = 1  #: as in ``Attempt``
    hop: int = 0  #: as in ``Attempt``
    cut: bool = False  #: a body over the limit is cut there instead of refused
    method: str = "GET"
    body: bytes | None = None  #: of a POST
    addresses: tuple[str, ...] = ()  #: of which one is connected to, the first preferred; (): any
    kind: Kind | None = None  #: what it is to be kept as in a raw archive; None: not at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; the body only of a success, decoded."""

    url: URL
    status: int
    headers: dict[str, str]  #: names in lower case, repeated ones joined
    location: str | None  #: as it came; bytes that are no UTF-8 as lone surrogates
    body: bytes
    at: datetime
    exchanges: tuple[Exchange, ...] = ()  #: for the raw archive, where there is one


@dataclass(slots=True)
class Progress:
    """An exchange under way."""

    scope: asyncio.Timeout
    started: float  #: by the clock
    deadline: float  #: by the clock
    reason: str
    path: Trail = field(default_factory=Trail)
    began: float | None = None  #: when the answer's first bytes came, by the clock
    status: int | None = None
    location: str | None = None
    received: int = 0
    tape: tape.Tape | None = None  #: where it is to be kept


class Sender(Protocol):
    """What the door needs of the wire: one GET at a time; ``Client`` keeps it, and a simulation may."""

    async def get(self, call: Call, note: Callable[[Attempt], None]) -> Answer:
        """Send one GET; the attempt is noted whatever happens.  Raises a ``FetchError``."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class Client:
    """Sends calls, one connection each at a time, and tells what became of each."""

    def __init__(
        self, config: WebConfig, guard: Guard, clock: Clock, resolver: Resolver, *, record: bool = False
    ) -> None:
        self._record = record  # bytes of the wire are held only where they will be kept
        self._config = config
        self._guard = guard
        self._clock = clock
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None
        self._tls = tls.trust(config.ca_file)
        self._unended: OrderedDict[str, str] = OrderedDict()  #: address → digest

    async def get(self, call: Call, note: Callable[[Attempt], None]) -> Answer:
        """Send one GET; the attempt is noted whatever happens.  Raises a ``FetchError``."""
        began = self._clock.monotonic()
        at = self._clock.now()
        reason = f"no complete answer within {call.seconds:g} s"
        error: str | None = "interrupted"
        scope = asyncio.timeout(call.seconds)
        progress = Progress(scope=scope, started=began, deadline=began + call.seconds, reason=reason)
        progress.path.pinned = call.addresses
        if self._record and call.kind:
            progress.tape = tape.Tape(kind=call.kind, hop=call.hop, at=at, agent=self._config.user_agent)
        progress.path.heard = lambda: self._hurry(progress)
        token = trail.set(progress.path)
        try:
            answer = await self._guarded(call, progress)
            error = None
            return answer
        except FetchError as failure:
            error = f"{failure.kind}: {failure}"
            raise
        finally:
            progress.path.heard = None
            trail.reset(token)
            note(_attempt(call, progress, at, self._clock.monotonic() - began, error))

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _guarded(self, call: Call, progress: Progress) -> Answer:
        """Every failure of aiohttp, sockets and time becomes one of ours, here and nowhere else."""
        try:
            async with progress.scope:
                return await self._exchange(call, progress)
        except TimeoutError as error:
            reason = progress.reason if progress.scope.expired() else faults.connecting(self._config)
            raise Unreachable(f"{redacted(call.url)}: {reason}") from error
        except FetchError as error:
            raise faults.located(error, call.url) from error.__cause__
        except Exception as error:
            if progress.path.refused is not None:
                raise faults.located(progress.path.refused, call.url) from error
            raise faults.named(error, call.url, proxied=progress.path.proxied) from error

    async def _send(self, call: Call, progress: Progress) -> aiohttp.ClientResponse:
        if self._session is None:
            self._session = session.opened(self._config, self._guard, self._resolver)
        if self._config.proxy is not None:
            await proxy.judge(call.url, call.addresses, self._guard, self._resolver)
            progress.path.proxied = True
        response = await self._session.request(
            call.method, call.url, headers=call.headers, data=call.body, allow_redirects=False, ssl=self._tls
        )
        progress.path.heard = None
        if not progress.scope.expired():  # the head is whole: its grace is over
            left = max(0.0, progress.deadline - self._clock.monotonic())
            progress.scope.reschedule(asyncio.get_running_loop().time() + left)
        return response

    async def _exchange(self, call: Call, progress: Progress) -> Answer:
        response = await self._send(call, progress)
        try:
            fields = headers.kept(response)
            progress.status = response.status
            progress.location = fields.get("location")
            if progress.path.proxied and response.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                raise faults.of_proxy(call.url, "wants other credentials")
            body = b""
            if 200 <= response.status < 300 and response.status not in _BODILESS:
                body = await self._body(call, response, progress)
                self._judge_end(call, fields, body)
            return Answer(
                url=call.url,
                status=response.status,
                headers=fields,
                location=response.headers.get("Location"),
                body=body,
                at=self._clock.now(),
                exchanges=await tape.exchanges(progress.tape, response, progress.path.peer),
            )
        finally:
            response.close()  # of a body read to its end, the connection is kept all the same

    def _judge_end(self, call: Call, fields: dict[str, str], body: bytes) -> None:
        """Where neither framing nor coding tells the end, the document must, or the same end twice.

        Raises ``Truncated``.  A cut hardly falls on the same byte again; a page that leaves out its
        last tag ends there each time.
        """
        if headers.bounded(fields) or fields.get("content-encoding") or call.cut or ending.shown(body):
            return
        url, digest = str(call.url), sha256(body)
        known = self._unended.pop(url, None)
        self._unended[url] = digest  # also of what is believed: unchanged, it need not come twice again
        if len(self._unended) > _UNENDED:
            self._unended.popitem(last=False)
        if known != digest:
            raise Truncated("the body's length was not told, and the end of its document is missing")

    async def _body(self, call: Call, response: aiohttp.ClientResponse, progress: Progress) -> bytes:
        decoder = Decoder(",".join(response.headers.getall("Content-Encoding", ())), call.limit)
        try:
            if not call.cut and (response.content_length or 0) > call.limit:
                raise TooLarge(
                    f"{response.content_length} bytes are announced, the limit is {call.limit} bytes"
                )
            await self._pump(call, response.content, decoder, progress)
        except TooLarge:
            if call.cut:
                if progress.tape is not None:
                    progress.tape.whole = False
                return decoder.body
            raise
        return decoder.finish()

    async def _pump(
        self, call: Call, content: aiohttp.StreamReader, decoder: Decoder, progress: Progress
    ) -> None:
        pace = Pace(self._config.minimum_rate, self._clock.monotonic())
        while True:
            self._keep_pace(pace, progress)
            data = await content.readany()
            if not data:
                return
            progress.received += len(data)
            data = data[: max(0, call.limit - progress.received + len(data))]
            if progress.tape is not None:
                progress.tape.body += data
            decoder.feed(data)
            if progress.received > call.limit:
                raise TooLarge(f"more than the limit of {call.limit} bytes came over the wire")

    def _hurry(self, progress: Progress) -> None:
        """Bytes of a head came: it must be whole within the grace of its first one, or it drips."""
        now = self._clock.monotonic()
        if progress.began is None:
            progress.began = now
        due = progress.began + GRACE
        if due < progress.deadline and not progress.scope.expired():
            progress.reason = f"its headers were not whole {GRACE:g} s after they began"
            progress.scope.reschedule(asyncio.get_running_loop().time() + max(0.0, due - now))

    def _keep_pace(self, pace: Pace, progress: Progress) -> None:
        """Move the deadline to when the next bytes must be here, by rate or by total time."""
        now = self._clock.monotonic()
        due = pace.due(progress.received)
        if due < progress.deadline:
            progress.reason = f"the body came slower than {pace.minimum} bytes per second"
        left = min(due, progress.deadline) - now
        if left <= 0:
            raise Unreachable(progress.reason)
        progress.scope.reschedule(asyncio.get_running_loop().time() + left)


@dataclass(frozen=True, slots=True)
class Pace:
    """The slowest flow a body may have: ``minimum`` bytes per second after a grace."""

    minimum: int
    started: float

    def due(self, received: int) -> float:
        """When more than ``received`` bytes must be here, on the clock of ``started``."""
        if self.minimum <= 0:
            return float("inf")
        return self.started + max(GRACE, received / self.minimum)


def _attempt(call: Call, progress: Progress, at: datetime, seconds: float, error: str | None) -> Attempt:
    return Attempt(
        url=str(call.url),
        started_at=at,
        number=call.number,
        hop=call.hop,
        status=progress.status,
        wire_bytes=progress.received,
        seconds=seconds,
        peer=progress.path.peer,
        location=progress.location,
        error=error,
    )
