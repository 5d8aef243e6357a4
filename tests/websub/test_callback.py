"""The one thing that listens: what strangers send has no effect, takes no memory and ends in time."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crawler.config import WebSubConfig
from crawler.errors import ConfigError, StoreError
from crawler.web import callback
from crawler.web.callback import CallbackServer
from tests.websub.examples import SECRET

BODY = b"<rss><channel><item>Halvorsen Tidal opens a workshop</item></channel></rss>"


@dataclass
class Ledger:
    """Knows one token; writes down what it was told."""

    heard: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    error: Exception | None = None

    async def challenged(self, token: str, query: Mapping[str, str]) -> str | None:
        if self.error:
            raise self.error
        self.asked.append(dict(query))
        return query.get("challenge") if token == "known" else None

    def secret(self, token: str) -> str | None:
        return SECRET if token == "known" else None

    async def pushed(self, token: str) -> None:
        if self.error:
            raise self.error
        self.heard.append(token)

    def dropped(self, token: str, why: str) -> None:
        self.refused.append((token, why))


@dataclass
class Door:
    """An open server and what its ledger says."""

    ledger: Ledger
    port: int

    async def send(self, raw: bytes, *, more: bytes = b"") -> bytes:
        """Everything that is answered to these bytes, up to the end of the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            await writer.drain()
            if more:
                writer.write(more)
            return await asyncio.wait_for(reader.read(), 10)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def post(self, body: bytes = BODY, *, to: str = "/websub/known", **headers: str) -> bytes:
        told = {"Host": "c.example", "Content-Length": str(len(body)), "Content-Type": "application/rss+xml"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return await self.send(f"POST {to} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)

    async def get(self, target: str) -> bytes:
        return await self.send(f"GET {target} HTTP/1.1\r\nHost: c.example\r\n\r\n".encode())


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    ledger = Ledger()
    server = CallbackServer(WebSubConfig(listen="127.0.0.1:0"), ledger)
    await server.open()
    yield Door(ledger, server.port)
    await server.close()


def signed(body: bytes = BODY, method: str = "sha256", secret: str = SECRET) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_p18_a_push_that_is_signed_rightly_is_heard(door: Door, method: str) -> None:
    answer = await door.post(X_Hub_Signature=signed(method=method))
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert (door.ledger.heard, door.ledger.refused) == (["known"], [])


FORGERIES = {
    "absent": {},
    "wrong secret": {"X_Hub_Signature": signed(secret="guess")},
    "of another body": {"X_Hub_Signature": signed(b"other")},
    "wrong algorithm": {"X_Hub_Signature": signed(method="md5")},
    "algorithm swapped": {"X_Hub_Signature": signed().replace("sha256", "sha512")},
    "cut": {"X_Hub_Signature": signed()[:-2]},
    "empty": {"X_Hub_Signature": ""},
    "a newer header": {"X_Hub_Signature_256": signed()},
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_p18_a_forgery_is_answered_like_a_push_and_has_no_effect(door: Door, name: str) -> None:
    right = await door.post(X_Hub_Signature=signed())
    door.ledger.heard.clear()
    forged = await door.post(**FORGERIES[name])
    assert _without_date(forged) == _without_date(right)
    assert door.ledger.heard == []
    assert door.ledger.refused == [("known", "not signed rightly")]


async def test_p18_an_unknown_token_is_answered_like_a_push(door: Door) -> None:
    right = await door.post(X_Hub_Signature=signed())
    for to in ("/websub/guess", "/", "/websub/known/", "/websub/%00", "/websub/known%2f..%2fx"):
        assert _without_date(await door.post(to=to, X_Hub_Signature=signed())) == _without_date(right)
    assert door.ledger.heard == ["known"]
    assert {why for _, why in door.ledger.refused} == {"no subscription"}


async def test_p18_whatever_the_proxy_made_of_the_path_the_token_is_its_end(door: Door) -> None:
    for to in ("/known", "/a/b/known", "/websub/known?x=y"):
        await door.post(to=to, X_Hub_Signature=signed())
    assert door.ledger.heard == ["known"] * 3


async def test_p18_a_challenge_is_echoed_as_plain_text_whatever_it_holds(door: Door) -> None:
    script = "%3Cscript%3Ealert(1)%3C/script%3E"
    answer = await door.get(f"/websub/known?hub.mode=subscribe&hub.topic=t&hub.challenge={script}&hub.mode=x")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"Content-Type: text/plain; charset=utf-8" in head
    assert b"X-Content-Type-Options: nosniff" in head
    assert b"Connection: close" in head
    assert b"aiohttp" not in head
    assert body == b"<script>alert(1)</script>"
    assert door.ledger.asked == [
        {"mode": "subscribe", "topic": "t", "challenge": "<script>alert(1)</script>"}
    ]


async def test_p18_a_challenge_that_nobody_awaits_is_not_echoed(door: Door) -> None:
    answer = await door.get("/websub/guess?hub.mode=subscribe&hub.challenge=echo-me")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"echo-me" not in answer
    assert (await door.get("/websub/known?hub.mode=denied")).startswith(b"HTTP/1.1 404 ")


async def test_other_methods_have_no_effect(door: Door) -> None:
    for method in ("PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
        answer = await door.send(f"{method} /known HTTP/1.1\r\nHost: c\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 405 "), method
    assert (door.ledger.heard, door.ledger.asked) == ([], [])


async def test_p18_ten_megabytes_are_refused_unread_and_unkept(door: Door) -> None:
    large = b"x" * 10_000_000
    head = f"POST /known HTTP/1.1\r\nHost: c\r\nX-Hub-Signature: {signed(large)}\r\n"
    told = f"{head}Content-Length: {len(large)}\r\n\r\n".encode()
    assert (await door.send(told)).startswith(b"HTTP/1.1 413 ")
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + b"".join(
        b"10000\r\n" + b"x" * 65_536 + b"\r\n" for _ in range(20)
    )
    answer = await door.send(chunked)
    assert not answer or answer.startswith(b"HTTP/1.1 413 ")
    assert door.ledger.heard == []
    assert {why for _, why in door.ledger.refused} == {f"more than {callback.BODY} bytes"}


async def test_a_push_of_the_largest_size_is_heard_in_chunks(door: Door) -> None:
    body = b"y" * callback.BODY
    head = f"POST /known HTTP/1.1\r\nHost: c\r\nX-Hub-Signature: {signed(body)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    coded = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    assert (await door.send(head.encode() + coded)).startswith(b"HTTP/1.1 202 ")
    assert door.ledger.heard == ["known"]


async def test_a_hub_that_waits_to_be_asked_for_the_body_is_asked(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    head = f"POST /known HTTP/1.1\r\nHost: c\r\nX-Hub-Signature: {signed()}\r\nExpect: 100-continue\r\n"
    writer.write(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode())
    assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(BODY)
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 202 ")
    writer.close()
    assert door.ledger.heard == ["known"]


async def test_a_compressed_push_is_signed_as_it_came_and_never_inflated(door: Door) -> None:
    bomb = bytes.fromhex("1f8b08") + b"\x00" * 40
    assert (await door.post(bomb, X_Hub_Signature=signed(bomb), Content_Encoding="gzip")).startswith(
        b"HTTP/1.1 202 "
    )
    assert door.ledger.heard == ["known"]


async def test_p18_a_slow_sender_is_cut_off_in_head_and_in_body(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "SECONDS", 0.3)
    head = f"POST /known HTTP/1.1\r\nHost: c\r\nX-Hub-Signature: {signed()}\r\n"
    for opening in (b"", b"POST /known HT", head.encode(), f"{head}Content-Length: 99\r\n\r\nabc".encode()):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(opening)
        async with asyncio.timeout(3):
            with suppress(ConnectionError):
                while not reader.at_eof() and reader.exception() is None:
                    writer.write(b"X" if opening else b"")
                    await writer.drain()
                    await asyncio.sleep(0.02)
        writer.close()
    assert door.ledger.heard == []
    assert (await door.post(X_Hub_Signature=signed())).startswith(b"HTTP/1.1 202 ")


async def test_p18_more_connections_than_allowed_are_closed_and_the_rest_served(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "CONNECTIONS", 8)
    idle = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(8)]
    await asyncio.sleep(0.05)
    assert await door.post(X_Hub_Signature=signed()) == b""
    for _, writer in idle:
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.05)
    assert (await door.post(X_Hub_Signature=signed())).startswith(b"HTTP/1.1 202 ")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: c\r\n\r\n",
        b"GET /known HTTP/1.1\r\nHost: c\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
        b"GET /known HTTP/1.1\r\nHost: c\r\n" + b"X: a\r\n" * 500 + b"\r\n",
        b"POST /known HTTP/1.1\r\nHost: c\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /known HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /known?\x1b[2J HTTP/1.1\r\nHost: c\r\n\r\n",
        b"garbage\r\n\r\n",
    ],
)
async def test_what_is_no_sensible_request_leaves_no_trace_and_harms_nobody(
    door: Door, raw: bytes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    answer = await door.send(raw)
    assert not answer or answer.split(b" ")[1] in {b"400", b"404"}
    assert door.ledger.heard == []
    assert (await door.post(X_Hub_Signature=signed())).startswith(b"HTTP/1.1 202 ")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


async def test_a_store_that_fails_asks_the_hub_to_come_again(door: Door) -> None:
    door.ledger.error = StoreError("disk full")
    assert (await door.post(X_Hub_Signature=signed())).startswith(b"HTTP/1.1 503 ")
    assert (await door.get("/known?hub.challenge=x")).startswith(b"HTTP/1.1 503 ")
    door.ledger.error = ZeroDivisionError("a bug")
    assert (await door.get("/known?hub.challenge=x")).startswith(b"HTTP/1.1 500 ")
    assert "a bug: ZeroDivisionError" in door.ledger.refused[-1][1]


async def test_an_address_that_is_taken_is_explained(door: Door) -> None:
    config = WebSubConfig(listen=f"127.0.0.1:{door.port}")
    with pytest.raises(ConfigError, match=r"websub\.listen = .* is taken by another program"):
        await CallbackServer(config, door.ledger).open()
    with pytest.raises(ConfigError, match="cannot be used"):
        await CallbackServer(WebSubConfig(listen="192.0.2.1:0"), door.ledger).open()
    await CallbackServer(config, door.ledger).close()


def test_only_one_file_of_this_house_listens() -> None:
    """``create_server`` and ``start_server`` stand where this test says, and nowhere else."""
    package = Path(callback.__file__).parents[1]
    listening = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(
            word in path.read_text(encoding="utf-8") for word in ("create_server", "start_server", "TCPSite")
        )
    }
    assert listening == {"web/callback.py"}


def _without_date(answer: bytes) -> list[bytes]:
    return [line for line in answer.split(b"\r\n") if not line.startswith(b"Date:")]
