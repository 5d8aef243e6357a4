"""Impolite pollers: the real crawler behind a wire that spoils one of its manners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from crawler.errors import CrawlError
from crawler.model import Attempt
from crawler.web.exchange import Answer, Call
from tests.world.seen import Seen
from tests.world.server import PAGE, Reply
from tests.world.wire import Wire

VALIDATORS = ("If-None-Match", "If-Modified-Since")


def without(call: Call, *names: str) -> Call:
    return replace(call, headers={name: value for name, value in call.headers.items() if name not in names})


def told(
    reply: Reply, *, status: int | None = None, body: bytes | None = None, drop: tuple[str, ...] = ()
) -> Reply:
    """A copy of the reply as the crawler is to believe it."""
    return Reply(
        status=status or reply.status,
        headers={name: value for name, value in reply.headers.items() if name not in drop},
        body=reply.body if body is None else body,
        seconds=reply.seconds,
        is_feed=reply.is_feed,
        failure=reply.failure,
    )


class Forgetful(Wire):
    """Sends no validators."""

    def sent(self, call: Call) -> Call:
        return without(call, *VALIDATORS)


class Unquoting(Wire):
    """Drops the quotes of ETags."""

    def sent(self, call: Call) -> Call:
        tag = call.headers.get("If-None-Match")
        return replace(call, headers={**call.headers, "If-None-Match": tag.strip('"')}) if tag else call


class Deaf(Wire):
    """Hears neither Retry-After nor what it belongs to."""

    def heard(self, seen: Seen, reply: Reply) -> Reply:
        if reply.status not in {429, 503} or seen.kind == "robots":
            return reply
        return (
            told(reply, status=200, body=PAGE)
            if seen.kind == "page"
            else told(reply, status=404, drop=("retry-after",))
        )


class Impatient(Wire):
    """Does not hear how long an answer stays fresh."""

    def heard(self, seen: Seen, reply: Reply) -> Reply:
        return told(reply, drop=("cache-control", "expires", "age")) if reply.failure is None else reply


class Believing(Wire):
    """Takes every redirect for a permanent one, and the dead for living."""

    def heard(self, seen: Seen, reply: Reply) -> Reply:
        if reply.status in {302, 303, 307}:
            return told(reply, status=308)
        return told(reply, status=404) if reply.status == 410 else reply


class Chatty(Wire):
    """Sends a cookie and a referrer."""

    def sent(self, call: Call) -> Call:
        return replace(
            call, headers={**call.headers, "Cookie": "seen=1", "Referer": "https://lanternfield.example/"}
        )


class Tracking(Wire):
    """Adds a query to every address."""

    def sent(self, call: Call) -> Call:
        return replace(call, url=call.url.update_query(nocache="1"))


class Trespassing(Wire):
    """Reads every robots.txt as an empty one."""

    def heard(self, seen: Seen, reply: Reply) -> Reply:
        return told(reply, status=200, body=b"") if seen.kind == "robots" and reply.failure is None else reply


class Doubling(Wire):
    """Asks everything twice at once."""

    async def get(self, call: Call, note: Callable[[Attempt], None]) -> Answer:
        first, second = await asyncio.gather(
            super().get(call, note), super().get(call, note), return_exceptions=True
        )
        for each in (first, second):
            if isinstance(each, BaseException) and not isinstance(each, CrawlError):
                raise each
        if isinstance(second, BaseException):
            raise second
        return second
