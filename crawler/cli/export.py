"""``crawler export``: a selection of the archive as a package, for replay (WACZ) or for keeping (BagIt)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.options import AsJson, ConfigPath, FeedNames, known_feeds, load, moment

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.model import RereadSelection
    from crawler.report.copying import CopyWatch

application = typer.Typer(no_args_is_help=True, help="Write a selection of the archive as a package.")

Since = Annotated[
    str | None, typer.Option("--since", metavar="WHEN", help="Published since.", show_default=False)
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="WHEN", help="… and before.", show_default=False)
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only this wire; may be repeated.", show_default=False),
]
Articles = Annotated[
    list[str] | None,
    typer.Option(
        "--article",
        metavar="ID",
        help="Only this article: its number, url or path; may be repeated.",
        show_default=False,
    ),
]


@application.command(short_help="For replay: pages as they were sent, in one file.")
def wacz(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT.wacz", help="The file to write.")],
    since: Since = None,
    until: Until = None,
    feed: FeedNames = None,
    source: Sources = None,
    article: Articles = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Write WACZ 1.1.1: the raw records of the selected articles, an index, and a list of pages with their text.

    The same selection gives the same bytes.  Exit code 1: something could not be read and is not in it.
    """
    settings = load(context, config)
    want = _wanted(settings, since, until, feed, source)

    async def write(watch: CopyWatch) -> dict[str, Any]:
        from crawler.app.packages.selection import chosen
        from crawler.app.packages.wacz import Wacz

        found = await chosen(settings, await _with_articles(settings, want, article))
        package = Wacz(chosen=found, root=settings.archive.root, out=out.absolute(), observe=watch.observe)
        return package.write()

    _run(write, as_json=as_json)


@application.command(short_help="For keeping: files, raw records, provenance and checksums, in a folder.")
def bagit(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to make.")],
    since: Since = None,
    until: Until = None,
    feed: FeedNames = None,
    source: Sources = None,
    article: Articles = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Write a BagIt bag (RFC 8493): files, QR images, raw records and a provenance file for each article.

    Exit code 1: something could not be read and is not in it.
    """
    settings = load(context, config)
    want = _wanted(settings, since, until, feed, source)

    async def write(watch: CopyWatch) -> dict[str, Any]:
        from crawler.app.packages.bagit import Bag
        from crawler.app.packages.selection import chosen

        found = await chosen(settings, await _with_articles(settings, want, article))
        bag = Bag(
            config=settings,
            chosen=found,
            out=out.absolute(),
            today=datetime.now(UTC).date(),
            observe=watch.observe,
        )
        return await bag.write()

    _run(write, as_json=as_json)


def _wanted(
    config: Config, since: str | None, until: str | None, feed: list[str] | None, source: list[str] | None
) -> RereadSelection:
    from crawler.model import RereadSelection

    now = datetime.now(UTC)
    want = RereadSelection(
        since=moment(since, option="--since", now=now) if since else None,
        until=moment(until, option="--until", now=now) if until else None,
        feeds=known_feeds(config, feed),
        sources=frozenset(source) if source else None,
        taken_down=True,
    )
    if want.until and want.since and want.until <= want.since:
        raise typer.BadParameter("is not after --since", param_hint="--until")
    return want


async def _with_articles(config: Config, want: RereadSelection, article: list[str] | None) -> RereadSelection:
    from dataclasses import replace

    from crawler.app.rereading import numbers

    return replace(want, articles=await numbers(config, article or []))


def _run(write: Callable[[CopyWatch], Any], *, as_json: bool) -> None:
    from crawler.report.copying import watcher
    from crawler.report.listing import print_json, print_plain
    from crawler.report.text import safe

    with watcher(as_json=as_json) as watch:
        told = asyncio.run(write(watch))
    if as_json:
        print_json(told, watch.out)
    else:
        for line in told["broken"]:
            watch.say(f"crawler: not exported: {line}")
        counts = ", ".join(
            f"{told[name]} {name}" for name in ("articles", "pages", "records", "files") if name in told
        )
        print_plain(safe(f"{told['path']}: {counts}"), watch.out)
    raise typer.Exit(1 if told["broken"] else 0)
