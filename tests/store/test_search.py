"""Looking in: every answer from a real archive database, also while its writer is at work."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from crawler import __version__
from crawler.errors import StoreError
from crawler.model import DueItem, Origin, sha256
from crawler.store import snapshot
from crawler.store.search import Search
from crawler.store.sql import SqlStore
from tests.store.contract import archive, due_items, with_items
from tests.store.examples import (
    DAY,
    HOUR,
    NOON,
    captured,
    choices,
    draft,
    entries,
    entry,
    failed,
    polled,
    record,
)


@dataclass(frozen=True)
class Filled:
    """A database to be looked into, and what is in it."""

    path: Path
    items: list[DueItem]


@pytest.fixture(scope="module")
def filled(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Made once and copied for each test."""
    path = Path(shutil.copy(migrated, tmp_path_factory.mktemp("filled") / "crawler.db"))

    async def fill() -> list[DueItem]:
        async with SqlStore(path, slice_items=5, now=lambda: NOON) as store:
            return await _four(store)

    return Filled(path, asyncio.run(fill()))


@pytest.fixture
def items(filled: Filled, path: Path) -> list[DueItem]:
    """What the test's own database holds: to be asked for before it is opened."""
    shutil.copy(filled.path, path)
    return filled.items


async def _four(store: SqlStore) -> list[DueItem]:
    """Four items: archived twice, fallback, given up, waiting for another try."""
    await store.open_run("crawl", {"since": "7d"})
    one, found = await with_items(store, entry(1), *entries(1440, 2880, 4320))
    await archive(store, found[0])
    [again] = await _edited(store, one, found[0])
    claim = await store.claim(again, draft(again), code_seed="")
    await store.intend(record(again, claim, draft(again, title="Corrected 100% _ of it")))
    await store.settle(captured(again, claim.article_id, at=NOON + HOUR))
    await archive(
        store, found[1], outcome="fallback", retry_at=NOON + DAY, error="a stub", error_kind="NoArticle"
    )
    await store.settle(failed(found[2], retry_at=None, error="gone", error_kind="BadStatus"))
    await store.settle(failed(found[3], at=NOON + HOUR))
    return found


async def _edited(store: SqlStore, feed: Any, item: DueItem) -> list[DueItem]:
    told = [replace(item.entry, title="Corrected"), *entries(1440, 2880, 4320)]
    await store.settle_poll(polled(feed, told, at=NOON))
    return [due for due in await due_items(store) if due.item_id == item.item_id]


@pytest.fixture
async def search(items: list[DueItem], store: SqlStore, path: Path) -> AsyncIterator[Search]:
    """Opened while the writer holds the lock."""
    async with Search(path) as opened:
        yield opened


async def test_the_numbers(search: Search) -> None:
    found = await search.stats()
    wanted = {
        "feeds": 1, "feeds_failing": 0, "items": 4, "items_pending": 2, "items_failed": 1, "articles": 2,
        "articles_from_feed": 1, "revisions": 3, "polls": 2, "fetches": 2 + 6 + 2, "possible_gaps": 0,
        "oldest": "2025-02-25T12:00:00.000000Z", "newest": "2025-02-26T11:59:00.000000Z",
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    assert found["article_bytes"] > 0
    assert found["fetched_bytes"] == 10 * 4321
    assert [(one["source"], one["articles"]) for one in found["sources"]] == [("Orbit Wire", 2)]
    assert (found["last_run"]["command"], found["last_run"]["outcome"]) == ("crawl", None)
    assert [run["id"] for run in await search.runs()] == [1]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [1, 2]),
        ({"source": "Orbit Wire"}, [1, 2]),
        ({"source": "orbitwire"}, [1, 2]),
        ({"source": "Other"}, []),
        ({"feed": "orbit"}, [1, 2]),
        ({"feed": "other"}, []),
        ({"since": NOON - DAY}, [1, 2]),
        ({"since": NOON - HOUR}, [1]),
        ({"until": NOON - HOUR}, [2]),
        ({"since": NOON - 2 * DAY, "until": NOON - DAY}, []),
        ({"text": "corrected 100% _"}, [1]),
        ({"text": "%"}, [1]),
        ({"origin": "feed"}, [2]),
        ({"origin": "page"}, [1]),
        ({"limit": 1}, [1]),
        ({"limit": 1, "offset": 1}, [2]),
    ],
)
async def test_articles_by(search: Search, asked: dict[str, Any], expected: list[int]) -> None:
    assert [row["id"] for row in await search.articles(**asked)] == expected


