"""What one release says of another, as the store keeps it: links both ways, kills, the past of an article."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from crawler.model import KILLED, KILLS, Change, DueItem, Notice, Origin
from crawler.store.histories import Histories
from crawler.store.sql import SqlStore
from tests.store.contract import due_items, with_items
from tests.store.examples import DAY, NOON, captured, draft, entry, failed, polled, record

TITLE = "Lumen Harbor opens its ninth berth for tankers"


def kill(**changes: Any) -> Change:
    notice = Notice(kind="kill", evidence=f"KILL: {TITLE}", told=TITLE)
    return Change(**({"reason": "first", "notice": notice, "standing": KILLS} | changes))


async def archived(
    store: SqlStore, item: DueItem, title: str, change: Change | None = None, **changes: Any
) -> int:
    told = draft(item, title=title, **changes)
    claim = await store.claim(item, told, code_seed=item.entry.key)
    reason = change.reason if change else "first"
    await store.intend(
        record(item, claim, told, change=change, notice=change and change.standing, reason=reason)
    )
    await store.settle(captured(item, claim.article_id, attempts=()))
    return claim.article_id


async def rows(store: SqlStore, question: str) -> list[dict[str, Any]]:
    return await store._writer.run(
        lambda group: [dict(row) for row in group.connection.execute(text(question)).mappings()]
    )


async def test_a_killed_release_is_due_to_be_held_back(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, entry(1), entry(2))
    first = await archived(store, one, TITLE)
    second = await archived(store, two, f"KILL: {TITLE}", kill())
    assert await rows(store, "SELECT article_id, kind, other_id, told FROM related") == [
        {"article_id": second, "kind": "kills", "other_id": first, "told": TITLE}
    ]
    [due] = await due_items(store)
    assert (due.item_id, due.killed, due.held) == (one.item_id, True, False)
    assert await rows(store, "SELECT notice FROM articles ORDER BY id") == [
        {"notice": KILLED},
        {"notice": KILLS},
    ]


async def test_a_release_that_comes_after_its_kill_is_found_in_the_same_transaction(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, entry(1), entry(2))
    await archived(store, two, f"KILL: {TITLE}", kill())
    assert [row["other_id"] for row in await rows(store, "SELECT other_id FROM related")] == [None]
    first = await archived(store, one, TITLE)
    assert [row["other_id"] for row in await rows(store, "SELECT other_id FROM related")] == [first]
    [due] = await due_items(store)
    assert due.killed


@pytest.mark.parametrize(
    ("title", "changes"),
    [
        ("Another company names a treasurer in Oslo", {}),
        (TITLE, {"date": NOON - 20 * DAY}),
        (TITLE, {"date": NOON + DAY}),
    ],
)
async def test_nothing_else_is_killed(store: SqlStore, title: str, changes: dict[str, Any]) -> None:
    _, [one, two] = await with_items(store, entry(1), entry(2))
    await archived(store, one, title, **changes)
    await archived(store, two, f"KILL: {TITLE}", kill(), date=NOON)
    assert [row["other_id"] for row in await rows(store, "SELECT other_id FROM related")] == [None]
    assert await due_items(store) == []


async def test_a_kill_reaches_no_other_wire(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, entry(1), entry(2))
    await archived(store, one, TITLE, source="Comet Wire", source_key="cometwire")
    await archived(store, two, f"KILL: {TITLE}", kill())
    assert await due_items(store) == []


async def test_a_headline_of_every_day_kills_nothing_not_even_later(store: SqlStore) -> None:
    _, items = await with_items(store, *(entry(number) for number in range(1, 5)))
    for item in items[:2]:
        await archived(store, item, TITLE)
    await archived(store, items[2], f"KILL: {TITLE}", kill())
    await archived(store, items[3], TITLE)
    assert [row["other_id"] for row in await rows(store, "SELECT other_id FROM related")] == [None]
    assert await due_items(store) == []


async def test_a_release_that_is_killed_while_it_is_visited_is_due_again(store: SqlStore) -> None:
    feed, [one, two] = await with_items(store, entry(1), entry(2))
    first = await archived(store, one, TITLE)
    await store.settle_poll(polled(feed, [replace(entry(1), title="Edited"), entry(2)], next_poll=NOON + DAY))
    visited = next(item for item in await due_items(store) if item.item_id == one.item_id)
    await archived(store, two, f"KILL: {TITLE}", kill())
    await store.settle(captured(visited, first, outcome="unchanged", attempts=()))
    [due] = await due_items(store)
    assert (due.killed, due.held) == (True, False)


async def test_what_was_killed_stays_killed_whatever_is_said_later(store: SqlStore) -> None:
    _, [one] = await with_items(store, entry(1))
    await archived(store, one, TITLE)
    await archived(store, one, TITLE, Change(reason="kill", standing=KILLED))
    correction = Notice(kind="correction", evidence="CORRECTION")
    await archived(store, one, TITLE, Change(reason="correction", notice=correction, standing="correction"))
    assert await rows(store, "SELECT notice FROM articles") == [{"notice": KILLED}]
    assert await rows(store, "SELECT * FROM related") == []


async def test_the_past_knows_what_every_revision_said(store: SqlStore) -> None:
    _, [one] = await with_items(store, entry(1))
    article = await archived(store, one, TITLE)
    assert [(past.number, past.essence) for past in await store.past(article)] == [(1, None)]
    for before, after in (("a", "b"), ("b", "c")):
        change = Change(
            reason="page edited", fields=("body",), kept=0.5, added=1, removed=2, before=before, after=after
        )
        await archived(store, one, TITLE, change)
    past = await store.past(article)
    assert [(one.number, one.reason, one.essence) for one in past] == [
        (1, "first", "a"), (2, "page edited", "b"), (3, "page edited", "c"),
    ]  # fmt: skip
    assert {one.extractor for one in past} == {"trafilatura 2.3.1"}
    assert past[0].at == NOON


async def test_a_chronicle_tells_both_sides_and_changes_are_listed_newest_first(
    store: SqlStore, path: Any
) -> None:
    _, [one, two] = await with_items(store, entry(1), entry(2))
    first = await archived(store, one, TITLE)
    second = await archived(store, two, f"KILL: {TITLE}", kill())
    change = Change(reason="page edited", fields=("title",), before="a", after="b", returns_to=1)
    [due] = await due_items(store)
    later = replace(captured(due, first, attempts=()), at=NOON + timedelta(hours=2))
    told = draft(due, title="Other")
    claim = await store.claim(due, told, code_seed="x")
    await store.intend(record(due, claim, told, change=change, reason=change.reason))
    await store.settle(later)
    async with Histories(path) as search:
        chronicle = await search.chronicle(first)
        [said] = chronicle["related"]
        assert (said["side"], said["kind"], said["article"]) == ("is said", "kills", second)
        assert chronicle["revisions"][1]["difference"]["returns_to"] == 1
        assert chronicle["looks"]["churn"] == 0
        assert [(one["article"], one["revision"]) for one in await search.changes(NOON)] == [
            (first, 2),
            (second, 1),
        ]
        assert len(await search.changes(NOON, limit=1)) == 1
        assert await search.changes(NOON + timedelta(hours=3)) == []
        assert len(await search.changes(NOON, source="orbitwire")) == 2
        assert await search.changes(NOON, source="cometwire") == []
        plan = await rows(
            store,
            "EXPLAIN QUERY PLAN SELECT r.id FROM revisions r INDEXED BY revisions_changed WHERE (r.number > 1 OR r.notice IS NOT NULL) AND r.state <> 'dropped' AND r.done_at >= '2025'",
        )
        assert "revisions_changed" in plan[0]["detail"]


async def test_a_release_that_is_killed_while_its_page_is_gone_is_due_again(store: SqlStore) -> None:
    feed, [one, two] = await with_items(store, entry(1), entry(2))
    await archived(store, one, TITLE)
    await store.settle_poll(polled(feed, [replace(entry(1), title="Edited"), entry(2)], next_poll=NOON + DAY))
    visited = next(item for item in await due_items(store) if item.item_id == one.item_id)
    await archived(store, two, f"KILL: {TITLE}", kill())
    await store.settle(failed(visited, retry_at=None, error="the server answered 410", attempts=()))
    [due] = await due_items(store)
    assert (due.killed, due.held) == (True, False)


async def test_a_release_that_waits_for_another_visit_is_held_back_at_once_when_it_is_killed(
    store: SqlStore,
) -> None:
    _, [one, two] = await with_items(store, entry(1), entry(2))
    claim = await store.claim(one, draft(one, title=TITLE), code_seed=one.entry.key)
    await store.intend(record(one, claim, draft(one, title=TITLE)))
    await store.settle(captured(one, claim.article_id, outcome="fallback", retry_at=NOON + DAY, attempts=()))
    await archived(store, two, f"KILL: {TITLE}", kill())
    [due] = await due_items(store)
    assert (due.item_id, due.killed, due.held) == (one.item_id, True, False)


async def test_a_kill_outlives_a_crash_that_cut_off_the_visit_of_what_is_killed(store: SqlStore) -> None:
    _, [one, two] = await with_items(store, entry(1), entry(2))
    told = draft(one, title=TITLE)
    claim = await store.claim(one, told, code_seed=one.entry.key)
    await store.intend(record(one, claim, told, origin=Origin.FEED))
    await store.settle(captured(one, claim.article_id, outcome="fallback", retry_at=NOON, attempts=()))
    visited = next(item for item in await due_items(store) if item.item_id == one.item_id)
    claim = await store.claim(visited, told, code_seed=visited.entry.key)
    await store.intend(record(visited, claim, told, reason="page replaces the feed's own content"))
    await archived(store, two, f"KILL: {TITLE}", kill())
    [intent] = await store.unfinished()
    await store.resolve(intent, done=True)
    [due] = await due_items(store)
    assert (due.killed, due.held) == (True, False)


async def test_an_embargo_outlives_a_crash_that_cut_off_its_visit(store: SqlStore) -> None:
    _, [one] = await with_items(store, entry(1))
    told = draft(one, title=TITLE, draft=True)
    claim = await store.claim(one, told, code_seed=one.entry.key)
    await store.intend(record(one, claim, told))
    [intent] = await store.unfinished()
    await store.resolve(intent, done=True)
    [due] = await due_items(store)
    assert (due.item_id, due.held) == (one.item_id, True)


@pytest.mark.parametrize("killed", [False, True])
async def test_what_was_to_be_done_for_a_removed_feed_is_done_when_it_comes_back(
    store: SqlStore, killed: bool
) -> None:
    feed, [one, two] = await with_items(store, entry(1), entry(2))
    if killed:
        await archived(store, one, TITLE)
        await archived(store, two, f"KILL: {TITLE}", kill())
    else:
        claim = await store.claim(one, draft(one, title=TITLE), code_seed=one.entry.key)
        await store.intend(record(one, claim, draft(one, title=TITLE, draft=True)))
        await store.settle(captured(one, claim.article_id, retry_at=NOON + DAY, attempts=()))
        await archived(store, two, "Another company names a treasurer in Oslo")
    await store.register([], NOON)
    assert await due_items(store, NOON + 2 * DAY) == []
    await store.register([feed], NOON)
    [due] = await due_items(store, NOON + 2 * DAY)
    assert due.item_id == one.item_id
