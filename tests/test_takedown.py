"""Which testimonies of the raw archive a takedown takes for the article's own; the whole: ``end_to_end/test_takedown``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crawler import statement, takedown
from crawler.model import Attempt, Told, ToldDamage, ToldRevision, ToldVisit
from crawler.model.feed import NO_VALIDATORS
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


def visit(offset: int, payload: str, *, revisit: bool = False, kind: str = "page") -> ToldVisit:
    raw = replace(RAW, offset=offset, payload=payload, revisit=revisit)
    attempt = Attempt(url=raw.url, started_at=NOON, number=1, hop=0, status=200, raw=raw)
    return ToldVisit(attempts=(attempt,), validators=NO_VALIDATORS, about={"kind": kind, "item": "7"})


class Raw:
    """A raw archive that tells so much, and a database that refers to some of it."""

    def __init__(self, owned: set[int], *told: Told) -> None:
        self._owned, self._told, self.damage = owned, told, list[ToldDamage]()

    async def tell(self) -> AsyncIterator[tuple[Told, int]]:
        for one in self._told:
            yield one, 0

    async def traces(self, article: int) -> Traces:
        return replace(TRACES, bodies=frozenset({"page"}))

    async def owned_starts(self, file: str) -> frozenset[int]:
        return frozenset(self._owned)

    async def left(self) -> list[tuple[int, str]]:
        parts: Any = dict.fromkeys(("standings", "outbox", "removal", "remnants", "graveyard", "clock"))
        taking = takedown.TakingDown(store=self, chronicle=self, text="", **parts)  # type: ignore[arg-type]
        return sorted((one.record.offset, one.type) for one in await taking._left(252, self.damage))


async def test_revisits_by_others_and_testimonies_of_dropped_revisions_are_found_where_they_lie() -> None:
    """The database refers to them, and has no index that leads from the article there."""
    dropped = told("page edited")
    place = dropped.record.offset
    raw = Raw(
        {place, 1, 2, 3},
        dropped,
        visit(1, "page"),  # the database finds it by its body
        visit(2, "page", revisit=True, kind="feed"),
        visit(3, "another", revisit=True),
        visit(4, "page"),
        visit(5, "page", kind="feed"),  # nobody's, and no page
        ToldDamage(path="warc/a.warc.gz", offset=0, why="torn"),
    )
    assert await raw.left() == sorted([(place, "conversion"), (2, "revisit"), (4, "response")])
    assert [one.why for one in raw.damage] == ["torn"]
