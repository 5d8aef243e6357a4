"""``crawler crawl``: one shot, from a moment on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.options import AsJson, ConfigPath, FeedNames, known_feeds, load, require_feeds, span

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.model import FeedTally, Resting, Selection
    from crawler.report.progress import Watcher

Since = Annotated[
    str,
    typer.Option(
        "--since", metavar="WHEN", help="Items published since: 2025-02-26, 2025-02-26T21:10Z, 7d, 12h."
    ),
]
_STOPPING = "crawler: stopping: what is under way is finished first; a second signal stops at once"

Until = Annotated[
    str | None, typer.Option("--until", metavar="WHEN", help="… and before.", show_default=False)
]


def crawl(
    context: typer.Context,
    since: Since,
    until: Until = None,
    feed: FeedNames = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Poll every feed once and archive what was published since WHEN (undated: first seen since)."""
    from crawler.cli.stop import leave, run_to_end
    from crawler.model import Selection

    settings = load(context, config)
    require_feeds(settings)
    now = datetime.now(UTC)
    first, last = span(since, until, now=now)
    want = Selection(since=first, until=last, feeds=known_feeds(settings, feed))
    raise typer.Exit(leave(run_to_end(_crawl(settings, want, as_json=as_json))))


async def _crawl(config: Config, want: Selection, *, as_json: bool) -> int:
    from crawler.app import house, logkeeping
    from crawler.cli.stop import code, stop_on_signals
    from crawler.report.progress import watcher

    with watcher(as_json=as_json) as watch, stop_on_signals(lambda received: watch.say(_STOPPING)) as stop:
        async with (
            house.open_house(config, command="crawl", arguments=_arguments(want)) as home,
            logkeeping.kept(home.logbook, config.log, home.clock, watch.tell) as keeping,
        ):
            resting = await home.store.call_feeds(want, home.clock.now(), floor=config.poll.floor)
            watch.begin(len(house.feeds(config, want.feeds)) - len(resting), want)
            engine = home.engine(stop.event, watch.observe, waiting=watch.waiting)
            home.reserve.attend(
                stop.event,
                watch.paused,
                patience=config.poll.patience.total_seconds(),
                warned=lambda why: watch.say(f"crawler: {why}"),
            )
            await home.walk_back(engine, watch.observe_page, want)
            tallies = await home.store.tally(want)
            await home.end("interrupted" if stop.event.is_set() else "done")
    _show(tallies, resting, watch, as_json=as_json)
    if home.reserve.refusal is not None:
        watch.say(f"crawler: {home.reserve.refusal}")
        return 1
    if stop.event.is_set():
        watch.say("crawler: interrupted; the same command carries on where this one stopped")
        return code()
    troubled = watch.troubled or keeping.trouble is not None
    return 1 if troubled or any(line.failed or line.fallback for line in tallies) else 0


def _arguments(want: Selection) -> dict[str, Any]:
    return {
        "since": want.since.isoformat() if want.since else None,
        "until": want.until.isoformat() if want.until else None,
        "feeds": sorted(want.feeds) if want.feeds else None,
    }


def _show(tallies: list[FeedTally], resting: list[Resting], watch: Watcher, *, as_json: bool) -> None:
    from crawler.report import tally
    from crawler.report.listing import print_json, show

    if as_json:
        told = {
            "feeds": [tally.row(line) for line in tallies],
            "failures": watch.failures,
            "resting": [tally.rest(one) for one in resting],
        }
        print_json(told, watch.out)
    else:
        show(tally.tally(tallies, resting), watch.out, as_json=False)
        for line in tally.rests(resting):
            watch.say(line)
