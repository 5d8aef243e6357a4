"""Exchanges for the raw archive: what went over the wire, without what is ours alone to know."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import brotlicffi as brotli
import pytest

from crawler.errors import BadStatus
from crawler.model import Exchange, Page, Request, Validators
from crawler.web import tape as tapes
from tests.web.origin import Origin, make_door, reply, say
from tests.web.test_proxy import Proxy, behind

CANARY = "canary9c41"
BODY = b"<html><body><p>Lumen Harbor opens a berth.</p></body></html>"


class Sink:
    """Is given what the door fetches for itself."""

    def __init__(self) -> None:
        self.given: list[Exchange] = []

    async def __call__(self, exchanges: Sequence[Exchange]) -> None:
        self.given += exchanges


async def fetched(url: str, sink: Sink | None = None, *, kind: str = "page", **changes: object) -> Page:
    async with make_door(raw=sink or Sink(), **changes) as door:
        return await door.get(Request(url=url, kind=kind))  # type: ignore[arg-type]


async def test_an_exchange_is_what_went_over_the_wire(origin: Origin) -> None:
    wire = gzip.compress(BODY)
    head = (
        b"HTTP/1.1 200 Quite fine\r\nserver: Quay\r\nX-Twice: a\r\nContent-Encoding: gzip\r\n"
        b"x-TWICE: b\r\nContent-Length: %d\r\n\r\n" % len(wire)
    )
    origin.routes["/a"] = say(head + wire)
    page = await fetched(origin.url("/a?b=1"))
    [exchange] = page.exchanges
    assert exchange.response_head == head
    assert exchange.body == wire
    assert page.body == BODY
    assert exchange.request_head == origin.only("/a?b=1").raw
    assert (exchange.url, exchange.peer, exchange.kind, exchange.hop, exchange.whole) == (
        origin.url("/a?b=1"), "127.0.0.1", "page", 0, True,
    )  # fmt: skip
    [attempt] = page.attempts
    assert exchange.started_at == attempt.started_at


async def test_without_a_raw_archive_no_bytes_of_the_wire_are_held(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=BODY)
    async with make_door() as door:
        assert (await door.get(Request(url=origin.url("/a"), kind="page"))).exchanges == ()


async def test_what_is_kept_is_asked_for_in_a_coding_that_every_tool_undoes(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=brotli.compress(BODY), Content_Encoding="br")
    page = await fetched(origin.url("/a"))
    assert origin.only("/a").header("accept-encoding") == "gzip, deflate"
    assert page.body == BODY  # a server that does not listen is understood all the same


async def test_chunks_are_joined_and_their_header_is_kept_as_it_came(origin: Origin) -> None:
    origin.routes["/a"] = say(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<html\r\n8\r\n></html>\r\n0\r\n\r\n"
    )
    [exchange] = (await fetched(origin.url("/a"))).exchanges
    assert exchange.body == b"<html></html>"
    assert b"Transfer-Encoding: chunked\r\n" in exchange.response_head


async def test_every_hop_is_kept_with_its_body(origin: Origin) -> None:
    origin.routes["/a"] = reply(301, b"moved, see there", Location="/b")
    origin.routes["/b"] = reply(302, Location=origin.url("/c"))
    origin.routes["/c"] = reply(body=BODY)
    page = await fetched(origin.url("/a"))
    assert [(one.hop, one.url, one.body, one.whole) for one in page.exchanges] == [
        (0, origin.url("/a"), b"moved, see there", True),
        (1, origin.url("/b"), b"", True),
        (2, origin.url("/c"), BODY, True),
    ]
    assert [one.started_at for one in page.exchanges] == [one.started_at for one in page.attempts]


@pytest.mark.parametrize("what", ["hangs", "is huge", "is cut"])
async def test_a_redirect_whose_body_is_not_whole_is_followed_all_the_same(
    origin: Origin, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tapes, "REST_SECONDS", 0.2 if what == "hangs" else 10.0)
    start = b"HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 900000\r\n\r\nsome"
    origin.routes["/a"] = {
        "hangs": say(start, hang=True),
        "is huge": say(start + b"x" * 200_000, hang=True),
        "is cut": say(start),
    }[what]
    origin.routes["/b"] = reply(body=BODY)
    moved, page = (await fetched(origin.url("/a"))).exchanges
    assert (moved.whole, page.whole, page.body) == (False, True, BODY)
    assert len(moved.body) <= tapes.REST_SIZE
    assert moved.body.startswith(b"some")


async def test_only_the_try_that_brought_the_page_is_kept(origin: Origin) -> None:
    origin.routes["/a"] = [reply(503), reply(body=BODY)]
    page = await fetched(origin.url("/a"), attempts=2, retry_wait="1ms")
    assert ([one.body for one in page.exchanges], len(page.attempts)) == ([BODY], 2)
    assert page.exchanges[0].started_at == page.attempts[1].started_at


async def test_a_failure_and_a_304_leave_no_exchange(origin: Origin) -> None:
    origin.routes["/gone"] = reply(410, b"gone")
    origin.routes["/feed"] = reply(304, ETag='"1"')
    with pytest.raises(BadStatus):
        await fetched(origin.url("/gone"))
    async with make_door(raw=Sink()) as door:
        known = Request(url=origin.url("/feed"), kind="feed", validators=Validators(etag='"1"'))
        page = await door.get(known)
    assert (page.not_modified, page.exchanges) == (True, ())


async def test_a_robots_txt_goes_to_the_sink_and_a_long_one_is_marked(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=BODY)
    for body, whole in ((b"User-agent: *\nAllow: /\n", True), (b"#" * 600_000, False)):
        origin.routes["/robots.txt"] = reply(body=body)
        sink = Sink()
        page = await fetched(origin.url("/a"), sink, robots=True)
        [robots] = sink.given
        assert (robots.kind, robots.whole) == ("robots", whole)
        assert body.startswith(robots.body)
        assert [one.kind for one in page.exchanges] == ["page"]


async def test_z71_no_secret_of_ours_reaches_a_record(origin: Origin) -> None:
    there = f"/there?api_key={CANARY}&page=2"
    origin.routes["/feed"] = reply(302, b"see there", Location=there)
    origin.routes["/there"] = reply(body=b"{}", Link=f'<{origin.url(there)}>; rel="self"')
    url = origin.url(f"/feed?token={CANARY}&n=1").replace("//", f"//user:{CANARY}@")
    async with make_door(raw=Sink()) as door:
        page = await door.get(Request(url=url, kind="feed", user_agent=f"partner/{CANARY}"))
    assert CANARY.encode() in origin.seen[0].raw
    for one in page.exchanges:
        assert CANARY not in one.url
        assert CANARY.encode() not in one.request_head + one.response_head + one.body
    moved, found = page.exchanges
    assert moved.url == origin.url("/feed?token=***&n=1")
    assert b"GET /feed?token=***&n=1 HTTP/1.1\r\n" in moved.request_head
    assert b"User-Agent: [redacted]\r\n" in moved.request_head
    assert b"Location: /there?api_key=***&page=2\r\n" in moved.response_head
    assert found.url == origin.url("/there?api_key=***&page=2")


async def test_z71_a_proxys_credentials_are_redacted(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=BODY)
    async with Proxy(origin) as proxy, behind(proxy, user=f"user:{CANARY}", raw=Sink()) as door:
        page = await door.get(Request(url="http://wire.example/a", kind="page"))
        [seen] = proxy.seen
    [exchange] = page.exchanges
    assert b"Proxy-Authorization: Basic" in seen.raw
    assert b"Proxy-Authorization: [redacted]\r\n" in exchange.request_head
    assert b"GET /a HTTP/1.1\r\n" in exchange.request_head


@pytest.mark.parametrize("before", ["0;url=", "0; url='", "0; ", "0;URL="])
async def test_a_refresh_shows_no_secret_however_it_is_spelt(origin: Origin, before: str) -> None:
    there = f"{before}https://wire.example/a?page=2&token={CANARY}"
    origin.routes["/a"] = reply(body=BODY, Refresh=there)
    [exchange] = (await fetched(origin.url("/a"))).exchanges
    assert f"Refresh: {before}https://wire.example/a?page=2&token=***\r\n".encode() in exchange.response_head


async def test_a_refresh_whose_first_pair_is_secret_shows_none(origin: Origin) -> None:
    there = "0;url=https://wire.example/a?token="
    origin.routes["/a"] = reply(body=BODY, Refresh=there + CANARY)
    [exchange] = (await fetched(origin.url("/a"))).exchanges
    assert f"Refresh: {there}***\r\n".encode() in exchange.response_head
