"""``crawler feeds``: the feeds of the configuration."""

from __future__ import annotations

import typer

from crawler.cli.options import AsJson, ConfigPath, load

application = typer.Typer(no_args_is_help=True, help="The feeds of the configuration.")


@application.callback()
def _group() -> None:
    """The feeds of the configuration."""


@application.command("list")
def list_feeds(context: typer.Context, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Every configured feed; reads the configuration and nothing else."""
    from crawler.report.inspect import configured
    from crawler.report.listing import show
    from crawler.report.screen import Screen

    settings = load(context, config)
    show(configured(settings), Screen(), as_json=as_json)
