"""What the raw archive, its testimonies and durability cost: the same crawl with and without, in turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from tests.bench import articles, figures
from tests.bench.articles import Course
from tests.bench.figures import Round

WITH = "with it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A work of the crawler, and what the throughput with it may lose."""

    what: str
    without: Callable[[Course], Round]
    target: float  #: of the throughput without it


COSTS = {
    "raw": Cost(what="the raw archive", without=partial(articles.crawled, raw=False), target=0.85),
    "testimony": Cost(
        what="testimonies in the raw archive",
        without=partial(articles.crawled, without="testimony"),
        target=0.95,
    ),
    "durability": Cost(
        what="durability (synchronous=FULL, fsync)",
        without=partial(articles.crawled, without="durability"),
        target=0.9,
    ),
}


def run(
    cost: Cost, given: Path | None, scratch: Path, *, rounds: int, limit: int | None, quiet: bool = False
) -> dict[str, list[Round]]:
    """Interleaved rounds of both; raises ``BenchError``."""
    contestants = {WITH: articles.crawled, f"without {cost.what}": cost.without}
    return articles.raced(contestants, given, scratch, rounds=rounds, limit=limit, quiet=quiet)


def report(cost: Cost, results: dict[str, list[Round]]) -> str:
    """The table, and the ratios with their target."""
    kept, left = results.values()
    label = f"with / without {cost.what}"
    steady = figures.spread(figures.ratios(kept, left, of="steady"))
    return "\n".join(
        [
            figures.table(results, "articles"),
            "",
            figures.verdict(
                f"articles per CPU second, {label}", figures.ratios(kept, left, of="cpu"), cost.target
            ),
            figures.verdict(f"articles per second, {label}", figures.ratios(kept, left), cost.target),
            f"  without start and end {steady}",
            f"{WITH}: {kept[-1].note}; without: {left[-1].note}",
            articles.busy(),
        ]
    )


def as_json(cost: Cost, results: dict[str, list[Round]]) -> str:
    """Medians and ranges of the ratios, and every round."""
    kept, left = results.values()
    ratios = {of: figures.ratios(kept, left, of=of) for of in ("cpu", "rate", "steady")}
    told = {
        of: {"median": median(values), "lowest": min(values), "highest": max(values)}
        for of, values in ratios.items()
        if values
    }
    rounds = {
        name: [{"articles": one.done, "wall": one.wall, "cpu": one.cpu, "steady": one.steady} for one in runs]
        for name, runs in results.items()
    }
    return json.dumps(
        {"cost": cost.what, "target": cost.target, "with/without": told, "rounds": rounds}, indent=2
    )
