"""Where the raw archive keeps what was fetched: rows that lead from a fetch to its record."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.model import Attempt, RawRecord, Selection
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from tests.store.contract import due_items
from tests.store.examples import HOUR, NOON, captured, entries, failed, feed, polled, record
from tests.store.examples import draft as draft_of

DIGEST = "ab" * 32


def kept(
    number: int, *, digest: str = DIGEST, revisit: bool = False, url: str = "https://x.example/"
) -> RawRecord:
    return RawRecord(
        url=url,
        file=f"warc/2025/02/{number}.warc.gz",
        offset=100 * number,
        length=10,
        payload=digest,
        revisit=revisit,
        written_at=NOON,
    )


def attempt(raw: RawRecord | None) -> Attempt:
    return Attempt(url="https://x.example/", started_at=NOON, number=1, status=200, raw=raw)


def rows(path: Path, question: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as looking:
        looking.row_factory = sqlite3.Row
        return [dict(row) for row in looking.execute(question)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with SqlStore(tmp_path / "crawler.db", now=lambda: NOON) as opened:
        await opened.register([feed()], NOON)
        yield opened


async def poll(store: SqlStore, *attempts: Attempt) -> None:
    [piece] = await store.lend(NOON + HOUR, Selection(), slots=1, busy=())
    told = polled(piece.polls[0].feed, entries(1), at=NOON + HOUR)
    await store.settle_poll(replace(told, attempts=attempts))
    await store.give_back([piece.host])


async def test_a_fetch_leads_to_its_record(store: SqlStore, tmp_path: Path) -> None:
    await poll(store, attempt(None), attempt(kept(1)))
    [row] = rows(tmp_path / "crawler.db", "SELECT * FROM warc_records")
    assert row["fetch_id"] == 2
    assert (row["path"], row["start"], row["size"], row["type"]) == (
        "warc/2025/02/1.warc.gz",
        100,
        10,
        "response",
    )
    assert (row["sha256"], row["url"], row["refers_to"]) == (DIGEST, "https://x.example/", None)


async def test_a_body_is_found_again_by_its_digest(store: SqlStore) -> None:
    assert await store.raw_record(DIGEST) is None
    await poll(store, attempt(kept(1)))
    assert await store.raw_record(DIGEST) == kept(1)
    assert await store.raw_record("cd" * 32) is None


async def test_a_revisit_refers_to_the_response_and_is_no_original_itself(
    store: SqlStore, tmp_path: Path
) -> None:
    await poll(store, attempt(kept(1)), attempt(kept(2, revisit=True)))
    found = rows(tmp_path / "crawler.db", "SELECT type, refers_to FROM warc_records ORDER BY id")
    assert found == [{"type": "response", "refers_to": None}, {"type": "revisit", "refers_to": 1}]
    assert await store.raw_record(DIGEST) == kept(1)


async def test_a_body_that_was_kept_anew_is_found_in_the_newer_file(store: SqlStore) -> None:
    await poll(store, attempt(kept(1)), attempt(kept(2)))
    assert await store.raw_record(DIGEST) == kept(2)


async def test_a_revisit_refers_to_the_body_that_was_kept_anew(store: SqlStore, tmp_path: Path) -> None:
    await poll(store, attempt(kept(1)), attempt(kept(2)), attempt(kept(3, revisit=True)))
    [row] = rows(tmp_path / "crawler.db", "SELECT refers_to FROM warc_records WHERE type = 'revisit'")
    assert row == {"refers_to": 2}  # the file of 1 was gone when 2 was kept


async def test_a_robots_txt_belongs_to_no_fetch(store: SqlStore, tmp_path: Path) -> None:
    await store.note_raw([kept(1, url="https://x.example/robots.txt?key=secret")])
    [row] = rows(tmp_path / "crawler.db", "SELECT fetch_id, url FROM warc_records")
    assert row["fetch_id"] is None
    assert "secret" not in row["url"]
    assert await store.raw_record(DIGEST)


async def test_what_was_kept_of_a_failed_capture_is_known_too(store: SqlStore, tmp_path: Path) -> None:
    await poll(store)
    [item] = await due_items(store, NOON + HOUR)
    await store.settle(replace(failed(item, at=NOON + HOUR), attempts=(attempt(kept(3)),)))
    [row] = rows(
        tmp_path / "crawler.db",
        "SELECT t.item_id, w.start FROM warc_records w JOIN fetches t ON t.id = w.fetch_id",
    )
    assert row == {"item_id": item.item_id, "start": 300}


async def test_provenance_shows_the_record_the_article_was_read_from(store: SqlStore, tmp_path: Path) -> None:
    await poll(store)
    [item] = await due_items(store, NOON + HOUR)
    claim = await store.claim(item, draft_of(item), code_seed="x")
    await store.intend(record(item, claim))
    told = replace(
        captured(item, claim.article_id, at=NOON + HOUR),
        attempts=(attempt(kept(1)), attempt(kept(2, digest="cd" * 32))),
    )
    await store.settle(told)
    [row] = rows(tmp_path / "crawler.db", "SELECT raw_file, raw_start, raw_sha256 FROM article_provenance")
    assert row == {"raw_file": "warc/2025/02/2.warc.gz", "raw_start": 200, "raw_sha256": "cd" * 32}
    async with Search(tmp_path / "crawler.db") as search:
        [capture] = (await search.provenance(1))["captures"]
    assert [fetch["raw_start"] for fetch in capture["fetches"]] == [100, 200]


async def test_d46_records_that_something_refers_to_are_known_by_their_offsets(store: SqlStore) -> None:
    await store.note_raw([kept(1), kept(2), replace(kept(3), file=kept(1).file)])
    assert await store.raw_starts(kept(1).file) == {100, 300}
    assert await store.raw_starts("warc/2025/02/9.warc.gz") == frozenset()


async def test_d46_an_item_is_settled_if_it_was_captured_at_that_moment_or_later(store: SqlStore) -> None:
    await poll(store)
    [item] = await due_items(store, NOON + HOUR)
    assert not await store.is_settled(item.item_id, NOON)
    await store.settle(failed(item, at=NOON + HOUR))
    assert await store.is_settled(item.item_id, NOON)
    assert await store.is_settled(item.item_id, NOON + HOUR)
    assert not await store.is_settled(item.item_id, NOON + HOUR * 2)
    assert not await store.is_settled(item.item_id, NOON + HOUR * 2)
    await store.settle_poll(polled(item.feed, [replace(item.entry, title="Corrected")], at=NOON + HOUR * 3))
    assert await store.is_settled(
        item.item_id, NOON + HOUR * 2
    )  # what was fetched then is not what is told now
    assert not await store.is_settled(item.item_id, NOON + HOUR * 4)
    assert await store.is_settled(999, NOON)  # there is no such item: nobody waits for it


async def test_d46_a_crawl_whose_clock_was_set_back_is_looked_at_from_then_on(tmp_path: Path) -> None:
    path, late = tmp_path / "crawler.db", NOON + HOUR * 40
    async with SqlStore(path, now=lambda: late) as opened:
        await opened.register([feed()], NOON)
        await opened.open_run("run", {})
        await opened.note_raw([replace(kept(1), written_at=late)])
        await poll(opened)  # an hour after noon of the day before
    async with SqlStore(path, now=lambda: late) as opened:
        assert [(one.since, one.until) for one in opened.severed] == [(NOON, None)]


async def test_d46_crawls_that_were_killed_one_after_the_other_are_looked_at_near_their_ends(
    tmp_path: Path,
) -> None:
    path, moment = tmp_path / "crawler.db", NOON

    async def run(
        command: str, outcome: str | None, *, last: datetime | None = None
    ) -> list[tuple[int, int | None]]:
        """The next run, an hour later, or an hour after it kept something ``last``; in hours, what it found."""
        nonlocal moment
        moment += HOUR
        async with SqlStore(path, now=lambda: moment) as opened:
            found = opened.severed
            await opened.open_run(command, {})
            if last is not None:
                await opened.note_raw([replace(kept(1), written_at=last)])
                moment = last
            if outcome:
                await opened.close_run(outcome)
        return [((one.since - NOON) // HOUR, one.until and (one.until - NOON) // HOUR) for one in found]

    assert await run("run", "stopped", last=NOON + HOUR) == []
    assert await run("run", None) == []  # at 2
    assert await run("reextract", "done") == [(2, None)]
    assert await run("crawl", None, last=NOON + 2000 * HOUR) == [(2, None)]  # at 4
    assert await run("run", None) == [(2, 4), (1999, None)]  # at 2001
    assert await run("run", None, last=NOON + 2002 * HOUR) == [(2, 4), (1999, 2001), (2001, None)]
    assert await run("run", "stopped, cut short") == [(2, 4), (1999, 2001), (2001, 2002), (2002, None)]
    assert len(await run("run", "stopped")) == 5
    assert await run("crawl", "done") == []
    assert [row["ended_at"] for row in rows(path, "SELECT ended_at FROM runs WHERE outcome = 'killed'")] == [
        None, "2025-05-20T20:00:00.000000Z", None, "2025-05-20T22:00:00.000000Z",
    ]  # fmt: skip
