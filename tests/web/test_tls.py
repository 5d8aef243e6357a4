"""N25: TLS as it must not be, and the one way to believe another authority."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from crawler.config import load
from crawler.errors import ConfigError, FetchError, Passing, Truncated, Unreachable
from crawler.model import Request, Validators
from crawler.web import exchange
from crawler.web.tls import trust
from tests.web.origin import Names, Origin, make_door, reply, say, settled, sockets

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
SAFE = {"host", "user-agent", "accept", "accept-encoding"}


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tls") / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    return file


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def outdated_protocol() -> ssl.SSLContext:
    context = serving(AUTHORITY.issue_cert("wire.example"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def self_signed() -> ssl.SSLContext:
    return serving(STRANGER.issue_cert("wire.example"))


#: Server side → words of the failure.
INSECURE: dict[str, tuple[Any, str]] = {
    "expired": (
        lambda: serving(AUTHORITY.issue_cert("wire.example", not_before=NOW - 9 * DAY, not_after=NOW - DAY)),
        "certificate is not valid: certificate has expired",
    ),
    "not yet valid": (
        lambda: serving(AUTHORITY.issue_cert("wire.example", not_before=NOW + DAY, not_after=NOW + 9 * DAY)),
        "certificate is not valid: certificate is not yet valid",
    ),
    "another name": (
        lambda: serving(AUTHORITY.issue_cert("other.example")),
        "certificate is not valid: hostname mismatch",
    ),
    "an authority nobody knows": (self_signed, "certificate is not valid: .*(self.signed|unable to get)"),
    "an outdated protocol": (outdated_protocol, "TLS failed|broke off the connection"),
}


@contextlib.asynccontextmanager
async def secure(context: ssl.SSLContext | None = None) -> AsyncIterator[Origin]:
    async with Origin(tls=context or serving(AUTHORITY.issue_cert("wire.example"))) as origin:
        origin.routes["/"] = reply(body=b"secret", Connection="close")
        yield origin


def door(ca_file: Path | None, **changes: Any) -> Any:
    names = Names(wire_example=["127.0.0.1"], other_example=["127.0.0.1"])
    return make_door(ca_file=ca_file, resolver=names, **changes)


async def test_an_answer_that_comes_before_the_request_is_no_reason_to_connect_again(ca_file: Path) -> None:
    """TLS 1.2 brings the server's first bytes along with the end of the handshake."""
    context, connections = serving(AUTHORITY.issue_cert("wire.example")), 0
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(reply(body=b"early", Connection="close"))
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server, door(ca_file, total_timeout="1s") as web:
        url = f"https://wire.example:{server.sockets[0].getsockname()[1]}/"
        with contextlib.suppress(FetchError):
            await web.get(Request(url=url, kind="page"))
    assert connections == 1


async def test_n25_an_authority_of_ca_file_is_believed_and_the_name_checked(ca_file: Path) -> None:
    async with secure() as origin, door(ca_file) as web:
        page = await web.get(Request(url=origin.url(host="wire.example"), kind="page"))
        assert page.body == b"secret"
        with pytest.raises(Unreachable, match="certificate is not valid"):
            await web.get(Request(url=origin.url(), kind="page"))
    assert len(origin.seen) == 1


@pytest.mark.parametrize("case", INSECURE)
async def test_n25_an_insecure_server_gets_no_request(case: str, ca_file: Path) -> None:
    make, words = INSECURE[case]
    before = sockets()
    async with secure(make()) as origin, door(ca_file, connections=1) as web:
        with pytest.raises(Unreachable, match=f"(?i){words}") as caught:
            await web.get(Request(url=origin.url(host="wire.example"), kind="page"))
        assert caught.value.passing is Passing.TEMPORARY  # certificates are renewed
        assert origin.seen == []
    assert await settled(before) == 0


async def test_n25_without_ca_file_only_the_machines_authorities_are_believed() -> None:
    async with secure() as origin, door(None) as web:
        with pytest.raises(Unreachable, match="certificate is not valid"):
            await web.get(Request(url=origin.url(host="wire.example"), kind="page"))
    assert origin.seen == []


