"""What is remembered of a feed between two polls, there and back again; and feeds that move."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

from crawler.model import FeedState, Hints, Moving, Selection, Validators
from crawler.store.rows import rhythm_of, rhythm_text
from crawler.store.sql import SqlStore
from tests.fakes import NOON
from tests.store.examples import polled
from tests.timing.examples import rhythm

HOUR = timedelta(hours=1)
FULL = FeedState(
    next_poll_at=NOON,
    validators=Validators(etag='W/"ü"', last_modified="yesterday", url="https://b.example/feed"),
    body_digest="d" * 64,
    interval=HOUR,
    failures=3,
    weight=1.75,
    polled_at=NOON,
    window=("a", "b"),
    not_before=NOON + HOUR,
    hints=Hints(max_age=HOUR),
    rhythm=rhythm(1.5, at=NOON),
    fetched_at=NOON - HOUR,
    not_modified=7,
    probed_at=NOON - 2 * HOUR,
    probes=2,
    lying=True,
    moving=Moving(url="https://c.example/feed", since=NOON, seen=2),
    gone_at=NOON - HOUR,
    gone=True,
)


async def _register(store: SqlStore) -> None:
    from tests.test_pipeline import FEED

    await store.open_run("test", {})
    await store.register([FEED], NOON)


async def test_all_that_is_remembered_comes_back(tmp_path: Path) -> None:
    async with SqlStore(tmp_path / "crawler.db", now=lambda: NOON) as store:
        await _register(store)
        await store.call_feeds(Selection(), NOON)
        [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
        [due] = piece.polls
        assert due.state == FeedState(next_poll_at=due.state.next_poll_at)
        await store.settle_poll(replace(polled(due.feed, [], at=NOON), state=FULL))
        await store.give_back([piece.host])
        await store.call_feeds(Selection(), NOON)
        [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
        [again] = piece.polls
    told = replace(FULL, hints=replace(FULL.hints, ttl=HOUR))  # the document says it
    for field in fields(FeedState):
        assert getattr(again.state, field.name) == getattr(told, field.name), field.name


async def test_p10_a_moved_feed_keeps_its_number_and_a_history_of_addresses(tmp_path: Path) -> None:
    new, newer = "https://news.example/feed", "https://newer.example/feed"
    async with SqlStore(tmp_path / "crawler.db", now=lambda: NOON) as store:
        await _register(store)
        numbers = set()
        for target in (new, new, newer):
            await store.call_feeds(Selection(), NOON)
            [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
            [due] = piece.polls
            numbers.add(due.feed.id)
            state = replace(FULL, moved_to=target, moving=None, gone=False, next_poll_at=NOON)
            await store.settle_poll(polled(due.feed, at=NOON, state=state))
            await store.give_back([piece.host])
        [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
        assert piece.host == "newer.example"
        assert piece.polls[0].feed.url == newer
    assert len(numbers) == 1
    with closing(sqlite3.connect(tmp_path / "crawler.db")) as looking:
        history = looking.execute(
            "SELECT url, until IS NULL, reason FROM feed_addresses ORDER BY id"
        ).fetchall()
        [(url,)] = looking.execute("SELECT url FROM feeds").fetchall()
    assert history == [
        ("https://acme.example/feed", 0, "configured"),
        (new, 0, "permanent redirect"),
        (newer, 1, "permanent redirect"),
    ]
    assert url == "https://acme.example/feed", "what the user wrote stays"


async def test_p10_a_feed_that_goes_back_to_its_configured_address_keeps_the_history(tmp_path: Path) -> None:
    new, configured = "https://news.example/feed", "https://acme.example/feed"
    async with SqlStore(tmp_path / "crawler.db", now=lambda: NOON) as store:
        await _register(store)
        for target, outcome in ((new, "unchanged"), (new, "failed"), (None, "failed"), (None, "failed")):
            await store.call_feeds(Selection(), NOON)
            [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
            state = replace(FULL, moved_to=target, gone=False, next_poll_at=NOON)
            await store.settle_poll(
                polled(piece.polls[0].feed, at=NOON, state=state, outcome=outcome)  # type: ignore[arg-type]
            )
            await store.give_back([piece.host])
        [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
        assert (piece.host, piece.polls[0].feed.url) == ("acme.example", configured)
    with closing(sqlite3.connect(tmp_path / "crawler.db")) as looking:
        history = looking.execute("SELECT url, until IS NULL, reason FROM feed_addresses ORDER BY id")
        assert history.fetchall() == [
            (configured, 0, "configured"),
            (new, 0, "permanent redirect"),
            (configured, 1, "no answer where it had moved to"),
        ]


def test_a_rhythm_is_kept_to_a_thousandth() -> None:
    known = rhythm(1.23456)
    again = rhythm_of(rhythm_text(known))
    assert again is not None
    assert abs(again.items - known.items) < 0.001
    assert (again.at, again.latest) == (known.at, known.latest)
    assert rhythm_of(rhythm_text(None)) is None
