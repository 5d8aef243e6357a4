"""S27 and S28: redirects and answers as no server should give them.

``follow_up`` measures one malformed answer: what became of it, and of the requests after it.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import pytest

from crawler.errors import BadRedirect, FetchError, Refused, Unreachable
from crawler.model import Request, Validators
from crawler.web import exchange
from tests.web.origin import Origin, make_door, reply, say

SAFE = {"host", "user-agent", "accept", "accept-encoding"}
OWN = Validators(etag='"canary-etag"', last_modified="Sun, 01 Mar 2026 10:00:00 GMT")

# --------------------------------------------------------------------------- S27

UNUSABLE = [
    "file:///etc/passwd", "FILE:/etc/passwd", "javascript:alert(1)", "data:text/html,x", "ftp://x.example/",
    "gopher://x.example/", "about:blank", "//", "http://", "http:///etc", "http://[::1", "http://a b.example/",
    "http://x.example:99999/", "http://x.example:0/", "http://%00/", "view-source:http://x.example/", "http:\\\\x",
]  # fmt: skip


@pytest.mark.parametrize("location", UNUSABLE)
async def test_s27_a_location_that_is_no_web_address_is_a_bad_redirect(location: str, origin: Origin) -> None:
    origin.routes["/a"] = reply(302, Location=location)
    async with make_door() as door:
        with pytest.raises((BadRedirect, Refused)) as caught:
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert caught.value.passing == "permanent"
    assert origin.paths() == ["/a"]


async def test_s27_a_loop_of_any_length_and_the_eleventh_hop_end(origin: Origin) -> None:
    for size in range(1, 11):
        for i in range(size):
            origin.routes[f"/{size}/{i}"] = reply(302, Location=f"/{size}/{(i + 1) % size}")
    for i in range(30):
        origin.routes[f"/far/{i}"] = reply(302, Location=f"/far/{i + 1}")
    async with make_door() as door:
        for size in range(1, 11):
            with pytest.raises(BadRedirect, match="in a circle"):
                await door.get(Request(url=origin.url(f"/{size}/0"), kind="page"))
            assert len([path for path in origin.paths() if path.startswith(f"/{size}/")]) == size
        with pytest.raises(BadRedirect, match="more than 10 times"):
            await door.get(Request(url=origin.url("/far/0"), kind="page"))
    assert len([path for path in origin.paths() if path.startswith("/far/")]) == 11


async def test_s27_a_missing_or_empty_location_is_a_bad_redirect(origin: Origin) -> None:
    for number, answer in enumerate((reply(301), reply(302, Location=""), reply(308, Location="  "))):
        origin.routes[f"/{number}"] = answer
        async with make_door() as door:
            with pytest.raises(BadRedirect, match="without a Location"):
                await door.get(Request(url=origin.url(f"/{number}"), kind="page"))


async def test_s27_a_location_that_is_no_utf8_leaves_byte_for_byte(origin: Origin) -> None:
    origin.routes["/a"] = reply(302, Location="/caf\udce9\udcff?q=\udce9")
    origin.routes["/caf%E9%FF"] = reply(body=b"there")
    async with make_door() as door:
        assert (await door.get(Request(url=origin.url("/a"), kind="page"))).body == b"there"
    assert origin.paths()[1] == "/caf%E9%FF?q=%E9"


async def leaked_headers(kind: str, status: int) -> int:
    """Header fields beyond the safe ones that reach another host, another port, by one hop or two."""
    async with Origin() as first, Origin("127.0.0.2") as other, Origin() as port:
        first.routes["/feed"] = reply(status, Location=other.url("/next").replace("//", "//user:canary@"))
        other.routes["/next"] = reply(status, Location=port.url("/last"), Set_Cookie="id=canary")
        port.routes["/last"] = reply(body=b"<rss></rss>")
        async with make_door() as door:
            await door.get(Request(url=first.url("/feed"), kind=kind, validators=OWN))  # type: ignore[arg-type]
        assert first.seen[0].header("if-none-match") == OWN.etag
        strangers = [*other.seen, *port.seen]
        assert len(strangers) == 2
        return sum(len(set(seen.names) - SAFE) + (b"canary" in seen.raw) for seen in strangers)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_s27_nothing_but_safe_headers_crosses_to_another_origin(status: int) -> None:
    assert await leaked_headers("feed", status) == 0


# --------------------------------------------------------------------------- S28

OK = b"HTTP/1.1 200 OK\r\n"
SIZED = b"Content-Length: 5\r\n\r\nhello"
POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
#: Answers that are a typed failure.
MALFORMED: dict[str, bytes] = {
    "200 headers": OK + b"".join(b"X-%d: y\r\n" % i for i in range(200)) + SIZED,
    "a header of 9 kB": OK + b"X-Long: " + b"y" * 9000 + b"\r\n" + SIZED,
    "a status line of 9 kB": b"HTTP/1.1 200 " + b"y" * 9000 + b"\r\n" + SIZED,
    "a header name of 9 kB": OK + b"X" * 9000 + b": y\r\n" + SIZED,
    "\\x01 in a value": OK + b"X-Odd: a\x01b\r\n" + SIZED,
    "ESC in a value": OK + b"X-Odd: \x1b[31m\r\n" + SIZED,
    "NUL in a value": OK + b"X-Odd: a\x00b\r\n" + SIZED,
    "a lone CR in a value": OK + b"X-Odd: a\rb\r\n" + SIZED,
    "two lengths": OK + b"Content-Length: 6\r\n" + SIZED,
    "two lengths in one": OK + b"Content-Length: 5, 6\r\n\r\nhello",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "a length with a sign": OK + b"Content-Length: +5\r\n\r\nhello",
    "length and chunks": OK + b"Transfer-Encoding: chunked\r\n" + SIZED,
    "a space before the colon": OK + b"X-Odd : y\r\n" + SIZED,
    "no colon": OK + b"nonsense\r\n" + SIZED,
    "HTTP/0.9": b"<html>HTTP/0.9 says hello</html>",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a status of letters": b"HTTP/1.1 abc OK\r\n" + SIZED,
    "a status of two digits": b"HTTP/1.1 20 OK\r\n" + SIZED,
    "a bad chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "a negative chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk longer than its size": OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
    "only empty lines": b"\r\n\r\n\r\n",
}
#: Answers that are none, or a whole one, followed by what nobody asked for.
TRAILED: dict[str, bytes] = {
    "304 with a body": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 45\r\n\r\n" + POISON,
    "304 and then another answer": b"HTTP/1.1 304 Not Modified\r\n\r\n" + POISON,
    "204 with a body": b"HTTP/1.1 204 No Content\r\nContent-Length: 45\r\n\r\n" + POISON,
    "204 with chunks": b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + POISON,
    "404 and then another answer": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" + POISON,
    "200 and then another answer": OK + SIZED + POISON,
    "200 and then garbage": OK + SIZED + b"\x00" * 500,
    "50 hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 50 + OK + SIZED,
}


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """One odd answer, and the three requests after it."""

    error: FetchError | None
    reused: bool  #: whether the odd connection served another request
    poisoned: int  #: later requests that got anything but their own answer


class Held:
    """Sends the odd answer, the rest from ``split`` on a moment later, and serves on."""

    def __init__(self, answer: bytes, split: int | None) -> None:
        self.answer = answer
        self.split = split
        self.reused = False
        self.sent = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.answer[: self.split])
        if self.split is not None:
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(self.answer[self.split :])
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        self.sent.set()
        while await reader.readuntil(b"\r\n\r\n"):
            self.reused = True
            writer.write(reply(body=b"from the odd connection"))


async def follow_up(answer: bytes, *, split: int | None = None) -> FollowUp:
    """Ask for the odd answer, wait for its late part, then ask three times for something else.

    What comes unannounced only after the next request was sent, nobody can tell from its answer.
    """
    error, poisoned = None, 0
    held = Held(answer, split)
    async with Origin() as origin, make_door(trouble=0) as door:
        origin.routes["/odd"] = held
        try:
            await door.get(Request(url=origin.url("/odd"), kind="page"))
        except FetchError as failure:
            error = failure
        await held.sent.wait()
        await asyncio.sleep(0.005)
        for number in range(3):
            origin.routes[f"/{number}"] = reply(body=f"answer {number}".encode())
            try:
                page = await door.get(Request(url=origin.url(f"/{number}"), kind="page"))
                poisoned += page.body not in {f"answer {number}".encode(), b"from the odd connection"}
            except FetchError:
                poisoned += 1
    return FollowUp(error=error, reused=held.reused, poisoned=poisoned)


@pytest.mark.parametrize("case", MALFORMED)
async def test_s28_a_malformed_answer_is_typed_and_its_connection_is_not_used_again(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "GRACE", 0.2)
    found = await follow_up(MALFORMED[case])
    assert isinstance(found.error, FetchError)
    assert (found.reused, found.poisoned) == (False, 0)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("case", TRAILED)
async def test_s28_what_follows_an_answer_is_never_taken_for_the_next_one(case: str, late: bool) -> None:
    answer = TRAILED[case]
    found = await follow_up(answer, split=len(answer) - 47 if late else None)
    assert found.poisoned == 0


@pytest.mark.parametrize("case", ["304 with a body", "204 with a body", "204 with chunks"])
async def test_s28_a_body_announced_where_none_can_be_costs_the_connection(case: str) -> None:
    """Even where it comes only after the next request was sent."""
    answer = TRAILED[case]
    found = await follow_up(answer[: -len(POISON)])
    assert (found.reused, found.poisoned) == (False, 0)


async def test_s28_fifty_hints_before_the_answer_are_passed_over(origin: Origin) -> None:
    origin.routes["/a"] = say(TRAILED["50 hints"])
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert (page.status, page.body) == (200, b"hello")


async def test_s28_hints_without_end_are_no_answer(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "GRACE", 0.1)
    origin.routes["/a"] = say(*([b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20] * 3000), pause=0.001)
    async with make_door() as door:
        with pytest.raises(Unreachable, match="headers were not whole"):
            await door.get(Request(url=origin.url("/a"), kind="page"))


async def test_s28_a_tab_in_a_value_is_no_control_character(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=b"fine", X_Tab="a\tb")
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert page.headers["x-tab"] == "a\tb"
