"""P16 at full length: a feed with ten thousand older pages, walked to its end; each page is asked for once.

``python -m tests.campaigns.past [--pages N] [--json]``; exit 1 on a page that was asked twice or left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from crawler.store.sql import SqlStore
from tests.fakes import NOON, FakeWeb
from tests.test_backfill import ROOT, World, atom


async def walk(pages: int, folder: Path) -> dict[str, float]:
    """Figures of one walk over so many pages, the last of which leads back to the first."""
    async with SqlStore(folder / "crawler.db", now=lambda: NOON) as store:
        world = World(store, FakeWeb())
        for number in range(1, pages + 1):
            body = atom(number, at=NOON - timedelta(hours=number), older=f"/old/{number % pages + 1}")
            world.web.answers[f"{ROOT}/old/{number}"] = body
        want = await world.begin(atom(0, at=NOON, older="/old/1"), since=NOON - timedelta(days=9000))
        began = time.monotonic()
        await world.backfill().run(want)
        asked = Counter(world.asked)
    return {
        "pages": pages,
        "asked": asked.total(),
        "asked twice": sum(count - 1 for count in asked.values()),
        "left out": pages - len(asked),
        "items": sum(count.new for _, count in world.read),
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.campaigns.past", description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(walk(given.pages, Path(folder)))
    shown = (
        json.dumps(figures) if given.json else "\n".join(f"{name:>12}  {figures[name]}" for name in figures)
    )
    sys.stdout.write(shown + "\n")
    return 1 if figures["asked twice"] or figures["left out"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
