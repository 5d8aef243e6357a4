"""A feed that leaves the configuration and comes back: what was still to do is still to do."""

from __future__ import annotations

from datetime import timedelta

from crawler.model import DueItem, Feed, Origin, Selection
from crawler.store.sql import SqlStore
from tests.store.contract import archive, due_items, with_items
from tests.store.examples import (
    DAY,
    HOUR,
    NOON,
    addressed,
    captured,
    draft,
    entries,
    failed,
    feed,
    polled,
    record,
)


async def off_and_on(store: SqlStore, one: Feed) -> list[DueItem]:
    await store.register([], NOON + HOUR)
    assert await due_items(store, NOON + DAY) == []
    await store.register([one], NOON + 2 * HOUR)
    return await due_items(store, NOON + 2 * HOUR)


async def test_a_fallback_that_awaits_its_page_is_visited_again(store: SqlStore) -> None:
    one, [item] = await with_items(store, *entries(1))
    await archive(store, item, outcome="fallback", retry_at=NOON + DAY)
    [again] = await off_and_on(store, one)
    assert again.fallback


async def test_a_fallback_that_a_crash_cut_short_is_visited_again(store: SqlStore) -> None:
    one, [item] = await with_items(store, *entries(1))
    claim = await store.claim(item, draft(item), code_seed="")
    await store.intend(record(item, claim, origin=Origin.FEED))
    [intent] = await store.unfinished()
    await store.resolve(intent, done=True)
    [again] = await off_and_on(store, one)
    assert again.fallback


async def test_an_edit_that_was_not_read_yet_is_read(store: SqlStore) -> None:
    one, [item] = await with_items(store, *entries(1))
    await archive(store, item)
    await store.settle_poll(polled(one, entries(1, title="Corrected"), at=NOON + HOUR))
    [again] = await off_and_on(store, one)
    assert again.entry.title == "Corrected"


async def test_a_duplicate_that_waits_goes_on_waiting(store: SqlStore) -> None:
    one, [owner, twin] = await with_items(store, *addressed(1, 9))
    claim = await store.claim(owner, draft(owner, source_link=twin.entry.source_link), code_seed="")
    await store.settle(captured(twin, claim.article_id, outcome="duplicate"))
    assert [item.item_id for item in await off_and_on(store, one)] == [owner.item_id, twin.item_id]


async def test_what_is_done_is_not_done_again(store: SqlStore) -> None:
    one, [archived, given_up, failing, edited] = await with_items(store, *entries(1, 2, 3, 4))
    await archive(store, archived)
    await archive(store, given_up, outcome="fallback", retry_at=None)
    await store.settle(failed(failing, retry_at=None))
    await archive(store, edited)
    told = [*entries(1, 2, 3), *entries(4, title="Corrected")]
    await store.settle_poll(polled(one, told, at=NOON + HOUR))
    [again] = await due_items(store, NOON + HOUR)
    await archive(store, again, at=NOON + HOUR * 1.5)
    assert await off_and_on(store, one) == []


async def test_many_new_feeds_begin_one_after_the_other_each_at_its_own_moment(store: SqlStore) -> None:
    many = [feed(f"wire{number}", url=f"https://wire{number}.example/feed") for number in range(300)]
    await store.register(many[:100], NOON)
    assert len(await store.lend(NOON, Selection(), slots=999, busy=())) == 100
    await store.register(many, NOON)
    assert len(await store.lend(NOON, Selection(), slots=999, busy=())) == 0
    halfway = len(await store.lend(NOON + timedelta(seconds=5), Selection(), slots=999, busy=()))
    assert 60 < halfway < 140
    assert (
        len(await store.lend(NOON + timedelta(seconds=10), Selection(), slots=999, busy=())) == 200 - halfway
    )
