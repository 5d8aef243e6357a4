from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest

from crawler.errors import BadRedirect, BadStatus, FetchError, Passing, Refused, Truncated
from crawler.model import Request, Validators
from tests.web.origin import START, FakeClock, Origin, make_door, reply

BOTH = Validators(etag='W/"abc;/+é"', last_modified="Sun, 01 Mar 2026 10:00:00 GMT")
SAFE = {"host", "user-agent", "accept", "accept-encoding"}


async def test_a_page_comes_with_everything_that_is_known_of_it(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=b"<p>Hello</p>", Content_Type="text/html", ETag='"1"', X_Two="a")
    clock = FakeClock()
    async with make_door(clock=clock) as door:
        page = await door.get(Request(url=origin.url("/a#part"), kind="page"))
    assert (page.url, page.final_url, page.status) == (origin.url("/a#part"), origin.url("/a"), 200)
    assert page.body == b"<p>Hello</p>"
    assert page.digest == hashlib.sha256(b"<p>Hello</p>").hexdigest()
    assert page.fetched_at == START
    assert page.headers["content-type"] == "text/html"
    assert page.validators == Validators(etag='"1"')
    (attempt,) = page.attempts
    assert (attempt.url, attempt.number, attempt.hop, attempt.status) == (origin.url("/a"), 1, 0, 200)
    assert (attempt.wire_bytes, attempt.peer, attempt.error) == (12, "127.0.0.1", None)


async def test_nothing_but_the_agreed_headers_is_sent(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=b"x")
    async with make_door(user_agent="wire-crawler/9 (+https://archive.example)") as door:
        await door.get(Request(url=origin.url("/a").replace("//", "//user:secret@"), kind="page"))
        await door.get(Request(url=origin.url("/a?b=1#c"), kind="feed", user_agent="Other/1"))
    first, second = origin.seen
    assert set(first.names) == set(second.names) == SAFE
    assert first.header("user-agent") == "wire-crawler/9 (+https://archive.example)"
    assert first.header("accept-encoding") == "gzip, deflate, br"
    assert (first.header("accept") or "").startswith("text/html")
    assert (second.path, second.header("user-agent")) == ("/a?b=1", "Other/1")
    assert "rss+xml" in (second.header("accept") or "")


async def test_validators_are_given_back_byte_for_byte_and_answered_304(origin: Origin) -> None:
    origin.routes["/feed"] = reply(304, ETag='"new"')
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/feed"), kind="feed", validators=BOTH))
    assert origin.seen[0].header("if-none-match") == BOTH.etag
    assert origin.seen[0].header("if-modified-since") == BOTH.last_modified
    assert set(origin.seen[0].names) == SAFE | {"if-none-match", "if-modified-since"}
    assert page.not_modified
    assert (page.body, page.digest) == (b"", hashlib.sha256(b"").hexdigest())
    assert page.headers["etag"] == '"new"'


async def test_an_etag_of_eight_thousand_bytes_goes_there_and_back(origin: Origin) -> None:
    etag = '"' + "x" * 8000 + '"'
    origin.routes["/feed"] = reply(body=b"x", ETag=etag)
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/feed"), kind="feed"))
        await door.get(Request(url=origin.url("/feed"), kind="feed", validators=page.validators))
    assert origin.seen[1].header("if-none-match") == etag


@pytest.mark.parametrize("etag", ['"a\r\nX-Evil: 1"', '"\ufffd"', "", '"\x00"'])
async def test_a_validator_that_cannot_be_given_back_exactly_is_left_out(etag: str, origin: Origin) -> None:
    origin.routes["/feed"] = reply(body=b"x")
    async with make_door() as door:
        await door.get(Request(url=origin.url("/feed"), kind="feed", validators=Validators(etag=etag)))
    assert set(origin.seen[0].names) == SAFE


async def test_a_header_that_is_no_text_becomes_text(origin: Origin) -> None:
    origin.routes["/feed"] = reply(body=b"x", ETag='"\udce9"', X_Name="caf\u00e9")
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/feed"), kind="feed"))
    assert page.headers["etag"] == '"\ufffd"'
    assert page.headers["x-name"] == "caf\u00e9"


