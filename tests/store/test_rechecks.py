"""Archived pages are lent again to be looked at: after what is due, within the window, at the cost of what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from crawler.model import (
    PAGE_GONE,
    DueItem,
    NextLook,
    Selection,
    Validators,
)
from crawler.store import rechecks
from crawler.store.sql import SqlStore
from tests.store.contract import ALL, archive, due_items, registered, with_items
from tests.store.examples import (
    DAY,
    HOUR,
    NOON,
    captured,
    draft,
    entries,
    entry,
    failed,
    feed,
    polled,
    record,
)
from tests.store.test_frontier import steps

ETAG = Validators(
    etag='W/"a-1"', last_modified="Wed, 26 Feb 2025 12:00:00 GMT", url="https://elsewhere.example/1"
)


def look(at: datetime | None = NOON + HOUR, **changes: Any) -> NextLook:
    return NextLook(**({"at": at, "validators": ETAG, "validated": NOON, "gone": False} | changes))


async def looked_at(store: SqlStore, item: DueItem, **changes: Any) -> None:
    """A look at an item is over."""
    assert item.recheck
    ended = captured(item, item.recheck.article_id, outcome="unchanged", attempts=(), **changes)
    await store.settle(ended)


async def value(store: SqlStore, question: str) -> Any:
    return await store._writer.run(lambda group: group.connection.execute(text(question)).scalar())


async def test_an_archived_page_is_lent_again_with_what_its_server_said_byte_for_byte(
    store: SqlStore,
) -> None:
    _, [item] = await with_items(store, entry(1))
    article = await archive(store, item, look=look())
    assert await due_items(store, NOON + HOUR / 2) == []
    assert await store.next_due(ALL) == NOON + HOUR
    [again] = await due_items(store, NOON + HOUR)
    assert again.recheck is not None
    assert (again.recheck.article_id, again.recheck.archived, again.recheck.done) == (article, NOON, 0)
    assert again.recheck.validators == ETAG
    assert again.recheck.digest is not None
    assert replace(again, recheck=None, standing=None, captures=0) == item


async def test_a_look_that_found_nothing_leaves_the_item_as_it_was(store: SqlStore) -> None:
    _, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    before = await value(
        store, "SELECT state || captures || captured_at || coalesce(due_at, '-') FROM feed_items"
    )
    [again] = await due_items(store, NOON + HOUR)
    await looked_at(store, again, at=NOON + HOUR, look=look(NOON + 6 * HOUR, done=1), error="the server answered 503",
                    error_kind="BadStatus")  # fmt: skip
    after = await value(
        store, "SELECT state || captures || captured_at || coalesce(due_at, '-') FROM feed_items"
    )
    assert after == before
    assert await value(store, "SELECT last_error FROM feed_items") is None
    assert await value(
        store, "SELECT stage || ' ' || outcome || ' ' || error FROM captures ORDER BY id DESC LIMIT 1"
    ) == ("recheck unchanged the server answered 503")
    [third] = await due_items(store, NOON + 6 * HOUR)
    assert third.recheck
    assert (third.recheck.archived, third.recheck.done) == (NOON, 1)


async def test_a_row_that_is_over_is_over(store: SqlStore) -> None:
    _, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look(None))
    assert await due_items(store, NOON + 99 * DAY) == []
    assert await store.next_due(Selection(feeds=frozenset({"none"}))) is None


async def test_looks_come_after_what_is_due_and_within_what_is_lent_at_a_time(store: SqlStore) -> None:
    one, items = await with_items(store, *entries(*range(4)))
    for item in items:
        await archive(store, item, look=look())
    told = [*entries(*range(4)), *entries(*range(10, 13))]
    await store.settle_poll(polled(one, told, next_poll=NOON + 9 * DAY))
    due = await due_items(store, NOON + HOUR)
    assert [bool(item.recheck) for item in due] == [False, False, False, True, True]
    assert {item.item_id for item in due[3:]} <= {item.item_id for item in items}


async def test_a_few_looks_at_a_host_are_lent_at_a_time(store: SqlStore) -> None:
    _, items = await with_items(store, *entries(*range(5)))
    for item in items:
        await archive(store, item, look=look())
    first = await due_items(store, NOON + HOUR)
    assert len(first) == rechecks.AT_ONCE
    for item in first:
        await looked_at(store, item, look=look(None))
    assert len(await due_items(store, NOON + HOUR)) == len(items) - rechecks.AT_ONCE


async def test_what_is_due_anyway_is_not_lent_twice(store: SqlStore) -> None:
    one, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    await store.settle_poll(polled(one, [replace(entry(1), title="Another title")], next_poll=NOON + DAY))
    [again] = await due_items(store, NOON + HOUR)
    assert again.recheck is None


async def test_hosts_without_anything_else_to_do_are_lent_for_a_look(store: SqlStore) -> None:
    [one] = await registered(store, feed())
    told = [entry(1, host="a.example"), entry(2, host="b.example")]
    await store.settle_poll(polled(one, told, next_poll=NOON + DAY))
    for item in await due_items(store):
        await archive(store, item, look=look(NOON + item.item_id * HOUR))
    [first] = await store.lend(NOON + 2 * HOUR, ALL, slots=1, busy=())
    [second] = await store.lend(NOON + 2 * HOUR, ALL, slots=9, busy=())
    assert (first.host, second.host) == ("a.example", "b.example")
    assert [len(piece.items) for piece in (first, second)] == [1, 1]
    assert await store.lend(NOON + 2 * HOUR, ALL, slots=9, busy=()) == []


async def test_a_one_shot_looks_within_its_window_and_never_waits_for_a_look(store: SqlStore) -> None:
    one, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    await store.settle_poll(polled(one, [entry(1)], next_poll=NOON + 9 * DAY))
    assert await store.next_due(ALL, polls=False) is None
    later = NOON + HOUR
    assert await due_items(store, later, Selection(since=NOON)) == []
    assert await due_items(store, later, Selection(until=NOON - DAY)) == []
    assert await due_items(store, later, Selection(feeds=frozenset({"none"}))) == []
    assert len(await due_items(store, later, Selection(since=NOON - DAY, feeds=frozenset({"orbit"})))) == 1


async def test_a_page_that_is_gone_is_a_notice_until_it_is_there_again(store: SqlStore) -> None:
    _, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    [again] = await due_items(store, NOON + HOUR)
    await looked_at(store, again, look=look(gone=True))
    assert await value(store, "SELECT notice FROM articles") == PAGE_GONE
    assert await value(store, "SELECT state FROM articles") == "archived"
    [third] = await due_items(store, NOON + HOUR)
    assert third.notice == PAGE_GONE
    await looked_at(store, third, look=look(gone=None))
    assert await value(store, "SELECT notice FROM articles") == PAGE_GONE
    await looked_at(store, third, look=look(gone=False))
    assert await value(store, "SELECT notice FROM articles") is None


async def test_edits_that_are_none_are_counted(store: SqlStore) -> None:
    _, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    [again] = await due_items(store, NOON + HOUR)
    await looked_at(store, again, look=look(churned=True))
    await looked_at(store, again, look=look(churned=True, validated=None))
    assert await value(store, "SELECT churn FROM feed_items") == 2
    assert await value(store, "SELECT page_validated FROM feed_items") is not None


async def test_a_removed_feeds_pages_are_not_asked_for(store: SqlStore) -> None:
    _, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    await store.register([], NOON)
    assert await due_items(store, NOON + DAY) == []
    assert await value(store, "SELECT recheck_at FROM feed_items") is None


async def test_what_nothing_stands_of_is_not_lent_and_does_not_stand_in_the_way(store: SqlStore) -> None:
    _, items = await with_items(store, *entries(1, 2))
    for item in items:
        await archive(store, item, look=look())
    await store._writer.run(
        lambda group: group.connection.execute(
            text("UPDATE articles SET taken_down_at = '2025' WHERE item_id = 1")
        )
    )
    [left] = await due_items(store, NOON + HOUR)
    assert left.item_id == 2
    assert await value(store, "SELECT count(*) FROM feed_items WHERE recheck_at IS NOT NULL") == 1


async def test_a_failed_visit_leaves_the_row_as_it_is(store: SqlStore) -> None:
    one, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    await store.settle_poll(polled(one, [replace(entry(1), title="Another title")]))
    [again] = await due_items(store)
    await store.settle(failed(again, retry_at=None))
    [later] = await due_items(store, NOON + HOUR)
    assert later.recheck


MANY = """
    WITH RECURSIVE n(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM n WHERE n < 6000)
    INSERT INTO feed_items (id, key, feed_id, host, state, dated, captures, first_seen, last_changed,
                            digest, changes, recheck_at)
    SELECT n, 'old:' || n, :feed, 'h' || (n % 700) || '.example', 'archived', '2024', 1, '2024', '2024', '', 0, :at
    FROM n"""


async def test_asking_what_is_due_costs_the_same_whatever_was_archived_or_is_looked_at_later(
    store: SqlStore,
) -> None:
    one, items = await with_items(store, *entries(1, 2, 3))
    for item in items:
        await archive(store, item, look=look())

    async def ask() -> None:
        await due_items(store, NOON + HOUR)
        await store.next_due(ALL)

    before = await steps(store, ask)
    for at in (None, "2099-01-01T00:00:00.000000Z"):
        values = {"feed": one.id, "at": at}
        await store._writer.run(lambda group, v=values: group.connection.execute(text(MANY), v))
        assert await steps(store, ask) <= 1.1 * before
        await store._writer.run(
            lambda group: group.connection.execute(text("DELETE FROM feed_items WHERE id >= 1000"))
        )


async def test_after_a_long_stop_the_hosts_are_still_found_soon(store: SqlStore) -> None:
    one, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    values = {"feed": one.id, "at": "2025-02-26T12:30:00.000000Z"}
    await store._writer.run(lambda group: group.connection.execute(text(MANY), values))

    async def ask() -> None:
        await store.lend(NOON + timedelta(minutes=40), ALL, slots=4, busy=())

    assert await steps(store, ask) < 60_000


# --------------------------------------------------------------------------- edits of feeds


async def edited(store: SqlStore, one: Any, **changes: Any) -> Any:
    await store.settle_poll(polled(one, [replace(entry(1), **changes)], next_poll=NOON + DAY))
    return await value(store, "SELECT changes || ' ' || churn || ' ' || (due_at IS NOT NULL) FROM feed_items")


async def test_an_edit_of_white_space_and_quotes_calls_no_visit_and_is_counted(store: SqlStore) -> None:
    one, [item] = await with_items(
        store, replace(entry(1), title='It\'s "big"', summary="<p>Nine berths</p>")
    )
    await archive(store, item, look=look(None))
    assert await edited(store, one, title="It’s  “big”", summary="<p>Nine  <b>berths</b></p>") == "0 1 0"
    assert await edited(store, one, title="It’s “big”", summary="<p>Ten berths</p>") == "1 1 1"


async def test_a_feed_that_goes_to_and_fro_is_heeded_a_few_times(store: SqlStore) -> None:
    one, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look(None))
    for _ in range(6):
        await edited(store, one, title="One way")
        told = await edited(store, one, title="The other way")
    assert told == "4 8 1"


# --------------------------------------------------------------------------- after a crash


async def test_a_crash_between_the_files_and_the_end_of_a_visit_leaves_a_look_planned(
    store: SqlStore,
) -> None:
    _, [item] = await with_items(store, entry(1))
    claim = await store.claim(item, draft(item), code_seed="x")
    await store.intend(record(item, claim))
    [intent] = await store.unfinished()
    await store.resolve(intent, done=True)
    assert await due_items(store, NOON + HOUR / 2) == []
    [again] = await due_items(store, NOON + HOUR)
    assert again.recheck
    assert again.recheck.validators == Validators()


async def test_an_intent_of_a_look_that_failed_is_dropped(store: SqlStore) -> None:
    _, [item] = await with_items(store, entry(1))
    await archive(store, item, look=look())
    [again] = await due_items(store, NOON + HOUR)
    claim = await store.claim(again, draft(again), code_seed="x")
    await store.intend(record(again, claim))
    await looked_at(store, again, look=look(), error="the disk broke", error_kind="ArchiveError")
    assert await store.unfinished() == []
    assert await value(store, "SELECT revision FROM articles") == 1
