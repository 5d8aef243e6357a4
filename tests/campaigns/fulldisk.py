"""R55 at full length: disks of 8 to 64 MB are filled to the last byte in the middle of work, then freed.

``scripts/campaign fulldisk [--rounds N] [--seed N] [--json]``: a real daemon on a tmpfs of its own, without and
with a mark; exit 1 where anything is lost, doubled or left, or where it does not go on by itself.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.journey import Running, judge, newsroom, until
from tests.journey.smalldisk import SmallDisk, small_disk
from tests.wire import SampleWire

SIZES = (8, 16, 32, 64)  #: MB; the database and its log alone take up to five
SOON = 'initial = "1s"\nfloor = "1s"\nceiling = "2s"'
LEFT = (
    "SELECT (SELECT count(*) FROM revisions WHERE state <> 'done') AS undone,"
    " (SELECT count(*) FROM feed_items WHERE state <> 'archived') AS waiting,"
    " (SELECT count(*) FROM captures WHERE outcome = 'failed') AS failed,"
    " (SELECT count(*) FROM articles WHERE revision <> 1) AS doubled"
)

Row = dict[str, object]


def fill_and_free(size: int, mark: int, seed: int, folder: Path) -> Row:
    """One disk of ``size`` MB with a mark of ``mark`` kB: what was lost, and how long it took to go on."""
    rng = Random(f"{size}:{mark}:{seed}")
    settings = f'low_water = "{mark}kB"\nballast = "512kB"'
    with (
        newsroom(releases=min(24, size), wires=4, seed=seed, latency=0.1) as wire,
        small_disk(folder, f"size={size}m") as yard,
    ):
        daemon = yard.configure(wire.config(), poll=SOON, archive=settings, processes=1).start("run")
        until(lambda: yard.count() >= rng.randrange(1, 6), process=daemon.process)
        yard.fill()
        until(lambda: "event=paused" in daemon.log(), process=daemon.process)
        yard.fill()  # what the ballast gave is taken as well
        at = yard.count()
        time.sleep(rng.uniform(0, 2))
        yard.empty()
        resumed = _resumed(wire, yard, daemon)
        daemon.send(signal.SIGTERM)
        ended = daemon.wait(15)
        left = yard.rows(LEFT)[0]
        faults = judge(wire.postings, yard.documents()).faults
        sound = yard.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    return {
        "megabytes": size, "mark_kb": mark, "seed": seed, "at": at, "resumed_seconds": round(resumed, 1),
        "faults": faults, **left, "holds": ended.code == 0 and sound and faults == 0 and not any(left.values()),
    }  # fmt: skip


def _resumed(wire: SampleWire, yard: SmallDisk, daemon: Running) -> float:
    """Seconds until fetching goes on; returns when all articles lie there."""
    freed = time.monotonic()
    until(
        lambda: daemon.log().count("event=continued") == daemon.log().count("event=paused"),
        process=daemon.process,
    )
    resumed = time.monotonic() - freed
    until(lambda: yard.count() == len(wire.postings), process=daemon.process, seconds=60)
    return resumed


def main() -> int:
    """Every size, without and with a mark, ``--rounds`` times."""
    parser = argparse.ArgumentParser(
        prog="scripts/campaign fulldisk",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="a JSON line a disk")
    given = parser.parse_args()
    holds = True
    for seed in range(given.seed, given.seed + given.rounds):
        for size in SIZES:
            for mark in (0, 250 * size):
                with TemporaryDirectory() as folder:
                    row = fill_and_free(size, mark, seed, Path(folder))
                holds = holds and bool(row["holds"])
                told = "  ".join(f"{name} {value}" for name, value in row.items())
                print(json.dumps(row) if given.json else told, flush=True)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
