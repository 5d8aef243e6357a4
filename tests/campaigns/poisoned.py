"""The crawler with workers that pages may break: ``python -m tests.campaigns.poisoned FIGURES ARGUMENT…``.

The pool is the real one, with another tasks module; how long each slot was without a worker after a death
is written to the file FIGURES at the end.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from pathlib import Path
from typing import Any

from crawler.app import house
from crawler.cli.root import application
from crawler.workers import pool, slot

RECOVERIES: list[float] = []


figures = Path("recoveries.json")


def note() -> None:
    """Write down what is known; at the end the process may have no time for it."""
    figures.write_text(json.dumps(RECOVERIES), encoding="utf-8")


class TimedSlot(slot.Slot):
    """A slot that notes how long it had no worker after one died."""

    _died: float | None = None

    async def _try(self, *arguments: Any) -> None:
        before = self.deaths
        try:
            await super()._try(*arguments)
        finally:
            if self.deaths > before and self._died is None:
                self._died = time.monotonic()

    async def renew(self, *, fresh: bool = False) -> None:
        await super().renew(fresh=fresh)
        if self._died is not None:
            RECOVERIES.append(time.monotonic() - self._died)
            self._died = None
            note()


def main() -> None:
    """The command line of the crawler, with this pool."""
    global figures
    figures = Path(sys.argv.pop(1))
    note()
    setattr(pool, "Slot", TimedSlot)  # noqa: B010  (the names are those modules' own business)
    setattr(house, "WorkerPool", functools.partial(pool.WorkerPool, tasks="tests.workers.poison"))  # noqa: B010
    application()


if __name__ == "__main__":
    main()
