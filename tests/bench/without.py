"""The crawler with one of its works left out, from outside: what that work costs is the difference.

``python -m tests.bench.without durability | testimony CRAWLER-ARGUMENTS…``.  No setting of the product leaves these
out; here functions are replaced before the command line starts.  The last line of standard error tells how often
each was called, so that a round in which nothing was left out does not count.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn

MARK = "left out: "  #: how that last line begins

_left_out: Counter[str] = Counter()


def durability() -> None:
    """No file, no folder and no commit waits for the disk: fsync does nothing, SQLite's ``synchronous`` is OFF."""

    def sync(descriptor: int) -> None:
        _left_out["fsync"] += 1

    # Before the crawler is imported: the raw archive takes fsync as the default of an argument.
    os.fsync = os.fdatasync = sync
    from crawler.store import connecting

    prepare = connecting._prepare

    def prepared(engine: Any, *pragmas: str) -> None:
        weaker = [pragma for pragma in pragmas if "synchronous" not in pragma]
        _left_out["synchronous"] += len(pragmas) - len(weaker)
        prepare(engine, *weaker, "PRAGMA synchronous = OFF")

    connecting._prepare = prepared


def testimony() -> None:
    """The raw archive keeps what the wire sent, and nothing of what was made of it."""
    from crawler.outbox import Outbox

    async def testified(*_: object) -> None:
        _left_out["testimony"] += 1

    assert callable(Outbox._testify)
    Outbox._testify = testified  # type: ignore[method-assign]


LEAVE_OUT: dict[str, Callable[[], None]] = {"durability": durability, "testimony": testimony}


def main() -> None:
    """The crawler's command line without one of its works."""
    LEAVE_OUT[sys.argv.pop(1)]()
    from crawler.cli import main as crawl

    end = os._exit

    def ended(code: int) -> NoReturn:
        """Where a thread still waits, the command line ends the process itself."""
        _tell()
        end(code)

    os._exit = ended
    try:
        crawl(sys.argv[1:])
    finally:
        _tell()


def _tell() -> None:
    calls = ", ".join(f"{name} {many}" for name, many in sorted(_left_out.items()))
    print(f"{MARK}{calls}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
