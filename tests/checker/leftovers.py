"""I8: what a stop leaves behind is bounded, and what a start finds it clears away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tests.checker.database import Database
from tests.checker.terms import Terms, Violation

_ASIDE = frozenset({"orphans", "repaired"})  #: where a repair keeps what it found, whatever it was


def judge(root: Path, database: Database, terms: Terms) -> Iterator[Violation]:
    """All that should not be there any more."""
    log = database.path.with_name(f"{database.path.name}-wal")
    if log.exists() and log.stat().st_size > terms.wal:
        yield Violation("I8", f"{log.name} has {log.stat().st_size} bytes (at most {terms.wal})")
    for line in database.damage():
        yield Violation("I4", f"the database: {line}")
    if terms.state == "crashed":
        return
    for folder, below, names in os.walk(root):
        if Path(folder) == root:
            below[:] = sorted(set(below) - _ASIDE)
        for name in sorted(names):
            if name.startswith(".tmp-") or name.endswith((".part", "-journal")):
                yield Violation("I8", f"{(Path(folder) / name).relative_to(root)} is a temporary file")
    for row in database.table("hosts"):
        if row["lease_until"] is not None:
            yield Violation("I8", f"host {row['host']} is lent until {row['lease_until']}")
    for row in database.table("feeds"):
        if row["lent_from"] is not None:
            yield Violation("I8", f"feed {row['name']} is lent")
    for row in database.table("revisions"):
        if row["state"] == "intended":
            yield Violation(
                "I8", f"revision {row['id']} is intended and neither done nor dropped: {row['path']}"
            )
    for row in database.table("runs"):
        if row["outcome"] is None:
            yield Violation("I8", f"run {row['id']} never ended")
