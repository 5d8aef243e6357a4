"""What every keeper of ``ports.Store`` must do: a suite to inherit from, one class a backend.

The backend gives two fixtures: ``store``, open and empty, lending at most five polls and five items
of a host at a time; and ``make_store``, a closed store over the same memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crawler.errors import StoreError
from crawler.model import DueItem, Entry, Feed, FeedState, Origin, Selection, Slice, Validators
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
    record,
)

ALL = Selection()


async def lend(store: Any, at: Any = NOON, want: Selection = ALL, *, slots: int = 10) -> list[Slice]:
    """Lend and give back at once: what is due, without holding it."""
    slices: list[Slice] = await store.lend(at, want, slots=slots, busy=())
    await store.give_back([piece.host for piece in slices])
    return slices


async def due_items(store: Any, at: Any = NOON, want: Selection = ALL) -> list[DueItem]:
    return [item for piece in await lend(store, at, want) for item in piece.items]


async def due_feeds(store: Any, at: Any = NOON, want: Selection = ALL) -> list[str]:
    return [due.feed.name for piece in await lend(store, at, want) for due in piece.polls]


async def registered(store: Any, *feeds: Feed) -> list[Feed]:
    """Register feeds and return them with their numbers."""
    await store.register(feeds, NOON)
    found = {due.feed.name: due.feed for piece in await lend(store) for due in piece.polls}
    return [found[one.name] for one in feeds]


async def with_items(store: Any, *told: Entry) -> tuple[Feed, list[DueItem]]:
    """A feed whose poll brought these entries; the items in their order."""
    [one] = await registered(store, feed())
    await store.settle_poll(polled(one, told))
    found = {item.entry.key: item for item in await due_items(store)}
    return one, [found[each.key] for each in told]


async def archive(store: Any, item: DueItem, **changes: Any) -> int:
    """Claim, intend, settle."""
    claim = await store.claim(item, draft(item), code_seed=item.entry.key)
    assert claim.duplicate_of is None
    origin = Origin.FEED if changes.get("outcome") == "fallback" else Origin.PAGE
    await store.intend(record(item, claim, origin=origin))
    await store.settle(captured(item, claim.article_id, **changes))
    return int(claim.article_id)


class LendingContract:
    async def test_a_registered_feed_is_due_at_once_and_as_configured(self, store: Any) -> None:
        told = feed(floor=HOUR, ceiling=DAY, user_agent="orbit-reader/1")
        await store.register([told], NOON)
        [piece] = await store.lend(NOON, ALL, slots=4, busy=())
        [due] = piece.polls
        assert (piece.host, piece.items) == ("feeds.orbitwire.example", ())
        assert replace(due.feed, id=0) == told
        assert due.feed.id > 0
        assert due.state == FeedState(next_poll_at=NOON)

    async def test_a_lent_host_is_nobody_elses_until_given_back(self, store: Any) -> None:
        await store.register([feed()], NOON)
        [first] = await store.lend(NOON, ALL, slots=4, busy=())
        assert await store.lend(NOON, ALL, slots=4, busy=()) == []
        await store.give_back([first.host])
        [second] = await store.lend(NOON, ALL, slots=4, busy=())
        assert second.polls == first.polls
        assert second.epoch == first.epoch + 1

    async def test_i5_a_poll_that_was_cut_off_rests_as_after_a_crash_and_others_do_not(
        self, store: Any
    ) -> None:
        await store.register([feed("a"), feed("b")], NOON)
        [piece] = await store.lend(NOON, ALL, slots=4, busy=())
        begun, _ = piece.polls
        await store.give_back([piece.host], cut=[begun])
        [again] = await store.lend(NOON + HOUR / 15, ALL, slots=4, busy=())
        assert [due.feed.id for due in again.polls] == [piece.polls[1].feed.id]
        await store.give_back([piece.host])
        [later] = await store.lend(NOON + HOUR / 10, ALL, slots=4, busy=())
        assert {due.feed.id for due in later.polls} == {due.feed.id for due in piece.polls}

    async def test_a_busy_host_is_not_lent(self, store: Any) -> None:
        await store.register([feed("a", host="a.example"), feed("b", host="b.example")], NOON)
        [piece] = await store.lend(NOON, ALL, slots=4, busy={"a.example"})
        assert piece.host == "b.example"

    async def test_no_more_slices_than_slots(self, store: Any) -> None:
        await store.register([feed(f"f{n}", host=f"h{n}.example") for n in range(9)], NOON)
        first = await store.lend(NOON, ALL, slots=4, busy=())
        second = await store.lend(NOON, ALL, slots=9, busy=())
        assert (len(first), len(second)) == (4, 5)
        assert {piece.host for piece in (*first, *second)} == {f"h{n}.example" for n in range(9)}
        assert await store.lend(NOON, ALL, slots=0, busy=()) == []

    async def test_a_settled_feed_is_due_when_its_state_says(self, store: Any) -> None:
        [one] = await registered(store, feed())
        done = polled(one, entries(1, 2), next_poll=NOON + HOUR)
        await store.settle_poll(done)
        assert await due_feeds(store, NOON + HOUR / 2) == []
        [due] = [due for piece in await lend(store, NOON + HOUR) for due in piece.polls]
        assert due.state == done.state

    async def test_an_items_entry_comes_back_as_the_feed_told_it(self, store: Any) -> None:
        told = replace(entry(7), updated=NOON, updated_raw="now", content="<p>Ünïcode\n🙂</p>", position=0)
        one, [item] = await with_items(store, told)
        assert item == DueItem(item_id=item.item_id, feed=one, entry=told, first_seen=NOON)

    async def test_slices_are_bounded_newest_first_and_the_rest_comes_next(self, store: Any) -> None:
        [one] = await registered(store, feed())
        await store.settle_poll(polled(one, entries(*range(8))))
        [first] = await lend(store)
        assert [item.entry.key for item in first.items] == [f"guid:{n}" for n in range(5)]
        for item in first.items:
            await archive(store, item)
        [second] = await lend(store)
        assert [item.entry.key for item in second.items] == [f"guid:{n}" for n in range(5, 8)]

    async def test_many_polls_of_one_host_leave_room_for_its_items(self, store: Any) -> None:
        feeds = await registered(store, *(feed(f"f{n}", host="www.orbitwire.example") for n in range(3)))
        await store.register([feed(f"f{n}", host="www.orbitwire.example") for n in range(9)], NOON)
        await store.settle_poll(polled(feeds[0], entries(1, 2)))
        [piece] = await store.lend(NOON, ALL, slots=1, busy=())
        assert (len(piece.polls), len(piece.items)) == (5, 2)

    async def test_hosts_take_turns(self, store: Any) -> None:
        [one] = await registered(store, feed())
        told = [entry(10 * host + n, host=f"h{host}.example") for host in range(3) for n in range(8)]
        await store.settle_poll(polled(one, told))
        served = [(await lend(store, slots=1))[0].host for _ in range(6)]
        assert served == ["h0.example", "h1.example", "h2.example"] * 2

    async def test_items_do_not_wait_behind_a_crowd_of_feeds(self, store: Any) -> None:
        [one] = await registered(store, feed())
        await store.settle_poll(polled(one, entries(1)))
        await store.register([one, *(feed(f"f{n}", host=f"h{n}.example") for n in range(20))], NOON)
        assert "www.orbitwire.example" in {piece.host for piece in await lend(store, slots=2)}

    @pytest.mark.parametrize(
        ("want", "expected"),
        [
            (Selection(since=NOON - 2 * HOUR), {"guid:0", "guid:60", "undated"}),
            (Selection(since=NOON - HOUR), {"guid:0", "guid:60", "undated"}),
            (Selection(until=NOON - HOUR), {"guid:180"}),
            (Selection(since=NOON - HOUR, until=NOON), {"guid:60"}),
            (Selection(since=NOON + HOUR), set()),
            (Selection(feeds=frozenset({"orbit"})), {"guid:0", "guid:60", "guid:180", "undated"}),
            (Selection(feeds=frozenset({"other"})), set()),
            (Selection(feeds=frozenset()), set()),
            (Selection(since=NOON, feeds=frozenset({"orbit", "other"})), {"guid:0", "undated"}),
        ],
    )
    async def test_a_selection_takes_only_its_window(
        self, store: Any, want: Selection, expected: set[str]
    ) -> None:
        [one] = await registered(store, feed())
        undated = entry(5, key="undated", published=None, published_raw="yesterday-ish")
        await store.settle_poll(polled(one, [*entries(0, 60, 180), undated]))
        assert {item.entry.key for item in await due_items(store, want=want)} == expected
        assert await store.next_due(replace(want)) == min(
            [NOON] * bool(expected) + [NOON + HOUR] * (want.feeds is None or "orbit" in want.feeds),
            default=None,
        )

    async def test_an_item_of_two_feeds_is_wanted_by_either_name(self, store: Any) -> None:
        first, second = await registered(store, feed("first"), feed("second"))
        await store.settle_poll(polled(first, entries(1)))
        await store.settle_poll(polled(second, entries(1)))
        for name in ("first", "second"):
            [item] = await due_items(store, want=Selection(feeds=frozenset({name})))
            assert item.feed.name == name
        [item] = await due_items(store)
        assert item.feed.name == "first"

    async def test_only_the_wanted_feeds_are_called_up(self, store: Any) -> None:
        feeds = await registered(store, feed("a"), feed("b"))
        for one in feeds:
            await store.settle_poll(polled(one, entries(1)))
        later = NOON + HOUR / 2
        await store.call_feeds(Selection(feeds=frozenset({"b"})), later)
        assert await due_feeds(store, later) == ["b"]
        await store.call_feeds(ALL, later)
        assert sorted(await due_feeds(store, later)) == ["a", "b"]

    async def test_what_is_due_next(self, store: Any) -> None:
        assert await store.next_due(ALL) is None
        one, [item] = await with_items(store, *entries(1))
        assert await store.next_due(ALL) == NOON
        await store.settle(failed(item, retry_at=NOON + HOUR / 2))
        assert await store.next_due(ALL) == NOON + HOUR / 2
        await store.settle(failed(item, retry_at=None))
        assert await store.next_due(ALL) == NOON + HOUR
        assert await store.next_due(Selection(feeds=frozenset({"other"}))) is None
        await store.settle_poll(polled(one, None, window=("guid:1",), next_poll=NOON + DAY))
        assert await store.next_due(ALL) == NOON + DAY

    async def test_what_is_lent_is_not_due_next(self, store: Any) -> None:
        await with_items(store, *entries(1))
        await store.lend(NOON + HOUR, ALL, slots=9, busy=())
        assert await store.next_due(ALL) is None


class RegisteringContract:
    async def test_a_feed_that_left_the_configuration_rests_and_wakes_again(self, store: Any) -> None:
        one, _ = await with_items(store, *entries(1))
        await store.register([feed("other", host="o.example")], NOON)
        assert await due_feeds(store, NOON + HOUR) == ["other"]
        assert await due_items(store, NOON + HOUR) == []
        await store.register([feed()], NOON + HOUR)
        [item] = await due_items(store, NOON + HOUR)
        assert item.feed == one

    async def test_an_item_that_another_feed_shows_goes_on(self, store: Any) -> None:
        first, second = await registered(store, feed("first"), feed("second"))
        await store.settle_poll(polled(first, entries(1)))
        await store.settle_poll(polled(second, entries(1)))
        await store.register([feed("second")], NOON)
        [item] = await due_items(store)
        assert item.feed == second

    async def test_another_address_forgets_the_validators_and_keeps_the_items(self, store: Any) -> None:
        one, _ = await with_items(store, *entries(1))
        moved = feed(url="https://new.orbitwire.example/all.xml")
        await store.register([moved], NOON + HOUR / 2)
        pieces = {piece.host: piece for piece in await lend(store, NOON + HOUR / 2)}
        [due] = pieces["new.orbitwire.example"].polls
        assert due.feed == replace(moved, id=one.id)
        assert due.state.validators == Validators()
        assert due.state.body_digest is None
        assert due.state.window == ("guid:1",)
        assert len(pieces["www.orbitwire.example"].items) == 1

    async def test_a_renamed_feed_is_the_same_feed(self, store: Any) -> None:
        one, _ = await with_items(store, *entries(1))
        await store.register([feed("better", url=one.url)], NOON)
        [piece] = [piece for piece in await lend(store, NOON + HOUR) if piece.polls]
        assert piece.polls[0].feed == replace(one, name="better")
        assert piece.polls[0].state.window == ("guid:1",)

    async def test_registering_again_changes_nothing(self, store: Any) -> None:
        one, _ = await with_items(store, *entries(1))
        before = await lend(store, NOON + HOUR)
        await store.register([replace(one, id=0)], NOON + HOUR)
        after = await lend(store, NOON + HOUR)
        assert [(piece.polls, piece.items) for piece in before] == [(p.polls, p.items) for p in after]


class PollContract:
    async def test_a_poll_counts_what_is_new(self, store: Any) -> None:
        [one] = await registered(store, feed())
        first = await store.settle_poll(polled(one, entries(1, 2, 3)))
        second = await store.settle_poll(polled(one, entries(4, 1, 2)))
        third = await store.settle_poll(polled(one, None, window=("guid:4", "guid:1", "guid:2")))
        lost = await store.settle_poll(
            polled(one, None, outcome="failed", error="x", error_kind="Unreachable")
        )
        assert [(count.seen, count.new) for count in (first, second, third, lost)] == [
            (3, 3), (3, 1), (3, 0), (0, 0),
        ]  # fmt: skip

    async def test_what_was_archived_is_not_due_again_when_it_is_seen_again(self, store: Any) -> None:
        one, [item] = await with_items(store, *entries(1))
        await archive(store, item)
        await store.settle_poll(polled(one, entries(2), at=NOON + HOUR))
        await store.settle_poll(polled(one, entries(1), at=NOON + 2 * HOUR))
        assert [found.entry.key for found in await due_items(store, NOON + DAY)] == ["guid:2"]

    @pytest.mark.parametrize(
        "edit",
        [
            {"title": "Lumen Harbor corrects its figures"},
            {"summary": None},
            {"content": "<p>New.</p>"},
            {"source_link": "https://www.orbitwire.example/release/1-corrected"},
        ],
    )
    async def test_an_edited_entry_is_captured_anew(self, store: Any, edit: dict[str, Any]) -> None:
        one, [item] = await with_items(store, *entries(1))
        await archive(store, item)
        [edited] = entries(1, **edit)
        count = await store.settle_poll(polled(one, [edited], at=NOON + HOUR))
        assert count.new == 0
        [again] = await due_items(store, NOON + HOUR)
        assert again == replace(item, entry=edited, captures=0, standing=Origin.PAGE)

    async def test_an_entry_that_only_moved_is_not_edited(self, store: Any) -> None:
        one, [item] = await with_items(store, *entries(1))
        await archive(store, item)
        moved = replace(entry(1), position=9, updated=NOON, categories=())
        await store.settle_poll(polled(one, [moved], at=NOON + HOUR))
        assert await due_items(store, NOON + HOUR) == []

    async def test_a_churning_entry_is_left_alone_in_the_end(self, store: Any) -> None:
        one, [item] = await with_items(store, *entries(1))
        await archive(store, item)
        for number in range(30):
            told = entries(1, title=f"{number} visitors today")
            await store.settle_poll(polled(one, told, at=NOON + number * HOUR))
            found = await due_items(store, NOON + DAY * 2)
            for again in found:
                await archive(store, again)
        assert found == []

    async def test_another_feeds_wording_changes_nothing(self, store: Any) -> None:
        first, second = await registered(store, feed("first"), feed("second"))
        await store.settle_poll(polled(first, entries(1)))
        [item] = await due_items(store)
        await archive(store, item)
        for number in range(3):
            await store.settle_poll(polled(first, entries(1), at=NOON + number * HOUR))
            other = polled(second, entries(1, title=f"Cut short {number}…"), at=NOON + number * HOUR)
            assert (await store.settle_poll(other)).new == 0
        assert await due_items(store, NOON + DAY) == []

    async def test_an_edit_during_the_capture_is_not_lost(self, store: Any) -> None:
        one, [item] = await with_items(store, *entries(1))
        claim = await store.claim(item, draft(item), code_seed="x")
        await store.intend(record(item, claim))
        await store.settle_poll(polled(one, entries(1, title="Corrected"), at=NOON))
        await store.settle(captured(item, claim.article_id))
        [again] = await due_items(store)
        assert again.entry.title == "Corrected"

    async def test_the_same_entry_twice_in_a_document_is_one(self, store: Any) -> None:
        [one] = await registered(store, feed())
        count = await store.settle_poll(polled(one, [entry(1), entry(1, title="Again")]))
        assert (count.seen, count.new) == (1, 1)
        [item] = await due_items(store)
        assert item.entry.title == entry(1).title

    async def test_text_that_utf8_cannot_hold_does_not_block_the_feed(self, store: Any) -> None:
        [one] = await registered(store, feed())
        told = entries(1, title="half a \ud83d pair", categories=("\udfff",), key="k\ud800")
        assert (await store.settle_poll(polled(one, told))).new == 1
        [item] = await due_items(store)
        await archive(store, item)
        assert (await store.settle_poll(polled(one, told, at=NOON + HOUR))).new == 0
        assert await due_items(store, NOON + HOUR) == []

    async def test_an_item_without_a_link_is_due_at_its_feeds_host(self, store: Any) -> None:
        [one] = await registered(store, feed())
        await store.settle_poll(polled(one, entries(1, source_link=None, link=None, content="<p>All.</p>")))
        [piece] = await lend(store)
        assert (piece.host, len(piece.items)) == ("feeds.orbitwire.example", 1)

    async def test_one_host_under_many_polls_at_once(self, store: Any) -> None:
        feeds = await registered(store, *(feed(f"f{n}", host=f"h{n}.example") for n in range(8)))
        counts = await asyncio.gather(
            *(store.settle_poll(polled(one, entries(1, 2, 3 + n))) for n, one in enumerate(feeds))
        )
        assert sum(count.new for count in counts) == 2 + 8


class ClaimContract:
    async def test_a_claim_is_stable(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        first = await store.claim(item, draft(item), code_seed="seed")
        again = await store.claim(item, draft(item, slug="another", title="Other"), code_seed="other")
        assert first == again
        assert first.feed_item_id == item.item_id
        assert (first.url, first.date, first.source_key) == (
            draft(item).slug, draft(item).date, "orbitwire",
        )  # fmt: skip
        assert (first.revision, first.newest_digest, first.duplicate_of) == (1, None, None)

    async def test_the_next_revision_knows_the_newest(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        first = await store.claim(item, draft(item), code_seed="seed")
        await store.intend(record(item, first))
        await store.settle(captured(item, first.article_id))
        second = await store.claim(item, draft(item, date=NOON + DAY), code_seed="seed")
        digest = record(item, first).document.digest
        assert second == replace(first, revision=2, newest_digest=digest)

    async def test_one_slug_for_many_becomes_many_addresses(self, store: Any) -> None:
        _, items = await with_items(store, *entries(1, 2, 3, 4))
        claims = await asyncio.gather(
            *(store.claim(item, draft(item, slug="2025-02-26-same"), code_seed="same") for item in items)
        )
        assert {claim.url for claim in claims} == {
            "2025-02-26-same", "2025-02-26-same-2", "2025-02-26-same-3", "2025-02-26-same-4",
        }  # fmt: skip
        assert len({claim.code.lower() for claim in claims}) == 4
        assert len({claim.article_id for claim in claims}) == 4

    async def test_racing_claims_of_one_release_make_one_article(self, store: Any) -> None:
        _, items = await with_items(store, *addressed(1, 2, 3, 4, 5))
        links = [
            "https://www.orbitwire.example/release/1",
            "http://orbitwire.example/release/1/",
            "https://www.orbitwire.example/release/1?utm_source=x",
            "HTTPS://WWW.ORBITWIRE.EXAMPLE:443/release/1#top",
            "https://www.orbitwire.example/release/1",
        ]
        claims = await asyncio.gather(
            *(
                store.claim(item, draft(item, source_link=link), code_seed=link)
                for item, link in zip(items, links, strict=True)
            )
        )
        [own] = [claim for claim in claims if claim.duplicate_of is None]
        assert {claim.duplicate_of for claim in claims} == {None, own.article_id}

    async def test_articles_without_an_address_are_not_twins(self, store: Any) -> None:
        _, items = await with_items(store, *entries(1, 2))
        claims = [await store.claim(item, draft(item, source_link=""), code_seed="") for item in items]
        assert [claim.duplicate_of for claim in claims] == [None, None]

    async def test_a_duplicate_is_settled_and_due_no_more(self, store: Any) -> None:
        _, [first, second] = await with_items(store, *addressed(1, 2))
        article = await archive(store, first)
        claim = await store.claim(second, draft(second, source_link=first.entry.source_link), code_seed="")
        assert claim.duplicate_of == article
        await store.settle(captured(second, article, outcome="duplicate"))
        assert await due_items(store, NOON + DAY) == []

    async def test_the_twin_of_an_article_that_never_came_gets_its_place(self, store: Any) -> None:
        _, [first, second] = await with_items(store, *addressed(1, 2))
        mine = await store.claim(first, draft(first), code_seed="")
        twin = draft(second, source_link=first.entry.source_link)
        assert (await store.claim(second, twin, code_seed="")).duplicate_of == mine.article_id
        await store.settle(captured(second, mine.article_id, outcome="duplicate"))
        await store.settle(failed(first, retry_at=None))
        [again] = await due_items(store)
        assert again.item_id == second.item_id
        claim = await store.claim(again, twin, code_seed="")
        assert claim == replace(mine, feed_item_id=second.item_id)


class SettlingContract:
    async def test_an_archived_item_is_done(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        await archive(store, item)
        assert await due_items(store, NOON + DAY) == []
        assert await store.unfinished() == []

    async def test_a_fallback_is_visited_again_and_knows_that_it_stands(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        await archive(
            store, item, outcome="fallback", retry_at=NOON + HOUR, error="x", error_kind="NoArticle"
        )
        assert await due_items(store, NOON + HOUR / 2) == []
        [again] = await due_items(store, NOON + HOUR)
        assert again == replace(item, captures=1, standing=Origin.FEED)
        await archive(store, again)
        assert await due_items(store, NOON + DAY) == []

    @pytest.mark.parametrize("outcome", ["archived", "fallback"])
    async def test_an_item_knows_where_what_stands_is_from(self, store: Any, outcome: str) -> None:
        _, [item] = await with_items(store, *entries(1))
        await store.claim(item, draft(item), code_seed="")
        [claimed] = await due_items(store)
        await archive(store, claimed, outcome=outcome, retry_at=NOON)
        [again] = await due_items(store)
        assert (claimed.standing, claimed.fallback) == (None, False)
        origin = Origin.FEED if outcome == "fallback" else Origin.PAGE
        assert (again.standing, again.fallback) == (origin, origin is Origin.FEED)

    async def test_a_failure_is_tried_again_when_it_says(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        await store.settle(failed(item, retry_at=NOON + HOUR))
        assert await due_items(store, NOON + HOUR / 2) == []
        assert await due_items(store, NOON + HOUR) == [replace(item, captures=1)]

    async def test_a_failure_of_ours_is_no_visit(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        await store.settle(failed(item, ours=True, retry_at=NOON))
        assert await due_items(store) == [item]

    async def test_a_final_failure_is_not_tried_again(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        await store.settle(failed(item, retry_at=None))
        assert await due_items(store, NOON + 365 * DAY) == []

    async def test_an_unchanged_article_needs_no_revision(self, store: Any) -> None:
        one, [item] = await with_items(store, *entries(1))
        article = await archive(store, item)
        await store.settle_poll(polled(one, entries(1, title="Edited"), at=NOON))
        [again] = await due_items(store)
        await store.settle(captured(again, article, outcome="unchanged"))
        assert await due_items(store, NOON + DAY) == []
        assert (await store.claim(item, draft(item), code_seed="")).revision == 2

    async def test_settling_without_an_intent_is_refused(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        claim = await store.claim(item, draft(item), code_seed="")
        with pytest.raises(StoreError, match="without an intent"):
            await store.settle(captured(item, claim.article_id))
        assert await due_items(store) == [item]

    async def test_a_failing_unit_fails_alone(self, store: Any) -> None:
        _, items = await with_items(store, *entries(1, 2, 3))
        claims = [await store.claim(item, draft(item), code_seed=item.entry.key) for item in items]
        await asyncio.gather(*(store.intend(record(items[n], claims[n])) for n in (0, 2)))
        results = await asyncio.gather(
            *(
                store.settle(captured(item, claim.article_id))
                for item, claim in zip(items, claims, strict=True)
            ),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [type(None), StoreError, type(None)]
        assert [item.item_id for item in await due_items(store)] == [items[1].item_id]


class RecoveryContract:
    async def test_an_intent_is_unfinished_until_it_is_settled(self, store: Any) -> None:
        _, items = await with_items(store, *entries(1, 2))
        for item in items:
            claim = await store.claim(item, draft(item), code_seed=item.entry.key)
            await store.intend(record(item, claim))
        intents = await store.unfinished()
        assert [intent.item_id for intent in intents] == [item.item_id for item in items]
        assert intents[1].document == record(items[1], claim).document
        assert intents[1].qrcode == record(items[1], claim).qrcode
        await store.settle(captured(items[1], claim.article_id))
        assert [intent.item_id for intent in await store.unfinished()] == [items[0].item_id]

    @pytest.mark.parametrize("origin", list(Origin))
    async def test_a_whole_revision_is_finished(self, store: Any, origin: Origin) -> None:
        _, [item] = await with_items(store, *entries(1))
        claim = await store.claim(item, draft(item), code_seed="")
        await store.intend(record(item, claim, origin=origin))
        [intent] = await store.unfinished()
        for _ in range(2):
            await store.resolve(intent, done=True)
        assert await store.unfinished() == []
        again = await store.claim(item, draft(item), code_seed="")
        assert again == replace(claim, revision=2, newest_digest=intent.document.digest)
        upgradable = [replace(item, standing=Origin.FEED)]
        assert await due_items(store) == ([] if origin is Origin.PAGE else upgradable)

    @pytest.mark.parametrize("archived", [False, True])
    async def test_an_edit_before_the_crash_outlasts_the_recovery(self, store: Any, archived: bool) -> None:
        one, [item] = await with_items(store, *entries(1))
        if archived:
            await archive(store, item)
        await store.settle_poll(polled(one, entries(1, title="Corrected"), at=NOON + HOUR))
        claim = await store.claim(item, draft(item), code_seed="")
        await store.intend(record(item, claim, fetched_at=NOON + 2 * HOUR))
        [intent] = await store.unfinished()
        await store.resolve(intent, done=True)
        [again] = await due_items(store, NOON + HOUR)
        assert again.entry.title == "Corrected"

    async def test_a_torn_revision_is_dropped_and_its_item_due_at_once(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        claim = await store.claim(item, draft(item), code_seed="")
        await store.intend(record(item, claim))
        [intent] = await store.unfinished()
        for _ in range(2):
            await store.resolve(intent, done=False)
        await store.resolve(intent, done=True)
        assert await store.unfinished() == []
        assert await due_items(store) == [item]
        assert await archive(store, item) == claim.article_id

    async def test_a_failed_capture_leaves_no_intent(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        claim = await store.claim(item, draft(item), code_seed="")
        await store.intend(record(item, claim))
        await store.settle(failed(item, ours=True, retry_at=NOON))
        assert await store.unfinished() == []
        assert await archive(store, item) == claim.article_id

    async def test_a_second_intent_takes_the_place_of_the_first(self, store: Any) -> None:
        _, [item] = await with_items(store, *entries(1))
        claim = await store.claim(item, draft(item), code_seed="")
        await store.intend(record(item, claim))
        newer = replace(record(item, claim).document, digest="0" * 64)
        await store.intend(record(item, claim, document=newer))
        [intent] = await store.unfinished()
        assert intent.document == newer

    async def test_memory_outlasts_the_store(self, store: Any, make_store: Callable[[], Any]) -> None:
        _, items = await with_items(store, *entries(1, 2, 3))
        await archive(store, items[0])
        claim = await store.claim(items[1], draft(items[1]), code_seed="")
        await store.intend(record(items[1], claim))
        await store.lend(NOON + DAY, ALL, slots=9, busy=())
        await store.close()
        async with make_store() as again:
            assert [intent.item_id for intent in await again.unfinished()] == [items[1].item_id]
            assert await again.claim(items[1], draft(items[1]), code_seed="") == claim
            assert await due_items(again) == items[1:]
            assert await due_feeds(again, NOON + HOUR) == ["orbit"]

    async def test_a_closed_store_says_so(self, store: Any) -> None:
        await store.close()
        with pytest.raises(StoreError, match="closed"):
            await store.unfinished()
        await store.close()


class CancellingContract:
    @pytest.mark.parametrize("patience", range(4))
    async def test_a_cancelled_caller_half_does_nothing(self, store: Any, patience: int) -> None:
        """Cancelled after k turns of the loop, every method is done wholly or not at all."""
        _, items = await with_items(store, *entries(*range(1, 5)))
        claims = [await store.claim(item, draft(item), code_seed=item.entry.key) for item in items]
        waits = [
            asyncio.ensure_future(store.intend(record(item, claim)))
            for item, claim in zip(items, claims, strict=True)
        ]
        for _ in range(patience):
            await asyncio.sleep(0)
        for wait in waits[::2]:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        kept = {intent.item_id for intent in await store.unfinished()}
        assert kept >= {item.item_id for item in items[1::2]}
        for item, claim in zip(items, claims, strict=True):
            if item.item_id in kept:
                await store.settle(captured(item, claim.article_id))
            else:
                await archive(store, item)
        assert await due_items(store) == []

    @pytest.mark.parametrize("patience", range(4))
    async def test_what_was_lent_to_nobody_comes_back(self, store: Any, patience: int) -> None:
        await store.register([feed()], NOON)
        asked = asyncio.ensure_future(store.lend(NOON, ALL, slots=1, busy=()))
        for _ in range(patience):
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        for _ in range(2):
            await store.next_due(ALL)
        assert await due_feeds(store) == ["orbit"]


class StoreContract(
    LendingContract,
    RegisteringContract,
    PollContract,
    ClaimContract,
    SettlingContract,
    RecoveryContract,
    CancellingContract,
):
    """All of it."""
