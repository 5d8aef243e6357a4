"""A database of the first schema, with everything in it, opens under this one and works on."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.config import ArchiveConfig, BannersConfig
from crawler.model import Extraction, HostState, Origin, Selection, Verdict
from crawler.reading import Reading, compose
from crawler.store.migrations.versions import version_0001, version_0005
from crawler.store.schema import VERSION
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from tests.store.contract import archive, due_feeds, due_items
from tests.store.examples import DAY, HOUR, NOON, entries, feed, polled

FILES = ArchiveConfig()
STAMP = "2025-02-26T11:00:00.000000Z"
DATA = f"""
INSERT INTO runs VALUES (1, 'crawl', '{{}}', '0.1', 7, '{STAMP}', '{STAMP}', 'done');
INSERT INTO hosts VALUES ('feeds.orbitwire.example', 4, NULL), ('www.orbitwire.example', 2, NULL);
INSERT INTO feeds (id, name, url, source, source_key, enabled, host, next_poll_at, interval_seconds, failures,
                   polled_at, answered_at, etag, last_modified, body_sha256, latest_keys, registered_at)
VALUES (1, 'orbit', 'https://feeds.orbitwire.example/orbit.xml', 'Orbit Wire', 'orbitwire', 1,
        'feeds.orbitwire.example', '2025-02-26T12:30:00.000000Z', 5400, 0, '{STAMP}', '{STAMP}', '"e1"',
        'Wed, 26 Feb 2025 11:00:00 GMT', 'ab', '["guid:1"]', '{STAMP}');
INSERT INTO polls VALUES (1, 1, 1, '{STAMP}', 'changed', 200, 1, 1, 0.0, 10, 'ab', NULL, NULL, 0);
INSERT INTO feed_items (id, key, feed_id, host, state, due_at, dated, captures, first_seen, last_changed,
                        digest, changes, title, link, source_link)
VALUES (1, 'guid:1', 1, 'www.orbitwire.example', 'new', '{STAMP}', '{STAMP}', 0, '{STAMP}', '{STAMP}', 'd', 0,
        'Lumen Harbor opens', 'https://www.orbitwire.example/1', 'https://www.orbitwire.example/1');
INSERT INTO sightings VALUES (1, 1, 1, '{STAMP}', NULL, 0, 'd');
INSERT INTO fetches VALUES (1, 1, 1, NULL, NULL, 'https://feeds.orbitwire.example/orbit.xml', '{STAMP}', 1, 0,
                            200, 10, 0.1, '192.0.2.7', NULL, NULL);
"""
TABLES = ("runs", "hosts", "feeds", "polls", "feed_items", "sightings", "fetches")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A database as the first release left it."""
    path = tmp_path / "crawler.db"
    with closing(sqlite3.connect(path)) as made, made:
        for statement in version_0001.STATEMENTS:
            made.execute(statement)
        made.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        made.execute("INSERT INTO alembic_version VALUES ('0001')")
        made.executescript(DATA)
    return path


def article(number: int, title: str, *later: str) -> str:
    """Statements of the first schema that make an article, with a revision for each of its titles."""
    address, newest = f"https://www.orbitwire.example/{number}", (title, *later)[-1]
    made = f"""
INSERT INTO feed_items (id, key, feed_id, host, state, due_at, dated, captures, first_seen, last_changed, digest,
                        changes, title, link, source_link)
VALUES ({number}, 'guid:{number}', 1, 'www.orbitwire.example', 'archived', '{STAMP}', '{STAMP}', 1, '{STAMP}',
        '{STAMP}', 'd', 0, '{newest}', '{address}', '{address}');
INSERT INTO sightings VALUES ({number}, 1, 1, '{STAMP}', NULL, 0, 'd');
INSERT INTO extractions (id, item_id, at, origin, extractor, ok, reasons)
VALUES ({number}, {number}, '{STAMP}', 'page', 'one', 1, '[]');
INSERT INTO articles VALUES ({number}, {number}, 'u{number}', 'c{number}', NULL, '{STAMP}', '{newest}', '{address}',
                             'Orbit Wire', 'orbitwire', 'archived', 0, {1 + len(later)}, 'a', 'ab', 9, '{STAMP}', '{STAMP}');
UPDATE feed_items SET article_id = {number} WHERE id = {number};"""
    for revision, called in enumerate((title, *later), 1):
        made += f"""
INSERT INTO revisions (article_id, extraction_id, number, state, reason, origin, title, date, draft, path, sha256,
                       size, qrcode_path, qrcode_sha256, qrcode_size, created_at, done_at)
VALUES ({number}, {number}, {revision}, 'done', 'first', 'page', '{called}', '{STAMP}', 0, 'a', 'ab', 9, 'q', 'cd', 9,
        '{STAMP}', '{STAMP}');"""
    return made


