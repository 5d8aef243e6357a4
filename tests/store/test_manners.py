"""When a feed may be asked: neither a restart nor a one-shot run asks before (I5), nor all at once (P17)."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from crawler.model import DuePoll, Feed, Resting, Selection
from crawler.store.frontier import AFTER_CRASH
from crawler.store.rows import instant, stamp
from crawler.store.sql import SqlStore
from tests.store.contract import due_feeds, lend, registered
from tests.store.examples import DAY, HOUR, NOON, entries, feed, polled
from tests.store.test_opening import crash

ALL = Selection()
FLOOR = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


async def due(store: SqlStore, at: datetime) -> DuePoll:
    [found] = [due for piece in await lend(store, at) for due in piece.polls]
    return found


def change(path: Path, statement: str, values: Any = ()) -> None:
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute(statement, values) if isinstance(values, tuple) else opened.executemany(
            statement, values
        )


def moments(path: Path) -> list[datetime]:
    with closing(sqlite3.connect(path)) as looking:
        return [instant(row[0]) for row in looking.execute("SELECT next_poll_at FROM feeds ORDER BY 1")]


# --------------------------------------------------------------------------- one-shot runs


async def test_i5_a_one_shot_run_leaves_a_feed_alone_that_was_just_answered(store: SqlStore) -> None:
    quick, slow = await registered(store, feed("quick", floor=timedelta(seconds=30)), feed("slow"))
    for one in (quick, slow):
        await store.settle_poll(polled(one, entries(1)))
    at = NOON + timedelta(minutes=1)
    [resting] = await store.call_feeds(ALL, at, floor=FLOOR)
    assert resting == Resting(feed="slow", until=NOON + FLOOR, why="asked less than 5m ago")
    assert await due_feeds(store, at) == ["quick"]
    assert await due_feeds(store, NOON + HOUR) == ["quick", "slow"]  # it kept its time


async def test_i5_a_one_shot_run_waits_as_long_as_the_server_asked(store: SqlStore) -> None:
    [one] = await registered(store, feed())
    done = polled(one, None, outcome="failed")
    await store.settle_poll(replace(done, state=replace(done.state, not_before=NOON + 3 * HOUR)))
    [resting] = await store.call_feeds(ALL, NOON + HOUR / 2, floor=FLOOR)
    assert resting == Resting(feed="orbit", until=NOON + 3 * HOUR, why="its server asked to wait")
    assert await due_feeds(store, NOON + HOUR / 2) == []
    assert await store.call_feeds(ALL, NOON + 3 * HOUR, floor=FLOOR) == []


async def test_p03_a_feed_that_failed_rests_as_long_and_one_that_we_failed_may_be_tried_at_once(
    store: SqlStore,
) -> None:
    theirs, ours = await registered(store, feed("theirs"), feed("ours"))
    await store.settle_poll(polled(theirs, None, outcome="failed"))
    offline = polled(ours, None, outcome="failed")
    await store.settle_poll(replace(offline, attempts=(), state=replace(offline.state, polled_at=None)))
    [resting] = await store.call_feeds(ALL, NOON + SECOND, floor=FLOOR)
    assert (resting.feed, resting.until) == ("theirs", NOON + FLOOR)
    assert await due_feeds(store, NOON + SECOND) == ["ours"]


async def test_d48_a_feed_whose_answer_we_could_not_keep_was_asked_all_the_same(store: SqlStore) -> None:
    [one] = await registered(store, feed())
    full = polled(one, None, outcome="failed")  # its server answered, our disk was full
    await store.settle_poll(replace(full, state=replace(full.state, polled_at=None)))
    [resting] = await store.call_feeds(ALL, NOON + SECOND, floor=FLOOR)
    assert resting.until >= NOON + FLOOR
    assert await due_feeds(store, NOON + SECOND) == []


async def test_i5_a_one_shot_run_leaves_a_feed_alone_whose_poll_a_crash_cut_off(
    path: Path, tmp_path: Path
) -> None:
    async with SqlStore(path) as store:
        await store.register([feed()], NOON)
        await store.lend(NOON, ALL, slots=1, busy=())
        left = crash(path, tmp_path / "left")
    async with SqlStore(left) as store:
        [resting] = await store.call_feeds(ALL, NOON + SECOND, floor=FLOOR)
        over = NOON + FLOOR + timedelta(minutes=1)  # it may have been asked a minute after it was lent
        assert resting.until == over
        assert await store.call_feeds(ALL, over, floor=FLOOR) == []
        [piece] = await store.lend(over, ALL, slots=1, busy=())
        await store.give_back([piece.host])  # nothing was sent
        assert await store.call_feeds(ALL, over + SECOND, floor=FLOOR) == []


async def test_only_feeds_that_were_wanted_rest(store: SqlStore) -> None:
    for one in await registered(store, feed("a"), feed("b")):
        await store.settle_poll(polled(one, entries(1)))
    want = Selection(feeds=frozenset({"b"}))
    assert [one.feed for one in await store.call_feeds(want, NOON + SECOND, floor=FLOOR)] == ["b"]


# --------------------------------------------------------------------------- another address


async def test_a_new_address_in_the_configuration_starts_anew(store: SqlStore, path: Path) -> None:
    [one] = await registered(store, feed())
    done = polled(one, entries(1))
    odd = replace(done.state, lying=True, gone=True, gone_at=NOON, not_before=NOON + DAY, weight=3.0)
    await store.settle_poll(replace(done, state=odd))
    await store.register([feed(url="https://new.orbitwire.example/feed")], NOON + HOUR)
    state = (await due(store, NOON + HOUR)).state
    assert (state.validators.etag, state.validators.last_modified, state.body_digest) == (None, None, None)
    assert (state.lying, state.gone, state.gone_at, state.not_before, state.weight) == (
        False, False, None, None, 0.0,
    )  # fmt: skip
    assert state.interval == HOUR  # the feed posts as it did


async def test_the_address_it_moved_to_is_no_news(store: SqlStore, path: Path) -> None:
    [one] = await registered(store, feed())
    to = "https://new.orbitwire.example/feed"
    done = polled(one, entries(1))
    await store.settle_poll(replace(done, state=replace(done.state, moved_to=to)))
    await store.register([feed(url=to)], NOON + HOUR / 2)
    assert await due_feeds(store, NOON + HOUR / 2) == []
    found = await due(store, NOON + HOUR)
    assert found.feed.url == to
    assert (found.state.validators, found.state.moved_to) == (done.state.validators, None)


async def test_x64_a_poll_of_an_address_that_was_replaced_meanwhile_leaves_nothing_on_the_new_one(
    store: SqlStore, path: Path
) -> None:
    [one] = await registered(store, feed())
    done = polled(one, entries(1))
    first = "https://first.orbitwire.example/feed"
    await store.settle_poll(replace(done, state=replace(done.state, moved_to=first)))
    [piece] = await store.lend(NOON + HOUR, ALL, slots=1, busy=())
    new = "https://new.orbitwire.example/feed"
    await store.register([feed(url=new)], NOON + HOUR)
    late = polled(piece.polls[0].feed, entries(2))
    for target in (first, "https://third.orbitwire.example/feed"):  # still there, and moved once more
        moved = replace(late.state, moved_to=target, next_poll_at=NOON + DAY)
        assert (await store.settle_poll(replace(late, state=moved))).new == (target == first)
    await store.give_back([piece.host])
    found = await due(store, NOON + HOUR)
    assert (found.feed.url, found.state.moved_to, found.state.validators.etag) == (new, None, None)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT host FROM feeds").fetchall() == [("new.orbitwire.example",)]


# --------------------------------------------------------------------------- crashes and long rests


async def test_p03_a_poll_that_a_crash_cut_off_waits_for_its_floor(path: Path, tmp_path: Path) -> None:
    feeds = [feed("own", floor=2 * HOUR), feed("common")]
    async with SqlStore(path, floor=FLOOR) as store:
        await store.register(feeds, NOON)
        await store.lend(NOON, ALL, slots=1, busy=())
        left = crash(path, tmp_path / "left")
    assert moments(left) == [NOON + AFTER_CRASH + FLOOR, NOON + AFTER_CRASH + 2 * HOUR]
    async with SqlStore(left, floor=FLOOR) as store:
        assert await due_feeds(store, NOON + AFTER_CRASH + FLOOR - SECOND) == []
        assert await due_feeds(store, NOON + AFTER_CRASH + FLOOR) == ["common"]


async def test_p03_a_hundred_crashes_within_an_interval_ask_nobody_early(path: Path) -> None:
    """Every start is one that a kill left: what was lent stays lent until its moment has passed."""
    async with SqlStore(path, floor=FLOOR) as store:
        [one] = await registered(store, feed())
        await store.settle_poll(polled(one, entries(1), next_poll=NOON + HOUR))
    asked: list[datetime] = []
    now = NOON
    for number in range(100):
        now = NOON + number * 4 * HOUR / 100
        async with SqlStore(path, floor=FLOOR, now=lambda now=now: now) as store:
            await store.register([feed()], now)
            for piece in await store.lend(now, ALL, slots=1, busy=()):
                asked += [now for _ in piece.polls]
                assert all(due.state.validators.etag for due in piece.polls)
            store._writer.run = _killed  # type: ignore[method-assign, assignment]  # an orderly end would give it back
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert asked[0] >= NOON + HOUR
    assert len(asked) > 5
    assert min(gaps) >= AFTER_CRASH + FLOOR


async def _killed(*_: object) -> None:
    """What a killed process does at its end."""


async def overdue(path: Path, count: int, interval: timedelta) -> list[Feed]:
    """So many feeds, all due a day ago."""
    many = [feed(f"wire{n}", url=f"https://wire{n}.example/feed") for n in range(count)]
    async with SqlStore(path) as store:
        await store.register(many, NOON - 2 * DAY)
    change(
        path,
        "UPDATE feeds SET next_poll_at = ?, interval_seconds = ?, answered_at = ?",
        (stamp(NOON - DAY), interval.total_seconds(), stamp(NOON - DAY - HOUR)),
    )
    return many


async def test_p17_five_thousand_overdue_feeds_are_spread_over_their_interval(path: Path) -> None:
    many = await overdue(path, 5000, HOUR)
    async with SqlStore(path) as store:
        await store.register(many, NOON)
        after = moments(path)
        assert sum(moment <= NOON for moment in after) == 50
        assert after[-1] <= NOON + HOUR
        minutes = Counter(int((moment - NOON) / timedelta(minutes=1)) for moment in after if moment > NOON)
        assert len(minutes) == 60
        assert max(minutes.values()) < 2 * 4950 / 60
        await store.register(many, NOON)  # again: nobody's moment changes
        assert moments(path) == after


async def test_p17_a_few_overdue_feeds_too_many_need_no_whole_interval(path: Path) -> None:
    many = await overdue(path, 130, DAY)
    async with SqlStore(path) as store:
        await store.register(many, NOON)
    assert sum(moment <= NOON for moment in moments(path)) == 50
    assert moments(path)[-1] <= NOON + timedelta(seconds=800)


async def test_p17_those_who_waited_longest_begin(path: Path) -> None:
    many = await overdue(path, 150, HOUR)
    change(path, "UPDATE feeds SET next_poll_at = ? WHERE id > 100", (stamp(NOON - 2 * DAY),))
    async with SqlStore(path) as store:
        await store.register(many, NOON)
    with closing(sqlite3.connect(path)) as looking:
        found = looking.execute("SELECT id FROM feeds WHERE next_poll_at <= ?", (stamp(NOON),)).fetchall()
    assert {number for (number,) in found} >= set(range(101, 151))


async def test_p04_a_feed_whose_next_poll_a_clock_years_ahead_has_set_is_asked_again(
    store: SqlStore, path: Path
) -> None:
    far, near = await registered(store, feed("far"), feed("near"))
    years = NOON + 1000 * DAY
    await store.settle_poll(polled(far, entries(1), at=years, next_poll=years + HOUR))
    await store.settle_poll(polled(near, entries(2), next_poll=NOON + 30 * DAY))
    change(path, "UPDATE feeds SET not_before = next_poll_at")
    await store.tidy()
    assert await due_feeds(store, NOON + HOUR) == ["far"]
    assert moments(path)[-1] == NOON + 30 * DAY, "a month is a wish that is kept"