async def test_304_to_an_unconditional_request_is_a_passing_failure(origin: Origin) -> None:
    origin.routes["/feed"] = reply(304)
    async with make_door() as door:
        with pytest.raises(BadStatus, match="304 Not Modified") as caught:
            await door.get(Request(url=origin.url("/feed"), kind="feed"))
    assert caught.value.passing is Passing.TEMPORARY


async def test_cookies_are_neither_kept_nor_sent_nor_shown(origin: Origin) -> None:
    origin.routes["/a"] = reply(302, Set_Cookie="id=1; Path=/", Location="/b")
    origin.routes["/b"] = reply(body=b"x", Set_Cookie="id=2; Path=/")
    async with make_door() as door:
        for _ in range(2):
            page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert all(set(seen.names) == SAFE for seen in origin.seen)
    assert "set-cookie" not in page.headers


async def test_proxies_and_netrc_of_the_environment_are_ignored(
    origin: Origin, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    origin.routes["/a"] = reply(body=b"direct")
    async with Origin() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with make_door() as door:
            page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert page.body == b"direct"
    assert proxy.connections == 0
    assert set(origin.seen[0].names) == SAFE


# --------------------------------------------------------------------------- statuses


@pytest.mark.parametrize(
    ("status", "passing"),
    [
        (400, Passing.PERMANENT), (401, Passing.PERMANENT), (403, Passing.PERMANENT), (404, Passing.PERMANENT),
        (410, Passing.PERMANENT), (451, Passing.PERMANENT), (300, Passing.PERMANENT), (408, Passing.TEMPORARY),
        (425, Passing.TEMPORARY), (429, Passing.TEMPORARY), (500, Passing.TEMPORARY), (503, Passing.TEMPORARY),
        (599, Passing.TEMPORARY),
    ],
)  # fmt: skip
async def test_a_status_that_is_no_success_fails_by_its_number(
    status: int, passing: Passing, origin: Origin
) -> None:
    origin.routes["/a"] = reply(status, b"<h1>sorry</h1>")
    async with make_door() as door:
        with pytest.raises(BadStatus, match=f"/a: answered {status}") as caught:
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert (caught.value.status, caught.value.passing) == (status, passing)
    assert [attempt.status for attempt in caught.value.attempts] == [status]


async def test_a_part_that_nobody_asked_for_is_not_the_whole(origin: Origin) -> None:
    origin.routes["/a"] = reply(206, b"half", Content_Range="bytes 0-3/8")
    async with make_door() as door:
        with pytest.raises(Truncated, match="206"):
            await door.get(Request(url=origin.url("/a"), kind="page"))


async def test_204_is_an_empty_page(origin: Origin) -> None:
    origin.routes["/a"] = b"HTTP/1.1 204 No Content\r\n\r\n"
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert (page.status, page.body) == (204, b"")


# --------------------------------------------------------------------------- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_and_each_hop_recorded(status: int, origin: Origin) -> None:
    origin.routes["/a"] = reply(status, b"moved", Location="/b?x=1#part")
    origin.routes["/b"] = reply(body=b"here")
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert (page.url, page.final_url, page.body) == (origin.url("/a"), origin.url("/b?x=1"), b"here")
    first, second = page.attempts
    assert (first.hop, first.status, first.location) == (0, status, "/b?x=1#part")
    assert (second.hop, second.status, second.location) == (1, 200, None)
    assert all("referer" not in seen.names for seen in origin.seen)


async def test_ten_redirects_are_followed_and_the_eleventh_is_not(origin: Origin) -> None:
    for hop in range(11):
        origin.routes[f"/{hop}"] = reply(302, Location=f"/{hop + 1}")
    origin.routes["/10"] = reply(body=b"end")
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/0"), kind="page"))
        assert (page.body, len(page.attempts)) == (b"end", 11)
        origin.routes["/10"] = reply(302, Location="/11")
        with pytest.raises(BadRedirect, match="more than 10 times") as caught:
            await door.get(Request(url=origin.url("/0"), kind="page"))
    assert len(caught.value.attempts) == 11
    assert "/11" not in origin.paths()


@pytest.mark.parametrize("location", ["/a", "", "#x"])
async def test_a_circle_or_an_empty_location_is_a_bad_redirect(location: str, origin: Origin) -> None:
    origin.routes["/a"] = reply(302, Location=location)
    async with make_door() as door:
        with pytest.raises(BadRedirect, match=r"circle|without a Location"):
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert len(origin.seen) == 1


async def test_a_longer_circle_is_found_when_it_closes(origin: Origin) -> None:
    origin.routes["/a"] = reply(302, Location="/b")
    origin.routes["/b"] = reply(302, Location="/a")
    async with make_door() as door:
        with pytest.raises(BadRedirect, match="in a circle"):
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert len(origin.seen) == 2


async def test_a_missing_location_is_a_bad_redirect(origin: Origin) -> None:
    origin.routes["/a"] = reply(301, b"x", URI="/b")
    async with make_door() as door:
        with pytest.raises(BadRedirect, match="301 Moved Permanently without a Location"):
            await door.get(Request(url=origin.url("/a"), kind="page"))


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "javascript:alert(1)", "ftp://x/", "http://[::1", "http://a b/", "data:,x"],
)
async def test_a_location_that_is_no_web_address_is_a_bad_redirect(location: str, origin: Origin) -> None:
    origin.routes["/a"] = reply(302, Location=location)
    async with make_door() as door:
        with pytest.raises(BadRedirect, match="cannot be followed"):
            await door.get(Request(url=origin.url("/a"), kind="page"))


