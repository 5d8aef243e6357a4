"""Exchanges as they went over the wire, for the raw archive; without what only we and the server may know.

Redacted: ``Authorization``, ``Cookie`` and ``Proxy-Authorization`` of a request, a feed's own User-Agent,
and secret query values wherever an address stands: in the request line, in the address of the record, in
the fields of the answer that lead to another address.  Everything else is as it was sent and received.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

import aiohttp

from crawler import urls
from crawler.message.head import Field, Head
from crawler.model import Exchange
from crawler.model.raw import Kind

REDACTED = b"[redacted]"
REST_SIZE = 65_536  #: bytes of a redirect's body that are kept
REST_SECONDS = 2.0  #: for which they are waited for
_SECRET = frozenset({b"authorization", b"cookie", b"proxy-authorization"})
_LEADING = frozenset({b"location", b"content-location", b"link", b"refresh", b"referer", b"uri"})


@dataclass(slots=True, kw_only=True)
class Tape:
    """What is kept of one exchange while it is under way."""

    kind: Kind
    hop: int
    at: datetime
    agent: str  #: how this crawler names itself to everyone
    body: bytearray = field(default_factory=bytearray)  #: as received
    whole: bool = True

    def exchange(self, response: aiohttp.ClientResponse, peer: str | None) -> Exchange:
        """The exchange, redacted."""
        return Exchange(
            url=urls.without_secrets(str(response.url)),
            started_at=self.at,
            peer=peer,
            request_head=_sent(response, _bytes("".join(filter(str.isprintable, self.agent)))),
            response_head=_received(response),
            body=bytes(self.body),
            kind=self.kind,
            hop=self.hop,
            whole=self.whole,
        )

    async def rest(self, content: aiohttp.StreamReader) -> None:
        """The body of an answer that is not needed, within limits."""
        self.whole = False
        with suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(REST_SECONDS):
                while len(self.body) <= REST_SIZE:
                    data = await content.readany()
                    if not data:
                        self.whole = True
                        return
                    self.body += data
        del self.body[REST_SIZE:]


async def exchanges(
    tape: Tape | None, response: aiohttp.ClientResponse, peer: str | None
) -> tuple[Exchange, ...]:
    """What a tape has of an answer; of a redirect with its body, of a 304 and of a failure nothing."""
    status = response.status
    if tape is None or not 200 <= status < 400 or status == HTTPStatus.NOT_MODIFIED:
        return ()
    if status >= 300:
        await tape.rest(response.content)
    return (tape.exchange(response, peer),)


def _sent(response: aiohttp.ClientResponse, agent: bytes) -> bytes:
    info = response.request_info
    line = f"{info.method} {urls.without_secrets(info.url.raw_path_qs)} HTTP/1.1"
    fields = ((_bytes(name), _bytes(value)) for name, value in info.headers.items())
    return bytes(Head(_bytes(line), tuple(_redacted(one, agent) for one in fields)))


def _received(response: aiohttp.ClientResponse) -> bytes:
    version = response.version or aiohttp.HttpVersion11
    line = f"HTTP/{version.major}.{version.minor} {response.status} {response.reason or ''}"
    return bytes(Head(_bytes(line), tuple(map(_led, response.raw_headers))))


def _redacted(sent: Field, agent: bytes) -> Field:
    name, value = sent
    key = name.lower()
    if key in _SECRET or (key == b"user-agent" and value != agent):
        return name, REDACTED
    return _led(sent)


def _led(told: Field) -> Field:
    """A field that leads to an address, without the address's secrets."""
    name, value = told
    if name.lower() not in _LEADING:
        return told
    text = urls.without_secrets(value.decode("utf-8", "surrogateescape"))
    start = text.find("=") + 1 if name.lower() == b"refresh" else 0  # 0;url=https://…: a pair around pairs
    return name, _bytes(text[:start] + urls.without_secrets(text[start:]))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
