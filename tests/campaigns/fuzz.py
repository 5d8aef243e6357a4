"""Broken and hostile documents without end: every reader of foreign bytes gets them, and only refuses or reads (C44).

``scripts/campaign fuzz [--inputs N] [--reader NAME] [--seed N] [--jobs N] [--corpus FOLDER] [--json]``

An input is made from a reader, a seed and a number: the same each time, so that a finding is repeated with
``--reader NAME --seed N --only NUMBER``.  Whatever kills or holds a process is found, too.  Exit 1 on a finding.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.fuzz import corpus, hands, inputs, shrink
from tests.fuzz.hands import Batch, Finding, Report
from tests.fuzz.readers import READERS

#: How the inputs of all readers are shared, percent; pages are read three times, and cost most.
SHARES = {
    "date": 15, "url": 10, "header": 5, "robots": 15, "front-matter": 15, "entry": 5, "feed": 25, "page": 10,
}  # fmt: skip
_BATCH = {"page": 50, "feed": 200, "entry": 200}
_EVERY = 30.0  #: seconds between two lines where nobody looks


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be run."""

    seed: int
    shares: dict[str, int]  #: reader → number of inputs
    jobs: int
    corpus: Path | None

    def build(self, reader: str, number: int) -> bytes:
        """One input."""
        return inputs.build(reader, self.seed, number, _samples(reader, self.corpus))

    def batches(self) -> Iterator[Batch]:
        """All of them, the readers in turn."""
        for reader, count in self.shares.items():
            size = _BATCH.get(reader, 2000)
            for first in range(0, count, size):
                yield Batch(reader, first, min(size, count - first))


@cache
def _samples(reader: str, folder: Path | None) -> list[bytes]:
    return corpus.samples(reader, folder)


class Board:
    """How far it is: bars for a person, a line now and then for a log, nothing beside JSON."""

    def __init__(self, shares: dict[str, int], *, quiet: bool) -> None:
        self.console = Console(stderr=True, highlight=False)
        self._quiet, self._said, self._done = quiet, time.monotonic(), 0
        self._all = sum(shares.values())
        columns = (
            TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[note]}"),
        )  # fmt: skip
        self.progress = Progress(
            *columns, console=self.console, disable=quiet or not self.console.is_terminal
        )
        self._bars = {
            name: self.progress.add_task(name, total=count, note="") for name, count in shares.items()
        }

    def advance(self, reader: str, report: Report, found: int) -> None:
        """So many more are done."""
        self._done += report.inputs
        self.progress.update(
            self._bars[reader], advance=report.inputs, note=f"{found} found" if found else ""
        )
        if not self._quiet and not self.console.is_terminal and time.monotonic() - self._said > _EVERY:
            self._said = time.monotonic()
            self.console.file.write(f"{self._done} of {self._all} inputs, {reader}, {found} found\n")


def run(wish: Wish, board: Board) -> dict[str, Report]:
    """Read everything; what came of each reader."""
    totals = {reader: Report() for reader in wish.shares}
    for reader in wish.shares:
        _samples(reader, wish.corpus)  # made once, before the processes are
    with board.progress, contextlib.suppress(KeyboardInterrupt):  # what was done until then is told
        for batch, report in hands.run(wish.batches(), wish.build, wish.jobs):
            totals[batch.reader].add(report)
            board.advance(batch.reader, report, len(totals[batch.reader].findings))
    return totals


def distinct(reports: dict[str, Report]) -> list[tuple[Finding, int]]:
    """The first finding of each sign, and how many there are of it."""
    first: dict[tuple[str, str], Finding] = {}
    counts: dict[tuple[str, str], int] = {}
    for finding in sorted(
        (one for report in reports.values() for one in report.findings), key=lambda one: one.number
    ):
        key = (finding.reader, finding.sign)
        first.setdefault(key, finding)
        counts[key] = counts.get(key, 0) + 1
    return [(first[key], counts[key]) for key in first]


def only(wish: Wish, reader: str, number: int) -> int:
    """One input again: what comes of it, on standard error, and its bytes."""
    data = wish.build(reader, number)
    outcome = hands.alone(reader, data)
    print(f"{reader} {number}: {len(data)} bytes: {outcome}", file=sys.stderr)
    if outcome not in {"read", "refused"}:
        print(hands.judge(reader, data)[1], file=sys.stderr)
    sys.stdout.buffer.write(data)
    return 0 if outcome in {"read", "refused"} else 1


def tell(reports: dict[str, Report], found: list[dict[str, object]], *, as_json: bool) -> None:
    """The table, or the same as JSON."""
    rows = [
        {
            "reader": reader, "inputs": report.inputs, **{name: report.outcomes.get(name, 0) for name in ("read", "refused", "found")},
            "cpu_seconds": round(report.seconds, 1), "slowest_seconds": round(report.slowest, 2), "slowest_number": report.slowest_number,
        }
        for reader, report in reports.items()
    ]  # fmt: skip
    if as_json:
        print(json.dumps({"readers": rows, "findings": found}, indent=2))
        return
    print(f"{'reader':<13}{'inputs':>9}{'read':>9}{'refused':>9}{'found':>7}{'CPU s':>9}{'worst s':>9}")
    for row in rows:
        print(
            "{reader:<13}{inputs:>9}{read:>9}{refused:>9}{found:>7}{cpu_seconds:>9}{slowest_seconds:>9}".format(
                **row
            )
        )
    for one in found:
        print("{reader} number {number} ({count} times): {sign}".format(**one), one["trace"], sep="\n")


def _found(reports: dict[str, Report], wish: Wish, *, keep: bool) -> list[dict[str, object]]:
    """Every distinct finding; kept small as text, if it was made from our own texts."""
    told: list[dict[str, object]] = []
    for finding, count in distinct(reports):
        told.append(
            {
                "reader": finding.reader,
                "number": finding.number,
                "count": count,
                "sign": finding.sign,
                "trace": finding.trace,
            }
        )
        if keep and wish.corpus is None:
            small = shrink.shrunk(finding, wish.build(finding.reader, finding.number))
            told[-1]["kept"] = str(shrink.keep(finding, small, wish.seed))
    return told


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/campaign fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--inputs", type=int, default=200_000, help="of all readers together (default 200000)"
    )
    parser.add_argument("--reader", choices=[*READERS, "all"], default="all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument(
        "--corpus",
        type=Path,
        metavar="FOLDER",
        help="change the pages and feeds below it, too; nothing of them is kept",
    )
    parser.add_argument(
        "--only",
        type=int,
        metavar="NUMBER",
        help="one input of --reader again; its bytes go to standard output",
    )
    parser.add_argument("--keep", action="store_true", help="make findings small and keep them as tests")
    parser.add_argument("--json", action="store_true", help="the result as JSON, without progress")
    given = parser.parse_args()
    if given.only is not None and given.reader == "all":
        parser.error("--only: name the reader, too")
    return given


def main() -> int:
    """Run what is wished for."""
    given = arguments()
    shares = {given.reader: given.inputs}
    if given.reader == "all":
        shares = {reader: given.inputs * share // 100 for reader, share in SHARES.items()}
    wish = Wish(given.seed, shares, given.jobs, given.corpus)
    if given.only is not None:
        return only(wish, given.reader, given.only)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        reports = run(wish, Board(shares, quiet=given.json))
    finally:
        signal.signal(signal.SIGTERM, before)
    found = _found(reports, wish, keep=given.keep)
    tell(reports, found, as_json=given.json)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
