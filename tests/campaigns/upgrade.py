"""L77: every schema of the history, migrated through power cuts, and what its own code says of a newer archive.

``scripts/campaign upgrade --cuts 300``: the archives are those of ``tests/upgrade``; older code comes from git.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from crawler.store.schema import VERSION
from tests.powercut.disk import luck
from tests.powercut.recording import begun, put, record_command
from tests.upgrade.archives import MAKERS, load
from tests.upgrade.make import older_code, run
from tests.upgrade.migrating import MIGRATE, columns, migrate, rows, version, written


def through_power_cuts(schema: str, place: Path, many: int, seed: int) -> dict[str, Any]:
    """Migrate once, recorded; then cut that at ``many`` moments and migrate what is left."""
    database = load(schema).lay_down(place / "recorded") / "crawler.db"
    known = columns(database)
    before = rows(database, known)
    segment = record_command(place / "recorded", [sys.executable, "-c", MIGRATE, str(database)])
    random = Random(f"{seed}:{schema}")
    places = Counter(random.choices(range(len(segment.events) + 1), k=many))
    disk, found, wrong = begun(segment), Counter[str](), list[str]()
    for number in range(len(segment.events) + 1):
        for _ in range(places[number]):
            shutil.rmtree(place / "cut", ignore_errors=True)
            put(disk.after(luck(disk, random)), place / "cut")
            left = place / "cut" / "archive" / "crawler.db"
            found[written(left)] += 1
            asyncio.run(migrate(left))
            if version(left) != VERSION or rows(left, known) != before:
                wrong.append(f"schema {schema}, cut before event {number}")
        if number < len(segment.events):
            disk.do(segment.events[number])
    return {"cuts": found.total(), "left": dict(found), "violations": wrong}


def told_by_older_code(schema: str, place: Path) -> dict[str, Any]:
    """What the crawler that wrote this schema says of a database of today, and whether it touches it."""
    database = load(schema).lay_down(place) / "crawler.db"
    asyncio.run(migrate(database))
    (place / "feeds.toml").write_text(
        '[[feeds]]\nname = "one"\nurl = "http://127.0.0.1:9/feed"\nsource = "One Wire"\n', encoding="utf-8"
    )
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    code = older_code(MAKERS[schema], place / "code")
    refused = run(code, place, "crawl", "--since", "7d")
    wrong = []
    if refused.returncode == 0 or "newer crawler" not in refused.stderr or "Traceback" in refused.stderr:
        wrong.append(f"schema {schema}: exit {refused.returncode}: {refused.stderr[-500:]}")
    looked = run(code, place, "inspect", "articles")
    if "Traceback" in looked.stderr:
        wrong.append(f"schema {schema}: inspect: {looked.stderr[-500:]}")
    if hashlib.sha256(database.read_bytes()).hexdigest() != before:
        wrong.append(f"schema {schema}: older code changed a newer database")
    return {"said": refused.stderr.strip(), "inspect": looked.returncode, "violations": wrong}


def main() -> int:
    """The campaign; 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.upgrade", description=__doc__)
    parser.add_argument("--cuts", type=int, default=100, metavar="N", help="for each schema")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    violations = 0
    for schema in MAKERS:
        with TemporaryDirectory(
            prefix="upgrade-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None
        ) as folder:
            found = {
                "schema": schema,
                "power cuts": through_power_cuts(schema, Path(folder, "cuts"), options.cuts, options.seed),
                "older code": told_by_older_code(schema, Path(folder, "older")),
            }
        violations += sum(len(part["violations"]) for part in found.values() if isinstance(part, dict))
        print(json.dumps(found, indent=1))
    print(f"{violations} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
