"""Lag of the event loop while every worker is busy, beside that of an idle loop at the same time.

The idle loop shows what the machine itself does to a timer: other processes, the scheduler; the loop's
own CPU time shows what is left on a machine that has nothing else to do.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench import pages
from tests.bench.articles import HOSTS, busy, settings
from tests.bench.process import REPOSITORY, BenchError, measure, python, serving

TARGET = 100.0  #: milliseconds, the longest lag
_SHARES = (0.5, 0.99, 0.999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """What was measured in one run."""

    crawling: tuple[float, ...]  #: milliseconds late, sorted
    idle: tuple[float, ...]  #: the same of an idle loop
    own: tuple[float, ...]  #: CPU milliseconds of the crawling loop from beat to beat, sorted
    articles: int


def run(given: Path | None, scratch: Path, *, limit: int | None) -> Lag:
    """One crawl of the pages; raises ``BenchError``."""
    folder, root = scratch / "pages", scratch / "archive"
    pages.lay_out(given, folder, limit=limit)
    server = ("tests.wire", "--pages", folder, "--hosts", str(HOSTS), "--window", "0", "--precompute")
    with serving(scratch, *server) as feeds:
        config = scratch / "crawler.toml"
        config.write_text(settings(feeds, root), encoding="utf-8")
        idle = subprocess.Popen(
            python("-m", "tests.bench.beating"),
            cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            crawled = json.loads(measure(python("-m", "tests.bench.beating", config)).output)
        finally:
            quiet, _ = idle.communicate()
    if not crawled["articles"]:
        raise BenchError("no article was captured: nothing was measured")
    return Lag(
        crawling=tuple(sorted(crawled["late"])),
        idle=tuple(sorted(json.loads(quiet)["late"])),
        own=tuple(sorted(crawled["busy"])),
        articles=crawled["articles"],
    )


def at(values: tuple[float, ...], share: float) -> float:
    """The value that ``share`` of the sorted values do not exceed."""
    return values[min(len(values) - 1, int(len(values) * share))]


def report(lag: Lag) -> str:
    """Percentiles of both loops, and whether the longest lag is within the target."""
    lines = [f"{'milliseconds':30}  {'p50':>7}  {'p99':>7}  {'p99.9':>7}  {'max':>7}  beats"]
    rows = {
        f"late, crawling {lag.articles} articles": lag.crawling,
        "  of it computing, at most": lag.own,
        "late, idle beside it": lag.idle,
    }
    for name, values in rows.items():
        shown = "  ".join(f"{at(values, share):7.2f}" for share in (*_SHARES, 1.0))
        lines.append(f"{name:30}  {shown}  {len(values)}")
    reached = "reached" if lag.crawling[-1] < TARGET else "MISSED"
    longest = f"longest lag: {lag.crawling[-1]:.1f} ms; target below {TARGET:g}: {reached}"
    return "\n".join([*lines, "", longest, busy()])
