from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from datetime import timedelta

import pytest

from crawler.errors import BadStatus, FetchError, HostPaused, Passing, Refused, Unreachable
from crawler.model import Page, Request, RobotsCopy, Validators
from crawler.web import robots, rules
from crawler.web.robots import FAILED, FRESH, product
from tests.fakes import FakePoliteness
from tests.web.origin import FakeClock, Names, Origin, make_door, reply, say

CLOSED = b"User-agent: *\nDisallow: /private\n"


async def fetch(origin: Origin, path: str = "/a", *, kind: str = "page", clock: object = None) -> Page:
    async with make_door(robots=True, clock=clock or FakeClock()) as door:
        return await door.get(Request(url=origin.url(path), kind=kind))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def pages(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=b"page")
    origin.routes["/private/a"] = reply(body=b"private")


async def test_p12_robots_txt_comes_first_and_once_for_all_pages_of_an_origin(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=CLOSED)
    clock = FakeClock()
    async with make_door(robots=True, clock=clock) as door:
        await asyncio.gather(*(door.get(Request(url=origin.url("/a"), kind="page")) for _ in range(10)))
        assert origin.paths() == ["/robots.txt"] + ["/a"] * 10
        clock.time += FRESH + 1
        await door.get(Request(url=origin.url("/a"), kind="page"))
    assert origin.paths()[-2:] == ["/robots.txt", "/a"]
    assert set(origin.seen[0].names) == {"host", "user-agent", "accept", "accept-encoding"}


async def test_a_disallowed_page_is_refused_and_never_asked_for(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=CLOSED)
    with pytest.raises(Refused, match=r"/robots\.txt disallows it for wire-crawler; \[web\] robots = false"):
        await fetch(origin, "/private/a")
    assert origin.paths() == ["/robots.txt"]


async def test_a_redirect_into_a_disallowed_path_is_refused_there(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=CLOSED)
    origin.routes["/a"] = reply(302, Location="/private/a")
    with pytest.raises(Refused) as caught:
        await fetch(origin)
    assert origin.paths() == ["/robots.txt", "/a"]
    assert [attempt.url for attempt in caught.value.attempts] == [origin.url("/a")]


@pytest.mark.parametrize("path", ["/%70rivate/a", "/x/../private/a", "/./private/a", "/%c3%a9"])
async def test_p12_no_spelling_of_a_disallowed_path_is_asked_for(path: str, origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body="User-agent: *\nDisallow: /private\nDisallow: /é\n".encode())
    origin.routes["/a"] = reply(302, Location=origin.url(path))
    for asked in ("/a", path):
        with pytest.raises(Refused, match="disallows it"):
            await fetch(origin, asked)
    assert set(origin.paths()) == {"/robots.txt", "/a"}


