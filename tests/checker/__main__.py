"""``python -m tests.checker ARCHIVE_ROOT DB WIRE_LOG``: a sentence for each violation; 1 if there is one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.checker import Terms, judge


def main(arguments: list[str] | None = None) -> int:
    """Judge what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.checker", description=__doc__)
    parser.add_argument("root", type=Path, metavar="ARCHIVE_ROOT")
    parser.add_argument("database", type=Path, metavar="DB")
    parser.add_argument(
        "log", type=Path, metavar="WIRE_LOG", help="JSON lines, as tests.wire.journal writes them"
    )
    parser.add_argument("--crashed", action="store_true", help="it was killed, and not started again")
    parser.add_argument("--faults", action="store_true", help="its disk failed now and then")
    parser.add_argument("--floor", type=float, default=0.0, help="seconds between two requests for a feed")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between two requests to a host")
    parser.add_argument("--allow", action="append", default=[], help="a private network that may be asked")
    parser.add_argument("--denied", action="append", default=[], help="an address that may not")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    terms = Terms(
        state="crashed" if given.crashed else "rest", faults=given.faults, floor=given.floor, delay=given.delay,
        allow=tuple(given.allow), denied=tuple(given.denied),
    )  # fmt: skip
    found = judge(given.root, given.database, given.log, terms)
    if given.json:
        print(json.dumps([{"invariant": one.invariant, "text": one.text} for one in found], indent=1))
    else:
        print("".join(f"{one}\n" for one in found), end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
