"""A database of the first schema, with everything in it, opens under this one and works on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.model import HostState, Selection
from crawler.store.migrations.versions import version_0001
from crawler.store.schema import VERSION
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from tests.store.contract import archive, due_feeds, due_items
from tests.store.examples import DAY, HOUR, NOON, entries, feed, polled

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
