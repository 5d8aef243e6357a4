"""``crawler run``: the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from crawler.cli.options import ConfigPath, FeedNames, known_feeds, load, require_feeds

if TYPE_CHECKING:
    from crawler.config import Config


def run(context: typer.Context, feed: FeedNames = None, config: ConfigPath = None) -> None:
    """Poll the feeds for ever, each at its own rhythm; SIGTERM finishes and stops."""
    from crawler.cli.stop import run_to_end

    settings = load(context, config)
    require_feeds(settings)
    run_to_end(_run(settings, known_feeds(settings, feed)))


async def _run(config: Config, names: frozenset[str] | None) -> None:
    from crawler.app import house
    from crawler.cli.stop import stop_on_signals
    from crawler.model import Selection
    from crawler.report.log import Log

    log = Log()
    want = Selection(feeds=names)
    with stop_on_signals(lambda received: log.write(event="stopping", signal=received.name)) as stop:
        async with house.open_house(
            config, command="run", arguments={"feeds": sorted(names) if names else None}
        ) as home:
            log.write(
                event="start",
                run=home.run_id,
                feeds=len(house.feeds(config, names)),
                database=config.database,
                finished=home.recovered.finished,
                dropped=home.recovered.dropped,
            )
            await home.engine(stop.event, log.observe).run(want, wait=True)
            await home.store.close_run("stopped")
        log.write(event="stop")
