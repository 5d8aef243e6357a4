"""What a revision's leaf in the log costs: processor time of settling, with and without it, in turn."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from crawler.model import DueItem, Feed
from crawler.store import leaves
from crawler.store.sql import SqlStore
from tests.bench import figures
from tests.store.contract import due_items, registered
from tests.store.examples import captured, draft, entries, feed, polled, record

_GROUP = 20  #: revisions that are settled together, as several hosts' journeys do
_STATEMENT = json.dumps({f"field {number}": "x" * 64 for number in range(16)})  #: about as long as a real one


@dataclass(slots=True)
class Settled:
    """Seconds of processor time for each group."""

    kept: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)


def run(scratch: Path, *, groups: int) -> Settled:
    """So many groups each way, alternately first."""
    return asyncio.run(_run(scratch, groups))


async def _run(scratch: Path, groups: int) -> Settled:
    found = Settled()
    async with SqlStore(scratch / "crawler.db", slice_items=_GROUP) as store:
        [one] = await registered(store, feed())
        for number in range(groups):
            for kept in (True, False) if number % 2 else (False, True):
                seconds = await _settle(store, one, number * 2 + kept, kept=kept)
                (found.kept if kept else found.left).append(seconds)
    return found


async def _settle(store: SqlStore, one: Feed, number: int, *, kept: bool) -> float:
    """One group of new releases from their feed to the end; the time of the last step."""
    numbers = range(number * _GROUP + 1, (number + 1) * _GROUP + 1)
    await store.settle_poll(polled(one, entries(*numbers)))
    items = await due_items(store)
    assert len(items) == _GROUP
    articles = [await _intended(store, item) for item in items]
    outcomes = [captured(item, article) for item, article in zip(items, articles, strict=True)]
    with _leaves(kept=kept):
        began = time.process_time()
        await asyncio.gather(*map(store.settle, outcomes))
        return time.process_time() - began


async def _intended(store: SqlStore, item: DueItem) -> int:
    claim = await store.claim(item, draft(item), code_seed=item.entry.key)
    await store.intend(record(item, claim, statement=_STATEMENT))
    return claim.article_id


@contextmanager
def _leaves(*, kept: bool) -> Iterator[None]:
    append = leaves.append
    if not kept:
        leaves.append = lambda *_: None
    try:
        yield
    finally:
        leaves.append = append


def report(found: Settled) -> str:
    """Microseconds a revision, both ways, and what lies between."""
    kept, left = ([one / _GROUP * 1e6 for one in groups] for groups in (found.kept, found.left))
    pairs = _pairs(found)
    return (
        f"{len(kept) * _GROUP} revisions each way, settled {_GROUP} at a time\n"
        f"with a leaf    {figures.spread(kept, 0)} µs of processor time\n"
        f"without        {figures.spread(left, 0)} µs\n"
        f"a leaf         {median(pairs):.0f} µs (median of pairs)"
    )


def as_json(found: Settled) -> str:
    """The same in microseconds."""
    kept, left = (median(groups) / _GROUP * 1e6 for groups in (found.kept, found.left))
    pairs = _pairs(found)
    return json.dumps(
        {"revisions": len(pairs) * _GROUP, "with": kept, "without": left, "leaf": median(pairs)}
    )


def _pairs(found: Settled) -> list[float]:
    """Microseconds a revision, group by group."""
    return [(one - other) / _GROUP * 1e6 for one, other in zip(found.kept, found.left, strict=True)]