def told(path: Path) -> dict[str, list[dict[str, object]]]:
    with closing(sqlite3.connect(path)) as looking:
        looking.row_factory = sqlite3.Row
        return {name: [dict(row) for row in looking.execute(f"SELECT * FROM {name}")] for name in TABLES}


async def test_a_database_of_the_first_schema_keeps_everything(first: Path) -> None:
    before = told(first)
    async with SqlStore(first, now=lambda: NOON):
        pass
    after = told(first)
    for name, rows in before.items():
        assert [{key: row[key] for key in old} for row, old in zip(after[name], rows, strict=True)] == rows
    with closing(sqlite3.connect(first)) as looking:
        assert looking.execute("SELECT version_num FROM alembic_version").fetchall() == [(VERSION,)]


async def test_a_database_of_the_first_schema_works_on(first: Path) -> None:
    async with SqlStore(first, now=lambda: NOON) as store:
        assert await due_feeds(store, NOON) == []
        await store.register([feed()], NOON)
        [piece] = await store.lend(NOON + HOUR, Selection(), slots=1, busy=())
        [due] = piece.polls
        assert piece.epoch == 5
        assert (due.state.validators.etag, due.state.failures, due.state.lying) == ('"e1"', 0, False)
        await store.keep_host(piece.host, HostState(next_allowed_at=NOON + HOUR))
        await store.settle_poll(polled(due.feed, entries(1, 2), at=NOON + HOUR))
        await store.give_back([piece.host])
        for item in await due_items(store, NOON + DAY):
            await archive(store, item, at=NOON + DAY)
        await store.close_run("done")
    async with Search(first) as search:
        [row] = await search.feeds(since=NOON - DAY)
        assert (row["items"], row["archived"], row["moved_to"], row["gone"]) == (2, 2, None, False)
        assert {host["host"] for host in await search.hosts(now=NOON)} >= {"feeds.orbitwire.example"}


async def test_a_kill_notice_of_an_older_archive_is_not_taken_for_what_it_kills(first: Path) -> None:
    """Older crawlers noted nothing of what releases say: the next visit held such a one back as if it was killed."""
    title = "Lumen Harbor opens berth nine"
    with closing(sqlite3.connect(first)) as made, made:
        made.executescript(
            article(2, title)
            + article(3, f"KILL NOTICE: {title}")
            + article(4, "Crane nine stands", "KILL NOTICE: Crane nine stands")
            + article(5, f"CORRECTING and REPLACING {title}", "Lumen Harbor opens berth ten")
        )
    async with SqlStore(first, now=lambda: NOON) as store:
        await store.register([feed()], NOON)
        pieces = await store.lend(NOON + HOUR, Selection(), slots=9, busy=())
        lent = {item.item_id: item for piece in pieces for item in piece.items if item.standing}
    assert {number: item.notice for number, item in lent.items()} == {
        2: None, 3: "kill notice", 4: None, 5: "correction",
    }  # fmt: skip
    with closing(sqlite3.connect(first)) as looking:
        noted = looking.execute("SELECT article_id, number, notice FROM revisions WHERE notice IS NOT NULL")
        assert noted.fetchall() == [(3, 1, "kill notice"), (5, 1, "correction")]
    found = Extraction(origin=Origin.PAGE, body="<p>It is killed.</p>", text="It is killed.")
    read = Reading(extraction=found, verdict=Verdict(ok=True), page=None)
    held = {
        number: compose(item, read, NOON, files=FILES, banners=BannersConfig()).draft
        for number, item in lent.items()
    }
    assert held == {2: False, 3: False, 4: True, 5: False}


@pytest.mark.parametrize(
    ("title", "noted"),
    [
        ("KILL: Lumen Harbor opens", "kill notice"),
        ("/C O R R E C T I O N -- Lumen Harbor/", "correction"),
        ("Lumen Harbor opens (corrected)", "correction"),
        ("UPDATE: Lumen Harbor opens", "update"),
        ("REPEAT - Lumen Harbor opens", "repeat"),
        ("Embargoed  until 5 May: Lumen Harbor", "embargo"),
        ("Lumen Harbor kills time", None),
    ],
)
def test_l77_a_migration_notes_what_its_schema_called_a_notice(title: str, noted: str | None) -> None:
    assert version_0005._standing(title) == noted


def test_l77_migrations_are_frozen_and_know_nothing_of_todays_crawler() -> None:
    for file in Path(version_0005.__file__).parent.glob("version_*.py"):
        imported = re.findall(
            r"^(?:from|import) (crawler\S*)", file.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert set(imported) <= {"crawler.store.migrations.versions"}, file.name
