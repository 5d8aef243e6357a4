"""``python -m tests.bench articles | raw | testimony | durability | leaf | reading | polls | lag | schedule``: see ``--help``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.bench import articles, costs, lag, leaf, polls, reading, rhythms
from tests.bench.pages import lay_out
from tests.bench.process import BenchError


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default 3)")
    pages = argparse.ArgumentParser(add_help=False)
    pages.add_argument(
        "--pages", type=Path, metavar="FOLDER", help="real pages, *.html[.gz] (default: sample releases)"
    )
    pages.add_argument("--limit", type=int, help="at most so many pages (of sample releases: default 200)")
    commands = parser.add_subparsers(dest="benchmark", required=True)
    commands.add_parser("articles", parents=[pages], help="articles a second, beside trafilatura and Scrapy")
    feeds = commands.add_parser("polls", help="unchanged polls a second, beside reader")
    feeds.add_argument("--feeds", type=int, default=1000, help="how many (default 1000)")
    schedule = commands.add_parser(
        "schedule", help="delay from posted to seen at equal polls, beside others' rules"
    )
    schedule.add_argument("--seeds", type=int, default=8, help="simulated feeds of each rhythm (default 8)")
    schedule.add_argument("--days", type=int, default=70, help="days, the first 14 to learn (default 70)")
    schedule.add_argument("--json", action="store_true", help="figures instead of a table")
    commands.add_parser(
        "reading", parents=[pages], help="processor time of reading pages, beside trafilatura"
    )
    commands.add_parser("lag", parents=[pages], help="lag of the event loop with all workers busy")
    for name, cost in costs.COSTS.items():
        told = commands.add_parser(
            name, parents=[pages], help=f"articles a second with and without {cost.what}"
        )
        told.add_argument("--json", action="store_true", help="figures instead of a table")
    grown = commands.add_parser("leaf", help="processor time of settling with and without a leaf of the log")
    grown.add_argument("--json", action="store_true", help="figures instead of lines")
    return parser.parse_args()


def main() -> int:
    """Run one benchmark and print what it found; 1 if a contestant did not do its work."""
    options = _arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            print(_run(options, Path(folder)), flush=True)
    except BenchError as failure:
        print(f"scripts/bench: {failure}", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace, scratch: Path) -> str:
    if options.benchmark == "schedule":
        if options.days * 24 <= rhythms.WARM_UP:
            raise BenchError(f"--days {options.days}: the first 14 days are for learning; name more")
        cells = rhythms.run(seeds=range(options.seeds), days=options.days)
        return rhythms.as_json(cells) if options.json else rhythms.report(cells)
    if options.benchmark == "polls":
        return polls.report(polls.run(scratch, feeds=options.feeds, rounds=options.rounds))
    if options.benchmark == "leaf":
        grown = leaf.run(scratch, groups=10 * options.rounds)
        return leaf.as_json(grown) if options.json else leaf.report(grown)
    called_from = Path(os.environ.get("BENCH_CALLED_FROM", "."))
    given = (called_from / options.pages).resolve() if options.pages else None
    if options.benchmark == "reading":
        lay_out(given, scratch / "pages", limit=options.limit)
        return reading.report(reading.run(scratch / "pages"))
    if options.benchmark == "lag":
        return lag.report(lag.run(given, scratch, limit=options.limit))
    if cost := costs.COSTS.get(options.benchmark):
        found = costs.run(
            cost, given, scratch, rounds=options.rounds, limit=options.limit, quiet=options.json
        )
        return costs.as_json(cost, found) if options.json else costs.report(cost, found)
    return articles.report(articles.run(given, scratch, rounds=options.rounds, limit=options.limit))


if __name__ == "__main__":
    sys.exit(main())
