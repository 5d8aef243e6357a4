"""SIGHUP: the feeds of the configuration are read anew; a broken file changes nothing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from crawler import config
from crawler.app.house import House, feeds
from crawler.app.watchdog import Tell
from crawler.engine.local import LocalEngine
from crawler.errors import Bug, ConfigError, CrawlError


@contextmanager
def reloading(home: House, engine: LocalEngine, tell: Tell) -> Iterator[None]:
    """Within: SIGHUP registers the feeds anew; what is under way is finished as it began.

    Other settings stay as they were: they are parts of doors that are open.
    """
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    task = asyncio.create_task(_whenever(asked, lambda: _reload(home, engine, tell)), name="reload")
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        task.cancel()


async def _whenever(asked: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """What is asked for while it is under way is done once more: the file may have changed since it was read."""
    while True:
        await asked.wait()
        asked.clear()
        await work()


async def _reload(home: House, engine: LocalEngine, tell: Tell) -> None:
    path = home.config.path
    try:
        found = feeds(await asyncio.to_thread(config.load, path))
        if not found:
            raise ConfigError(f"{path}: feeds: no feed is configured or all are disabled")
        await home.store.register(found, home.clock.now())
    except CrawlError as error:
        tell(event="reload", outcome="refused", error=error)
    except Exception as error:  # a bug must not make the daemon deaf to the next one
        tell(event="reload", outcome="refused", error=Bug.of(error))
    else:
        engine.runner.wake.set()
        tell(event="reload", outcome="done", feeds=len(found))
