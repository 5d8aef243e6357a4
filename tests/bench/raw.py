"""What the raw archive costs: the same crawl with and without it, in turn."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.bench import articles, figures
from tests.bench.figures import Round

KEPT, LEFT = "with the raw archive", "without it"
TARGET = 0.85  #: of the throughput without it


def run(given: Path | None, scratch: Path, *, rounds: int, limit: int | None) -> dict[str, list[Round]]:
    """Interleaved rounds of both; raises ``BenchError``."""
    contestants = {KEPT: articles.crawled, LEFT: partial(articles.crawled, raw=False)}
    return articles.raced(contestants, given, scratch, rounds=rounds, limit=limit)


def report(results: dict[str, list[Round]]) -> str:
    """The table, and the ratios with their target."""
    kept, left = results[KEPT], results[LEFT]
    cpu = figures.ratios(kept, left, of="cpu")
    return "\n".join(
        [
            figures.table(results, "articles"),
            "",
            figures.verdict("articles/s, with / without", figures.ratios(kept, left), TARGET),
            figures.verdict("articles per CPU second, with / without", cpu, TARGET),
            f"  without start and end {figures.spread(figures.ratios(kept, left, of='steady'))}",
            articles.busy(),
        ]
    )
