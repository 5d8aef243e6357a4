"""Publish → first seen → archived: percentiles that a person can check by hand, and what is left out."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.model import Entry, Feed, Selection
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from tests.store.contract import archive, due_items, registered
from tests.store.examples import DAY, HOUR, NOON, entries, entry, feed, polled

MINUTE = timedelta(minutes=1)
LATER = NOON + HOUR


async def filled(store: SqlStore, delays: Sequence[timedelta], *, at: datetime = LATER) -> Feed:
    """A feed that was answered at noon with an old item, and later shows items of such delays."""
    [one] = await registered(store, feed())
    old = entry(1, published=NOON - 30 * DAY)
    await store.settle_poll(polled(one, [old], at=NOON))
    told: list[Entry] = [old]
    for number, delay in enumerate(delays, 2):
        told.append(entry(number, published=at - delay))
    await store.settle_poll(polled(one, told, at=at))
    return one


async def measured(path: Path, since: datetime = NOON - DAY) -> dict[str, dict[str, Any]]:
    async with Search(path) as search:
        found = await search.freshness(since=since)
    return {row["measure"]: row for row in found["feeds"]}


def figures(row: dict[str, Any]) -> tuple[float, ...]:
    return row["items"], row["p50"], row["p90"], row["p99"], row["longest"]


async def test_percentiles_are_by_nearest_rank_over_items_published_after_the_first_answer(
    store: SqlStore, path: Path
) -> None:
    await filled(store, [MINUTE * number for number in range(1, 21)])
    found = await measured(path)
    assert figures(found["published to seen"]) == (20, 600.0, 1080.0, 1200.0, 1200.0)
    assert set(found) == {"published to seen"}  # nothing is archived yet


async def test_archiving_counts_from_publishing_and_from_first_sight(store: SqlStore, path: Path) -> None:
    await filled(store, [MINUTE, 3 * MINUTE])
    for item in await due_items(store, LATER):
        await archive(store, item, at=LATER + 10 * MINUTE)
    found = await measured(path)
    assert figures(found["published to archived"]) == (2, 660.0, 780.0, 780.0, 780.0)
    assert figures(found["seen to archived"])[:2] == (3, 600.0)  # also what stood there before we came
    assert found["seen to archived"]["longest"] == 4200.0


@pytest.mark.parametrize(
    "published", [NOON - MINUTE, LATER + 2 * DAY, None], ids=["before we came", "in the future", "undated"]
)
async def test_what_says_nothing_of_us_does_not_count(
    store: SqlStore, path: Path, published: datetime | None
) -> None:
    [one] = await registered(store, feed())
    await store.settle_poll(polled(one, [], at=NOON))
    await store.settle_poll(polled(one, [entry(1, published=published)], at=LATER))
    assert await measured(path) == {}


async def test_each_day_is_kept_when_a_run_ends_and_stays(path: Path) -> None:
    for day in range(3):
        at = LATER + day * DAY
        async with SqlStore(path, now=lambda at=at: at) as store:
            await store.open_run("crawl", {})
            if day == 0:
                await filled(store, [MINUTE])
            else:
                [piece] = await store.lend(at, Selection(), slots=1, busy=())
                due = piece.polls[0]
                told = [entry(10 * day + number, published=at - MINUTE * number) for number in range(1, 4)]
                await store.settle_poll(polled(due.feed, told, at=at, next_poll=at + HOUR))
                await store.give_back([piece.host])
            await store.close_run("done")
    async with Search(path) as search:
        days = (await search.freshness(since=NOON - DAY, feed="orbit"))["days"]
        assert (await search.freshness(since=NOON - DAY, feed="other")) == {"feeds": [], "days": []}
    assert [(row["day"], row["items"], row["p50"]) for row in days] == [
        ("2025-02-28", 3, 120.0),
        ("2025-02-27", 3, 120.0),
        ("2025-02-26", 1, 60.0),
    ]


async def test_the_view_for_peoples_sql_says_the_same(store: SqlStore, path: Path) -> None:
    await filled(store, [MINUTE * number for number in (5, 1, 9)])
    with closing(sqlite3.connect(path)) as looking:
        [row] = looking.execute("SELECT feed, measure, items, p50, p90, p99, longest FROM feed_freshness")
    assert row == ("orbit", "published to seen", 3, 300.0, 540.0, 540.0, 540.0)


async def test_p04_figures_kept_while_the_clock_was_years_ahead_stop_no_later_ones(path: Path) -> None:
    ahead = "INSERT INTO freshness VALUES (1, '2029-01-01', 'published to seen', 1, 1, 1, 1, 1)"
    async with SqlStore(path, now=lambda: LATER) as store:
        await filled(store, [MINUTE])
        with closing(sqlite3.connect(path)) as opened, opened:
            opened.execute(ahead)
        await store.tidy()
    with closing(sqlite3.connect(path)) as looking:
        assert ("2025-02-26",) in looking.execute("SELECT day FROM freshness").fetchall()


async def test_the_health_on_the_command_line_is_that_of_the_view_for_peoples_sql(
    store: SqlStore, path: Path
) -> None:
    await filled(store, [MINUTE * number for number in range(1, 70)])
    async with Search(path) as search:
        found = await search.feeds()
    with closing(sqlite3.connect(path)) as looking:
        looking.row_factory = sqlite3.Row
        view = [dict(row) for row in looking.execute("SELECT * FROM feed_health ORDER BY enabled DESC, name")]
    for row in found:
        del row["fresh_p50"]
    assert found == view


async def test_the_health_of_a_feed_shows_half_of_its_delays(store: SqlStore, path: Path) -> None:
    await filled(store, [MINUTE, 2 * MINUTE, 9 * MINUTE])
    async with Search(path) as search:
        [row] = await search.feeds(since=NOON)
        [none] = await search.feeds()
    assert (row["fresh_p50"], none["fresh_p50"]) == (120.0, None)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 3599), min_size=1, max_size=120))
async def test_percentiles_are_those_of_a_sorted_list(
    migrated: Path, tmp_path: Path, delays: list[int]
) -> None:
    path = tmp_path / "one.db"
    shutil.copy(migrated, path)
    async with SqlStore(path) as store:
        await filled(store, [timedelta(seconds=delay) for delay in delays])
    ordered = sorted(delays)

    def rank(percent: int) -> int:
        return ordered[-(-len(ordered) * percent // 100) - 1]

    found = figures((await measured(path))["published to seen"])
    assert found == pytest.approx((len(ordered), rank(50), rank(90), rank(99), ordered[-1]), abs=0.002)


async def test_a_feed_that_paused_longer_than_ever_is_silent(store: SqlStore, path: Path) -> None:
    [one] = await registered(store, feed())
    steady = [entry(number, published=NOON - number * DAY) for number in range(1, 9)]
    await store.settle_poll(polled(one, steady, at=NOON))
    async with Search(path) as search:
        [row] = await search.feeds()
    assert row["longest_pause_days"] == pytest.approx(1.0)
    assert row["silent"]  # its newest item is years old
    with closing(sqlite3.connect(path)) as change, change:
        change.execute(
            "UPDATE sightings SET first_seen = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-2 days')"
        )
    async with Search(path) as search:
        assert not (await search.feeds())[0]["silent"]


async def test_a_feed_of_which_little_is_known_is_not_called_silent(store: SqlStore, path: Path) -> None:
    [one] = await registered(store, feed())
    await store.settle_poll(polled(one, entries(1, 2, 3), at=NOON))
    async with Search(path) as search:
        [row] = await search.feeds()
    assert (row["longest_pause_days"], row["silent"]) == (None, False)
