"""Finding due work costs what is due, not what is archived."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from crawler.model import Selection
from crawler.store import asking, frontier, rechecks
from crawler.store.sql import SqlStore
from crawler.store.writer import Group
from tests.store.contract import due_items, lend, registered, with_items
from tests.store.examples import DAY, HOUR, NOON, entries, entry, feed, polled

QUESTIONS = {
    name: getattr(frontier, name)
    for name in ("_FEED_HOSTS", "_ITEM_HOSTS", "_DUE_POLLS", "_DUE_ITEMS", "_NEXT_POLL", "_NEXT_ITEM")
} | {name: getattr(rechecks, name) for name in ("HOSTS", "ITEMS", "NEXT")}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_every_question_finds_its_index(store: SqlStore, name: str) -> None:
    for since, until, feeds in itertools.product((False, True), repeat=3):
        asked, words = asking.question(QUESTIONS[name], since=since, until=until, feeds=feeds)

        def plan(group: Group, asked: Any = asked, words: Any = words) -> list[str]:
            explained = text(f"EXPLAIN QUERY PLAN {asked.text}")
            return [row.detail for row in group.connection.execute(explained, dict.fromkeys(words))]

        for step in await store._writer.run(plan):
            scans = step.startswith("SCAN ") and "INDEX" not in step
            known = (*step.split(), "")[1].partition("-")[0] in {
                "h",
                "pending",
                "json_each",
                "CONSTANT",
                "(subquery",
            }
            assert not scans or known, step


async def steps(store: SqlStore, act: Callable[[], Any]) -> int:
    """How many steps SQLite's machine takes for ``act``: the same on every computer."""
    taken = itertools.count()

    def watch(handler: Any) -> None:
        def unit(group: Group) -> None:
            group.connection.connection.driver_connection.set_progress_handler(handler, 1)

        return unit  # type: ignore[return-value]

    await store._writer.run(watch(lambda: next(taken) < 0))
    await act()
    await store._writer.run(watch(None))
    return next(taken)


MANY_ARCHIVED = text("""
    WITH RECURSIVE n(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM n WHERE n < 6000)
    INSERT INTO feed_items (id, key, feed_id, host, state, dated, captures, first_seen, last_changed,
                            digest, changes)
    SELECT n, 'old:' || n, :feed, 'www.orbitwire.example', 'archived', '2024', 1, '2024', '2024', '', 0
    FROM n""")


@pytest.mark.parametrize(
    "want",
    [Selection(), Selection(since=NOON - DAY), Selection(until=NOON), Selection(feeds=frozenset({"orbit"}))],
)
async def test_lending_costs_the_same_whatever_is_archived(store: SqlStore, want: Selection) -> None:
    one, _ = await with_items(store, *entries(1, 2, 3))

    async def ask() -> None:
        await lend(store, want=want)
        await store.next_due(want)

    before = await steps(store, ask)
    await store._writer.run(lambda group: group.connection.execute(MANY_ARCHIVED, {"feed": one.id}))
    assert await steps(store, ask) <= 1.1 * before


async def test_lending_leaps_over_a_host_that_is_taken(store: SqlStore) -> None:
    [one] = await registered(store, feed())
    crowd = [entry(n, host="crowded.example") for n in range(2000)]
    await store.settle_poll(polled(one, [*crowd, entry(9999, host="quiet.example")]))

    async def ask() -> None:
        await store.lend(NOON, Selection(), slots=4, busy={"crowded.example"})

    assert await steps(store, ask) < 2000


async def test_a_lease_ends_by_itself(store: SqlStore) -> None:
    await with_items(store, *entries(1))
    [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
    later = NOON + frontier.LEASE
    assert await store.lend(later, Selection(), slots=1, busy={piece.host}) == []
    [again] = await store.lend(later, Selection(), slots=1, busy=())
    assert again.epoch == piece.epoch + 1


async def test_a_retry_in_the_future_does_not_hide_what_is_due_at_its_host(store: SqlStore) -> None:
    one, items = await with_items(store, *entries(*range(5)))
    await store._writer.run(
        lambda group: group.connection.execute(
            text("UPDATE feed_items SET due_at = '2099' WHERE id <> :last"), {"last": items[4].item_id}
        )
    )
    assert await due_items(store) == [items[4]]
    assert await store.next_due(Selection()) == NOON
    await store.settle_poll(polled(one, None, next_poll=NOON + HOUR))
