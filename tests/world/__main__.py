"""``scripts/politeness``: worlds from seeds, polled by the real crawler in virtual time, judged and scored."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.world import habits, table
from tests.world.run import Run
from tests.world.seen import Findings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "politeness.md"
BEGIN, END = "<!-- figures: written by scripts/politeness --write -->", "<!-- end of figures -->"


def main() -> int:
    """Returns 1 on any violation."""
    asked = _arguments()
    began = time.process_time(), time.perf_counter()
    found = _all(asked)
    spent = time.process_time() - began[0], time.perf_counter() - began[1]
    whole, scored = table.merged(found), table.lines(found)
    wrong = sum(line.violations for line in scored)
    head = (
        f"{asked.feeds} feeds, {asked.days:g} days, {asked.seeds} seeds, {asked.restarts} restarts each: "
        f"{whole['polls']:,.0f} polls, {whole['requests']:,.0f} requests, {wrong} violations, in {spent[1]:,.0f} s."
    )
    if asked.json:
        cases = {line.case: {"figure": line.figure, "violations": line.violations} for line in scored}
        print(json.dumps({"polls": whole["polls"], "violations": wrong, "cases": cases}, indent=2))
    else:
        _show(scored, found, asked, head)
    if asked.write:
        _write(table.markdown(scored, head))
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/politeness", description=__doc__)
    parser.add_argument("--feeds", type=int, default=60)
    parser.add_argument("--days", type=float, default=60)
    parser.add_argument("--seeds", type=int, default=1, help="how many worlds")
    parser.add_argument("--seed", type=int, default=1, help="the first world's seed: replays one")
    parser.add_argument(
        "--restarts", type=int, default=20, help="of the crawler in each world, without goodbye"
    )
    parser.add_argument("--ceiling", type=float, default=3, help="the longest interval, in hours")
    parser.add_argument("--jobs", type=int, default=1, help="worlds at the same time")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write the table into docs/politeness.md")
    return parser.parse_args()


def _all(asked: argparse.Namespace) -> list[Findings]:
    seeds = range(asked.seed, asked.seed + asked.seeds)
    if asked.jobs > 1:
        with ProcessPoolExecutor(asked.jobs) as pool:
            return list(pool.map(_world, seeds, [asked] * asked.seeds))
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        found = []
        for seed in seeds:
            bar = progress.add_task(f"world {seed}", total=asked.days)
            found.append(_world(seed, asked, lambda day, bar=bar: progress.update(bar, completed=day)))
        return found


def _world(seed: int, asked: argparse.Namespace, told: object = None) -> Findings:
    plan = habits.make(seed, feeds=asked.feeds, days=asked.days, restarts=asked.restarts)
    with tempfile.TemporaryDirectory(prefix="politeness-") as folder:
        run = Run(plan=plan, folder=Path(folder), ceiling=asked.ceiling)
        if callable(told):
            run.told = told
        return run.go()


def _show(scored: list[table.Line], found: list[Findings], asked: argparse.Namespace, head: str) -> None:
    console = Console()
    shown = Table("case", "promised", "measured", "verdict", show_lines=True)
    for line in scored:
        verdict = "[green]kept" if not line.violations else f"[red]{line.violations} broken"
        shown.add_row(line.case, line.promise, line.figure, verdict)
    console.print(shown)
    console.print(head)
    for seed, each in enumerate(found, asked.seed):
        if each.counts:
            replay = f"--feeds {asked.feeds} --days {asked.days:g} --restarts {asked.restarts} --ceiling {asked.ceiling:g}"
            console.print(
                f"[red]seed {seed}[/]: replay with scripts/politeness --seed {seed} {replay}", highlight=False
            )
        for case, told in sorted(each.told.items()):
            for line in told:
                console.print(f"  {case} {line}", markup=False, highlight=False)


def _write(text: str) -> None:
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
