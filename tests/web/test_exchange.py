from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import subprocess
import zlib
from pathlib import Path
from typing import Any

import brotlicffi as brotli
import pytest

from crawler.errors import BadCoding, FetchError, TooLarge, Truncated, Unreachable
from crawler.model import Request
from tests.web.bombs import bomb
from tests.web.origin import FakeClock, Origin, RealClock, make_door, reply, say

TEXT = b"<p>Harborline Foods reports a record season for its Pacific fleet.</p>"
CODED = {
    "gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT, quality=1),
}


async def fails(
    origin: Origin, kind: type[FetchError], match: str | None = None, **changes: Any
) -> FetchError:
    """Ask for /a, expect that failure, and that the next request is clean."""
    clock = changes.pop("clock", None)
    async with make_door(clock=clock, **changes) as door:
        with pytest.raises(kind, match=match) as caught:
            await door.get(Request(url=origin.url("/a"), kind="page"))
        origin.routes["/next"] = reply(body=b"clean")
        assert (await door.get(Request(url=origin.url("/next"), kind="page"))).body == b"clean"
    return caught.value


# --------------------------------------------------------------------------- cut bodies


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("coding", list(CODED))
async def test_a_coded_body_passes_in_every_framing(coding: str, framing: str, origin: Origin) -> None:
    origin.routes["/a"] = reply(body=CODED[coding], framing=framing, Content_Encoding=coding)
    async with make_door() as door:
        page = await door.get(Request(url=origin.url("/a"), kind="page"))
    assert page.body == TEXT
    assert page.attempts[0].wire_bytes == len(CODED[coding])


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("coding", list(CODED))
async def test_a_coded_body_cut_anywhere_is_truncated_though_its_framing_is_right(
    coding: str, framing: str, origin: Origin
) -> None:
    """The cut is inside the coding: length and chunks agree with what is there."""
    async with make_door() as door:
        for cut in range(len(CODED[coding])):
            origin.routes["/a"] = reply(body=CODED[coding][:cut], framing=framing, Content_Encoding=coding)
            with pytest.raises(Truncated):
                await door.get(Request(url=origin.url("/a"), kind="page"))


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_a_connection_cut_anywhere_in_the_body_is_truncated(
    framing: str, coding: str, origin: Origin
) -> None:
    body = CODED.get(coding, TEXT)
    whole = reply(body=body, framing=framing, Content_Encoding=coding)
    head = whole.index(b"\r\n\r\n") + 4
    async with make_door() as door:
        for cut in range(head, len(whole)):
            origin.routes["/a"] = say(whole[:cut])
            with pytest.raises(Truncated):
                await door.get(Request(url=origin.url("/a"), kind="page"))


async def test_a_connection_reset_in_the_body_is_a_passing_failure(origin: Origin) -> None:
    origin.routes["/a"] = say(reply(body=b"x" * 100, length=5000), pause=0.02, reset=True)
    await fails(origin, FetchError)


async def test_a_torn_chunk_size_is_truncated_or_unreachable(origin: Origin) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    origin.routes["/a"] = say(head + b"5\r\nhello\r\nzz\r\nworld\r\n0\r\n\r\n")
    await fails(origin, FetchError)


# --------------------------------------------------------------------------- silence and slowness


async def test_a_refused_connection_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    async with make_door() as door:
        with pytest.raises(Unreachable, match="connection refused") as caught:
            await door.get(Request(url=f"http://127.0.0.1:{port}/", kind="page"))
    assert caught.value.attempts[0].error == f"Unreachable: {caught.value}"


@pytest.mark.parametrize("reset", [False, True])
async def test_a_server_that_hangs_up_without_an_answer_is_asked_once(reset: bool, origin: Origin) -> None:
    """aiohttp would send the request a second time, unseen by the gate."""
    origin.routes["/a"] = say(reset=reset)
    await fails(origin, Unreachable)
    assert origin.paths() == ["/a", "/next"]


async def test_silence_after_accept_ends_at_the_total_deadline(origin: Origin) -> None:
    origin.routes["/a"] = say(hang=True)
    error = await fails(origin, Unreachable, r"no complete answer within 0\.1 s", total_timeout="100ms")
    assert error.attempts[0].seconds < 1


async def test_a_dripping_header_ends_at_the_total_deadline(origin: Origin) -> None:
    origin.routes["/a"] = say(*([b"HTTP/1.1 200 OK\r\n"] + [b"X: y\r\n"] * 200), pause=0.01)
    await fails(origin, Unreachable, "no complete answer", total_timeout="100ms")


async def test_a_dripping_body_ends_by_its_rate_long_before_the_deadline(origin: Origin) -> None:
    """Each byte comes in time for a read time-out; together they are too slow."""
    drip = [reply(length=500)] + [b"x"] * 500
    origin.routes["/a"] = say(*drip, pause=0.01)
    error = await fails(
        origin, Unreachable, "slower than 200 bytes per second", clock=RealClock(100), total_timeout="600s"
    )
    assert 10 <= error.attempts[0].seconds < 60


