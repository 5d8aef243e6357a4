"""``crawler inspect``: looking into the archive, also while a crawler runs."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from crawler.cli.options import AsJson, ConfigPath, Secrets, known_feeds, load, span, whole, words
from crawler.cli.sources import known_sources

if TYPE_CHECKING:
    from rich.console import Console

    from crawler.app.looking import Search
    from crawler.config import Config

T = TypeVar("T")
S = TypeVar("S", bound="Search")
Which = Annotated[
    str, typer.Argument(metavar="ID", parser=words, help="Article number, its url, or its file's path.")
]
Limit = Annotated[
    int, typer.Option("--limit", "-n", metavar="N", parser=whole(1, 10**9), help="At most this many rows.")
]
Source = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only this wire.", show_default=False)
]
OneFeed = Annotated[
    str | None, typer.Option("--feed", "-f", metavar="NAME", help="Only this feed.", show_default=False)
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="WHEN", help="Published since.", show_default=False)
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="WHEN", help="… and before.", show_default=False)
]
Text = Annotated[
    str | None,
    typer.Option(
        "--text", metavar="WORDS", parser=words, help="Only with this in the title.", show_default=False
    ),
]

_MONTH = timedelta(days=30)


class Body(enum.StrEnum):
    """Where an article's body came from."""

    PAGE = "page"
    FEED = "feed"


application = typer.Typer(
    no_args_is_help=True, help="Look into the archive: numbers, articles, provenance, health."
)


