"""``crawler release``: an article that was held back by mistake, public again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from crawler.cli.inspect import ask, console, key
from crawler.cli.options import AsJson, ConfigPath, Decided, OneArticle, RequestedBy, filled, load

if TYPE_CHECKING:
    from crawler.app.releases import Freed, Order
    from crawler.config import Config


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

    order = Order(article=found["id"], reason=reason, requested_by=requested_by)
    from crawler.cli.stop import run_to_end

    _say(run_to_end(_released(settings, order)), as_json=as_json)


async def _released(config: Config, order: Order) -> Freed:
    from crawler.app.releases import release
    from crawler.cli.stop import leaving

    with leaving(lambda: "the same command does it, or tells that it is done"):
        return await release(config, order)


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
