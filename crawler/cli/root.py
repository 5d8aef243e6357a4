"""The command tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from crawler import __version__
from crawler.cli import (
    backup,
    crawl,
    export,
    feeds,
    history,
    hosts,
    inspect,
    log,
    rebuild,
    reextract,
    release,
    run,
    takedown,
    verify,
)
from crawler.cli.options import configured


class Commands(TyperGroup):
    """All commands."""

    def invoke(self, ctx: Any) -> Any:
        """A reader that goes away (head, less) is no error of the command that writes."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(0) from None


application = typer.Typer(
    cls=Commands,
    help="Poll the feeds of wire services, archive every release, and show where each byte came from.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crawler {__version__}")
        raise typer.Exit


@application.callback()
def _root(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="PATH",
            parser=configured,
            help="Configuration file.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    context.obj = config


application.command("crawl", short_help="Poll every feed once and archive what is new since WHEN.")(
    crawl.crawl
)
application.command("run", short_help="Poll the feeds for ever: the daemon.")(run.run)
application.command("reextract", short_help="Read kept pages again; show or apply what would change.")(
    reextract.reextract
)
application.command("rebuild", short_help="Make a lost database or lost files again; nothing is fetched.")(
    rebuild.rebuild
)
application.command("verify", short_help="Is everything as it was archived?  Changes nothing.")(verify.verify)
application.command("repair", short_help="Mend what can be mended without loss.")(verify.repair)
application.command("backup", short_help="Copy database and files of one moment, also while a crawler runs.")(
    backup.backup
)
application.command("restore", short_help="Make an archive of a backup again, every byte checked.")(
    backup.restore
)
application.command("release", short_help="Make an article public again that was held back by mistake.")(
    release.release
)
application.command("takedown", short_help="Remove an article's body, keep the fact.")(takedown.takedown)
inspect.application.command("show", short_help="One article, readable in the terminal.")(history.show)
inspect.application.command("history", short_help="Every revision of an article, and why it was made.")(
    history.history
)
inspect.application.command("diff", short_help="What differs between two revisions.")(history.diff)
inspect.application.command("changes", short_help="What changed in the archive: edits, corrections, kills.")(
    history.changes
)
inspect.application.command("furniture", short_help="Which lines recur on a host's pages.")(hosts.furniture)
inspect.application.command("rules", short_help="Which rules for hosts have stopped matching.")(hosts.rules)
application.add_typer(export.application, name="export")
application.add_typer(inspect.application, name="inspect")
application.add_typer(feeds.application, name="feeds")
application.add_typer(log.application, name="log")


@cache
def tree() -> Callable[..., Any]:
    """All commands with what each takes: read from their signatures, and so once a process."""
    return typer.main.get_command(application)
