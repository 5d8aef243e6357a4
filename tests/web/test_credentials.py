"""Z71: a canary in every place where a secret can stand, and where it must never be seen."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from crawler.errors import FetchError
from crawler.model import Page, Request, Validators
from tests.web.origin import Origin, make_door, reply, say

CANARY = "canary9c41"
OWN = Validators(etag=f'"{CANARY}"', last_modified="Sun, 01 Mar 2026 10:00:00 GMT")
AGENT = f"partner/{CANARY}"


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Where the canary was seen."""

    strangers: int  #: requests to other origins that held it
    messages: int  #: error texts that held it


def request(origin: Origin, agent: str | None) -> Request:
    """Userinfo, query token, validators and perhaps an own User-Agent, all with the canary."""
    url = origin.url(f"/feed?token={CANARY}").replace("//", f"//user:{CANARY}@")
    return Request(url=url, kind="feed", validators=OWN, user_agent=agent)


async def sight(origin: Origin, *strangers: Origin, agent: str | None = None) -> Sight:
    """Ask once, then look for the canary everywhere."""
    messages = []
    async with make_door(feed_limit="1kB") as door:
        try:
            outcome: Page | FetchError = await door.get(request(origin, agent))
        except FetchError as error:
            outcome = error
            messages = [str(error), repr(error.args), *(each.error or "" for each in error.attempts)]
        addresses = [each.url for each in outcome.attempts]
    assert not [url for url in addresses if f":{CANARY}@" in url]
    return Sight(
        strangers=sum(CANARY.encode() in seen.raw for stranger in strangers for seen in stranger.seen),
        messages=sum(CANARY in message for message in messages),
    )


async def wander(origin: Origin, what: str, status: int, agent: str | None) -> Sight:
    """Redirected to strangers."""
    async with Origin("127.0.0.2") as host, Origin() as port:
        other = port if what == "another port" else host
        origin.routes["/feed"] = reply(status, Location=other.url("/there"))
        there = reply(status, Location=port.url("/last")) if what.endswith("port too") else reply(body=b"{}")
        other.routes["/there"] = there
        port.routes["/last"] = reply(body=b"{}")
        found = await sight(origin, host, port, agent=agent)
        assert CANARY.encode() in origin.seen[0].raw
        assert host.seen or port.seen
    return found


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("what", ["another host", "another port", "another host, another port too"])
async def test_z71_no_secret_reaches_another_origin(status: int, what: str, origin: Origin) -> None:
    assert await wander(origin, what, status, None) == Sight(strangers=0, messages=0)


@pytest.mark.parametrize("what", ["another host", "another port"])
async def test_z71_an_own_user_agent_is_shown_only_to_the_site_it_was_made_for(
    what: str, origin: Origin
) -> None:
    assert await wander(origin, what, 302, AGENT) == Sight(strangers=0, messages=0)


async def test_z71_userinfo_of_an_address_is_never_sent_at_all(origin: Origin) -> None:
    origin.routes["/feed"] = reply(body=b"<rss></rss>")
    await sight(origin)
    assert origin.seen[0].header("authorization") is None
    assert b"user:" not in origin.seen[0].raw


FAILURES = {
    "404": reply(404),
    "500": reply(500),
    "a broken answer": b"nonsense\r\n\r\n",
    "no answer": say(),
    "a reset": say(reset=True),
    "a cut": reply(body=b"x", length=5, Connection="close"),
    "an unknown coding": reply(body=b"x", Content_Encoding="sdch"),
    "too large": reply(body=b"x" * 2_000),
    "a control character": reply(body=b"x", X_Odd=f"{CANARY}\x01"),
    "a loop": reply(302, Location=f"/feed?token={CANARY}"),
    "no Location": reply(302),
    "a forbidden scheme": reply(302, Location=f"ftp://u:{CANARY}@x.example/?key={CANARY}"),
    "a forbidden address": reply(302, Location=f"http://u:{CANARY}@10.0.0.1/?key={CANARY}"),
    "a forbidden port": reply(302, Location=f"http://u:{CANARY}@8.8.8.8:22/?key={CANARY}"),
    "a broken Location": reply(302, Location=f"http://u:{CANARY}@[::1/?key={CANARY}"),
    "an open end": say(b"HTTP/1.0 200 OK\r\n\r\n<html>"),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_z71_no_failure_tells_a_secret_of_the_address(
    case: str, origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    origin.routes["/feed"] = FAILURES[case]
    assert await sight(origin, agent=AGENT) == Sight(strangers=0, messages=0)
    assert CANARY not in caplog.text


async def test_z71_a_name_that_cannot_be_resolved_tells_no_secret() -> None:
    async with make_door() as door:
        with pytest.raises(FetchError) as caught:
            await door.get(
                Request(
                    url=f"http://u:{CANARY}@nowhere.example/?token={CANARY}", kind="feed", user_agent=AGENT
                )
            )
    assert CANARY not in str(caught.value)
    assert all(CANARY not in (attempt.error or "") for attempt in caught.value.attempts)
