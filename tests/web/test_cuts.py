"""N22 and N23: a body cut at any byte is never taken for whole.

``torn`` and ``coded`` count cuts and how many of them passed; the campaign gives them longer bodies.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import brotlicffi as brotli
import pytest

from crawler.errors import FetchError, Truncated, Unreachable
from crawler.model import Request
from crawler.web import exchange
from crawler.web.ending import shown
from crawler.web.exchange import Answer
from tests.web.origin import FakeClock, Origin, make_client, make_door, say

Get = Callable[[str], Awaitable[Answer]]
FRAMINGS = ("length", "chunked", "close")
PAGE = b"<!doctype html>\n<html><p>Harborline Foods reports a record season.</p></html>"
TEXT = b"Harborline Foods reports a record season for its Pacific fleet, and another one."


@dataclass(kw_only=True)
class Cuts:
    """Cuts made, and those that passed for a whole answer."""

    cuts: int = 0
    undetected: int = 0

    async def add(self, get: Get, origin: Origin, answer: bytes) -> None:
        """Serve the cut answer and hang up."""
        self.cuts += 1
        origin.routes["/a"] = say(answer)
        try:
            await get(origin.url("/a"))
        except (Truncated, Unreachable):
            return
        self.undetected += 1


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


PACK = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "deflate": zlib.compress,
    "raw deflate": raw_deflate,
    "br": lambda data: bytes(brotli.compress(data)),
}


def answer_of(body: bytes, framing: str, coding: str = "") -> bytes:
    """A whole answer; chunks are small, so that their lines are cut as well."""
    head = b"HTTP/1.1 200 OK\r\n"
    if coding:
        head += f"Content-Encoding: {coding.removeprefix('raw ')}\r\n".encode()
    if framing == "chunked":
        size = max(7, len(body) // 8)
        parts = [body[i : i + size] for i in range(0, len(body), size)]
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    if framing == "length":
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    return head + b"Connection: close\r\n\r\n" + body


async def passes(get: Get, origin: Origin, answer: bytes, body: bytes) -> None:
    """The uncut answer is whole: else the cuts would prove nothing."""
    origin.routes["/a"] = say(answer)
    assert (await get(origin.url("/a"))).body == body


async def torn(body: bytes, *, codings: tuple[str, ...], framings: tuple[str, ...]) -> Cuts:
    """The connection ends after every byte of the answer, from the first of its head on."""
    counted = Cuts()
    async with Origin() as origin, make_client() as get:
        for coding in codings:
            packed = PACK[coding](body) if coding else body
            for framing in framings:
                answer = answer_of(packed, framing, coding)
                await passes(get, origin, answer, body)
                for cut in range(len(answer)):
                    await counted.add(get, origin, answer[:cut])
    return counted


async def coded(body: bytes, *, step: int = 1) -> Cuts:
    """The coding ends after every byte while length, chunks and connection agree with what is there."""
    counted = Cuts()
    async with Origin() as origin, make_client() as get:
        for coding, pack in PACK.items():
            packed = pack(body)
            for framing in FRAMINGS:
                await passes(get, origin, answer_of(packed, framing, coding), body)
                for cut in range(0, len(packed), step):
                    await counted.add(get, origin, answer_of(packed[:cut], framing, coding))
    return counted


# --------------------------------------------------------------------------- N22


async def test_n22_an_answer_torn_at_any_byte_is_never_whole() -> None:
    found = await torn(TEXT, codings=("",), framings=("length", "chunked"))
    assert found.cuts > 2 * len(TEXT)
    assert found.undetected == 0


async def test_n22_a_document_of_unknown_length_torn_at_any_byte_is_never_whole() -> None:
    found = await torn(PAGE, codings=("",), framings=("close",))
    assert found.cuts > len(PAGE)
    assert found.undetected == 0


@pytest.mark.parametrize(
    "tail",
    [
        b"zz\r\nhello\r\n0\r\n\r\n",
        b"5\nhello\n0\n\n",
        b"5hello0",
        b"\r\n",
        b"fffffffffffffffff\r\n",
        b"5\r\nhell",
    ],
)
async def test_n22_a_bad_chunk_is_a_typed_failure(tail: bytes, origin: Origin) -> None:
    origin.routes["/a"] = say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + tail)
    async with make_door(total_timeout="1s") as door:
        with pytest.raises((Truncated, Unreachable)):
            await door.get(Request(url=origin.url("/a"), kind="page"))


#: A document, and what may stand behind its end.
ENDINGS: dict[str, tuple[bytes, bytes]] = {
    "html": (PAGE, b""),
    "html with garbage": (PAGE, b"\n<!-- served by Northwind -->\n"),
    "html without a prolog": (b'<html lang="en"><p>x</p></html>', b"\n"),
    "html without its tag": (b"<!doctype html><title>x</title><p>x</html>", b""),
    "xhtml": (
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x" "y">\n<!-- hi --><HTML lang="en"><p>x</HTML >',
        b" ",
    ),
    "rss": (b'\xef\xbb\xbf<?xml version="1.0"?>\n<rss version="2.0"><channel></channel></rss>', b"\n"),
    "atom": (b'<?xml-stylesheet href="x"?><feed xmlns="http://www.w3.org/2005/Atom"></feed>', b""),
    "atom with a prefix": (b"<atom:feed><atom:entry/></atom:feed>", b""),
    "rss 1.0": (b"<!DOCTYPE rdf:RDF [<!ENTITY x 'y'>]><rdf:RDF></rdf:RDF>", b""),
    "sitemap": (b"<urlset><url/></urlset>", b""),
    "another root": (b"<?xml version='1.0'?><releases><a/></releases>", b""),
    "json feed": (b'{"version": "https://jsonfeed.org/version/1.1", "items": [] }', b"\n"),
    "json list": (b'[{"id": 1}]', b""),
    "utf-16": ("\ufeff<rss><channel/></rss>".encode("utf-16-le")[:-1], b"\0"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_n22_a_document_shows_its_end_and_no_cut_of_it_does(name: str) -> None:
    body, tail = ENDINGS[name]
    assert shown(body + tail)
    assert shown(body)
    assert [cut for cut in range(4, len(body)) if shown(body[:cut])] == []


@pytest.mark.parametrize(
    "body", [b"User-agent: *\nDisallow:", b"<p>a fragment", b"\x89PNG\r\n", b"<p>", b"<rss/>"]
)
def test_n22_what_has_no_form_promises_no_end(body: bytes) -> None:
    assert shown(body)


def test_n22_the_end_of_a_large_document_is_sought_near_its_end_alone() -> None:
    assert shown(b"<html>" + b"<p>x" * 100_000 + b"</html>" + b" " * 1000)
    assert not shown(b"<html>" + b"<p>x" * 100_000)
    assert not shown(b"<html></html>" + b"<p>x" * 100_000)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n",
    ],
)  # fmt: skip
async def test_n22_a_page_that_always_leaves_out_its_last_tag_is_believed_the_second_time(
    head: bytes, origin: Origin
) -> None:
    bare = PAGE.removesuffix(b"</html>")
    origin.routes["/a"] = [say(head + bare[:-9]), say(head + bare), say(head + bare)]
    async with make_client() as get:
        for _ in range(2):
            with pytest.raises(Truncated, match="the end of its document is missing"):
                await get(origin.url("/a"))
        assert (await get(origin.url("/a"))).body == bare


async def test_n22_within_one_visit_a_page_without_its_last_tag_is_asked_for_twice_and_taken(
    origin: Origin,
) -> None:
    bare = PAGE.removesuffix(b"</html>")
    origin.routes["/a"] = say(b"HTTP/1.0 200 OK\r\n\r\n" + bare)
    async with make_door(attempts=3, clock=FakeClock()) as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert page.body == bare
    assert [attempt.number for attempt in page.attempts] == [1, 2]
    assert (page.attempts[0].error or "").startswith("Truncated: ")


async def test_p05_a_page_without_its_last_tag_that_did_not_change_is_asked_for_once(origin: Origin) -> None:
    origin.routes["/a"] = say(b"HTTP/1.0 200 OK\r\n\r\n" + PAGE.removesuffix(b"</html>"))
    async with make_door(attempts=3, clock=FakeClock()) as door:
        tries = [len((await door.get(Request(url=origin.url("/a"), kind="page"))).attempts) for _ in range(3)]
    assert tries == [2, 1, 1]


async def test_n22_what_is_remembered_of_open_ends_stays_small(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_UNENDED", 20)
    origin.routes["/a"] = say(b"HTTP/1.1 200 OK\r\n\r\n<html><p>")
    async with make_client() as get:
        for i in [*range(21), 0]:
            with pytest.raises(Truncated):  # the first one is forgotten, and so is new again
                await get(origin.url(f"/a?{i}"))


# --------------------------------------------------------------------------- N23


async def test_n23_every_coding_cut_at_every_byte_in_every_framing_is_truncated() -> None:
    found = await coded(TEXT[:48])
    assert found.cuts >= 3 * sum(len(pack(TEXT[:48])) for pack in PACK.values())
    assert found.undetected == 0


async def test_n23_every_coded_answer_torn_at_every_byte_is_never_whole() -> None:
    """The last bytes of the chunked framing alone are behind the coding's end."""
    found = await torn(TEXT[:16], codings=tuple(PACK), framings=FRAMINGS)
    assert found.cuts > 800
    assert found.undetected == 0


def test_n23_the_cuts_reach_into_the_checksum() -> None:
    def cuts() -> Iterator[bytes]:
        packed = PACK["gzip"](TEXT)
        yield from (packed[:-size] for size in range(1, 9))

    from crawler.message.decode import Decoder

    for cut in cuts():
        decoder = Decoder("gzip", 1000)
        decoder.feed(cut)
        assert decoder.body == TEXT
        with pytest.raises(Truncated):
            decoder.finish()


async def test_n23_a_failure_of_the_cut_keeps_its_attempts(origin: Origin) -> None:
    origin.routes["/a"] = say(answer_of(PACK["br"](TEXT)[:20], "length", "br"))
    async with make_door() as door:
        with pytest.raises(FetchError) as caught:
            await door.get(Request(url=origin.url("/a"), kind="page"))
    assert [attempt.wire_bytes for attempt in caught.value.attempts] == [20]
