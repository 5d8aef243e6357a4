"""SIGHUP: the feeds of the configuration are read anew; a broken file changes nothing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from crawler import config
from crawler.app.house import House, feeds
from crawler.app.watchdog import Tell
from crawler.engine.local import LocalEngine
from crawler.errors import ConfigError, CrawlError


@contextmanager
def reloading(home: House, engine: LocalEngine, tell: Tell) -> Iterator[None]:
    """Within: SIGHUP registers the feeds anew; what is under way is finished as it began.

    Other settings stay as they were: they are parts of doors that are open.
    """
    loop = asyncio.get_running_loop()
    under_way: set[asyncio.Task[None]] = set()

    def begin() -> None:
        if not under_way:
            task = asyncio.create_task(_reload(home, engine, tell), name="reload")
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    loop.add_signal_handler(signal.SIGHUP, begin)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for task in under_way:
            task.cancel()


async def _reload(home: House, engine: LocalEngine, tell: Tell) -> None:
    path = home.config.path
    try:
        found = feeds(await asyncio.to_thread(config.load, path))
        if not found:
            raise ConfigError(f"{path}: feeds: no feed is configured or all are disabled")
        await home.store.register(found, home.clock.now())
    except CrawlError as error:
        tell(event="reload", outcome="refused", error=error)
    else:
        engine.runner.wake.set()
        tell(event="reload", outcome="done", feeds=len(found))
