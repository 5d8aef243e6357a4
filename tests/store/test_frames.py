"""What is learnt of a host's pages is kept with the revision that taught it, and outlives the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crawler import frames
from crawler.errors import StoreError
from crawler.model import NO_FRAME, DueItem, Extraction, Record, Removed, Ruled, Selection
from crawler.store import frames as kept
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from tests.store.contract import due_items
from tests.store.examples import DAY, HOUR, NOON, captured, draft, entries, feed, polled, record

HOST = "www.orbitwire.example"
NOTE = "Follow Orbit Wire on every network"


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[[], SqlStore]:
    return lambda: SqlStore(tmp_path / "crawler.db", now=lambda: NOON)


def text(number: int) -> str:
    return "\n".join(
        f"Release {number}, its paragraph {line}, on amber, cedar and pearl" for line in range(6)
    )


async def intended(store: SqlStore, item: DueItem, **changes: object) -> Record:
    drafted = draft(item)
    claim = await store.claim(item, drafted, code_seed=item.entry.key)
    made = record(item, claim, drafted)
    made = replace(made, extraction=replace(made.extraction, **changes))
    await store.intend(made)
    await store.settle(captured(item, claim.article_id))
    return made


async def items(store: SqlStore, count: int) -> list[DueItem]:
    await store.open_run("test", {})
    await store.register([feed()], NOON)
    [piece] = await store.lend(NOON, Selection(), slots=1, busy=())
    await store.settle_poll(polled(piece.polls[0].feed, entries(*range(1, count + 1)), at=NOON))
    await store.give_back([piece.host])
    return await due_items(store, NOON + DAY)


async def learn(store: SqlStore, due: list[DueItem]) -> None:
    for number, item in enumerate(due):
        await intended(store, item, lines=frames.lines(f"{text(number)}\n{NOTE}"))


async def test_nothing_is_known_of_a_host_whose_pages_were_never_read(
    make_store: Callable[[], SqlStore],
) -> None:
    async with make_store() as store:
        assert await store.frame(HOST) == NO_FRAME
        assert await store.frame("") == NO_FRAME


async def test_a_hosts_lines_are_learnt_with_its_articles_and_known_after_a_restart(
    make_store: Callable[[], SqlStore],
) -> None:
    async with make_store() as store:
        await learn(store, await items(store, 6))
        known = await store.frame(HOST)
        assert (known.pages, dict(known.lines)) == (6, {frames.key(NOTE): 6})
    async with make_store() as store:
        assert await store.frame(HOST) == known


async def test_two_revisions_of_one_group_both_teach(make_store: Callable[[], SqlStore]) -> None:
    async with make_store() as store:
        due = await items(store, 6)
        lines = [frames.lines(f"{text(number)}\n{NOTE}") for number in range(6)]
        await asyncio.gather(
            *(intended(store, item, lines=one) for item, one in zip(due, lines, strict=True))
        )
        assert (await store.frame(HOST)).pages == 6


async def test_an_article_from_the_feed_alone_teaches_nothing(make_store: Callable[[], SqlStore]) -> None:
    async with make_store() as store:
        [item] = await items(store, 1)
        drafted = draft(item)
        claim = await store.claim(item, drafted, code_seed=item.entry.key)
        await store.intend(replace(record(item, claim, drafted), page_url=None))
        assert await store.frame(HOST) == NO_FRAME


async def test_what_is_known_of_hosts_can_be_looked_at(
    make_store: Callable[[], SqlStore], tmp_path: Path
) -> None:
    async with make_store() as store:
        await learn(store, await items(store, 6))
    async with Search(tmp_path / "crawler.db") as search:
        [row] = await search.furniture()
        assert (row["host"], row["pages"], row["stands_on"], row["line"]) == (HOST, 6, 6, NOTE)
        assert await search.furniture("elsewhere.example") == []
        assert await search.rules() == []


async def test_what_was_taken_out_and_by_which_tools_stands_in_provenance(
    make_store: Callable[[], SqlStore], tmp_path: Path
) -> None:
    gone = Removed(text=NOTE * 99, reason="stands on 7 of 9 pages of this host")
    told = {"removed": (gone,), "frame_pages": 9, "tools": "reader 1.2", "body_from": "trafilatura"}
    ruled = Ruled(won=("remove: aside",), missed=("body: div.gone",))
    async with make_store() as store:
        [item] = await items(store, 1)
        await intended(store, item, ruled=ruled, **told)
    async with Search(tmp_path / "crawler.db") as search:
        [revision] = (await search.provenance(1))["revisions"]
    extraction = revision["extraction"]
    assert extraction["removed"] == [{"text": (NOTE * 99)[:300], "reason": gone.reason}]
    assert (extraction["frame_pages"], extraction["tools"], extraction["body_from"]) == (
        9,
        "reader 1.2",
        "trafilatura",
    )
    assert extraction["ruled"] == [["remove: aside"], ["body: div.gone"]]


async def test_a_rule_that_stops_matching_is_counted_until_it_matches_again(
    make_store: Callable[[], SqlStore], tmp_path: Path
) -> None:
    hit, miss = Ruled(won=("body: p",)), Ruled(missed=("body: p",))
    seen = []
    async with make_store() as store:
        for item, ruled in zip(await items(store, 4), (hit, miss, miss, hit), strict=True):
            await intended(store, item, ruled=ruled)
            async with Search(tmp_path / "crawler.db") as search:
                [row] = await search.rules()
            seen.append((row["matched"], row["missed"], row["missing"]))
    assert seen == [(1, 0, []), (1, 1, ["body: p"]), (1, 2, ["body: p"]), (2, 0, [])]


async def test_a_host_that_is_not_read_any_more_is_forgotten(tmp_path: Path) -> None:
    later = NOON
    async with SqlStore(tmp_path / "crawler.db", now=lambda: later) as store:
        await learn(store, await items(store, 6))
        later = NOON + kept.REMEMBERED - HOUR
        await store.tidy()
        assert await _count(tmp_path) == 1
        later = NOON + kept.REMEMBERED + HOUR
        await store.tidy()
        assert await _count(tmp_path) == 0


async def _count(tmp_path: Path) -> int:
    async with Search(tmp_path / "crawler.db") as search:
        return len(await search.furniture())


async def test_only_so_many_hosts_are_held_in_memory(
    make_store: Callable[[], SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "HELD", 2)
    async with make_store() as store:
        for host in ("a.example", "b.example", "a.example", "c.example"):
            await store.frame(host)
        assert list(store._frames) == ["a.example", "c.example"]


async def test_a_revision_that_is_not_written_teaches_nothing(make_store: Callable[[], SqlStore]) -> None:
    async with make_store() as store:
        [item] = await items(store, 1)
        drafted = draft(item)
        claim = await store.claim(item, drafted, code_seed=item.entry.key)
        broken = record(item, claim, drafted)
        broken = replace(broken, document=replace(broken.document, path=None))  # type: ignore[arg-type]
        extraction: Extraction = replace(broken.extraction, lines=frames.lines(text(1)))
        with pytest.raises(StoreError):
            await store.intend(replace(broken, extraction=extraction))
        assert (await store.frame(HOST)).pages == 0
