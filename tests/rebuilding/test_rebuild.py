"""``crawler rebuild`` as people run it: the database lost, old or damaged, the files lost, both."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from crawler import config
from crawler.app import rebuilding
from crawler.archive.warc.telling import Chronicle
from crawler.cli.rebuild import Asked, carried_out
from crawler.cli.stop import cancelled_by_signals, interruptible
from crawler.errors import StoreError
from crawler.model import Told, ToldVisit
from crawler.rebuilding.database import Story
from tests.journey import Yard, differences, until
from tests.rebuilding.comparison import NOT_AGAIN, QUESTIONS, compare, tables
from tests.rebuilding.conftest import Inline, Lived, Rebuild
from tests.rebuilding.life import content, copy, database, hours_pass, lose_database, lose_files


def test_every_table_is_compared_or_named_as_one_that_cannot_come_again(lived: Lived) -> None:
    told = {name.split(" ")[0] for name in QUESTIONS}
    staged = {name for name in tables(database(lived.yard)) if name.startswith("relog")}
    assert tables(database(lived.yard)) - staged == told | NOT_AGAIN


def test_the_archive_has_a_past(lived: Lived) -> None:
    reasons = {row["reason"] for row in lived.yard.rows("SELECT DISTINCT reason FROM revisions")}
    assert {"first", "re-extraction"} < reasons
    [row] = lived.yard.rows("SELECT max(revision) AS most FROM articles")
    assert row["most"] >= 3


def test_d50_a_lost_database_is_told_again_row_by_row(lived: Lived, copied: Yard, rebuild: Rebuild) -> None:
    files = copied.files()
    lose_database(copied)
    told = rebuild("--database")["database"]
    found = compare(database(lived.yard), database(copied))
    assert found.differing == []
    assert found.rows["revisions"] > found.rows["articles"] >= 14
    assert found.rows["polls"] > found.rows["feeds"]
    assert (told["damage"], told["unreadable"], told["lost"]) == ([], [], None)
    assert differences(files, copied.files()) == []


def test_d50_lost_files_come_again_byte_for_byte(copied: Yard, rebuild: Rebuild) -> None:
    files = content(copied)
    lose_files(copied)
    assert content(copied) == {}
    told = rebuild("--files")["files"]
    assert content(copied) == files
    assert (told["put"], told["remade"], told["lost"], told["other"]) == (
        2 * told["revisions"] - told["whole"],
        0,
        [],
        [],
    )


def test_d50_both_lost_come_again_from_the_raw_archive_alone(
    lived: Lived, copied: Yard, rebuild: Rebuild
) -> None:
    files = content(copied)
    lose_database(copied)
    lose_files(copied)
    rebuild()
    assert content(copied) == files
    assert compare(database(lived.yard), database(copied)).differing == []
    again = database(copied).read_bytes()
    rebuild("--missing")
    assert content(copied) == files
    assert compare(database(lived.yard), database(copied)).differing == []
    assert len(again) > 0


def test_d50_a_database_of_yesterday_gets_what_it_lacks_and_keeps_its_numbers(
    lived: Lived, copied: Yard, rebuild: Rebuild
) -> None:
    lose_database(copied)
    copy(copied.folder / "yesterday.db", database(copied))
    before = {
        table: ids(copied, table) for table in ("feed_items", "polls", "captures", "revisions", "fetches")
    }
    told = rebuild("--missing")["database"]
    assert told["added"]
    assert compare(database(lived.yard), database(copied)).differing == []
    for table, known in before.items():
        after = ids(copied, table)
        assert known.items() <= after.items(), table
        assert len(after) > len(known) or table == "feed_items"


@pytest.mark.parametrize("state", ["superseded", "done"])
def test_d50_a_testimony_that_lost_its_row_gets_it_again_and_no_revision_is_taken_back(
    state: str, copied: Yard, rebuild: Rebuild
) -> None:
    kept = "SELECT id, article_id, number, state, sha256 FROM revisions ORDER BY id"
    [lost] = copied.rows(
        """
        SELECT w.* FROM revisions r JOIN warc_records w ON w.revision_id = r.id
        WHERE r.state = ? ORDER BY r.number DESC, r.id LIMIT 1""",
        state,
    )
    before, leaves = copied.rows(kept), copied.rows("SELECT count(*) AS n FROM log_entries")
    with closing(sqlite3.connect(database(copied))) as opened, opened:
        opened.execute("DELETE FROM warc_records WHERE id = ?", (lost["id"],))
    told = rebuild("--database", "--missing")["database"]
    assert told["unchanged"] is False
    assert copied.rows(kept) == before
    assert copied.rows("SELECT count(*) AS n FROM log_entries") == leaves
    [again] = copied.rows("SELECT * FROM warc_records WHERE revision_id = ?", lost["revision_id"])
    assert {**again, "id": 0, "written_at": ""} == {**lost, "id": 0, "written_at": ""}


def ids(yard: Yard, table: str) -> dict[int, object]:
    """Of each row what it is of."""
    names = {"feed_items": "key", "polls": "at", "captures": "at", "revisions": "sha256", "fetches": "at"}
    return {row["id"]: row["what"] for row in yard.rows(f"SELECT id, {names[table]} AS what FROM {table}")}


def test_d50_nothing_is_fetched_again_after_a_rebuild(lived: Lived, copied: Yard, rebuild: Rebuild) -> None:
    lose_database(copied)
    lose_files(copied)
    rebuild()
    hours_pass(copied)
    asked, files = len(lived.wire.log), content(copied)
    ended = copied.crawl()
    assert ended.code == 0, ended.err
    assert content(copied) == files
    log = [one for one in list(lived.wire.log)[asked:] if not one.target.endswith("robots.txt")]
    vouched = {row["url"]: row["etag"] or row["last_modified"] for row in copied.rows("SELECT * FROM feeds")}
    assert len(log) == len(vouched)
    for one in log:
        url = next(url for url in vouched if url.endswith(f"{one.host}:{lived.wire.port}{one.target}"))
        sent = one.header("If-None-Match") or one.header("If-Modified-Since")
        assert sent or not vouched[url]
    assert {one.status for one in log if one.header("If-None-Match") or one.header("If-Modified-Since")} == {
        304
    }


def test_d50_a_feed_rests_for_its_floor_after_a_rebuild(copied: Yard, rebuild: Rebuild) -> None:
    """Nobody knows when it was asked last: it counts as asked at the rebuild, and a start leaves it alone for its floor."""
    lose_database(copied)
    rebuild("--database")
    rows = copied.rows("SELECT lent_at, next_poll_at, polled_at FROM feeds")
    assert rows
    assert all(row["lent_at"] > row["polled_at"] for row in rows)


def test_a_damaged_database_is_told_again_and_kept(lived: Lived, copied: Yard, rebuild: Rebuild) -> None:
    rotten = b"SQLite format 3\x00" + b"\xff" * 5000
    lose_database(copied)
    database(copied).write_bytes(rotten)
    database(copied).with_name("crawler.db-wal").write_bytes(b"rest of a log")
    told = rebuild("--database")["database"]
    assert not told["added"]
    [kept] = copied.archive.glob("crawler.db.lost-*Z")
    assert kept.read_bytes() == rotten
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"rest of a log"
    assert compare(database(lived.yard), database(copied)).differing == []


def test_a_whole_database_is_told_again_only_if_that_is_asked_for(
    lived: Lived, copied: Yard, rebuild: Rebuild
) -> None:
    copied.change("UPDATE articles SET title = 'Wrong' WHERE id = 1")
    for arguments in ((), ("--database",)):
        with pytest.raises(
            StoreError, match="the database is whole and is left as it is; --files puts files"
        ):
            rebuild(*arguments)
    assert copied.rows("SELECT title FROM articles WHERE id = 1") == [{"title": "Wrong"}]
    assert not list(copied.archive.glob("crawler.db.*[!k]"))  # but the lock
    assert not rebuild("--database", "--anew")["database"]["added"]
    assert compare(database(lived.yard), database(copied)).differing == []
    assert len(list(copied.archive.glob("crawler.db.lost-*"))) == 1


def test_a_newer_crawlers_database_is_neither_added_to_nor_told_again_unasked(
    copied: Yard, rebuild: Rebuild
) -> None:
    copied.change("UPDATE alembic_version SET version_num = '9999'")
    for arguments in ((), ("--missing",)):
        with pytest.raises(StoreError, match=r"written by a newer crawler .schema 9999"):
            rebuild(*arguments)
    assert not list(copied.archive.glob("crawler.db.*[!k]"))


def test_a_database_that_lacks_nothing_stays_where_it_is(copied: Yard, rebuild: Rebuild) -> None:
    before = database(copied).read_bytes()
    database(copied).with_name("crawler.db.rebuilding").write_bytes(b"left by a kill")
    told = rebuild("--database", "--missing")["database"]
    assert (told["added"], told["unchanged"], told["lost"]) == (True, True, None)
    assert database(copied).read_bytes() == before
    assert not list(copied.archive.glob("crawler.db.*[!k]"))


async def test_d53_an_interrupted_rebuild_leaves_nothing_aside(
    copied: Yard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C in the middle of the second reading: the old database stands, and nothing lies beside it."""
    monkeypatch.setattr(rebuilding, "WorkerPool", Inline)
    before = database(copied).read_bytes()
    aside = database(copied).with_name("crawler.db.rebuilding")

    async def interrupted(*_: object) -> None:
        assert aside.exists()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)

    monkeypatch.setattr(Story, "tell", interrupted)
    asked = Asked(database=True, files=False, missing=False, anew=True, as_json=True)
    work = cancelled_by_signals(carried_out(config.load(copied.config), asked))
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    with interruptible():  # its signals are the test run's again
        task = asyncio.create_task(work)
        with pytest.raises(asyncio.CancelledError):
            await task
    assert database(copied).read_bytes() == before
    assert not list(copied.archive.glob("crawler.db.*[!k]"))


