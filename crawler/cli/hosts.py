"""``crawler inspect furniture`` and ``crawler inspect rules``: what is known of hosts' pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from crawler.cli.inspect import ask, console
from crawler.cli.options import AsJson, ConfigPath, Secrets, load, words

Host = Annotated[
    str | None,
    typer.Option("--host", metavar="NAME", parser=words, help="Only this host.", show_default=False),
]


def furniture(
    context: typer.Context, host: Host = None, as_json: AsJson = False, config: ConfigPath = None
) -> None:
    """Which lines recur on a host's pages and are taken out of its articles where they stand apart."""
    from crawler.report import hosts
    from crawler.report.listing import show

    found = ask(load(context, config), lambda search: search.furniture(host))
    show(hosts.furniture(found), console(), as_json=as_json, raw=found)


def rules(
    context: typer.Context, as_json: AsJson = False, secrets: Secrets = False, config: ConfigPath = None
) -> None:
    """What the rules of [[hosts]] did, and which of them have stopped matching.  Exit 1 if one has."""
    from crawler.report import hosts
    from crawler.report.listing import show

    settings = load(context, config)
    found = ask(settings, lambda search: search.rules())
    listing = hosts.rules(found, settings.rules, datetime.now(UTC))
    show(listing, console(), as_json=as_json, raw=found, secrets=secrets)
    if any(row["missed"] for row in found if row["host"] in settings.rules):
        raise typer.Exit(1)
