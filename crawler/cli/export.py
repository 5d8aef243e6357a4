"""``crawler export``: a selection of the archive as a package, for replay (WACZ) or for keeping (BagIt)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.inspect import wires
from crawler.cli.options import AsJson, ConfigPath, FeedNames, known_feeds, load, place, span, words

if TYPE_CHECKING:
    from crawler.app.packages.selection import Chosen
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
        parser=words,
        help="Only this article: its number, url or path; may be repeated.",
        show_default=False,
    ),
]


@application.command(short_help="For replay: pages as they were sent, in one file.")
def wacz(
    context: typer.Context,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT.wacz",
            parser=place("OUT.wacz", "a package, which is read from its end,"),
            help="The file to write.",
        ),
    ],
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
    asked = _Asked(since=since, until=until, feeds=feed, sources=source, articles=article)
    _export(load(context, config), asked, _wacz, out.absolute(), as_json=as_json)


@application.command(short_help="For keeping: files, raw records, provenance and checksums, in a folder.")
def bagit(
    context: typer.Context,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", parser=place("OUT", "a bag, which is a folder,"), help="The folder to make."
        ),
    ],
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
    asked = _Asked(since=since, until=until, feeds=feed, sources=source, articles=article)
    _export(load(context, config), asked, _bag, out.absolute(), as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Which articles, as a person says it."""

    since: str | None
    until: str | None
    feeds: list[str] | None
    sources: list[str] | None
    articles: list[str] | None


#: Writes the chosen articles to a path; what is in the package, in numbers.
_Pack = Callable[["Config", "Chosen", Path, "CopyWatch"], Awaitable[dict[str, Any]]]


async def _wacz(config: Config, found: Chosen, out: Path, watch: CopyWatch) -> dict[str, Any]:
    from crawler.app.packages.wacz import Wacz

    return Wacz(config=config, chosen=found, out=out, observe=watch.observe).write()


async def _bag(config: Config, found: Chosen, out: Path, watch: CopyWatch) -> dict[str, Any]:
    from crawler.app.packages.bagit import Bag

    today = datetime.now(UTC).date()
    return await Bag(config=config, chosen=found, out=out, today=today, observe=watch.observe).write()


def _export(config: Config, asked: _Asked, pack: _Pack, out: Path, *, as_json: bool) -> None:
    """Choose, write, tell."""
    from crawler.cli.stop import do_to_end, leaving
    from crawler.report.copying import watcher

    want, before = _wanted(config, asked), os.path.exists(out)  # noqa: PTH110 — of a name too long, too

    async def write(watch: CopyWatch) -> dict[str, Any]:
        from crawler.app.packages.selection import chosen
        from crawler.app.rereading import numbers

        articles = await numbers(config, asked.articles or [])
        return await pack(config, await chosen(config, replace(want, articles=articles)), out, watch)

    def work() -> tuple[dict[str, Any], CopyWatch]:
        with leaving(lambda: _left(out, before=before)), watcher(as_json=as_json) as watch:
            return asyncio.run(write(watch)), watch

    told, watch = do_to_end(work)
    _say(told, watch, as_json=as_json)


def _left(out: Path, *, before: bool) -> str:
    """What an interruption leaves: a package gets its name when it is whole."""
    if not before and out.exists():
        return f"{out} is whole"
    return f"{out} was not written, and the archive is as it was; the same command begins again"


def _wanted(config: Config, asked: _Asked) -> RereadSelection:
    from crawler.model import RereadSelection

    since, until = span(asked.since, asked.until, now=datetime.now(UTC))
    return RereadSelection(
        since=since,
        until=until,
        feeds=known_feeds(config, asked.feeds),
        sources=wires(config, asked.sources),
        taken_down=True,
    )


def _say(told: dict[str, Any], watch: CopyWatch, *, as_json: bool) -> None:
    from crawler.report.listing import print_json, print_plain
    from crawler.report.text import counted, safe

    if as_json:
        print_json(told, watch.out)
    else:
        for line in told["broken"]:
            watch.say(f"crawler: not exported: {line}")
        counts = (
            counted(told[f"{name}s"], name)
            for name in ("article", "page", "record", "file")
            if f"{name}s" in told
        )
        print_plain(safe(f"{told['path']}: {', '.join(counts)}"), watch.out)
    raise typer.Exit(1 if told["broken"] else 0)
