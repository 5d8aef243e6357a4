"""``crawler run``: the daemon."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import typer

from crawler.cli.options import ConfigPath, FeedNames, known_feeds, load, require_feeds
from crawler.errors import StoreError

if TYPE_CHECKING:
    import asyncio

    from crawler.app.house import House
    from crawler.app.room import Reserve
    from crawler.config import Config
    from crawler.report.log import Log


def run(context: typer.Context, feed: FeedNames = None, config: ConfigPath = None) -> None:
    """Poll the feeds for ever, each at its own rhythm; SIGTERM finishes and stops, SIGHUP reads the feeds
    anew, SIGUSR1 tells the vital signs."""
    from crawler.cli.stop import leave, run_to_end

    _wait_to_be_asked()
    settings = load(context, config)
    require_feeds(settings)
    run_to_end(_run(settings, known_feeds(settings, feed)))
    leave(0)


async def _run(config: Config, names: frozenset[str] | None) -> None:
    from crawler.cli.stop import stop_on_signals
    from crawler.report.log import Log

    log = Log()

    def stopping(received: signal.Signals) -> None:
        log.write(event="stopping", signal=received.name)

    with stop_on_signals(stopping, deaf=True) as stop:  # heard also while the house is imported and opened
        await _last(config, names, log, stop.event)
        log.write(event="stop")


async def _last(config: Config, names: frozenset[str] | None, log: Log, stop: asyncio.Event) -> None:
    from crawler.app.house import SystemClock
    from crawler.app.reopening import lasting
    from crawler.app.room import reserved

    clock = SystemClock()
    with reserved(config, clock) as reserve:
        await lasting(lambda: _work(config, names, log, stop, reserve), reserve, stop, clock, log.write)


async def _work(
    config: Config, names: frozenset[str] | None, log: Log, stop: asyncio.Event, reserve: Reserve
) -> None:
    from crawler.app import daemon, house, logkeeping
    from crawler.app.daily import daily
    from crawler.model import Selection

    arguments = {"feeds": sorted(names) if names else None}
    async with house.open_house(config, command="run", arguments=arguments, reserve=reserve) as home:
        log.write(
            event="start",
            run=home.run_id,
            feeds=len(house.feeds(config, names)),
            connections=home.config.web.connections,
            database=config.database,
            finished=home.recovered.finished,
            dropped=home.recovered.dropped,
            torn_bytes=home.recovered.cut,
            damaged=" ".join(home.recovered.damaged) or "none",
        )
        async with (
            daily(home.store.tidy, home.clock, log.write),
            logkeeping.kept(home.logbook, home.config.log, home.clock, log.write),
        ):
            await daemon.serve(
                home, Selection(feeds=names), stop,
                observe=log.observe, troubled=log.trouble, tell=log.write,
            )  # fmt: skip
        await _close(home, log)


async def _close(home: House, log: Log) -> None:
    """The run's last words; a disk without room for them makes no disorderly end."""
    try:
        await home.end("stopped")
    except StoreError as error:
        if not error.full:
            raise
        log.write(event="unended", why=error)


def _wait_to_be_asked() -> None:
    """A question or a hang-up that comes before the daemon listens must not end it."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    if sys.stderr is None or not sys.stderr.isatty():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