async def test_a_redirect_to_another_origin_asks_its_robots_txt_first(origin: Origin) -> None:
    async with Origin() as other:
        other.routes["/robots.txt"] = reply(body=b"User-agent: *\nDisallow: /\n")
        origin.routes["/a"] = reply(302, Location=other.url("/there"))
        with pytest.raises(Refused):
            await fetch(origin)
    assert other.paths() == ["/robots.txt"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_p12_4xx_means_that_everything_is_allowed(status: int, origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(status, CLOSED)
    assert (await fetch(origin, "/private/a")).body == b"private"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_p12_5xx_closes_the_origin_for_now(status: int, origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(status)
    with pytest.raises(Unreachable, match=f"closed for now: its robots.txt answered {status}") as caught:
        await fetch(origin)
    assert caught.value.passing == "temporary"
    assert "/a" not in origin.paths()


@pytest.mark.parametrize(
    "answer", [say(reset=True), say(b"nonsense"), reply(body=CLOSED[:9], length=50, Connection="close")]
)
async def test_p12_a_robots_txt_that_does_not_come_closes_the_origin_for_now(
    answer: object, origin: Origin
) -> None:
    origin.routes["/robots.txt"] = answer  # type: ignore[assignment]
    with pytest.raises(Unreachable, match=r"its robots\.txt cannot be had"):
        await fetch(origin)
    assert "/a" not in origin.paths()


async def test_a_failed_robots_txt_is_tried_within_the_visit_and_again_after_a_while(origin: Origin) -> None:
    origin.routes["/robots.txt"] = [reply(500), reply(500), reply(500), reply(body=CLOSED)]
    clock = FakeClock()
    async with make_door(robots=True, clock=clock, attempts=2) as door:
        for _ in range(3):
            with pytest.raises(Unreachable):
                await door.get(Request(url=origin.url("/a"), kind="page"))
        assert origin.paths() == ["/robots.txt"] * 2
        clock.time += FAILED + 1
        assert (await door.get(Request(url=origin.url("/a"), kind="page"))).body == b"page"
    assert origin.paths() == ["/robots.txt"] * 4 + ["/a"]


async def test_p12_five_redirects_of_robots_txt_are_followed(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(301, Location="/r1")
    for hop in range(1, 5):
        origin.routes[f"/r{hop}"] = reply(301, Location=f"/r{hop + 1}")
    origin.routes["/r5"] = reply(body=CLOSED)
    with pytest.raises(Refused):
        await fetch(origin, "/private/a")


@pytest.mark.parametrize("location", ["/robots.txt", "http://10.0.0.1/robots.txt", "file:///etc/passwd"])
async def test_a_robots_txt_that_leads_nowhere_counts_as_none(location: str, origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(302, Location=location)
    assert (await fetch(origin)).body == b"page"


async def test_p12_a_robots_txt_over_the_limit_is_read_up_to_it(origin: Origin) -> None:
    filler = b"# " + b"x" * 100 + b"\n"
    late = CLOSED + filler * 6000 + b"User-agent: *\nDisallow: /a\n"
    origin.routes["/robots.txt"] = reply(body=late)
    assert (await fetch(origin)).body == b"page"
    with pytest.raises(Refused):
        await fetch(origin, "/private/a")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xef\xbb\xbf" + CLOSED,
        b"<html>not found</html>",
        b"\x00\xff" * 100,
        CLOSED.replace(b"\n", b"\r"),
    ],
)
async def test_p12_odd_files_are_read_as_far_as_they_can_be(body: bytes, origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=body)
    assert (await fetch(origin)).body == b"page"
    if b"Disallow" in body:
        with pytest.raises(Refused):
            await fetch(origin, "/private/a")


@pytest.mark.parametrize(
    ("value", "gap"), [("7", 7.0), ("0.5", 1.0), ("300", 300.0), ("-3", 1.0), ("nan", 1.0), ("x", 1.0)]
)
async def test_p12_a_crawl_delay_raises_the_delay(value: str, gap: float, origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=f"User-agent: *\nCrawl-delay: {value}\n".encode())
    clock = FakeClock()
    async with make_door(robots=True, clock=clock, delay="1s") as door:
        for _ in range(3):
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert clock.slept == [1.0, gap, gap]


@pytest.mark.parametrize("value", ["301", "99999999", "999999999999"])
async def test_p12_a_crawl_delay_over_the_longest_parks_the_hosts_pages_and_is_kept_by_its_feeds(
    value: str, origin: Origin
) -> None:
    origin.routes["/robots.txt"] = reply(body=f"User-agent: *\nCrawl-delay: {value}\n".encode())
    clock = FakeClock()
    async with make_door(robots=True, clock=clock, delay="1s") as door:
        with pytest.raises(Refused, match=rf"asks for {value} s between two.*crawl_delay_max is 300 s"):
            await door.get(Request(url=origin.url("/a"), kind="page"))
        await door.get(Request(url=origin.url("/a"), kind="feed"))
        asked = clock.now()
        with pytest.raises(HostPaused) as caught:
            await door.get(Request(url=origin.url("/a"), kind="feed"))
    assert caught.value.retry_after == asked + min(timedelta(seconds=float(value)), timedelta(days=3650))
    assert origin.paths() == ["/robots.txt", "/a"]


async def hourly(origin: Origin, days: int) -> list[float]:
    """Hours at which the feed was fetched, asked for each hour."""
    clock, fetched = FakeClock(), []
    async with make_door(robots=True, clock=clock, delay="1s") as door:
        for hour in range(24 * days):
            with contextlib.suppress(HostPaused):
                await door.get(Request(url=origin.url("/a"), kind="feed"))
                fetched.append(hour)
            clock.time += 3600
    return fetched


@pytest.mark.parametrize(("value", "least"), [(86_400, 24), (100_000, 27)])
async def test_p12_a_feed_whose_crawl_delay_is_a_day_or_more_is_still_asked(
    value: int, least: int, origin: Origin
) -> None:
    """Asking for robots.txt once a day does not use up the feed's own turn."""
    origin.routes["/robots.txt"] = reply(body=f"User-agent: *\nCrawl-delay: {value}\n".encode())
    fetched = await hourly(origin, 20)
    assert len(fetched) > 15
    assert min(after - before for before, after in itertools.pairwise(fetched)) >= least


async def test_p13_a_crawl_delay_of_years_ends_when_robots_txt_does_not_ask_for_it_any_more(
    origin: Origin,
) -> None:
    slip = reply(body=b"User-agent: *\nCrawl-delay: 99999999\n")
    origin.routes["/robots.txt"] = [slip, slip, reply(404)]
    assert (await hourly(origin, 3))[:3] == [0, 48, 49]


async def test_a_crawl_delay_is_kept_over_a_restart_by_robots_txt_itself(origin: Origin) -> None:
    """The old copy is too old to be believed; its delay still holds for asking for the new one."""
    origin.routes["/robots.txt"] = reply(body=b"User-agent: *\nCrawl-delay: 200\n")
    clock, memory = FakeClock(), FakePoliteness()
    for wait in (FRESH - 10, 0):
        async with make_door(robots=True, clock=clock, memory=memory) as door:
            await door.get(Request(url=origin.url("/a"), kind="page"))
            clock.time += wait
            if wait:
                await door.get(Request(url=origin.url("/a"), kind="page"))
                clock.time += 11
    assert origin.paths() == ["/robots.txt", "/a", "/a", "/robots.txt", "/a"]
    assert clock.slept == [189.0, 200.0]


async def test_feeds_that_obey_are_refused_and_closed_like_pages_and_keep_a_long_delay(
    origin: Origin,
) -> None:
    origin.routes["/robots.txt"] = reply(body=CLOSED + b"Crawl-delay: 1000\n")
    clock = FakeClock()
    async with make_door(robots=True, clock=clock, feed_robots="obey") as door:
        with pytest.raises(Refused, match=r'\[web\] feed_robots = "delay" would fetch it'):
            await door.get(Request(url=origin.url("/private/a"), kind="feed"))
        await door.get(Request(url=origin.url("/a"), kind="feed"))
        with pytest.raises(HostPaused):
            await door.get(Request(url=origin.url("/a"), kind="feed"))
        clock.time += FRESH
        origin.routes["/robots.txt"] = reply(500)
        with pytest.raises(Unreachable, match="closed for now"):
            await door.get(Request(url=origin.url("/a"), kind="feed"))


async def test_older_pages_of_a_feed_are_found_and_bound_like_pages(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=CLOSED)
    with pytest.raises(Refused):
        await fetch(origin, "/private/a", kind="older")


# --------------------------------------------------------------------------- over time and restarts


async def test_p12_a_robots_txt_is_believed_a_day_by_the_calendar_over_restarts(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=CLOSED)
    clock, memory = FakeClock(), FakePoliteness()
    for hours in (0, 10, 13, 2):
        clock.time += hours * 3600
        async with make_door(robots=True, clock=clock, memory=memory) as door:
            await door.get(Request(url=origin.url("/a"), kind="page"))
            with pytest.raises(Refused):
                await door.get(Request(url=origin.url("/private/a"), kind="page"))
    assert origin.paths() == ["/robots.txt", "/a", "/a", "/a", "/robots.txt", "/a"]
    copy = memory.copies[origin.url("").removesuffix("/")]
    assert (copy.body, copy.status, copy.failure) == (CLOSED, 200, None)


async def test_p04_a_robots_txt_from_the_future_is_asked_for_again(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=CLOSED)
    clock, memory = FakeClock(), FakePoliteness()
    memory.copies[origin.url("")] = RobotsCopy(fetched_at=clock.now() + timedelta(days=1), status=404)
    async with make_door(robots=True, clock=clock, memory=memory) as door:
        with pytest.raises(Refused):
            await door.get(Request(url=origin.url("/private/a"), kind="page"))


async def test_p04_a_robots_txt_that_will_have_failed_in_the_future_fails_now_and_closes(
    origin: Origin,
) -> None:
    origin.routes["/robots.txt"] = reply(503)
    clock, memory = FakeClock(), FakePoliteness()
    key, tomorrow = origin.url("").removesuffix("/"), clock.now() + timedelta(days=1)
    memory.copies[key] = RobotsCopy(fetched_at=tomorrow, status=503, failure="down", failing_since=tomorrow)
    async with make_door(robots=True, clock=clock, memory=memory) as door:
        with pytest.raises(Unreachable, match="closed for now"):
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert memory.copies[key].fetched_at == clock.now()


async def test_p13_a_robots_txt_that_fails_for_31_days_keeps_the_host_closed_throughout(
    origin: Origin,
) -> None:
    origin.routes["/robots.txt"] = reply(503)
    clock, memory = FakeClock(), FakePoliteness()
    for _ in range(31):
        async with make_door(robots=True, clock=clock, memory=memory, trouble=5) as door:
            for _ in range(24):
                with pytest.raises((Unreachable, HostPaused)):
                    await door.get(Request(url=origin.url("/a"), kind="page"))
                clock.time += 3600
    assert set(origin.paths()) == {"/robots.txt"}
    assert len(origin.seen) <= 10 + 2 * 31
    origin.routes["/robots.txt"] = reply(body=CLOSED)
    clock.time += 43_200
    async with make_door(robots=True, clock=clock, memory=memory) as door:
        assert (await door.get(Request(url=origin.url("/a"), kind="page"))).body == b"page"


async def test_p13_a_failing_robots_txt_is_asked_for_less_and_less_up_to_twice_a_day(origin: Origin) -> None:
    asked: list[float] = []

    async def fail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(clock.time)
        writer.write(reply(500, Connection="close"))

    origin.routes["/robots.txt"] = fail
    clock = FakeClock()
    async with make_door(robots=True, clock=clock) as door:
        for _ in range(4 * 24 * 6):
            with pytest.raises(Unreachable):
                await door.get(Request(url=origin.url("/a"), kind="page"))
            clock.time += 600
    gaps = [round((after - before) / 600) for before, after in itertools.pairwise(asked)]
    assert gaps == [1, 1, 2, 4, 8, 16, 32, 64, 72, 72, 72, 72, 72, 72]


async def test_p13_a_ban_is_obeyed_within_a_day(origin: Origin) -> None:
    origin.routes["/robots.txt"] = [reply(404), reply(body=b"User-agent: *\nDisallow: /\n")]
    clock, memory, fetched = FakeClock(), FakePoliteness(), 0
    for _ in range(30):
        async with make_door(robots=True, clock=clock, memory=memory) as door:
            with contextlib.suppress(Refused):
                await door.get(Request(url=origin.url("/a"), kind="page"))
                fetched += 1
            clock.time += 3600
    assert fetched == 24


async def test_a_429_on_robots_txt_is_no_permission(origin: Origin) -> None:
    origin.routes["/robots.txt"] = [reply(429, Retry_After="60"), reply(429), reply(body=CLOSED)]
    clock = FakeClock()
    async with make_door(robots=True, clock=clock) as door:
        with pytest.raises(BadStatus, match="429"):
            await door.get(Request(url=origin.url("/a"), kind="page"))
        clock.time += 60
        with pytest.raises(Unreachable, match=r"closed for now: its robots\.txt answered 429"):
            await door.get(Request(url=origin.url("/a"), kind="page"))
        assert (await door.get(Request(url=origin.url("/a"), kind="feed"))).body == b"page"
    assert origin.paths() == ["/robots.txt", "/a"]


async def test_the_crawl_delay_of_a_robots_txt_that_fails_now_still_holds(origin: Origin) -> None:
    origin.routes["/robots.txt"] = [reply(body=b"User-agent: *\nCrawl-delay: 50\n"), reply(500)]
    clock = FakeClock()
    async with make_door(robots=True, clock=clock) as door:
        await door.get(Request(url=origin.url("/a"), kind="feed"))
        clock.time += FRESH + 1
        for _ in range(2):
            await door.get(Request(url=origin.url("/a"), kind="feed"))
    assert clock.slept == [50.0, 50.0]


async def test_a_feed_is_fetched_by_order_but_its_crawl_delay_is_obeyed(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=b"User-agent: *\nDisallow: /\nCrawl-delay: 9\n")
    clock = FakeClock()
    async with make_door(robots=True, clock=clock) as door:
        for _ in range(2):
            await door.get(Request(url=origin.url("/a"), kind="feed"))
    assert origin.paths() == ["/robots.txt", "/a", "/a"]
    assert clock.slept == [9.0]


@pytest.mark.parametrize("answer", [reply(503), reply(404), say(reset=True), reply(body=CLOSED)])
async def test_unchanged_polls_add_one_robots_txt_a_day_at_most(answer: object, origin: Origin) -> None:
    origin.routes["/robots.txt"] = answer  # type: ignore[assignment]
    origin.routes["/feed"] = reply(304)
    clock = FakeClock()
    # Only the wire keeps real time here: a busy machine must not be a failure that has robots.txt asked again.
    async with make_door(robots=True, clock=clock, total_timeout="5m", connect_timeout="5m") as door:
        for _ in range(48):
            page = await door.get(
                Request(url=origin.url("/feed"), kind="feed", validators=Validators(etag='"1"'))
            )
            assert page.not_modified
            clock.time += 1790
    assert origin.paths().count("/robots.txt") == 1


async def test_only_so_many_origins_are_remembered(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.web.robots._KEPT_ORIGINS", 2)
    origin.routes["/robots.txt"] = reply(body=CLOSED)
    resolver = Names()
    resolver.default = ["127.0.0.1"]
    async with make_door(robots=True, clock=FakeClock(), resolver=resolver) as door:
        for host in ("a", "b", "c", "c", "b", "a"):
            await door.get(Request(url=origin.url("/a", f"{host}.example"), kind="page"))
        assert len(door._robots._known) == 2
        assert door._robots._size == sum(len(known.packed) for known in door._robots._known.values())
    assert origin.paths().count("/robots.txt") == 4


async def test_robots_false_asks_for_nothing(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(body=b"User-agent: *\nDisallow: /\n")
    async with make_door(robots=False) as door:
        await door.get(Request(url=origin.url("/a"), kind="page"))
    assert origin.paths() == ["/a"]


async def test_retry_after_on_robots_txt_pauses_the_host(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(429, Retry_After="3600")
    with pytest.raises(BadStatus) as caught:
        await fetch(origin)
    assert caught.value.retry_after is not None
    assert origin.paths() == ["/robots.txt"]


async def test_a_silence_says_nothing_about_robots_txt(origin: Origin) -> None:
    origin.routes["/feed"] = reply(429, Retry_After=f"{FRESH + 3600:.0f}")
    origin.routes["/robots.txt"] = reply(body=b"User-agent: *\nDisallow: /\n")
    clock = FakeClock()
    async with make_door(robots=True, clock=clock) as door:
        with pytest.raises(BadStatus):
            await door.get(Request(url=origin.url("/feed"), kind="feed"))
        clock.time += FRESH + 1  # what was known of robots.txt is stale, the silence is not over
        with pytest.raises(HostPaused):
            await door.get(Request(url=origin.url("/a"), kind="page"))
        clock.time += 3600
        with pytest.raises(Refused):
            await door.get(Request(url=origin.url("/a"), kind="page"))


async def test_a_failure_on_our_side_closes_nothing(origin: Origin) -> None:
    resolver = Names(wire_example=["127.0.0.1"])
    origin.routes["/robots.txt"] = reply(404)
    async with make_door(robots=True, resolver=resolver, clock=FakeClock()) as door:
        fetch_robots = door._robots._fetch

        async def offline(*_: object) -> bytes:
            error = Unreachable("no descriptors left")
            error.passing = Passing.OURS
            raise error

        door._robots._fetch = offline
        with pytest.raises(FetchError, match="no descriptors left"):
            await door.get(Request(url=origin.url("/a", "wire.example"), kind="page"))
        door._robots._fetch = fetch_robots
        assert (await door.get(Request(url=origin.url("/a", "wire.example"), kind="page"))).body == b"page"


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("wire-crawler/0.1 (x)", "wire-crawler"),
        ("Mozilla/5.0 (compatible)", "Mozilla"),
        ("bot", "bot"),
        ("7", "*"),
    ],
)
def test_the_product_token_is_the_first_word_of_the_user_agent(agent: str, token: str) -> None:
    assert product(agent) == token


async def test_rules_for_our_own_name_beat_those_for_everyone(origin: Origin) -> None:
    origin.routes["/robots.txt"] = reply(
        body=b"User-agent: *\nDisallow: /\n\nUser-agent: Wire-Crawler\nDisallow: /private\n"
    )
    assert (await fetch(origin)).body == b"page"
    with pytest.raises(Refused):
        await fetch(origin, "/private/a")


async def test_x65_a_large_robots_txt_is_read_beside_the_loop(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    reading = robots._large

    def read(packed: bytes, token: str) -> rules.Rules:
        threads.append(threading.current_thread())
        return reading(packed, token)

    monkeypatch.setattr(robots, "_large", read)
    body = b"User-agent: *\n" + b"".join(b"Disallow: /*a*b*c*%d$\n" % number for number in range(20_000))
    origin.routes["/robots.txt"] = reply(body=body)
    assert (await fetch(origin)).body == b"page"
    assert threads
    assert threading.main_thread() not in threads
