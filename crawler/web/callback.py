"""Where hubs reach us: the only thing in this house that listens (W3C WebSub §5.3, §7).

It is meant to stand behind a reverse proxy and believes nobody all the same: a connection carries one
request and lasts ``SECONDS`` at most, a body is signed or has no effect, and nobody is told which.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from crawler.config import WebSubConfig
from crawler.errors import Bug, ConfigError, StoreError
from crawler.ports import Pushes
from crawler.pushing import Proof

BODY = 1_000_000  #: bytes of a push that are read; they are counted into its signature and dropped
SECONDS = 20.0  #: a connection's whole life: slow senders end here
CONNECTIONS = 64  #: at once; further ones are closed unheard
_LINE, _FIELD, _FIELDS = 4096, 4096, 64  #: bytes of the request line and of a header, number of headers

#: aiohttp's own words about malformed requests hold what a stranger sent; ours stand in one log alone.
_SILENT = logging.getLogger("crawler.web.callback")
_SILENT.disabled = True


class CallbackServer:
    """Answers hubs on ``[websub] listen``; asks ``pushes`` what to say."""

    def __init__(self, config: WebSubConfig, pushes: Pushes) -> None:
        self._config = config
        self._pushes = pushes
        self._server: _Server | None = None
        self._listening: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that was bound."""
        assert self._listening is not None
        return int(self._listening.sockets[0].getsockname()[1])

    async def open(self) -> None:
        """Begin to listen; raises ``ConfigError`` where that is not possible."""
        self._server = _Server(self._answer)
        host, port = self._config.address
        try:
            loop = asyncio.get_running_loop()
            self._listening = await loop.create_server(self._server, host, port, backlog=CONNECTIONS)
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
            raise ConfigError(
                f'websub.listen = "{self._config.listen}": {reason}; name another address'
            ) from None

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        if self._listening is not None and self._server is not None:
            self._listening.close()
            await self._server.shutdown(timeout=1.0)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        token = request.path.rpartition("/")[2]  # whatever the proxy made of what stands before
        try:
            if request.method == "GET":
                return await self._challenged(request, token)
            if request.method == "POST":
                return await self._pushed(request, token)
        except StoreError:
            return _plain(503)
        except (OSError, web.RequestPayloadError):
            self._pushes.dropped(token, "cut short")
            return _plain(400)
        except Exception as error:
            self._pushes.dropped(token, str(Bug.of(error)))
            return _plain(500)
        return _plain(405)

    async def _challenged(self, request: web.BaseRequest, token: str) -> web.Response:
        """Verification of intent: text/plain, for the challenge may be somebody's script."""
        query: dict[str, str] = {}
        for name, value in request.query.items():
            query.setdefault(name.removeprefix("hub."), value)
        challenge = await self._pushes.challenged(token, query)
        return _plain(404) if challenge is None else _plain(200, challenge)

    async def _pushed(self, request: web.BaseRequest, token: str) -> web.Response:
        """Distribution: forged, unknown and right ones are answered alike."""
        secret = self._pushes.secret(token)
        proof = Proof(request.headers.get("X-Hub-Signature"), secret) if secret is not None else None
        if not await _read(request, proof):
            self._pushes.dropped(token, f"more than {BODY} bytes")
            return _plain(413)
        if proof is not None and proof.holds():
            await self._pushes.pushed(token)
        else:
            self._pushes.dropped(token, "no subscription" if proof is None else "not signed rightly")
        return _plain(202)


async def _read(request: web.BaseRequest, proof: Proof | None) -> bool:
    """Take the body in and let it go; False where it is too long."""
    if (request.content_length or 0) > BODY:
        return False
    if request.headers.get("Expect", "").lower() == "100-continue":  # RFC 9110 §10.1.1
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    received = 0
    async for piece in request.content.iter_any():
        received += len(piece)
        if received > BODY:
            return False
        if proof is not None:
            proof.feed(piece)
    return True


def _plain(status: int, text: str = "") -> web.Response:
    response = web.Response(status=status, text=text, content_type="text/plain")
    response.headers.update(
        {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
            "Cache-Control": "no-store",
            "Server": "crawler",
        }
    )
    response.force_close()
    return response


class _Server(web.Server):
    """aiohttp's, with an end for every connection: it waits for the next byte without limit."""

    def __init__(self, answer: Any) -> None:
        super().__init__(
            answer,
            access_log=None,  # addresses hold tokens
            logger=_SILENT,
            keepalive_timeout=SECONDS,
            lingering_time=0.0,
            max_line_size=_LINE,
            max_field_size=_FIELD,
            max_headers=_FIELDS,
            auto_decompress=False,  # what is signed are the bytes as they came; and no bomb goes off
        )
        self._ends: dict[RequestHandler, asyncio.TimerHandle] = {}

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._ends) >= CONNECTIONS:
            transport.abort()
        else:
            self._ends[handler] = asyncio.get_running_loop().call_later(SECONDS, transport.abort)

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        end = self._ends.pop(handler, None)
        if end is not None:
            end.cancel()