async def test_an_article_in_the_list(search: Search, items: list[DueItem]) -> None:
    [row] = await search.articles(origin="page")
    assert row == {
        "id": 1, "date": "2025-02-26T11:59:00.000000Z", "title": "Corrected 100% _ of it",
        "source": "Orbit Wire", "source_link": items[0].entry.source_link,
        "url": f"2025-02-26-release-{items[0].item_id}",
        "path": f"content/orbitwire/2025/02/2025-02-26-release-{items[0].item_id}.md",
        "revision": 2, "draft": False, "archived_at": "2025-02-26T13:00:00.000000Z",
        "origin": "page", "feed": "orbit",
    }  # fmt: skip


async def test_an_article_is_found_by_everything_that_names_it(search: Search) -> None:
    one = await search.article(1)
    older = (await search.provenance(1))["revisions"][0]["files"]["document"]["path"]
    qrcode = (await search.provenance(1))["revisions"][0]["files"]["qrcode"]["path"]
    assert older != one["path"]
    for name in ("1", one["url"], one["path"], one["code"], one["code"].swapcase(), older, qrcode):
        assert await search.article(name) == one


@pytest.mark.parametrize("which", [99, "99", "nothing-of-the-kind", "9" * 40, "", "content/../1"])
async def test_what_is_not_there_is_said(search: Search, which: int | str) -> None:
    for question in (search.article, search.provenance, search.history):
        with pytest.raises(StoreError, match="no article"):
            await question(which)


async def test_history_is_every_revision(search: Search) -> None:
    first, second = await search.history(1)
    assert [(row["number"], row["state"], row["reason"]) for row in (first, second)] == [
        (1, "superseded", "first"),
        (2, "done", "captured again"),
    ]
    assert first["path"].startswith("revisions/orbitwire/2025/02/")
    assert (first["sha256"], second["sha256"]) == (
        sha256(b"2025-02-26-release-1 1"),
        sha256(b"2025-02-26-release-1 2"),
    )
    assert first["done_at"] < second["done_at"]


async def test_provenance_is_the_whole_chain(search: Search, items: list[DueItem]) -> None:
    chain = await search.provenance(1)
    assert json.loads(json.dumps(chain)) == chain
    assert list(chain) == [
        "article",
        "feed",
        "polls",
        "item",
        "sightings",
        "captures",
        "revisions",
        "takedowns",
    ]
    assert (chain["feed"]["name"], chain["feed"]["enabled"]) == ("orbit", True)
    [poll] = chain["polls"]
    assert len(poll["sha256"]) == 64
    assert [fetch["url"] for fetch in poll["fetches"]] == [items[0].feed.url]
    assert (chain["item"]["guid"], chain["item"]["title"]) == ("urn:orbit:1", "Corrected")
    assert chain["item"]["categories"] == ["ports", "trade"]
    [sighting] = chain["sightings"]
    assert (sighting["feed"], sighting["position"], sighting["poll_id"]) == ("orbit", 1, poll["id"])
    assert sighting["last_seen"] == "2025-02-26T12:00:00.000000Z"
    first, second = chain["captures"]
    assert [(fetch["status"], fetch["error"]) for fetch in first["fetches"]] == [
        (503, "BadStatus: 503"),
        (200, None),
    ]
    assert second["outcome"] == "archived"
    newest = chain["revisions"][1]
    assert newest["extraction"]["extractor"] == "trafilatura 2.3.1"
    assert (newest["extraction"]["ok"], newest["extraction"]["reasons"]) == (True, [])
    assert newest["extraction"]["page_sha256"] == sha256(b"page")
    assert {field["field"] for field in newest["fields"]} == {choice.field for choice in choices()}
    title = next(field for field in newest["fields"] if field["field"] == "title")
    assert (title["source"], title["rule"]) == ("feed.title", "the feed's own comes first")
    assert title["losers"] == [{"source": "page.og:title", "value": "Another headline", "note": "shorter"}]
    assert newest["files"]["document"]["sha256"] == chain["article"]["sha256"]
    assert newest["files"]["qrcode"]["sha256"] == sha256(b"qr")


async def test_a_fallback_says_why(search: Search) -> None:
    chain = await search.provenance(2)
    assert chain["article"]["origin"] == Origin.FEED
    assert chain["captures"][0]["error"] == "a stub"
    assert chain["revisions"][0]["extraction"]["ok"] is False
    assert chain["revisions"][0]["extraction"]["reasons"] == ["empty"]