def test_missing_refuses_what_cannot_be_added_to(copied: Yard) -> None:
    lose_database(copied)
    ended = copied.run("rebuild", "--missing")
    assert ended.code == 1
    assert (
        ended.err
        == f"crawler: {database(copied)}: there is no whole database to add to; leave --missing away\n"
    )
    for wrong in (("--missing", "--anew"), ("--files", "--anew"), ("--files", "--missing")):
        ended = copied.run("rebuild", *wrong)
        assert ended.code == 2, wrong
        assert ("contradicts" if wrong[0] == "--missing" else "which --files alone leaves") in ended.err


def test_a_rebuild_is_refused_while_a_crawler_writes(copied: Yard) -> None:
    lock = copied.archive / "crawler.db.lock"
    lock.touch()
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = copied.run("rebuild")
    assert (ended.code, ended.out) == (1, "")
    assert "is writing to this archive" in ended.err


def test_other_bytes_in_the_place_of_a_file_are_told_and_left(copied: Yard, rebuild: Rebuild) -> None:
    [row] = copied.rows("SELECT path FROM articles WHERE id = 2")
    altered = copied.archive / row["path"]
    altered.write_bytes(b"somebody wrote here")
    told = rebuild("--files", code=1)["files"]
    assert told["other"] == [f"{row['path']}: other bytes lie there; crawler verify tells more"]
    assert altered.read_bytes() == b"somebody wrote here"


