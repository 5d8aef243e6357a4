"""``python -m tests.rehearsal``: prints a small table, or JSON; 1 when anything is not as it must be."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.rehearsal.run import Rehearsal, rehearse, sample
from tests.wire import load_records


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/rehearse",
        description="Serves your releases as a wire on loopback, crawls it, crawls it again, crawls it with kills, "
        "and judges: each release archived once, with its title, date and text; the second crawl changes nothing; "
        "the kills change nothing either.",
    )
    add = parser.add_argument
    add("--releases", type=Path, required=True, metavar="FILE", help="JSON lines of releases (.gz too)")
    add("--limit", type=int, metavar="N", help="at most so many, evenly over the file")
    add("--kills", type=int, default=3, metavar="K", help="SIGKILLs in the disturbed crawl (default 3)")
    add("--seed", type=int, default=1, help="decides the moments of the kills")
    add("--torn", type=int, default=0, metavar="N", help="bodies below 99.5 %% that are no violation")
    add("--keep", type=Path, metavar="FOLDER", help="leave the archives there")
    add("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


def _figures(found: Rehearsal) -> dict[str, Any]:
    judged = found.judgement
    return {
        "releases": found.releases,
        "feeds": found.feeds,
        "seconds": round(found.seconds, 1),
        "articles per second": round(found.releases / found.seconds, 1),
        "missing": len(judged.missing),
        "doubled": len(judged.doubled),
        "of no release": len(judged.foreign),
        "from the feed only": found.fallbacks,
        "wrong titles": len(judged.titles),
        "wrong dates": len(judged.dates),
        "bodies below 99.5 %": len(judged.torn),
        "changed by a second crawl": found.again,
        "killed at": ", ".join(map(str, found.kills)) or "never",
        "different after kills": len(found.differing),
    }


def _cases(found: Rehearsal) -> dict[str, list[Any]]:
    judged = found.judgement
    cases = {
        "missing": judged.missing, "doubled": judged.doubled, "of no release": judged.foreign,
        "wrong titles": judged.titles, "wrong dates": judged.dates, "bodies": judged.torn,
        "different after kills": found.differing,
    }  # fmt: skip
    return {name: list(some) for name, some in cases.items() if some}


def _show(found: Rehearsal, violations: int) -> None:
    for name, value in _figures(found).items():
        print(f"{name:<28}{value:>12}")
    print("bodies by token F1:")
    for band, count in found.bands.items():
        print(f"  {band:<26}{count:>12}")
    for name, some in _cases(found).items():
        print(f"{name}:")
        for case in some[:20]:
            print(f"  {case}")
    print(f"{violations} violations" if violations else "as it must be")


def main() -> int:
    """Rehearse and report; the exit code."""
    options = _arguments()
    releases = sample(load_records(options.releases), options.limit)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        folder = options.keep or Path(scratch)
        found = rehearse(
            releases, folder=folder, kills=options.kills, seed=options.seed,
            tell=lambda text: print(text, file=sys.stderr, flush=True),
        )  # fmt: skip
    violations = found.violations(torn=options.torn)
    if options.json:
        told = {
            **_figures(found),
            "killed at": found.kills,
            "bands": found.bands,
            "cases": _cases(found),
            "violations": violations,
        }
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(found, violations)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
