"""What was fetched before a kill and never settled comes from the raw archive: no server is asked twice for it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from crawler import config
from crawler.app import house
from crawler.model import Selection
from tests.checker import warc
from tests.journey import Yard, differences, judge, newsroom, until
from tests.wire import SampleWire


def kept(yard: Yard) -> Counter[str]:
    """How often the raw archive holds a whole visit of each address.

    A kill may fall between the records of one visit.  Without its last one, the metadata, an answer was neither
    synced nor read by anybody: nothing tells what it was asked for, and it is asked for again.
    """
    found: Counter[str] = Counter()
    for file in (yard.archive / "warc").rglob("*.warc.gz"):
        records = [record.fields for record in warc.read(file) if isinstance(record, warc.Record)]
        told = {one.get("warc-concurrent-to") for one in records if one["warc-type"] == "metadata"}
        answers = (one for one in records if one["warc-type"] in {"response", "revisit"})
        found.update(one["warc-target-uri"] for one in answers if one["warc-record-id"] in told)
    return found


def unclaimed(yard: Yard) -> set[tuple[str, int]]:
    """Answers that no row of the database points at."""
    rows = yard.rows("SELECT path, start FROM warc_records")
    known = {(Path(row["path"]).name, row["start"]) for row in rows}
    found = set()
    for index in (yard.archive / "warc").rglob("*.cdxj"):
        for line in index.read_text().splitlines():
            told = json.loads(line.split(" ", 2)[2])
            found.add((told["filename"], int(told["offset"])))
    return found - known


def forget_captures(yard: Yard, many: int) -> list[str]:
    """What a kill between the raw archive's fsync and the store's commit leaves, made by hand: the addresses."""
    with closing(sqlite3.connect(yard.archive / "crawler.db")) as opened, opened:
        items = [
            row[0] for row in opened.execute("SELECT item_id FROM captures ORDER BY id DESC LIMIT ?", (many,))
        ]
        marks = ",".join("?" * len(items))
        links = [
            row[0]
            for row in opened.execute(f"SELECT source_link FROM feed_items WHERE id IN ({marks})", items)
        ]
        fetches = f"SELECT id FROM fetches WHERE item_id IN ({marks})"
        opened.execute(f"DELETE FROM warc_records WHERE fetch_id IN ({fetches})", items)
        opened.execute(f"DELETE FROM fetches WHERE item_id IN ({marks})", items)
        opened.execute(f"DELETE FROM captures WHERE item_id IN ({marks})", items)
        opened.execute(
            f"UPDATE feed_items SET state = 'pending', captured_at = NULL, due_at = first_seen WHERE id IN ({marks})",
            items,
        )
        opened.execute("UPDATE runs SET outcome = NULL, ended_at = NULL")
    return links


def test_d46_pages_that_were_kept_and_not_settled_are_taken_from_there(tmp_path: Path) -> None:
    with newsroom(releases=8, wires=2, seed=5) as wire, Yard(tmp_path) as yard:
        yard.configure(wire.config(), processes=1)
        assert yard.crawl().code == 0
        links, files = forget_captures(yard, 3), yard.files()
        assert len(unclaimed(yard)) == 3
        wire.log.clear()
        ended = yard.crawl()
        assert ended.code == 0, ended.err
        assert {entry.target for entry in wire.log} & {"/" + link.split("/", 3)[3] for link in links} == set()
        assert differences(files, yard.files()) == []
        assert unclaimed(yard) == set()
        rows = yard.rows(
            "SELECT i.source_link, w.type, c.outcome FROM captures c JOIN feed_items i ON i.id = c.item_id"
            " JOIN fetches f ON f.capture_id = c.id JOIN warc_records w ON w.fetch_id = f.id"
            " WHERE c.run_id = 2"
        )
        assert sorted(row["source_link"] for row in rows) == sorted(links)
        assert set(kept(yard).values()) <= {1, 2}  # feeds were asked twice


def _asked(wire: SampleWire) -> Counter[str]:
    return Counter(entry.target for entry in wire.log if entry.status == 200)


@pytest.mark.parametrize("seed", [1, 2])
def test_d46_after_kills_every_answer_that_was_kept_is_claimed_and_no_page_kept_twice(
    seed: int, tmp_path: Path
) -> None:
    rng = Random(seed)
    with newsroom(releases=30, wires=3, seed=5) as wire, Yard(tmp_path) as yard:
        yard.configure(wire.config(), processes=1)
        for _ in range(3):
            there = yard.count() + rng.randrange(1, 8)
            crawler = yard.start("crawl", "--since", "2000-01-01")
            until(lambda there=there: yard.count() >= there, process=crawler.process)
            crawler.send(signal.SIGKILL)
            crawler.process.wait(10)
        assert yard.crawl().code == 0
        assert judge(wire.postings, yard.documents()).faults == 0
        assert unclaimed(yard) == set()
        pages = {posting.url for posting in wire.postings}
        assert {url: many for url, many in kept(yard).items() if url in pages and many > 1} == {}
        before = kept(yard)
        assert yard.crawl().code == 0
        assert {url for url in pages if kept(yard)[url] != before[url]} == set()


def _children() -> list[int]:
    found = Path("/proc/self/task").glob("*/children")
    return [int(number) for path in found for number in path.read_text().split()]


async def cut_short(yard: Yard, wire: SampleWire, asked: int) -> None:
    """A daemon's work, stopped in order while its worker stands still since ``asked`` answers were given."""
    before, want, stop = set(_children()), Selection(), asyncio.Event()
    async with house.open_house(config.load(yard.config), command="run", arguments={}) as home:
        await home.store.call_feeds(want, home.clock.now())
        engine = home.engine(stop, lambda outcome, count: None)
        engine.grace = 0.1
        work = asyncio.create_task(engine.run(want, wait=True)) if asked else None
        while len(wire.log) < asked:
            await asyncio.sleep(0.001)
        for worker in set(_children()) - before:
            os.kill(worker, signal.SIGSTOP)
        work, seen = work or asyncio.create_task(engine.run(want, wait=True)), -1
        while seen < len(wire.log) or not wire.log:  # until no more is fetched, for nothing can be read
            seen = len(wire.log)
            await asyncio.sleep(0.3)
        stop.set()
        await work
        await home.end("stopped")


