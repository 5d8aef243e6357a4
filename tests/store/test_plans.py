"""What is asked at every visit, poll and start finds an index: its cost must not grow with the archive."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement
from sqlalchemy.dialects import sqlite

from crawler.store import claims, leaves, ledger, noticing, rawindex, repeats, unfinished
from crawler.store.order import WAITING

_ASKED: dict[str, ClauseElement] = {
    f"waiting {place}": statement for place, statement in enumerate(WAITING)
} | {
    f"{room.__name__.rpartition('.')[2]}.{name}": value
    for room in (claims, ledger, leaves, noticing, rawindex, repeats, unfinished)
    for name, value in vars(room).items()
    if isinstance(value, ClauseElement) and name.isupper() and name not in {"_TOLD_LINK", "_KILLED", "_LEFT"}
}
#: Tables of a row a run, or of a few days.
_SMALL = frozenset({"page_texts", "hosts", "runs"})
#: The index of what is under way, and a look for a single row.
_UNDER_WAY = "revisions_intended"
_ONE = {"noticing._ANY_OPEN"}


@pytest.mark.parametrize("name", sorted(_ASKED))
def test_no_table_that_grows_is_walked(migrated: Path, name: str) -> None:
    question = str(_ASKED[name].compile(dialect=sqlite.dialect()))
    connection = sqlite3.connect(f"file:{migrated}?mode=ro", uri=True)
    try:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {question}", [None] * question.count("?")).fetchall()
    finally:
        connection.close()
    walked = [row[3] for row in plan if re.match(r"SCAN (?!\w+ VIRTUAL|CONSTANT)", row[3])]
    grows = [one for one in walked if one.split()[1] not in _SMALL and not one.endswith(_UNDER_WAY)]
    assert name in _ONE or not grows
