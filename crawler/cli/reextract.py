"""``crawler reextract``: kept pages read again, offline."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.inspect import wires
from crawler.cli.options import AsJson, ConfigPath, FeedNames, known_feeds, load, span, words

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.model import RereadSelection
    from crawler.report.rereading import Watch

_STOPPING = "crawler: stopping: what is under way is finished first; a second signal stops at once"
_HALF = "what was applied stays, and the same command goes on with the rest"
_LOOKED = "nothing was changed; the same command begins again"


class Effort(enum.StrEnum):
    """How much is done to find an article."""

    FAST = "fast"
    BALANCED = "balanced"
    BEST = "best"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for beside which articles."""

    which: list[str]  #: articles by any name
    older: bool  #: only what another extractor has read
    effort: Effort
    apply: bool
    diff: bool
    as_json: bool


def reextract(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Published since.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="WHEN", help="… and before.", show_default=False)
    ] = None,
    feed: FeedNames = None,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="NAME", help="Only this wire; may be repeated.", show_default=False),
    ] = None,
    which: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="ID",
            parser=words,
            help="Only this article: its number, url or path; may be repeated.",
            show_default=False,
        ),
    ] = None,
    extractor_older: Annotated[
        bool, typer.Option("--extractor-older", help="Only what another extractor than today's has read.")
    ] = False,
    effort: Annotated[
        Effort | None, typer.Option("--effort", help="Instead of [extract] effort.", show_default=False)
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Make what would change new revisions; the older ones are kept.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, line by line.")] = False,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Read kept pages again with today's extractor and show what would change; nothing is fetched.

    Needs [archive] raw.  Without --apply nothing is changed.  Exit code 1: something could not be read
    again, or is not the article any more; that is never applied.
    """
    from crawler.cli.stop import leave, run_to_end
    from crawler.model import RereadSelection

    settings = load(context, config)
    first, last = span(since, until, now=datetime.now(UTC))
    want = RereadSelection(
        since=first,
        until=last,
        feeds=known_feeds(settings, feed),
        sources=wires(settings, source),
    )
    asked = Asked(
        which=which or [],
        older=extractor_older,
        effort=effort or Effort(settings.extract.effort),
        apply=apply,
        diff=diff,
        as_json=as_json,
    )
    raise typer.Exit(leave(run_to_end(_reextract(settings, want, asked))))


async def _reextract(config: Config, want: RereadSelection, asked: Asked) -> int:
    from crawler.app import rereading
    from crawler.cli.stop import code, stop_on_signals
    from crawler.report.rereading import watching

    manner = rereading.Manner(effort=asked.effort.value, apply=asked.apply, lines=asked.diff)
    with (
        watching(as_json=asked.as_json) as watch,
        stop_on_signals(lambda received: watch.say(_STOPPING)) as stop,
    ):
        want = replace(want, articles=await rereading.numbers(config, asked.which))
        if asked.older:
            want = replace(want, not_by=rereading.todays_extractor(manner.effort))
        arguments = _arguments(want, manner.effort)
        async with rereading.opened(config, want, manner, stop.event, arguments=arguments) as desk:
            watch.begin(len(desk.articles))
            async for one in desk.run():
                watch.observe(one)
    _show(watch, asked)
    if stop.event.is_set():
        watch.say(f"crawler: interrupted; {_HALF if asked.apply else _LOOKED}")
        return code()
    return 1 if watch.troubled else 0


def _arguments(want: RereadSelection, effort: str) -> dict[str, Any]:
    """What the database is to tell of the run."""
    return {
        "since": want.since.isoformat() if want.since else None,
        "until": want.until.isoformat() if want.until else None,
        "feeds": sorted(want.feeds) if want.feeds else None,
        "sources": sorted(want.sources) if want.sources else None,
        "articles": sorted(want.articles) if want.articles else None,
        "not_by": want.not_by,
        "effort": effort,
    }


def _show(watch: Watch, asked: Asked) -> None:
    from crawler.report import rereading
    from crawler.report.listing import print_json, show

    if asked.as_json:
        print_json(rereading.plain(watch), watch.out)
        return
    watch.say(rereading.summary(watch.counts))
    show(rereading.listing(watch), watch.out, as_json=False)
    if asked.diff:
        rereading.print_diffs(watch.found, watch.out)
    if watch.counts["changed"]:
        watch.say("nothing was changed; --apply makes new revisions of what would change")