async def test_a_location_in_another_encoding_is_followed_byte_for_byte(origin: Origin) -> None:
    origin.routes["/a"] = reply(302, Location="/caf\udce9")
    origin.routes["/caf%E9"] = reply(body=b"latin")
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert page.body == b"latin"
    assert page.attempts[0].location == "/caf\ufffd"


async def test_nothing_crosses_to_another_origin(origin: Origin) -> None:
    async with Origin() as other:
        origin.routes["/feed"] = reply(302, Location="/moved")
        origin.routes["/moved"] = reply(302, Location=f"http://user:canary@127.0.0.1:{other.port}/there")
        other.routes["/there"] = reply(body=b"x")
        async with make_door() as door:
            page = await door.get(Request(url=origin.url("/feed"), kind="feed", validators=BOTH))
    assert page.body == b"x"
    assert all(seen.header("if-none-match") == BOTH.etag for seen in origin.seen)
    assert set(other.seen[0].names) == SAFE


async def test_a_feed_that_always_redirects_to_another_host_is_asked_conditionally_there(
    origin: Origin,
) -> None:
    async with Origin() as other, make_door() as door:
        origin.routes["/feed"] = reply(302, Location=other.url("/there"))
        other.routes["/there"] = [reply(body=b"x", ETag='"1"'), reply(304)]
        first = await door.get(Request(url=origin.url("/feed"), kind="feed"))
        assert first.validators == Validators(etag='"1"', url=other.url("/there"))
        second = await door.get(Request(url=origin.url("/feed"), kind="feed", validators=first.validators))
    assert second.not_modified
    assert other.seen[1].header("if-none-match") == '"1"'
    assert all(set(seen.names) == SAFE for seen in origin.seen)


async def test_validators_of_elsewhere_are_sent_to_nobody_else(origin: Origin) -> None:
    origin.routes["/feed"] = reply(body=b"x")
    async with make_door() as door:
        for given in (
            "http://other.example/feed",
            f"http://127.0.0.1:{origin.port + 1}/feed",
            "not an address",
        ):
            validators = Validators(etag='"canary"', url=given)
            await door.get(Request(url=origin.url("/feed"), kind="feed", validators=validators))
    assert all(set(seen.names) == SAFE for seen in origin.seen)


async def test_validators_name_their_giver_only_where_a_redirect_led_away(origin: Origin) -> None:
    origin.routes["/feed"] = reply(body=b"x", ETag='"1"')
    origin.routes["/old"] = reply(301, Location="/feed")
    origin.routes["/none"] = reply(301, Location="/plain")
    origin.routes["/plain"] = reply(body=b"x")
    async with make_door() as door:
        for path, url in (("/feed#top", None), ("/old", origin.url("/feed")), ("/none", None)):
            page = await door.get(Request(url=origin.url(path), kind="feed"))
            assert page.validators.url == url


async def test_304_of_another_origin_that_was_sent_no_validators_is_not_ours(origin: Origin) -> None:
    async with Origin() as other:
        origin.routes["/feed"] = reply(302, Location=other.url("/there"))
        other.routes["/there"] = reply(304)
        async with make_door() as door:
            with pytest.raises(BadStatus):
                await door.get(Request(url=origin.url("/feed"), kind="feed", validators=BOTH))


