"""What re-extraction finds in the database: which articles are chosen, and all that stands of one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler import frames
from crawler.errors import StoreError
from crawler.model import NO_FRAME, REEXTRACTION, DueItem, Origin, RereadSelection, Selection, Verdict
from crawler.store.sql import SqlStore
from crawler.store.standings import SqlStandings
from tests.store.contract import archive, due_items, with_items
from tests.store.examples import DAY, HOUR, NOON, captured, draft, entries, entry, feed, polled, record


@pytest.fixture
async def items(store: SqlStore) -> list[DueItem]:
    """Four items of two feeds: archived, fallback of yesterday, archived by another extractor, not archived."""
    await store.open_run("crawl", {})
    _, found = await with_items(store, entry(1), *entries(1440, 2880, 4320))
    await archive(store, found[0])
    await archive(store, found[1], outcome="fallback", retry_at=NOON + DAY, error="a stub")
    claim = await store.claim(found[2], draft(found[2]), code_seed="")
    told = record(found[2], claim, fetched_at=NOON + HOUR)
    await store.intend(replace(told, extraction=replace(told.extraction, extractor="older 1")))
    await store.settle(captured(found[2], claim.article_id, outcome="archived"))
    return found


@pytest.fixture
async def search(store: SqlStore, items: list[DueItem], path: Path) -> AsyncIterator[SqlStandings]:
    async with SqlStandings(path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 2, 3]),
        ({"since": NOON - DAY - HOUR}, [1, 2]),
        ({"until": NOON - DAY}, [3]),
        ({"since": NOON - 2 * DAY, "until": NOON - HOUR}, [2, 3]),
        ({"articles": frozenset({3, 1, 99})}, [1, 3]),
        ({"articles": frozenset()}, []),
        ({"sources": frozenset({"Orbit Wire"})}, [1, 2, 3]),
        ({"sources": frozenset({"orbitwire", "other"})}, [1, 2, 3]),
        ({"sources": frozenset({"other"})}, []),
        ({"feeds": frozenset({"orbit"})}, [1, 2, 3]),
        ({"feeds": frozenset({"other"})}, []),
        ({"not_by": "trafilatura 2.3.1"}, [3]),
        ({"not_by": "older 1"}, [1, 2]),
        ({"not_by": "older 1", "since": NOON - HOUR}, [1]),
    ],
)
async def test_articles_are_chosen_by_every_condition(
    search: SqlStandings, wanted: dict[str, Any], found: list[int]
) -> None:
    assert await search.chosen(RereadSelection(**wanted)) == found


async def test_a_feed_that_showed_an_item_later_chooses_it_too(store: SqlStore, search: SqlStandings) -> None:
    other = feed("second")
    await store.register([feed(), other], NOON)
    [known] = [one for one in await _registered(store) if one.name == "second"]
    await store.settle_poll(polled(known, [entry(1)]))
    assert await search.chosen(RereadSelection(feeds=frozenset({"second"}))) == [1]


async def _registered(store: SqlStore) -> list[Any]:
    lent = await store.lend(NOON + DAY, Selection(), slots=9, busy=())
    await store.give_back([piece.host for piece in lent])
    return [due.feed for piece in lent for due in piece.polls]


async def test_an_article_stands_with_all_that_its_file_was_made_of(
    search: SqlStandings, items: list[DueItem]
) -> None:
    found = await search.standing(1)
    assert found.item == replace(items[0], captures=1, standing=Origin.PAGE)
    assert found.claim.article_id == 1
    assert found.claim.feed_item_id == items[0].item_id
    assert (found.claim.revision, found.claim.duplicate_of) == (2, None)
    article = await search.article(1)
    assert found.claim.newest_digest == article["sha256"]
    assert (found.claim.url, found.claim.code) == (article["url"], article["code"])
    assert (found.title, found.path) == (article["title"], article["path"])
    assert found.claim.date == items[0].entry.published
    assert (found.verdict, found.origin) == (Verdict(ok=True), Origin.PAGE)
    assert (found.extractor, found.read_at) == ("trafilatura 2.3.1", NOON)
    assert not found.edited


async def test_a_fallback_stands_on_the_feed(search: SqlStandings) -> None:
    found = await search.standing(2)
    assert (found.origin, found.item.fallback) == (Origin.FEED, True)
    assert found.verdict == Verdict(ok=False, reasons=("empty",))
    assert not found.edited, "it waits for its page, not for its feed"


async def test_an_item_is_edited_until_it_is_captured_again(
    store: SqlStore, search: SqlStandings, items: list[DueItem]
) -> None:
    told = [replace(items[0].entry, title="Corrected"), *(one.entry for one in items[1:])]
    await store.settle_poll(polled(items[0].feed, told, at=NOON + HOUR))
    assert [(await search.standing(number)).edited for number in (1, 2, 3)] == [True, False, False]
    [again] = [due for due in await due_items(store, at=NOON + HOUR) if due.item_id == items[0].item_id]
    await archive(store, again, at=NOON + 2 * HOUR)
    found = await search.standing(1)
    assert (found.edited, found.claim.revision, found.item.entry.title) == (False, 3, "Corrected")


async def test_an_article_that_is_not_there_is_told(search: SqlStandings) -> None:
    with pytest.raises(StoreError, match="article 99 is not archived"):
        await search.standing(99)


async def test_an_intended_re_extraction_does_not_stand_yet(
    store: SqlStore, search: SqlStandings, items: list[DueItem]
) -> None:
    before = await search.standing(1)
    await store.intend(record(items[0], before.claim, reason=REEXTRACTION))
    assert await search.standing(1) == before
    await store.revise(1, NOON + DAY)
    after = await search.standing(1)
    assert (after.claim.revision, after.item) == (3, before.item)
    [_, newest] = await search.history(1)
    assert (newest["reason"], newest["state"], newest["done_at"]) == (
        "re-extraction",
        "done",
        "2025-02-27T12:00:00.000000Z",
    )


async def test_an_upgrade_ends_the_wait_for_a_page_unless_the_feed_has_edited_the_item(
    store: SqlStore, search: SqlStandings, items: list[DueItem]
) -> None:
    told = [one.entry for one in items]
    told[1] = replace(told[1], title="Corrected")
    await store.settle_poll(polled(items[0].feed, told, at=NOON + HOUR))
    standing = await search.standing(2)
    assert standing.edited
    await store.intend(record(items[1], standing.claim, reason=REEXTRACTION))
    await store.revise(2, NOON + DAY)
    item = (await search.provenance(2))["item"]
    assert (item["state"], item["last_error"]) == ("archived", None)
    assert item["due_at"] is not None


async def test_only_visits_teach_what_a_hosts_pages_have_in_common(
    store: SqlStore, search: SqlStandings, items: list[DueItem]
) -> None:
    host = "www.orbitwire.example"
    lines = frames.lines("Orbit Wire newsroom\nFollow Orbit Wire for more news")
    before = NO_FRAME
    for number in range(6):
        own = (*frames.lines(f"{'A text of its own. ' * 9}{number} {number * 7}"), *lines)
        for reason in ("captured again", REEXTRACTION):
            claim = (await search.standing(1)).claim
            told = record(items[0], claim, reason=reason)
            await store.intend(replace(told, extraction=replace(told.extraction, lines=own)))
            if reason == REEXTRACTION:
                assert await search.frame(host) == before == await store.frame(host)
                await store.revise(1, NOON)
            else:
                await store.settle(captured(items[0], 1))
            before = await search.frame(host)
    assert before.pages == 6
    assert set(before.lines) == {line.key for line in lines}
    assert await search.frame("elsewhere.example") == NO_FRAME
