"""``crawler release``: an article that was held back by mistake, public again."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from crawler.cli.inspect import ask, console, key
from crawler.cli.options import AsJson, ConfigPath, Decided, OneArticle, RequestedBy, filled, load

if TYPE_CHECKING:
    from crawler.app.releases import Freed


def release(
    context: typer.Context,
    which: OneArticle,
    reason: Decided,
    requested_by: RequestedBy = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Take a hold back: a release that its wire killed, or that waits for an embargo, is no draft any more.

    A new revision shows what stood; the wire's notice stays in the history.  Neither the article's page nor its
    feed holds it back again; another notice of its wire does.  What was taken down stays down.
    """
    filled("--reason", reason)
    settings = load(context, config)
    found = ask(settings, lambda search: search.article(key(which, settings)))
    from crawler.app.releases import Order
    from crawler.app.releases import release as released

    order = Order(article=found["id"], reason=reason, requested_by=requested_by)
    _say(asyncio.run(released(settings, order)), as_json=as_json)


def _say(freed: Freed, *, as_json: bool) -> None:
    from crawler.report.listing import print_json, print_plain

    if as_json:
        print_json({**asdict(freed), "at": freed.at.isoformat().replace("+00:00", "Z")}, console())
    elif freed.before:
        print_plain(f"article {freed.article}: released before, nothing is to be done", console())
    else:
        print_plain(
            f"article {freed.article}: released as revision {freed.revision}; {freed.path} is no draft any more "
            f"(crawler inspect history {freed.article})",
            console(),
        )
