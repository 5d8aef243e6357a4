"""What is asked at every visit, poll and start finds an index: its cost must not grow with the archive."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement
from sqlalchemy.dialects import sqlite

from crawler.store import (
    auditing,
    chains,
    claims,
    leaves,
    ledger,
    mending,
    noticing,
    rawindex,
    repeats,
    takedowns,
    traces,
    unfinished,
)
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


#: What ``crawler verify`` and ``crawler repair`` ask for each article, record or finding.
_CARED_FOR: dict[str, ClauseElement] = {
    name: vars(room)[name]
    for room, names in (
        (auditing, "_REVISIONS _RECORDS _RECORDS_OF _NEXT_PATH _HOLDS _STATED"),
        (mending, "_FETCH _REVISION _CLAIMED _REFER_AGAIN _UNREFERRED"),
    )
    for name in names.split()
}


def walked(path: Path, question: ClauseElement) -> list[str]:
    """The tables that grow and are read from one end to the other."""
    told = str(question.compile(dialect=sqlite.dialect()))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        for aside in mending._ASIDE:
            connection.execute(str(aside))
        plan = connection.execute(f"EXPLAIN QUERY PLAN {told}", [None] * told.count("?")).fetchall()
    found = [row[3] for row in plan if re.match(r"SCAN (?!\w+ VIRTUAL|CONSTANT)", row[3])]
    return [one for one in found if one.split()[1] not in _SMALL and not one.endswith(_UNDER_WAY)]


@pytest.mark.parametrize("name", sorted(_ASKED))
def test_no_table_that_grows_is_walked(migrated: Path, name: str) -> None:
    assert name in _ONE or not walked(migrated, _ASKED[name])


@pytest.mark.parametrize("name", sorted(_CARED_FOR))
def test_neither_verify_nor_repair_walks_a_table_for_each_thing(migrated: Path, name: str) -> None:
    assert not walked(migrated, _CARED_FOR[name])


@pytest.mark.parametrize(
    "name",
    "_ARTICLE _EARLIER _RECORDS _ITEMS _BODIES _LINKS _DIGESTS _OWNED _CLAIM _PAGES _FORGET_ITEMS _BURIED".split(),
)
def test_d45_a_takedown_finds_what_goes_by_an_index(migrated: Path, name: str) -> None:
    asked = vars(takedowns) | vars(traces)
    assert set(walked(migrated, asked[name])) <= {"SCAN own", "SCAN p"}  # what was found till then


@pytest.mark.parametrize(
    "name", [name for name, one in vars(chains).items() if isinstance(one, ClauseElement)]
)
def test_where_bytes_came_from_is_found_by_an_index_for_each_of_many_articles(
    migrated: Path, name: str
) -> None:
    assert set(walked(migrated, vars(chains)[name])) <= {
        "SCAN s",
        "SCAN takedowns",
    }  # what was found till then, and few
