"""aiohttp's session as this house uses it: no cookies, no environment, no decompression, no repeats.

Made here and nowhere else; the exchange alone sends with it.
"""

from __future__ import annotations

import aiohttp

from crawler.config import WebConfig
from crawler.web import faults
from crawler.web.connector import Connector, Resolver, trail
from crawler.web.guard import Guard

HEADER_SIZE = 8190  #: bytes of the status line and of one header
HEADER_COUNT = 128


def opened(config: WebConfig, guard: Guard, resolver: Resolver) -> aiohttp.ClientSession:
    """A new session; to be made inside the loop that uses it."""
    proxy = config.proxy.get_secret_value() if config.proxy is not None else None
    return aiohttp.ClientSession(
        connector=Connector(guard, resolver, sockets=config.connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        proxy=proxy,
        timeout=aiohttp.ClientTimeout(
            total=None, connect=config.connect_timeout.total_seconds(), ceil_threshold=3600
        ),
        max_line_size=HEADER_SIZE,
        max_field_size=HEADER_SIZE,
        max_headers=HEADER_COUNT,
        middlewares=(_without_hidden_retry,),
    )


async def _without_hidden_retry(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp repeats a GET whose connection broke; that is right only for a stale kept connection."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        seen = trail.get()
        if seen.connected and seen.refused is None:
            raise faults.named(error, request.url, proxied=seen.proxied) from error
        raise