def test_what_rotted_in_the_raw_archive_is_told_and_the_rest_comes_again(
    lived: Lived, copied: Yard, rebuild: Rebuild
) -> None:
    """The record of one page: its article stands in its testimony."""
    [row] = copied.rows(
        "SELECT w.path, w.start, w.size FROM warc_records w JOIN fetches t ON t.id = w.fetch_id"
        " WHERE t.item_id IS NOT NULL ORDER BY w.id LIMIT 1"
    )
    spoil(copied, row)
    files = content(copied)
    lose_database(copied)
    lose_files(copied)
    told = rebuild(code=1)
    assert [one.rpartition(": ")[0] for one in told["database"]["damage"]]
    assert content(copied) == files
    differing = compare(database(lived.yard), database(copied)).differing
    assert {one.split(" ")[0] for one in differing} <= {"fetches", "warc_records", "captures", "feed_items"}


def test_d50_a_file_whose_testimony_rotted_is_made_again_from_the_kept_page(
    copied: Yard, rebuild: Rebuild
) -> None:
    rows = copied.rows(
        "SELECT w.path, w.start, w.size, a.path AS file FROM warc_records w JOIN revisions r ON r.id = w.revision_id"
        " JOIN articles a ON a.id = r.article_id AND a.revision = 1"
        " WHERE r.state = 'done' AND r.origin = 'page' ORDER BY a.id LIMIT 2"
    )
    for row in rows:
        spoil(copied, row)
    files = content(copied)
    lose_files(copied)
    told = rebuild("--files")["files"]
    assert told["remade"] == 2 * len(rows) == 4
    assert content(copied) == files


