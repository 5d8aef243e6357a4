"""The table that ends a run."""

from __future__ import annotations

from crawler.model import FeedTally, Selection
from crawler.store.sql import SqlStore
from tests.store.contract import archive, due_items, registered
from tests.store.examples import (
    DAY,
    HOUR,
    NOON,
    addressed,
    captured,
    draft,
    entries,
    entry,
    failed,
    feed,
    polled,
)


async def test_each_feed_has_its_line_and_every_item_its_reason(store: SqlStore) -> None:
    await store.open_run("crawl", {})
    orbit, quiet = await registered(store, feed("orbit"), feed("quiet"))
    want = Selection(since=NOON - HOUR)
    told = [*addressed(1, 2, 3, 4, 5), entry(120)]
    await store.settle_poll(polled(orbit, told))
    await store.settle_poll(polled(quiet, outcome="failed", error="no answer", error_kind="Unreachable"))
    items = await due_items(store, want=want)
    assert len(items) == 5
    article = await archive(store, items[0])
    await archive(store, items[1], outcome="fallback", error="a stub", error_kind="NoArticle")
    await store.settle(failed(items[2]))
    twin = await store.claim(items[3], draft(items[3], source_link=items[0].entry.source_link), code_seed="")
    await store.settle(captured(items[3], twin.article_id, outcome="duplicate"))
    assert twin.duplicate_of == article
    assert await store.tally(want) == [
        FeedTally(
            feed="orbit", seen=6, new=6, archived=1, fallback=1, failed=1, skipped=3,
            why={
                "NoArticle": 1, "BadStatus": 1, "same address as another article": 1,
                "before --since": 1, "not reached": 1,
            },
        ),
        FeedTally(feed="quiet", failed=1, why={"feed: Unreachable": 1}),
    ]  # fmt: skip
    assert [line.feed for line in await store.tally(Selection(feeds=frozenset({"quiet"})))] == ["quiet"]


async def test_a_second_run_tells_what_the_first_had_done(store: SqlStore) -> None:
    await store.open_run("crawl", {})
    [orbit] = await registered(store, feed())
    await store.settle_poll(polled(orbit, entries(1, 2, 3)))
    first, second, _ = await due_items(store)
    await archive(store, first)
    await store.settle(failed(second, retry_at=None))
    await store.close_run("done")
    await store.open_run("crawl", {})
    keys = tuple(f"guid:{n}" for n in (1, 2, 3))
    await store.settle_poll(polled(orbit, None, window=keys, at=NOON + DAY))
    [line] = await store.tally(Selection(until=NOON + DAY))
    assert line == FeedTally(
        feed="orbit", seen=3, new=0, skipped=3,
        why={"archived before": 1, "given up before": 1, "not reached": 1},
    )  # fmt: skip


async def test_two_polls_of_one_run_count_their_items_once(store: SqlStore) -> None:
    await store.open_run("run", {})
    [orbit] = await registered(store, feed())
    await store.settle_poll(polled(orbit, entries(1, 2, 3)))
    await store.settle_poll(polled(orbit, entries(4, 1, 2)))
    await store.settle_poll(polled(orbit, entries(7, 6, 5)))
    for item in await due_items(store):
        await store.settle(failed(item, retry_at=NOON))
        await archive(store, item)
    [line] = await store.tally(Selection())
    assert (line.seen, line.new, line.archived, line.failed) == (7, 7, 5, 0)
    assert line.why["possible gap"] == 1


async def test_without_a_run_there_is_nothing_to_tell(store: SqlStore) -> None:
    [orbit] = await registered(store, feed())
    await store.settle_poll(polled(orbit, entries(1)))
    assert await store.tally(Selection()) == [FeedTally(feed="orbit")]
