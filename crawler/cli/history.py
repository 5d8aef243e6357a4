"""``crawler inspect show | history | diff | changes``: an article through its revisions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from crawler.cli.inspect import Limit, Source, Which, asked, console, key, more, tell, wires
from crawler.cli.options import AsJson, ConfigPath, Secrets, load, moment, whole

if TYPE_CHECKING:
    from rich.console import Console

    from crawler.app.comparing import Histories
    from crawler.config import Config

T = TypeVar("T")


def show(
    context: typer.Context,
    which: Which,
    revision: Annotated[
        int | None,
        typer.Option(
            "--revision", "-r", metavar="N", parser=whole(1), help="An earlier revision.", show_default=False
        ),
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The file itself, byte for byte.")] = False,
    as_json: AsJson = False,
    secrets: Secrets = False,
    config: ConfigPath = None,
) -> None:
    """One article, readable in the terminal."""
    from crawler.app import comparing, looking
    from crawler.report import inspect

    settings = load(context, config)
    if revision is None and not raw:
        facts = ask(settings, lambda search: search.article(key(which, settings)))
        read = looking.read_document(settings, facts["path"])
    else:
        chronicle = ask(settings, lambda search: search.chronicle(key(which, settings)))
        chosen = comparing.numbered(chronicle, revision)
        data = asyncio.run(comparing.file_of(settings, chosen))
        if raw:
            _write(data)
            return
        named = {name: chosen[name] for name in ("path", "reason", "notice", "draft", "sha256", "size")}
        facts = chronicle["article"] | named | {"revision": chosen["number"], "origin": chosen["origin"]}
        read = looking.parse_document(data)
    told = {**facts, **read}
    tell(told, lambda out: inspect.print_article(facts, read, out), as_json=as_json, secrets=secrets)


def history(
    context: typer.Context,
    which: Which,
    as_json: AsJson = False,
    secrets: Secrets = False,
    config: ConfigPath = None,
) -> None:
    """Every revision of an article: when, why, what changed, its file; what other releases say of it."""
    from crawler.app import comparing
    from crawler.report.history import print_history

    settings = load(context, config)

    async def chronicle_of(search: Histories) -> dict[str, Any]:
        found = await search.chronicle(key(which, settings))
        await comparing.look_at_files(settings, found["revisions"])
        return found

    chronicle, now = ask(settings, chronicle_of), datetime.now(UTC)
    tell(chronicle, lambda out: print_history(chronicle, now, out), as_json=as_json, secrets=secrets)


def diff(
    context: typer.Context,
    which: Which,
    before: Annotated[
        int | None, typer.Argument(parser=whole(), metavar="A", help="The earlier one.", show_default=False)
    ] = None,
    after: Annotated[
        int | None, typer.Argument(parser=whole(1), metavar="B", help="The later one.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    secrets: Secrets = False,
    config: ConfigPath = None,
) -> None:
    """What differs between two revisions of an article, word by word: by default the last two."""
    from crawler.app import comparing
    from crawler.report.history import plain_diff, print_diff

    settings = load(context, config)
    chronicle = ask(settings, lambda search: search.chronicle(key(which, settings)))
    article, numbers = chronicle["article"]["id"], [one["number"] for one in chronicle["revisions"]]
    if before is None and len(numbers) < 2:
        typer.echo(f"article {article} has one revision: there is nothing to compare it with", err=True)
        if as_json:
            tell(
                {"article": article, "from": None, "to": None}, lambda _: None, as_json=True, secrets=secrets
            )
        return
    later = comparing.numbered(chronicle, after)
    earlier = comparing.numbered(chronicle, numbers[-2] if before is None else before)
    found = asyncio.run(comparing.compared(settings, earlier, later))
    told = plain_diff(article, earlier, later, found.change, found.lines)

    def shown(out: Console) -> None:
        print_diff(article, earlier, later, found.lines, out)

    tell(told, shown, as_json=as_json, secrets=secrets)


def changes(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since", metavar="WHEN", help="Archived since.")] = "7d",
    source: Source = None,
    limit: Limit = 50,
    as_json: AsJson = False,
    secrets: Secrets = False,
    config: ConfigPath = None,
) -> None:
    """What changed in the archive, newest first: later revisions, corrections, kills, and why."""
    from crawler.report import history as report
    from crawler.report.listing import show as show_listing

    settings = load(context, config)
    when = moment(since, option="--since", now=datetime.now(UTC))
    wires(settings, None if source is None else [source])
    found = ask(settings, lambda search: search.changes(when, source=source, limit=limit + 1))
    listing = report.changes(found[:limit])
    show_listing(listing, console(), as_json=as_json, raw=found[:limit], secrets=secrets)
    more(found, limit)


def ask(config: Config, question: Callable[[Histories], Awaitable[T]]) -> T:
    """Open the database for reading, ask, close."""
    from crawler.app import comparing

    return asked(config, comparing.histories(config), question)


def _write(data: bytes) -> None:
    import sys

    sys.stdout.flush()
    sys.stdout.buffer.write(data)
