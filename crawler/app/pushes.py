"""WebSub for the daemon: hubs are asked and heard, where a public callback is configured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from crawler.app.house import House
from crawler.app.watchdog import Tell
from crawler.errors import StoreError
from crawler.subscribing import Subscribing
from crawler.web.callback import CallbackServer


@asynccontextmanager
async def subscribed(home: House, tell: Tell, wake: asyncio.Event) -> AsyncIterator[Subscribing | None]:
    """Within: the callback server listens and subscriptions are kept; None, and neither, without a callback.

    ``wake`` is the engine's.  Raises ``ConfigError`` where it cannot listen.
    """
    settings = home.config.websub
    if settings.callback is None:
        yield None
        return
    subscribing = Subscribing(
        hubs=home.web,
        store=home.store,
        clock=home.clock,
        settings=settings,
        polling=home.config.poll,
        wake=wake,
        tell=tell,
    )
    await subscribing.load()
    server = CallbackServer(settings, subscribing)
    await server.open()
    tell(event="websub", what="listening", port=server.port, callback=settings.callback)
    asking = asyncio.create_task(subscribing.run(), name="websub")
    try:
        yield subscribing
    finally:
        await server.close()
        asking.cancel()
        await asyncio.wait([asking])
        with suppress(StoreError):  # whoever needs the store more has said so
            await subscribing.close()