async def test_feeds_and_how_they_are(search: Search) -> None:
    [row] = await search.feeds()
    assert (row["name"], row["items"], row["archived"], row["failures"]) == ("orbit", 4, 2, 0)
    assert row["next_poll"] == "2025-02-26T13:00:00.000000Z"
    assert row["interval_seconds"] == 3600


async def test_failures_the_latest_first(search: Search, items: list[DueItem]) -> None:
    found = await search.failures()
    assert found[0]["id"] == items[3].item_id
    told = {row["id"]: (row["state"], row["error_kind"], row["retry_at"]) for row in found}
    assert told == {
        items[1].item_id: ("fallback", "NoArticle", "2025-02-27T12:00:00.000000Z"),
        items[2].item_id: ("failed", "BadStatus", None),
        items[3].item_id: ("retry", "BadStatus", "2025-02-26T13:00:00.000000Z"),
    }
    assert len(await search.failures(limit=1)) == 1
    assert await search.failures(feed="other") == []


async def test_readers_see_what_was_committed_while_the_writer_writes(
    search: Search, items: list[DueItem], store: SqlStore
) -> None:
    one = items[0].feed
    writes = [store.settle_poll(polled(one, None, window=("guid:1",))) for _ in range(40)]
    looks = [search.provenance(1) for _ in range(5)]
    done = await asyncio.gather(*writes, *looks)
    assert all(chain["article"]["id"] == 1 for chain in done[40:])
    assert (await search.stats())["polls"] == 42


async def test_the_chains_of_several_articles_are_those_of_each(search: Search, items: list[DueItem]) -> None:
    numbers = [int(one["id"]) for one in await search.articles()]
    assert len(numbers) > 1
    assert await search.provenances(numbers) == [await search.provenance(number) for number in numbers]


async def test_a_reader_cannot_write(search: Search, path: Path) -> None:
    with pytest.raises(StoreError, match="readonly"):
        async with search._look() as connection:
            await connection.execute(text("DELETE FROM runs"))


def test_a_missing_database_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no archive here yet; run `crawler crawl"):
        Search(tmp_path / "crawler.db")
    assert list(tmp_path.iterdir()) == []


RAN_BY_A_NEWER = """
    INSERT INTO runs (started_at, command, arguments, version, process)
    VALUES ('2027-01-01T00:00:00Z', 'run', '{}', '7.1', 1)"""


async def test_another_schema_is_explained(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(
        StoreError, match=r"written by a newer crawler \(schema 9999, this one knows \d+\); update"
    ):
        async with Search(path):
            pass
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute(RAN_BY_A_NEWER)
    for refused in (lambda: Search(path).__aenter__(), lambda: SqlStore(path).open()):
        with pytest.raises(
            StoreError, match=rf"update the crawler to 7.1 or later \(this is {__version__}\)$"
        ):
            await refused()
    with pytest.raises(StoreError, match=r"newer crawler .*update the crawler to 7.1 or later"):
        snapshot.first_leaf(path)
    with closing(sqlite3.connect(path)) as older, older:
        older.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(StoreError, match=r"an older crawler \(schema 0001.*`crawler run` migrates it$"):
        async with Search(path):
            pass


async def test_d51_a_database_that_does_not_tell_its_version_is_damaged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as bare, bare:
        bare.execute("DELETE FROM alembic_version")
    said = "does not tell by which crawler it was written, so it is damaged; `crawler rebuild` makes it again"
    for refused in (lambda: Search(path).__aenter__(), lambda: SqlStore(path).open()):
        with pytest.raises(StoreError, match=said):
            await refused()
    with pytest.raises(StoreError, match=said):
        snapshot.first_leaf(path)


async def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "crawler.db"
    path.write_bytes(b"minutes of a meeting" * 200)
    with pytest.raises(StoreError, match="not an SQLite database"):
        async with Search(path):
            pass


async def test_a_database_of_another_program_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "crawler.db"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreError, match="not a crawler's database"):
        async with Search(path):
            pass


async def test_a_path_with_odd_signs_can_be_written_and_read(tmp_path: Path) -> None:
    odd = tmp_path / "a b?c#d%20é.db"
    async with SqlStore(odd) as store:
        await with_items(store, *entries(1))
        async with Search(odd) as search:
            assert (await search.stats())["items"] == 1


def files_beside(path: Path) -> list[Path]:
    return sorted(path.parent.iterdir())


async def test_a_copy_on_read_only_media_is_read_without_leaving_a_trace(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    before = files_beside(path)
    async with Search(path) as search:
        assert await search.articles() == []
        assert files_beside(path) == before
