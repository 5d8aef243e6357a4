"""L77: archives of older schemas are opened, migrated, verified and crawled on; newer ones are refused."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from crawler.errors import StoreError
from crawler.store import sql
from crawler.store.schema import VERSION
from crawler.store.views import VIEWS
from tests.journey import Yard
from tests.powercut.disk import luck
from tests.powercut.recording import Segment, begun, put, record_command
from tests.powercut.trace import can_trace
from tests.upgrade.archives import MAKERS, load, news, old_wire
from tests.upgrade.migrating import MIGRATE, columns, migrate, rows, version, written

pytestmark = pytest.mark.xdist_group("older archives")  # their wire has one port


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory, where there is one: each migration syncs what it writes."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize("schema", MAKERS)
async def test_l77_an_older_archive_is_migrated_and_no_row_of_it_changes(schema: str, tmp_path: Path) -> None:
    database = load(schema).lay_down(tmp_path) / "crawler.db"
    assert version(database) == schema
    known = columns(database)
    before = rows(database, known)
    assert len(before["articles"]) == 7
    assert len(before["revisions"]) == 9
    await migrate(database)
    assert version(database) == VERSION
    assert rows(database, known) == before
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert opened.execute("PRAGMA foreign_key_check").fetchall() == []
        for view in VIEWS:
            opened.execute(f"SELECT * FROM {view}").fetchall()


async def test_l77_a_newer_archive_is_refused_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each older crawler does with this one's archive: ``scripts/campaign upgrade``."""
    database = load("0004").lay_down(tmp_path) / "crawler.db"
    await migrate(database)
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    monkeypatch.setattr(sql, "VERSION", "0004")
    with pytest.raises(StoreError, match=rf"newer crawler .schema {VERSION}, this one knows 0004.*update"):
        await migrate(database)
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before
    assert not database.with_name("crawler.db-wal").exists()


@pytest.mark.parametrize("schema", ["0001", "0004"])
def test_l77_an_older_archive_is_verified_and_crawled_on(schema: str, tmp_path: Path) -> None:
    with old_wire() as wire, Yard(tmp_path) as yard:
        news(wire)
        load(schema).lay_down(tmp_path)
        (tmp_path / "feeds.toml").write_text(wire.config(), encoding="utf-8")
        kept = archived(yard)
        crawled = yard.crawl()
        assert crawled.code == 0, crawled.err
        assert archived(yard) == kept  # nothing is new, nothing is written anew
        wire.publish(1)
        assert yard.crawl().code == 0
        assert set(archived(yard)) > set(kept)
        assert kept.items() <= archived(yard).items()
        verified = yard.run("verify")
        assert verified.code == 0, verified.out + verified.err


def archived(yard: Yard) -> dict[str, str]:
    """Articles, older revisions and QR images: path → digest."""
    return {
        path: hashlib.sha256(data).hexdigest()
        for path, data in yard.files().items()
        if path.startswith(("content/", "revisions/", "static/"))
    }


def test_l77_kept_pages_of_an_older_archive_are_read_again(tmp_path: Path) -> None:
    """Nobody is asked for them: there is no wire."""
    with Yard(tmp_path) as yard:
        load("0004").lay_down(tmp_path)
        (tmp_path / "feeds.toml").write_text(
            '[[feeds]]\nname = "meridian-all"\nurl = "http://127.77.0.1:27177/feed"\nsource = "MeridianWire"\n'
        )
        kept = archived(yard)
        read = yard.run("reextract", "--apply")
        assert read.code == 0, read.out + read.err
        assert kept.keys() <= archived(yard).keys()
        assert yard.rows("SELECT count(*) AS n FROM articles WHERE revision = 0")[0]["n"] == 0
        shutil.rmtree(tmp_path / "archive" / "warc")
        assert yard.run("verify").code == 1


@pytest.mark.skipif(not can_trace(), reason="strace may not trace here")
async def test_d53_a_power_cut_in_a_migration_leaves_the_old_or_the_new(memory: Path) -> None:
    database = load("0001").lay_down(memory / "recorded") / "crawler.db"
    known = columns(database)
    before = rows(database, known)
    segment = record_command(memory / "recorded", [sys.executable, "-c", MIGRATE, str(database)])
    assert version(database) == VERSION
    found, random = Counter[str](), Random(1)
    disk, cut = begun(segment), memory / "cut"
    places = {*random.sample(range(len(segment.events)), 15), *syncs(segment)}
    for place, event in enumerate(segment.events):
        if place in places:
            shutil.rmtree(cut, ignore_errors=True)
            put(disk.after(luck(disk, random)), cut)
            left = cut / "archive" / "crawler.db"
            found[written(left)] += 1
            await migrate(left)
            assert version(left) == VERSION
            assert rows(left, known) == before
        disk.do(event)
    assert set(found) == {"0001", VERSION}


def syncs(segment: Segment) -> list[int]:
    """Places of what a sync begins and ends."""
    return [place for place, event in enumerate(segment.events) if event.kind in {"syncing", "synced"}]
