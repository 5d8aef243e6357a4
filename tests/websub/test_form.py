"""A form is sent once, whole, and carries its secret nowhere it was not meant for."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from yarl import URL

from crawler.config import WebConfig
from crawler.errors import BadRedirect, BadStatus, Unreachable
from crawler.web import Door, form
from crawler.web.exchange import Answer
from tests.fakes import FakeClock
from tests.web.origin import LOOPBACK, Origin
from tests.websub.examples import NOON

FIELDS = {"hub.mode": "subscribe", "hub.topic": "https://wire.example/feed?a=1&b=é", "hub.secret": "s3cr3t"}


def answer(url: str, status: int, location: str | None = None) -> Answer:
    return Answer(url=URL(url), status=status, headers={}, location=location, body=b"", at=NOON)


def asked(url: str) -> object:
    call = form.call(URL(url), FIELDS, agent="crawler", seconds=5, hop=0)

    def answered(status: int, location: str | None = None) -> URL | None:
        return form.redirected(call, answer(url, status, location))

    return answered


def test_z71_a_secret_never_goes_from_https_to_http() -> None:
    secure = asked("https://hub.example/")
    with pytest.raises(BadRedirect, match="from https to http"):
        secure(307, "http://hub.example/")  # type: ignore[operator]
    assert secure(308, "https://other.example/") == URL("https://other.example/")  # type: ignore[operator]
    assert asked("http://hub.example/")(307, "/x") == URL("http://hub.example/x")  # type: ignore[operator]


@pytest.mark.parametrize("location", [None, "", "/a", "ftp://x/", "http://[", "//"])
def test_a_redirect_that_leads_nowhere_is_said(location: str | None) -> None:
    with pytest.raises(BadRedirect, match="cannot be followed"):
        asked("https://hub.example/a")(307, location)  # type: ignore[operator]


@pytest.mark.parametrize("status", [200, 202, 204, 400, 503])
def test_anything_else_is_the_answer(status: int) -> None:
    assert asked("https://hub.example/")(status) is None  # type: ignore[operator]


def settings(**more: object) -> WebConfig:
    return WebConfig(**{"delay": "0s", "allow_private": LOOPBACK} | more)  # type: ignore[arg-type]


async def test_a_form_is_posted_as_it_is_and_once(origin: Origin) -> None:
    origin.routes["/hub"] = b"HTTP/1.1 202 Accepted\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    async with Door(settings(), FakeClock(NOON)) as door:
        assert await door.post_form(origin.url("/hub"), FIELDS) == 202
        assert await door.post_form(origin.url("/hub"), FIELDS) == 202
    assert len(origin.seen) == 2
    seen = origin.seen[0]
    assert seen.raw.startswith(b"POST /hub HTTP/1.1\r\n")
    assert origin.seen[1].raw.startswith(
        urlencode(FIELDS).encode() + b"POST /hub "
    )  # the body, then the next one
    assert seen.header("content-type") == "application/x-www-form-urlencoded"
    assert {"cookie", "authorization", "referer", "transfer-encoding"}.isdisjoint(seen.names)


async def test_a_form_that_fails_is_not_sent_again_by_itself(origin: Origin) -> None:
    async def breaks(*_: object) -> None:
        return None

    origin.routes["/503"] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    origin.routes["/cut"] = breaks
    async with Door(settings(), FakeClock(NOON)) as door:
        with pytest.raises(BadStatus):
            await door.post_form(origin.url("/503"), FIELDS)
        with pytest.raises(Unreachable):
            await door.post_form(origin.url("/cut"), FIELDS)
    assert origin.paths() == ["/503", "/cut"]


async def test_a_retry_after_of_a_hub_is_told(origin: Origin) -> None:
    origin.routes["/hub"] = b"HTTP/1.1 429 Slow\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
    async with Door(settings(), FakeClock(NOON)) as door:
        with pytest.raises(BadStatus) as failure:
            await door.post_form(origin.url("/hub"), FIELDS)
    assert failure.value.retry_after is not None
    assert (failure.value.retry_after - NOON).total_seconds() == 3600


async def test_a_long_answer_is_not_read_to_its_end(origin: Origin) -> None:
    body = b"x" * 500_000
    origin.routes["/hub"] = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    async with Door(settings(), FakeClock(NOON)) as door:
        assert await door.post_form(origin.url("/hub"), FIELDS) == 200
