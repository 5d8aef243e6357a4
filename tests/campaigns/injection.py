"""C40, C41 at full length: a million titles become file names, a hundred thousand documents come back from their files.

``scripts/campaign injection [--titles N] [--documents N] [--seed N] [--json]``; 0 leaves one out; exit 1 on a collision, an escape or a difference.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from tests.fuzz import documents, names

T = TypeVar("T")

Row = dict[str, object]


def shown(work: Iterable[T], total: int, what: str, *, quiet: bool) -> Iterator[T]:
    """A bar for a person; a line at the beginning of each tenth for a log; nothing beside JSON."""
    console = Console(stderr=True, highlight=False)
    if console.is_terminal and not quiet:
        yield from track(work, description=what, total=total, console=console, transient=True)
        return
    for number, one in enumerate(work):
        if not quiet and number and number % max(total // 10, 1) == 0:
            console.file.write(f"{number} of {total} {what}\n")
        yield one


def titles(count: int, seed: int, *, quiet: bool) -> Row:
    """C40: names by the real store."""
    began = time.process_time()
    wishes = list(shown(names.titles(count, seed), count, "titles", quiet=quiet))
    with tempfile.TemporaryDirectory() as folder:
        given = asyncio.run(
            names.name(Path(folder) / "crawler.db", wishes, told=lambda done: _line(done, count, quiet=quiet))
        )
    return {
        "case": "C40", "titles": given.given, "distinct": len(set(wishes)), "collisions": given.collisions, "escapes": given.escapes,
        "unsafe": len(given.unsafe), "longest_bytes": given.longest, "told_apart_by_number": given.numbered,
        "cpu_seconds": round(time.process_time() - began), "holds": given.hold,
    }  # fmt: skip


def _line(done: int, count: int, *, quiet: bool) -> None:
    if not quiet and done % 100_000 == 0:
        sys.stderr.write(f"{done} of {count} titles named\n")


def files(count: int, seed: int, *, quiet: bool) -> Row:
    """C41: documents by two readers."""
    began, broken = time.process_time(), Counter[str]()
    for number, values in enumerate(shown(documents.inputs(count, seed), count, "documents", quiet=quiet)):
        try:
            documents.check(values)
        except Exception as error:
            broken[f"{type(error).__name__}: {error} (first: number {number})"] += 1
    return {
        "case": "C41", "documents": count, "differences": broken.total(), "kinds": dict(broken),
        "cpu_seconds": round(time.process_time() - began), "holds": not broken,
    }  # fmt: skip


def main() -> int:
    """Both, one after the other."""
    parser = argparse.ArgumentParser(
        prog="scripts/campaign injection",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--titles", type=int, default=1_000_000)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="a JSON line a case, without progress")
    given = parser.parse_args()
    holds = True
    for case, count in ((files, given.documents), (titles, given.titles)):
        if count:
            row = case(count, given.seed, quiet=given.json)
            holds = holds and bool(row["holds"])
            told = "  ".join(f"{name} {value}" for name, value in row.items())
            print(json.dumps(row, ensure_ascii=False) if given.json else told, flush=True)
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
