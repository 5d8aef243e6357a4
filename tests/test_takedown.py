"""Which testimonies of the raw archive a takedown takes for the article's own; the whole: ``end_to_end/test_takedown``."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crawler import statement, takedown
from crawler.model import ToldRevision
from crawler.model.takedown import TAKEN_DOWN, Traces
from tests.store.examples import NOON, record
from tests.test_statement import RAW, claim_of, due_item

TRACES = Traces(items=frozenset({310}), since=NOON, bodies=frozenset())


def told(reason: str) -> ToldRevision:
    item = due_item()
    stated = statement.of(replace(record(item, claim_of(item)), reason=reason), item, RAW)
    return ToldRevision(statement=statement.render(stated), detail=b"", record=RAW, page=None, at=NOON)


def test_d45_the_tombstone_that_a_killed_takedown_left_is_not_removed_in_its_turn() -> None:
    assert takedown._is_of(told("page edited"), 252, TRACES)
    assert not takedown._is_of(told("page edited"), 253, TRACES)
    assert not takedown._is_of(told(TAKEN_DOWN), 252, TRACES)


def test_what_was_testified_before_the_article_was_seen_is_anothers() -> None:
    """A database that was put back from a backup gives out numbers again that newer raw files know."""
    later = replace(TRACES, since=NOON + timedelta(seconds=1))
    assert not takedown._is_of(told("page edited"), 252, later)