async def test_n25_ca_file_adds_to_the_machines_authorities_and_switches_nothing_off(ca_file: Path) -> None:
    context = trust(ca_file)
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == len(ssl.create_default_context().get_ca_certs()) + 1


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), ("nonsense", "no certificates in PEM")]
)
async def test_n25_a_ca_file_that_is_none_is_said_at_the_start(
    content: str | None, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(ConfigError, match=f"web.ca_file = .*{words}.*name another file"):
        door(file)


def test_n25_a_relative_ca_file_starts_at_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "crawler.toml").write_text('[web]\nca_file = "ca.pem"\n')
    assert load(tmp_path / "crawler.toml").web.ca_file == tmp_path / "ca.pem"


# --------------------------------------------------------------------------- the handshake


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (say(), "TLS failed|closed the connection|broke off the connection"),
        (say(reset=True), "reset|broke off the connection"),
        (say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "TLS failed"),
        (say(b"\x16\x03\x01\x00\x05hello"), "TLS failed"),
        (say(hang=True), "no connection within"),
    ],
    ids=["closed", "reset", "plain HTTP", "nonsense", "silence"],
)
async def test_n25_a_handshake_that_fails_is_typed_in_time_and_leaves_nothing(
    what: Any, words: str, ca_file: Path
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(10)
            await what(reader, writer)
        writer.close()

    before = sockets()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with door(ca_file, connections=1, connect_timeout="300ms") as web:
        with pytest.raises(Unreachable, match=words) as caught:
            await web.get(Request(url=f"https://wire.example:{port}/", kind="page"))
        assert caught.value.attempts[0].seconds < 1
    server.close()
    assert await settled(before) == 0


async def test_n25_a_reset_between_handshake_and_answer_is_unreachable(ca_file: Path) -> None:
    async with secure() as origin, door(ca_file) as web:
        origin.routes["/"] = say(reset=True)
        with pytest.raises(Unreachable):
            await web.get(Request(url=origin.url(host="wire.example"), kind="page"))


async def test_n25_a_drip_over_tls_is_given_up_too(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "GRACE", 0.1)
    async with secure() as origin, door(ca_file) as web:
        origin.routes["/"] = say(*([b"HTTP/1.1 200 OK\r\nX: "] + [b"y"] * 500), pause=0.01)
        with pytest.raises(Unreachable, match="headers were not whole"):
            await web.get(Request(url=origin.url(host="wire.example"), kind="page"))


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
async def test_n25_a_cut_over_tls_is_never_whole(framing: str, ca_file: Path) -> None:
    whole = reply(body=b"<html><p>Harborline Foods</p></html>", framing=framing)
    head = whole.index(b"\r\n\r\n") + 4
    async with secure() as origin, door(ca_file) as web:
        origin.routes["/"] = say(whole[: head + 20])
        with pytest.raises(Truncated):
            await web.get(Request(url=origin.url(host="wire.example"), kind="page"))


# --------------------------------------------------------------------------- redirects


async def test_n25_a_redirect_from_https_to_http_carries_nothing_with_it(ca_file: Path) -> None:
    async with secure() as origin, Origin() as plain, door(ca_file) as web:
        origin.routes["/"] = reply(302, Location=plain.url(host="wire.example"), Connection="close")
        plain.routes["/"] = reply(body=b"<rss></rss>")
        own = Validators(etag='"canary"', last_modified="Sun, 01 Mar 2026 10:00:00 GMT")
        url = origin.url(host="wire.example")
        page = await web.get(Request(url=url, kind="feed", validators=own))
    assert origin.seen[0].header("if-none-match") == '"canary"'
    assert set(plain.seen[0].names) == SAFE
    assert b"canary" not in plain.seen[0].raw
    assert page.final_url == plain.url(host="wire.example")


async def test_n25_a_redirect_to_an_insecure_server_is_not_followed_into_it(ca_file: Path) -> None:
    async with Origin() as plain, secure(self_signed()) as origin, door(ca_file) as web:
        plain.routes["/"] = reply(302, Location=origin.url(host="wire.example"))
        with pytest.raises(FetchError, match="certificate is not valid"):
            await web.get(Request(url=plain.url(), kind="page"))
    assert origin.seen == []
