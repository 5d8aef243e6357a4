"""``crawler verify`` and ``crawler repair``: is everything as it was archived, and can it be again?"""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import AsJson, ConfigPath, load, moment, shown, words

if TYPE_CHECKING:
    from crawler.app.verifying import Wish
    from crawler.config import Config


class Part(enum.StrEnum):
    """A part of the archive."""

    DATABASE = "database"
    FILES = "files"
    RAW = "raw"
    LOG = "log"


_REMEMBERED = "30d"
Article = Annotated[
    str | None,
    typer.Option(
        "--article",
        metavar="ID",
        parser=words,
        help="Only this article: its number, url or path.",
        show_default=False,
    ),
]


def verify(
    context: typer.Context,
    quick: Annotated[
        bool, typer.Option("--quick", help="Existence and sizes only; nothing is hashed.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="Only what was archived since.", show_default=False),
    ] = None,
    article: Article = None,
    only: Annotated[
        list[Part] | None,
        typer.Option(
            "--only",
            metavar="PART",
            help="Only database, files, raw or log; may be repeated.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="Only the log of all revisions: hashes, heads, signatures.")
    ] = False,
    remember: Annotated[
        bool, typer.Option("--remember", help="Write down what is whole (verify.db), and skip it next time …")
    ] = False,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than",
            metavar="TIME",
            help=f"… unless that is longer ago, or it changed [default: {_REMEMBERED}].",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Hold database, files, QR images and raw archive against each other; nothing is changed.

    Works beside a running crawler.  Exit code 0: clean; 1: something was found, each with its cure.
    """
    from crawler.app.verifying import Wish
    from crawler.cli.stop import leave, run_to_end

    if log and only:
        raise typer.BadParameter("contradicts --only", param_hint="--log")
    parts = [Part.LOG] if log else list(only or Part)
    if parts == [Part.LOG] and (since is not None or article is not None):
        raise typer.BadParameter(
            "the log is looked at as a whole; leave --log (--only log) away", param_hint=_selecting(since)
        )
    limit = _limit(older_than, remember=remember, quick=quick)
    settings, now = load(context, config), datetime.now(UTC)
    wish = Wish(
        quick=quick,
        since=moment(since, option="--since", now=now) if since is not None else None,
        article=_number(settings, article),
        only=frozenset(part.value for part in parts),
        older_than=limit,
    )
    raise typer.Exit(leave(run_to_end(verified(settings, wish, as_json=as_json, remember=remember))))


def _selecting(since: str | None) -> str:
    return "--article" if since is None else "--since"


def _limit(older_than: str | None, *, remember: bool, quick: bool) -> timedelta | None:
    """How long what was found whole is believed; None where nothing is remembered."""
    from crawler.config import duration

    if remember and quick:
        raise typer.BadParameter("hashes nothing, so there is nothing to --remember", param_hint="--quick")
    if not remember:
        if older_than is not None:
            raise typer.BadParameter(
                "is of what was remembered; give --remember too", param_hint="--older-than"
            )
        return None
    try:
        return duration(_REMEMBERED if older_than is None else older_than)
    except ValueError as error:
        raise typer.BadParameter(
            f'"{shown(older_than)}": {error} (30d; 0s reads everything again)', param_hint="--older-than"
        ) from None


async def verified(config: Config, wish: Wish, *, as_json: bool, remember: bool = False) -> int:
    """Look, and tell what was found: as a table, or as JSON; the exit code."""
    from crawler.app.verifying import verify
    from crawler.cli.stop import leaving
    from crawler.report.listing import print_json, show
    from crawler.report.verify import interrupted, listing, plain, summary, watching

    with watching(as_json=as_json) as watch, leaving(lambda: interrupted(watch, remember=remember)):
        found = await verify(config, wish, watch, remember=remember)
    if as_json:
        print_json(plain(found.counts, found.findings), watch.out)
    else:
        watch.progress = None
        watch.say(summary(found.counts, found.findings))
        if found.findings:
            show(listing(found.findings), watch.out, as_json=False)
    return 0 if found.clean else 1


def repair(
    context: typer.Context,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without this it is only said what would be done.")
    ] = False,
    article: Article = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Verify, then mend what can be mended without loss; nothing is ever deleted.

    Altered bytes are kept under repaired/, what nobody knows is set aside under orphans/.  Exit code 1:
    an error or a warning is left, for it cannot be mended or --apply was not given.
    """
    from crawler.cli.stop import leave, run_to_end

    settings = load(context, config)
    number = _number(settings, article)
    raise typer.Exit(leave(run_to_end(_repair(settings, number, apply=apply, as_json=as_json))))


async def _repair(config: Config, article: int | None, *, apply: bool, as_json: bool) -> int:
    from crawler.app.repairing import repair
    from crawler.cli.stop import leaving
    from crawler.report.listing import print_json, show
    from crawler.report.verify import deeds, mended, mendings, unmended, watching

    with watching(as_json=as_json) as watch, leaving(lambda: unmended(watch, apply=apply)):
        done = await repair(config, watch, article=article, apply=apply, told=watch.mended)
    if as_json:
        print_json(mended(done, apply=apply), watch.out)
    else:
        watch.progress = None
        if done:
            watch.say(deeds(done, apply=apply))
        show(mendings(done, apply=apply), watch.out, as_json=False)
        if done and not apply:
            watch.say("nothing was changed; --apply does it")
    grave = [one for one in done if one.finding.severity != "notice"]
    return 1 if any(not one.done for one in grave) or (grave and not apply) else 0


def _number(config: Config, article: str | None) -> int | None:
    """The number of an article named in any way that ``inspect`` knows."""
    import asyncio

    from crawler.app import looking

    if article is None:
        return None

    async def look() -> int:
        async with looking.search(config) as search:
            return int((await search.article(article))["id"])

    return asyncio.run(look())