async def test_a_body_that_stops_flowing_ends_when_its_rate_falls_below_the_least(origin: Origin) -> None:
    origin.routes["/a"] = say(reply(body=b"x" * 100, length=500), hang=True)
    async with make_door(total_timeout="60s") as door:
        door._client._clock = Late()
        with pytest.raises(Unreachable, match="slower than 200 bytes per second"):
            await door.get(Request(url=origin.url("/a"), kind="page"))


class Late(FakeClock):
    """Six seconds pass between any two looks."""

    def monotonic(self) -> float:
        self.time += 6
        return self.time


async def test_a_minimum_rate_of_zero_leaves_only_the_deadline(origin: Origin) -> None:
    origin.routes["/a"] = say(reply(length=8), *([b"x"] * 8), pause=0.005)
    async with make_door(minimum_rate="0B", clock=RealClock(1000), total_timeout="900s") as door:
        assert (await door.get(Request(url=origin.url("/a"), kind="page"))).body == b"x" * 8


# --------------------------------------------------------------------------- malformed HTTP


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(200)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 9000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 " + b"y" * 9000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
        b"<html>HTTP/0.9 says hello</html>",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"\r\n\r\n\r\n",
    ],
)
async def test_malformed_http_is_typed_and_poisons_no_later_request(answer: bytes, origin: Origin) -> None:
    origin.routes["/a"] = say(answer)
    await fails(origin, FetchError)


@pytest.mark.parametrize("status", [204, 304])
async def test_a_body_where_none_may_be_poisons_no_later_request(status: int, origin: Origin) -> None:
    origin.routes["/a"] = reply(status, b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
    origin.routes["/b"] = reply(body=b"clean")
    async with make_door() as door:
        for _ in range(3):
            with contextlib.suppress(FetchError):
                await door.get(Request(url=origin.url("/a"), kind="page"))
            assert (await door.get(Request(url=origin.url("/b"), kind="page"))).body == b"clean"


# --------------------------------------------------------------------------- sizes and codings


async def test_an_announced_length_over_the_limit_is_refused_before_the_body(origin: Origin) -> None:
    origin.routes["/a"] = say(reply(length=2_000_000), hang=True)
    error = await fails(origin, TooLarge, "2000000 bytes are announced", page_limit="1MB")
    assert error.attempts[0].wire_bytes == 0


async def test_a_body_without_a_length_stops_at_the_limit_on_the_wire(origin: Origin) -> None:
    endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    origin.routes["/a"] = say(endless, *([b"x" * 65536] * 400))
    error = await fails(origin, TooLarge, "limit of 1000000 bytes", page_limit="1MB")
    assert error.attempts[0].wire_bytes < 1_500_000


async def test_endless_garbage_behind_a_whole_body_stops_at_the_limit_on_the_wire(origin: Origin) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n"
    origin.routes["/a"] = say(head + CODED["gzip"], *([b"\0" * 65536] * 400))
    await fails(origin, TooLarge, "over the wire", page_limit="1MB")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
async def test_a_bomb_of_200_megabytes_stops_at_the_limit(coding: str, origin: Origin) -> None:
    origin.routes["/a"] = reply(body=bomb(coding), Content_Encoding=coding)
    await fails(origin, TooLarge, "over the limit of 1000000 bytes", page_limit="1MB")


async def test_an_unknown_coding_is_a_permanent_failure(origin: Origin) -> None:
    origin.routes["/a"] = reply(body=TEXT, Content_Encoding="zstd")
    error = await fails(origin, BadCoding, "unknown content coding 'zstd'")
    assert error.passing == "permanent"


async def test_codings_named_in_two_headers_are_both_undone(origin: Origin) -> None:
    body = gzip.compress(brotli.compress(TEXT))
    whole = reply(body=body, Content_Encoding="br").replace(
        b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n", 1
    )
    origin.routes["/a"] = whole
    async with make_door() as door:
        assert (await door.get(Request(url=origin.url("/a"), kind="page"))).body == TEXT


# --------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=wire.example", "-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run(
            [*command.split(), *names, "-keyout", str(file), "-out", str(file) + ".crt"],
            check=True, capture_output=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"openssl cannot make a certificate here: {error}")
    file.write_text(file.read_text() + Path(str(file) + ".crt").read_text())
    return file


async def test_a_certificate_that_nobody_vouches_for_is_unreachable(certificate: Path) -> None:
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        if await reader.read(10):
            served += 1
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with make_door() as door:
        with pytest.raises(Unreachable, match=r"certificate is not valid: self.signed"):
            await door.get(Request(url=f"https://127.0.0.1:{port}/", kind="page"))
    server.close()
    assert served == 0


async def test_plain_http_at_a_tls_address_is_unreachable(origin: Origin) -> None:
    async with make_door(connect_timeout="100ms") as door:
        with pytest.raises(Unreachable, match=r"no connection within|TLS failed"):
            await door.get(Request(url=origin.url().replace("http:", "https:"), kind="page"))