async def test_d46_what_an_orderly_stop_cut_off_is_taken_from_the_raw_archive(tmp_path: Path) -> None:
    with newsroom(releases=8, wires=1, seed=5) as wire, Yard(tmp_path) as yard:
        yard.configure(wire.config(), processes=1)
        await cut_short(yard, wire, len(wire.feeds) + 2)
        assert yard.rows("SELECT outcome FROM runs") == [{"outcome": "stopped, cut short"}]
        assert unclaimed(yard)
        pages = {posting.url for posting in wire.postings}
        assert await asyncio.to_thread(lambda: yard.crawl().code) == 0
        assert judge(wire.postings, yard.documents()).faults == 0
        assert unclaimed(yard) == set()
        assert {url: many for url, many in kept(yard).items() if url in pages and many > 1} == {}
        assert yard.rows("SELECT outcome FROM runs WHERE id = 2") == [{"outcome": "done"}]


async def test_i5_a_poll_that_an_orderly_stop_cut_off_rests_as_after_a_crash(tmp_path: Path) -> None:
    with newsroom(releases=2, wires=1, seed=5) as wire, Yard(tmp_path) as yard:
        yard.configure(wire.config(), processes=1, poll='floor = "10m"')
        await cut_short(yard, wire, 0)
        rests = "next_poll_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '9 minutes')"
        assert yard.rows(f"SELECT DISTINCT {rests} AS rests FROM feeds") == [{"rests": 1}]
        assert wire.log
        wire.log.clear()
        assert await asyncio.to_thread(lambda: yard.crawl().code) == 0
        assert list(wire.log) == []
        assert unclaimed(yard) == set()