def spoil(yard: Yard, row: dict[str, Any]) -> None:
    """Flip bits in the middle of a record."""
    raw = yard.archive / row["path"]
    data = bytearray(raw.read_bytes())
    data[row["start"] + row["size"] // 2] ^= 0xFF
    raw.write_bytes(bytes(data))


class _Unnumbered(Chronicle):
    """A raw archive whose visits do not tell their item's number, as older versions wrote it."""

    async def tell(self) -> AsyncIterator[tuple[Told, int]]:
        async for told, so_far in super().tell():
            if isinstance(told, ToldVisit):
                about = {name: value for name, value in told.about.items() if name != "item"}
                told = replace(told, about=about)
            yield told, so_far


def test_d50_visits_that_do_not_tell_their_item_find_it_by_its_guid(
    lived: Lived, copied: Yard, rebuild: Rebuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "Chronicle", _Unnumbered)
    lose_database(copied)
    rebuild("--database")
    assert compare(database(lived.yard), database(copied)).differing == []


def test_a_log_that_does_not_fit_itself_is_told_and_the_rest_comes_again(
    lived: Lived, copied: Yard, rebuild: Rebuild
) -> None:
    checkpoint = copied.archive / "log" / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n", b"\n9", 1))
    lose_database(copied)
    [damage] = rebuild("--database", code=1)["database"]["damage"]
    assert damage.startswith("the log: ")
    differing = compare(database(lived.yard), database(copied)).differing
    assert {one.split(" ")[0] for one in differing} <= {"log_entries", "log_heads"}


# --------------------------------------------------------------------------- killed


def test_d53_killed_at_any_moment_the_database_is_the_old_one_or_the_new_one(
    lived: Lived, copied: Yard
) -> None:
    """``test_replacing`` ends it at every step of the last act."""
    lose_database(copied)
    copy(copied.folder / "yesterday.db", database(copied))
    before, files = database(copied).read_bytes(), copied.files()
    aside = database(copied).with_name("crawler.db.rebuilding")
    running = copied.start("rebuild", "--database", "--missing")
    until(aside.exists, process=running.process)
    running.send(signal.SIGKILL)
    running.process.wait(10)
    assert is_old(copied, before) or is_new(lived, copied)
    assert copied.run("rebuild", "--database", "--missing").code == 0
    assert is_new(lived, copied)
    assert differences(files, copied.files()) == []
    assert not list(copied.archive.glob("*.rebuilding*"))


def is_old(yard: Yard, before: bytes) -> bool:
    return database(yard).read_bytes() == before


def is_new(lived: Lived, yard: Yard) -> bool:
    with closing(sqlite3.connect(database(yard))) as opened:
        whole = opened.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    return whole and not compare(database(lived.yard), database(yard)).differing
