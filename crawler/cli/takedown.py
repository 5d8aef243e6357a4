"""``crawler takedown``: a body removed on request, the fact kept."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.inspect import ask, console, key
from crawler.cli.options import (
    AsJson,
    ConfigPath,
    Decided,
    OneArticle,
    RequestedBy,
    filled,
    load,
    plain,
    words,
)

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.model.takedown import Order, Takedown


#: What an interruption leaves, by how far it had come.
_LEFT = {
    "": "nothing was changed; the same command begins again",
    "begun": "the takedown of article {article} is begun and not finished: its text may still stand, and the same "
    "command ends it",
    "done": "article {article} is taken down; the same command looks again through what was set aside, and through "
    "the database's old pages",
}


def takedown(
    context: typer.Context,
    which: OneArticle,
    reason: Decided,
    requested_by: RequestedBy = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Also its pages and its text in the raw archive, for good.")
    ] = False,
    title: Annotated[
        str | None,
        typer.Option(
            "--title",
            metavar="TEXT",
            parser=words,
            help="Instead of its title, which is kept.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Remove an article's body from every revision; its number, address, dates and digests stay.

    The file becomes a draft with one neutral sentence ([archive] tombstone), and the article is never captured
    again.  What was interrupted is finished by asking again.  Exit code 1: the text may still stand
    somewhere, and each such file is named.  Backups that were taken before still hold it.
    """
    filled("--reason", reason)
    filled("--title", title)
    plain("--title", title)
    settings = load(context, config)
    found = ask(settings, lambda search: search.article(key(which, settings)))
    if not yes:
        _confirm(found, raw=raw)
    from crawler.app.takedowns import Order
    from crawler.cli.stop import run_to_end

    order = Order(article=found["id"], reason=reason, requested_by=requested_by, raw=raw, title=title)
    done = run_to_end(_taken_down(settings, order, as_json=as_json))
    _say(done, as_json=as_json)
    if done.finished and title not in {None, done.title}:
        typer.echo("crawler: --title was not applied: what was taken down once keeps its title", err=True)
        raise typer.Exit(1)
    if done.unsearched or done.lingering:
        raise typer.Exit(1)


async def _taken_down(config: Config, order: Order, *, as_json: bool) -> Takedown:
    from crawler.app.takedowns import how_far, take_down
    from crawler.cli.stop import say_left
    from crawler.report.rebuilding import watching

    with watching(as_json=as_json) as watch:
        try:
            return await take_down(config, order, lambda *far: watch.observe("reading", *far))
        except asyncio.CancelledError:
            say_left(_LEFT[await how_far(config, order.article)].format(article=order.article))
            raise


def _confirm(found: dict[str, Any], *, raw: bool) -> None:
    from crawler.report.text import safe

    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "nobody is there to be asked; add it to take the article down", param_hint="--yes"
        )
    also = " and its raw records" if raw else ""
    typer.echo(f"article {found['id']}: {safe(found['title'])}", err=True)
    revisions = f"all {found['revision']} revisions" if found["revision"] > 1 else "its one revision"
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a question is left with an exception
    try:
        agreed = typer.confirm(f"Remove its text{also}, in {revisions}, for good?", err=True)
    except typer.Abort:
        typer.echo("\ncrawler: interrupted; nothing was changed", err=True)
        raise typer.Exit(130) from None
    if not agreed:
        typer.echo("crawler: nothing was changed", err=True)
        raise typer.Exit(1)


def _say(done: Takedown, *, as_json: bool) -> None:
    from crawler.report.listing import print_json, print_plain
    from crawler.report.text import counted, safe

    out = console()
    if as_json:
        told = {
            "article": done.article,
            "at": done.at.isoformat().replace("+00:00", "Z"),
            "before": done.finished,
            **done.removed(),
            "unsearched": [
                {"file": one.path, "offset": one.offset, "why": one.why} for one in done.unsearched
            ],
            "aside": list(done.aside),
            "lingering": [{"file": one.path, "why": one.why, "cure": one.cure} for one in done.lingering],
        }
        print_json(told, out)
        return
    _say_unsearched(done)
    _say_lingering(done)
    for path in done.aside:
        print_plain(f"removed, which had been set aside: {safe(path)}", out)
    if done.finished:
        print_plain(f"article {done.article}: taken down before, nothing is left to remove", out)
        return
    removed = f"{counted(len(done.files), 'revision')} and {counted(len(done.records), 'raw record')} removed"
    kept = f"their digests are kept (crawler inspect provenance {done.article})"
    print_plain(f"article {done.article}: taken down; {removed}, {kept}", out)


def _say_unsearched(done: Takedown) -> None:
    from crawler.report.text import safe

    for one in done.unsearched:
        typer.echo(
            f"crawler: {safe(one.path)} could not be searched from byte {one.offset} on: {safe(one.why)}",
            err=True,
        )
    if done.unsearched:
        typer.echo(
            "crawler: whether the text stands there is not known: bring these files back from a backup, and give the "
            "same command again",
            err=True,
        )


def _say_lingering(done: Takedown) -> None:
    from crawler.report.text import safe

    for one in done.lingering:
        typer.echo(
            f"crawler: the text may still stand in {safe(one.path)}: {safe(one.why)}; {safe(one.cure)}",
            err=True,
        )