# --------------------------------------------------------------------------- limits and secrets


async def test_feeds_and_pages_have_their_own_limits(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=b"x" * 500)
    async with make_door(page_limit="500B", feed_limit="400B") as door:
        assert len((await door.get(Request(url=origin.url("/a"), kind="page"))).body) == 500
        with pytest.raises(Exception, match="500 bytes are announced, the limit is 400 bytes"):
            await door.get(Request(url=origin.url("/a"), kind="feed"))


async def test_the_deadline_covers_all_redirects_of_a_try_together(origin: Origin) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.08)
        writer.write(reply(302, Location=f"/{len(origin.seen)}", Connection="close"))

    for hop in range(10):
        origin.routes[f"/{hop}"] = slow
    async with make_door(total_timeout="300ms") as door:
        with pytest.raises(Exception, match="no complete answer within"):
            await door.get(Request(url=origin.url("/0"), kind="page"))
    assert len(origin.seen) <= 5


CANARY = "canary5d1e"


@pytest.mark.parametrize(
    "make",
    [
        lambda origin: reply(404),
        lambda origin: reply(302, Location=f"/feed?token={CANARY}"),
        lambda origin: reply(302, Location=f"http://u:{CANARY}@10.0.0.1/?key={CANARY}"),
        lambda origin: reply(302, Location=f"ftp://u:{CANARY}@x.example/?key={CANARY}"),
        lambda origin: reply(302),
        lambda origin: b"nonsense\r\n\r\n",
        lambda origin: reply(body=b"x", length=5, Connection="close"),
        lambda origin: reply(body=b"x", Content_Encoding="sdch"),
        lambda origin: reply(body=b"x" * 2_000),
    ],
)
async def test_no_message_holds_a_secret_of_the_address(make: object, origin: Origin) -> None:
    origin.routes["/feed"] = make(origin)  # type: ignore[operator]
    url = origin.url(f"/feed?token={CANARY}").replace("//", f"//user:{CANARY}@")
    async with make_door(page_limit="1kB") as door:
        with pytest.raises(FetchError) as caught:
            await door.get(Request(url=url, kind="page"))
    assert CANARY not in str(caught.value)
    assert all(CANARY not in (attempt.error or "") for attempt in caught.value.attempts)
    assert all(f"user:{CANARY}" not in attempt.url for attempt in caught.value.attempts)


async def test_a_refused_address_shows_no_secret_either() -> None:
    async with make_door() as door:
        with pytest.raises(Refused) as caught:
            await door.get(Request(url=f"http://u:{CANARY}@10.0.0.1/?api_key={CANARY}", kind="page"))
    assert CANARY not in str(caught.value)


async def test_cancelling_a_fetch_frees_the_host_and_the_connection(origin: Origin) -> None:
    arrived = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    origin.routes["/hang"] = hang
    origin.routes["/a"] = reply(body=b"free")
    async with make_door(connections=1) as door:
        for _ in range(3):
            task = asyncio.ensure_future(door.get(Request(url=origin.url("/hang"), kind="page")))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            arrived.clear()
        assert (await door.get(Request(url=origin.url("/a"), kind="page"))).body == b"free"


async def test_waiting_for_a_turn_does_not_eat_the_deadline(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=b"x")
    clock = FakeClock()
    async with make_door(clock=clock, delay="300s", total_timeout="2s") as door:
        for _ in range(3):
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert clock.slept == [300.0, 300.0]
    assert timedelta(seconds=600) == clock.now() - START


async def test_many_hosts_do_not_wait_for_one_another(origin: Origin) -> None:
    release = asyncio.Event()

    async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.write(reply(body=b"late", Connection="close"))

    origin.routes["/a"] = reply(body=b"x")
    async with Origin("127.0.0.2", port=origin.port) as slow, make_door() as door:
        slow.routes["/held"] = held
        stuck = asyncio.ensure_future(door.get(Request(url=slow.url("/held"), kind="page")))
        for _ in range(20):
            await door.get(Request(url=origin.url("/a"), kind="page"))
        assert not stuck.done()
        release.set()
        assert (await stuck).body == b"late"