@application.command()
def stats(context: typer.Context, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """What the archive holds, in numbers."""
    from crawler.report import inspect
    from crawler.report.listing import show

    found = ask(load(context, config), lambda search: search.stats())
    show(inspect.stats(found), console(), as_json=as_json, raw=found)


@application.command()
def articles(
    context: typer.Context,
    source: Source = None,
    feed: OneFeed = None,
    since: Since = None,
    until: Until = None,
    text: Text = None,
    origin: Annotated[
        Body | None, typer.Option("--origin", help="Where the body came from.", show_default=False)
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    secrets: Secrets = False,
    config: ConfigPath = None,
) -> None:
    """Archived articles, newest first."""
    from crawler.report import inspect
    from crawler.report.listing import show

    first, last = span(since, until, now=datetime.now(UTC))
    settings = load(context, config)
    known_feeds(settings, None if feed is None else [feed])
    wires(settings, None if source is None else [source])
    found = ask(
        settings,
        lambda search: search.articles(
            source=source,
            feed=feed,
            since=first,
            until=last,
            text=text,
            origin=origin.value if origin else None,
            limit=limit + 1,
        ),
    )
    show(inspect.articles(found[:limit]), console(), as_json=as_json, raw=found[:limit], secrets=secrets)
    more(found, limit)


@application.command(short_help="Where every byte of an article came from.")
def provenance(
    context: typer.Context,
    which: Which,
    as_json: AsJson = False,
    secrets: Secrets = False,
    config: ConfigPath = None,
) -> None:
    """Where every byte of an article came from: feed, polls, HTTP, extraction, fields, files."""
    from crawler.report.provenance import print_chain

    settings = load(context, config)

    async def chain_of(search: Search) -> dict[str, Any]:
        from crawler.app import looking

        found = await search.provenance(key(which, settings))
        await looking.compare_files(settings, found)
        return found

    chain = ask(settings, chain_of)
    tell(chain, lambda out: print_chain(chain, out), as_json=as_json, secrets=secrets)


@application.command(short_help="How each feed is doing.")
def feeds(
    context: typer.Context, as_json: AsJson = False, secrets: Secrets = False, config: ConfigPath = None
) -> None:
    """How each feed is doing: polls, failures, where it moved, whether it hides or lost something."""
    from crawler.report import health
    from crawler.report.listing import show

    now = datetime.now(UTC)
    found = ask(load(context, config), lambda search: search.feeds(since=now - _MONTH))
    show(health.feeds(found, now), console(), as_json=as_json, raw=found, secrets=secrets)


@application.command(short_help="Which servers rest, until when, and why.")
def hosts(
    context: typer.Context,
    paused: Annotated[bool, typer.Option("--paused", help="Only hosts that are left alone.")] = False,
    as_json: AsJson = False,
    secrets: Secrets = False,
    config: ConfigPath = None,
) -> None:
    """What is owed to each host: the next request, pauses and why, learned delay, robots.txt."""
    from crawler.report import health
    from crawler.report.listing import show

    now = datetime.now(UTC)
    found = ask(load(context, config), lambda search: search.hosts(now=now, paused=paused))
    show(health.hosts(found, now), console(), as_json=as_json, raw=found, secrets=secrets)


@application.command(short_help="WebSub: which hub pushes which feed.")
def subscriptions(
    context: typer.Context, as_json: AsJson = False, secrets: Secrets = False, config: ConfigPath = None
) -> None:
    """WebSub: which hub pushes which feed, since when, and whether it is trusted."""
    from crawler.report import pushes
    from crawler.report.listing import show

    found = ask(load(context, config), lambda search: search.subscriptions())
    listing = pushes.subscriptions(found, datetime.now(UTC))
    show(listing, console(), as_json=as_json, raw=found, secrets=secrets)


@application.command(short_help="How soon releases are found and kept.")
def freshness(
    context: typer.Context,
    feed: OneFeed = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", parser=whole(1, 36500), help="Items of so many days.")
    ] = 30,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """How soon releases are found and kept after they were published; with --feed, day by day."""
    from crawler.report import health
    from crawler.report.listing import show

    settings = load(context, config)
    known_feeds(settings, None if feed is None else [feed])
    since = datetime.now(UTC) - timedelta(days=days)
    found = ask(settings, lambda search: search.freshness(since=since, feed=feed))
    rows = found["feeds"] + (found["days"] if feed else [])
    show(health.freshness(rows), console(), as_json=as_json, raw=found)


@application.command()
def failures(
    context: typer.Context,
    feed: OneFeed = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    secrets: Secrets = False,
    config: ConfigPath = None,
) -> None:
    """What failed, why, and when it is tried again."""
    from crawler.report import inspect
    from crawler.report.listing import show

    settings = load(context, config)
    known_feeds(settings, None if feed is None else [feed])
    found = ask(settings, lambda search: search.failures(feed=feed, limit=limit + 1))
    show(
        inspect.failures(found[:limit], datetime.now(UTC)),
        console(),
        as_json=as_json,
        raw=found[:limit],
        secrets=secrets,
    )
    more(found, limit)


def console() -> Console:
    """Standard output."""
    from crawler.report.screen import Screen

    return Screen()


def more(found: list[Any], limit: int) -> None:
    """Tell a person that there is more than was shown."""
    if len(found) > limit:
        shown = "one is" if limit == 1 else f"{limit} are"
        typer.echo(f"only the first {shown} shown; --limit shows more", err=True)


def wires(config: Config, names: list[str] | None) -> frozenset[str] | None:
    """What ``--source`` names; None: all."""
    return known_sources(config, names, lambda: ask(config, lambda search: search.sources()))


def ask(config: Config, question: Callable[[Search], Awaitable[T]]) -> T:
    """Open the database for reading, ask, close."""
    from crawler.app import looking

    return asked(config, looking.search(config), question)


def asked(config: Config, search: S, question: Callable[[S], Awaitable[T]]) -> T:
    """Open any look into the database, ask, close; that a crawler at work is held up is told beside it."""
    import asyncio

    from crawler.app import looking
    from crawler.report.text import safe

    async def answer() -> T:
        async with search as opened:
            return await question(opened)

    found = asyncio.run(answer())
    if why := looking.pause(config):
        typer.echo(safe(f"crawler: nothing more is fetched for now: {why}"), err=True)
    return found


def tell(found: object, shown: Callable[[Console], None], *, as_json: bool, secrets: bool) -> None:
    """An answer for the reader who asked: a program, or a person."""
    from crawler.report.listing import print_json

    if as_json:
        print_json(found, console(), secrets=secrets)
    else:
        shown(console())


def key(which: str, config: Config) -> str:
    """A path as a person may give it (from here, or absolute) → as the store knows it."""
    path, root = Path(which).resolve(), config.archive.root.resolve()
    if path.suffix and path.is_relative_to(root):  # the file itself may be gone
        return path.relative_to(root).as_posix()
    return which
