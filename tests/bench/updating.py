"""Contestants that poll on demand: each line on standard input asks for one update of all feeds.

``python -m tests.bench.updating crawler CONFIG`` or ``… reader FEEDS DATABASE``.  The first update (all
feeds are new) happens before "ready" is printed; each later one prints its wall and CPU seconds.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

#: Later than anything the feeds hold: polls are measured here, not the articles behind them.
_NOTHING = datetime(2100, 1, 1, tzinfo=UTC)


def _report(wall: float, cpu: float) -> None:
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}), flush=True)


async def crawler(path: Path) -> None:
    """This crawler as ``crawl`` runs it, second and later crawls in one open house."""
    from crawler import config
    from crawler.app.house import open_house
    from crawler.model import Selection

    want = Selection(since=_NOTHING)
    async with open_house(config.load(path), command="bench", arguments={}) as home:

        async def update() -> None:
            await home.store.call_feeds(want, home.clock.now())
            engine = home.engine(asyncio.Event(), lambda outcome, count: None)
            await engine.run(want, wait=False)

        await update()
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            wall, cpu = time.perf_counter(), time.process_time()
            await update()
            _report(wall, cpu)


def reader(feeds: Path, database: Path) -> None:
    """lemon24/reader with a file database; the line says how many workers it may use."""
    # Its own copy of feedparser asks for sgmllib by a name that newer feedparsers no longer bring.
    sys.modules.setdefault("sgmllib", importlib.import_module("feedparser_sgmllib"))
    from reader import make_reader

    tables = tomllib.loads(feeds.read_text(encoding="utf-8"))["feeds"]
    library = make_reader(str(database))
    for table in tables:
        library.add_feed(table["url"])
    library.update_feeds(workers=10, scheduled=False)
    print("ready", flush=True)
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        library.update_feeds(workers=int(line), scheduled=False)
        _report(wall, cpu)


if __name__ == "__main__":
    contestant, *paths = sys.argv[1:]
    if contestant == "crawler":
        asyncio.run(crawler(Path(paths[0])))
    else:
        reader(Path(paths[0]), Path(paths[1]))
