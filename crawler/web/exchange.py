"""One GET over one connection: headers, deadlines, limits, and every failure by its name.

The only place that sends anything.  No redirects, no retries, no cookies, no environment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import aiohttp
from yarl import URL

from crawler.config import WebConfig
from crawler.errors import FetchError, TooLarge, Unreachable
from crawler.model import Attempt
from crawler.ports import Clock
from crawler.web import faults
from crawler.web.addresses import redacted
from crawler.web.connector import Connector, Resolver, Trail, trail
from crawler.web.decode import Decoder
from crawler.web.guard import Guard

GRACE = 10.0  #: seconds a body may take to begin flowing at the minimum rate
HEADER_SIZE = 8190  #: bytes of the status line and of one header
HEADER_COUNT = 128
_BODILESS = frozenset({204, 205})
_COOKIES = frozenset({"set-cookie", "set-cookie2"})
_SINGLE = frozenset(
    {"etag", "last-modified", "location", "content-type", "content-length", "retry-after", "date", "expires"}
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; the body only of a success, decoded."""

    url: URL
    status: int
    headers: dict[str, str]  #: names in lower case, repeated ones joined
    location: str | None  #: as it came; bytes that are no UTF-8 as lone surrogates
    body: bytes
    at: datetime


@dataclass(slots=True)
class Progress:
    """An exchange under way."""

    scope: asyncio.Timeout
    started: float  #: by the clock
    deadline: float  #: by the clock
    reason: str
    path: Trail = field(default_factory=Trail)
    status: int | None = None
    location: str | None = None
    received: int = 0


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

    def __init__(self, config: WebConfig, guard: Guard, clock: Clock, resolver: Resolver) -> None:
        self._config = config
        self._guard = guard
        self._clock = clock
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def get(self, call: Call, note: Callable[[Attempt], None]) -> Answer:
        """Send one GET; the attempt is noted whatever happens.  Raises a ``FetchError``."""
        began = self._clock.monotonic()
        at = self._clock.now()
        reason = f"no complete answer within {call.seconds:g} s"
        error: str | None = "interrupted"
        scope = asyncio.timeout(call.seconds)
        progress = Progress(scope=scope, started=began, deadline=began + call.seconds, reason=reason)
        token = trail.set(progress.path)
        try:
            answer = await self._guarded(call, progress)
            error = None
            return answer
        except FetchError as failure:
            error = f"{failure.kind}: {failure}"
            raise
        finally:
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
            raise faults.named(error, call.url) from error

    async def _exchange(self, call: Call, progress: Progress) -> Answer:
        response = await self._open_session().get(call.url, headers=call.headers, allow_redirects=False)
        try:
            headers = _headers(response)
            progress.status = response.status
            progress.location = headers.get("location")
            body = b""
            if 200 <= response.status < 300 and response.status not in _BODILESS:
                body = await self._body(call, response, progress)
            return Answer(
                url=call.url,
                status=response.status,
                headers=headers,
                location=response.headers.get("Location"),
                body=body,
                at=self._clock.now(),
            )
        finally:
            response.close()  # of a body read to its end, the connection is kept all the same

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
            decoder.feed(data[: max(0, call.limit - progress.received + len(data))])
            if progress.received > call.limit:
                raise TooLarge(f"more than the limit of {call.limit} bytes came over the wire")

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

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=Connector(self._guard, self._resolver, sockets=self._config.connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=_seconds(self._config.connect_timeout), ceil_threshold=3600
                ),
                max_line_size=HEADER_SIZE,
                max_field_size=HEADER_SIZE,
                max_headers=HEADER_COUNT,
                middlewares=(_without_hidden_retry,),
            )
        return self._session


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


async def _without_hidden_retry(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp repeats a GET whose connection broke; that is right only for a stale kept connection."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        seen = trail.get()
        if seen.connected and seen.refused is None:
            raise faults.named(error, request.url) from error
        raise


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


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Names in lower case; of fields that have one value only, the first; cookies left out."""
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        if key in _COOKIES:
            continue
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if key in _SINGLE or key not in headers:
            headers.setdefault(key, text)
        else:
            headers[key] = f"{headers[key]}, {text}"
    return headers


def _seconds(value: timedelta) -> float:
    return value.total_seconds()
