"""What a poll writes: only what is new, and what can be read from it later."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crawler.model import Entry, Selection
from crawler.store.entries import entry_digest
from crawler.store.sql import SqlStore
from tests.store.contract import archive, due_items, lend, registered, with_items
from tests.store.examples import DAY, HOUR, NOON, attempt, entries, entry, failed, feed, polled


def read(path: Path, query: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as looking:
        looking.row_factory = sqlite3.Row
        return [dict(row) for row in looking.execute(query)]


async def rows_written(store: SqlStore, told: Sequence[Entry] | None, feed_: Any) -> int:
    async def count() -> int:
        return await store._writer.run(
            lambda group: group.connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
        )

    before = await count()
    window = [f"guid:{n}" for n in range(30)]
    await store.settle_poll(polled(feed_, told, window=window, at=NOON + HOUR))
    return await count() - before


async def test_entries_that_did_not_change_are_not_written(store: SqlStore) -> None:
    [one] = await registered(store, feed())
    await store.settle_poll(polled(one, entries(*range(30))))
    poll, fetch, feed_row, item, sighting, gone = 1, 1, 1, 1, 1, 1
    assert await rows_written(store, None, one) == poll + fetch + feed_row
    assert await rows_written(store, entries(*range(30)), one) == poll + fetch + feed_row
    one_new = entries(30, *range(29))
    assert await rows_written(store, one_new, one) == poll + fetch + feed_row + item + sighting + gone
    one_edited = [*one_new[1:], entry(0, title="Corrected")]
    edited = poll + fetch + feed_row + item + sighting
    assert await rows_written(store, [*one_new[:1], *one_edited[1:]], one) == edited


async def test_a_sighting_tells_from_when_to_when_a_feed_showed_an_item(store: SqlStore, path: Path) -> None:
    one, _ = await with_items(store, *entries(1, 2))
    await store.settle_poll(polled(one, None, window=("guid:1", "guid:2"), at=NOON + HOUR))
    await store.settle_poll(polled(one, None, outcome="failed", at=NOON + 2 * HOUR, error="x"))
    await store.settle_poll(polled(one, entries(3, 1), at=NOON + 3 * HOUR))
    seen = "SELECT item_id, first_seen, last_seen, position, poll_id FROM sightings ORDER BY item_id"
    assert read(path, seen) == [
        {"item_id": 1, "first_seen": "2025-02-26T12:00:00.000000Z", "last_seen": None, "position": 0, "poll_id": 1},
        {
            "item_id": 2,
            "first_seen": "2025-02-26T12:00:00.000000Z",
            "last_seen": "2025-02-26T13:00:00.000000Z",
            "position": 1,
            "poll_id": 1,
        },
        {"item_id": 3, "first_seen": "2025-02-26T15:00:00.000000Z", "last_seen": None, "position": 0, "poll_id": 4},
    ]  # fmt: skip
    await store.settle_poll(polled(one, entries(3, 1, 2), at=NOON + 4 * HOUR))
    assert [row["last_seen"] for row in read(path, seen)] == [None, None, None]


async def test_an_edit_keeps_the_old_digest_and_counts(store: SqlStore, path: Path) -> None:
    one, _ = await with_items(store, entry(1))
    for number in range(3):
        await store.settle_poll(polled(one, [entry(1, title=f"Edit {number}")], at=NOON + HOUR))
    [row] = read(path, "SELECT * FROM feed_items")
    assert (row["title"], row["changes"]) == ("Edit 2", 3)
    assert row["digest"] == entry_digest(entry(1, title="Edit 2"))
    assert row["previous_digest"] == entry_digest(entry(1, title="Edit 1"))
    assert row["first_seen"] < row["last_changed"]


async def test_a_poll_leaves_its_facts(store: SqlStore, path: Path) -> None:
    run = await store.open_run("crawl", {})
    [one] = await registered(store, feed())
    hops = (attempt(one.url, status=301, location="/new.xml"), attempt(one.url, hop=1, number=1))
    told = polled(one, entries(1, 2), attempts=hops)
    await store.settle_poll(told)
    await store.settle_poll(polled(one, entries(3, 1), at=NOON + HOUR))
    await store.settle_poll(
        polled(one, outcome="failed", status=503, error="the server answered 503", error_kind="BadStatus")
    )
    first, second, third = read(path, "SELECT * FROM polls ORDER BY id")
    assert first == {
        "id": 1, "run_id": run, "feed_id": one.id, "at": "2025-02-26T12:00:00.000000Z",
        "outcome": "changed", "status": 200, "seen": 2, "new": 2, "known_share": 0.0,
        "bytes": told.body_bytes, "sha256": told.body_digest, "error": None, "error_kind": None,
        "possible_gap": 0,
    }  # fmt: skip
    assert (second["seen"], second["new"], second["known_share"]) == (2, 1, 0.5)
    assert (third["outcome"], third["status"], third["error_kind"]) == ("failed", 503, "BadStatus")
    fetches = read(path, "SELECT poll_id, item_id, hop, status, location, bytes FROM fetches ORDER BY id")
    assert fetches[:2] == [
        {"poll_id": 1, "item_id": None, "hop": 0, "status": 301, "location": "/new.xml", "bytes": 4321},
        {"poll_id": 1, "item_id": None, "hop": 1, "status": 200, "location": None, "bytes": 4321},
    ]
    [health] = read(path, "SELECT * FROM feed_health")
    assert (health["items"], health["last_error_kind"]) == (3, "BadStatus")
    assert health["last_answer"] == "2025-02-26T13:00:00.000000Z"
    [failing] = read(path, "SELECT kind, feed, error FROM failures")
    assert failing == {"kind": "feed", "feed": "orbit", "error": "the server answered 503"}


async def test_a_window_without_a_known_item_is_a_possible_gap(store: SqlStore, path: Path) -> None:
    one, _ = await with_items(store, *entries(1, 2, 3, 4))
    await store.settle_poll(polled(one, entries(5, 1, 2, 3), at=NOON + HOUR))
    await store.settle_poll(polled(one, entries(9, 8, 7, 6), at=NOON + 2 * HOUR))
    [gap] = read(path, "SELECT feed, noticed_at, previous_answer, seen, new FROM gaps")
    assert gap == {
        "feed": "orbit", "noticed_at": "2025-02-26T14:00:00.000000Z",
        "previous_answer": "2025-02-26T13:00:00.000000Z", "seen": 4, "new": 4,
    }  # fmt: skip


async def test_what_a_feed_says_of_itself_outlasts_a_304(store: SqlStore, path: Path) -> None:
    one, _ = await with_items(store, *entries(1))
    await store.settle_poll(polled(one, None, window=("guid:1",), at=NOON + HOUR))
    [row] = read(path, "SELECT title, format, ttl_seconds, latest_keys FROM feeds")
    assert row == {
        "title": "Orbit Wire",
        "format": "rss20",
        "ttl_seconds": 3600.0,
        "latest_keys": '["guid:1"]',
    }


@pytest.mark.parametrize("fallback", [False, True])
async def test_an_item_that_rests_with_its_feed_wakes_when_another_shows_it(
    store: SqlStore, fallback: bool
) -> None:
    _, [item] = await with_items(store, *entries(1))
    if fallback:
        await archive(store, item, outcome="fallback", retry_at=NOON + HOUR)
    await store.register([feed("other", host="other.example")], NOON)
    [other] = [due.feed for piece in await lend(store) for due in piece.polls]
    assert await due_items(store, NOON + DAY) == []
    await store.settle_poll(polled(other, entries(1), at=NOON + HOUR))
    [again] = await due_items(store, NOON + HOUR)
    assert (again.item_id, again.feed, again.fallback) == (item.item_id, other, fallback)


async def test_an_item_that_rests_wakes_when_it_comes_back_to_a_feed(store: SqlStore) -> None:
    first, second = await registered(store, feed("first"), feed("second"))
    for one, told in ((second, entries(1)), (second, entries(2)), (first, entries(1))):
        await store.settle_poll(polled(one, told))
    await store._writer.run(
        lambda group: group.connection.execute(text("UPDATE feed_items SET due_at = NULL"))
    )
    await store.settle_poll(polled(second, entries(1, 2), at=NOON + HOUR))
    assert [item.entry.key for item in await due_items(store, NOON + HOUR)] == ["guid:1"]


async def test_another_feed_wakes_nothing_that_is_done(store: SqlStore) -> None:
    first, second = await registered(store, feed("first"), feed("second"))
    await store.settle_poll(polled(first, entries(1, 2, 3)))
    archived, given_up, failing = await due_items(store)
    await archive(store, archived)
    await archive(store, given_up, outcome="fallback", retry_at=None)
    await store.settle(failed(failing, retry_at=None))
    await store.settle_poll(polled(second, entries(1, 2, 3), at=NOON + HOUR))
    assert await due_items(store, NOON + DAY) == []


async def test_another_feed_corrects_an_item_whose_first_feed_is_gone(store: SqlStore) -> None:
    first, second = await registered(store, feed("first"), feed("second"))
    await store.settle_poll(polled(first, entries(1)))
    await store.settle_poll(polled(second, entries(1)))
    [item] = await due_items(store)
    await archive(store, item)
    await store.register([feed("second")], NOON)
    await store.settle_poll(polled(second, entries(1), at=NOON + HOUR))
    assert await due_items(store, NOON + HOUR) == []
    await store.settle_poll(polled(second, entries(1, title="Corrected"), at=NOON + 2 * HOUR))
    assert [again.entry.title for again in await due_items(store, NOON + 2 * HOUR)] == ["Corrected"]


@pytest.mark.parametrize("published", [datetime(1970, 1, 1, tzinfo=UTC), NOON + 2 * DAY])
async def test_an_item_with_a_date_nobody_believes_is_as_old_as_its_first_sight(
    store: SqlStore, published: datetime
) -> None:
    one, _ = await with_items(store, *entries(1, published=published))
    window = Selection(since=NOON - HOUR, until=NOON + HOUR)
    assert len(await due_items(store, want=window)) == 1
    await store.settle_poll(polled(one, entries(1, published=published, title="Edited"), at=NOON + HOUR))
    assert len(await due_items(store, want=window)) == 1
