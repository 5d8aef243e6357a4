"""R55: while nothing is to be begun nothing is sent, by whatever way it would have gone."""

from __future__ import annotations

import asyncio

import pytest

from crawler.errors import NoRoom
from crawler.model import Request
from crawler.web import Door
from tests.web.origin import Names, Origin, RealClock, reply, settings


class Gatekeeper:
    """Lets requests through, holds them, or refuses them."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.refusal: NoRoom | None = None

    async def __call__(self) -> None:
        await self.open.wait()
        if self.refusal is not None:
            raise self.refusal


def door(keeper: Gatekeeper, *, robots: bool = False) -> Door:
    return Door(settings(robots=robots), RealClock(), resolver=Names(), admit=keeper)


async def turns(origin: Origin) -> None:
    async with asyncio.timeout(5):
        await asyncio.sleep(0.1)
    assert origin.seen == []


async def test_r55_a_page_its_robots_txt_and_a_form_wait_to_be_admitted(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=b"x")
    origin.routes["/robots.txt"] = reply(body=b"")
    origin.routes["/hub"] = reply(202)
    keeper = Gatekeeper()
    async with door(keeper, robots=True) as way:
        page = asyncio.create_task(way.get(Request(url=origin.url("/a"), kind="page")))
        form = asyncio.create_task(way.post_form(origin.url("/hub"), {"hub.mode": "subscribe"}))
        await turns(origin)
        keeper.open.set()
        assert (await page).body == b"x"
        assert await form == 202
    assert sorted(seen.path for seen in origin.seen) == ["/a", "/hub", "/robots.txt"]


async def test_r55_a_redirect_and_another_try_are_requests_too(origin: Origin) -> None:
    origin.routes["/a"] = reply(302, Location="/b")
    origin.routes["/b"] = reply(body=b"x")
    asked: list[int] = []

    async def count() -> None:
        asked.append(1)

    way = Door(settings(), RealClock(), resolver=Names(), admit=count)
    async with way:
        await way.get(Request(url=origin.url("/a"), kind="page"))
    assert len(asked) == len(origin.seen) == 2


async def test_r55_what_is_refused_is_raised_and_nothing_sent(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=b"x")
    keeper = Gatekeeper()
    keeper.open.set()
    keeper.refusal = NoRoom("the disk has 3 MB left")
    async with door(keeper) as way:
        with pytest.raises(NoRoom):
            await way.get(Request(url=origin.url("/a"), kind="page"))
        assert origin.seen == []
        keeper.refusal = None
        assert (await way.get(Request(url=origin.url("/a"), kind="page"))).body == b"x"
