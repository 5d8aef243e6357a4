"""What the raw archive tells is told in order, though the clock of who wrote it was set back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any, cast

import pytest

from crawler import statement
from crawler.config import PollConfig
from crawler.model import Claim, DueItem, RawRecord, Retold, Told, ToldRevision
from crawler.rebuilding.database import Story, read
from tests.store.examples import NOON, entry, feed, record

ITEM = DueItem(item_id=310, feed=feed(), entry=entry(), first_seen=NOON)
CLAIM = Claim(
    article_id=252, feed_item_id=310, url="tidal-barges", code="poemx1IL", date=NOON, source_key="orbitwire", revision=1
)  # fmt: skip
SAID = record(ITEM, CLAIM)


def revision(number: int) -> ToldRevision:
    record = replace(SAID, claim=replace(CLAIM, revision=number, newest_digest="cd" * 32))
    return ToldRevision(
        statement=statement.render(statement.of(record, ITEM, None)),
        detail=statement.detail(record, ITEM),
        record=RawRecord(
            url="https://orbitwire.example/1", file="warc/a.warc.gz", offset=number, length=9, payload="ab" * 32,
            revisit=False, written_at=NOON,
        ),
        page=None,
        at=NOON,
    )  # fmt: skip


class Kept:
    """A raw archive that tells this, twice."""

    def __init__(self, told: Sequence[Told]) -> None:
        self.told = told

    async def tell(self) -> AsyncIterator[tuple[Told, int]]:
        for one in self.told:
            yield one, 0


class Heard:
    """A database that knows nothing, and notes which revisions it is told of."""

    def __init__(self) -> None:
        self.revisions: list[int] = []

    async def due_item(self, number: int, feed: str) -> None:
        return None

    async def revision(self, told: Retold) -> None:
        self.revisions.append(told.stated.revision)


async def heard(*numbers: int) -> list[int]:
    chronicle, store = Kept([revision(number) for number in numbers]), Heard()
    nothing = cast("Any", None)
    story = Story(
        chronicle=cast("Any", chronicle), raw=nothing, workers=nothing, store=cast("Any", store),
        plan=await read(cast("Any", chronicle), lambda so_far: None), settings=PollConfig(), now=NOON, added=False,
    )  # fmt: skip
    await story.tell(lambda so_far: None)
    assert story.counts.revisions == len(numbers)
    return store.revisions


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
async def test_d50_a_later_revision_waits_for_the_earlier_ones(order: tuple[int, ...]) -> None:
    assert await heard(*order) == [1, 2, 3]


async def test_d50_a_revision_whose_predecessor_was_never_testified_waits_for_nobody() -> None:
    assert await heard(5, 3, 2) == [5, 2, 3]


async def test_d50_of_two_with_one_number_the_later_is_told_later() -> None:
    assert await heard(2, 1, 2, 3) == [1, 2, 2, 3]
    assert await heard(2, 2, 1) == [1, 2, 2]
