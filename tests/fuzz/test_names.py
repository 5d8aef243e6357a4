"""C40: no title makes a file name that leaves its folder, meets another, or that a file system refuses."""

from __future__ import annotations

import asyncio
import sqlite3
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from crawler import document, urls
from crawler.archive.local import LocalArchive
from crawler.config import StoreConfig
from crawler.model import DueItem
from crawler.store import claims
from crawler.store.rows import stamp
from crawler.store.sql import SqlStore
from crawler.store.writer import Group
from tests.fuzz import names
from tests.store.contract import registered
from tests.store.examples import NOON, feed, polled


def test_c40_ten_thousand_titles_become_names_of_the_safe_alphabet() -> None:
    for title in names.titles(10_000, seed=40):
        name = urls.dated_slug(NOON, title, names.LIMIT)
        assert names.is_safe(name), ascii(title)


async def test_c40_two_thousand_titles_get_names_of_their_own_from_the_store(tmp_path: Path) -> None:
    given = await names.name(tmp_path / "crawler.db", list(names.titles(2_000, seed=40)))
    assert given.hold, given
    assert given.given == 2_000
    assert given.longest > 150
    assert given.numbered > 200  # the titles are twins often enough to be a test


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_c40_normal_forms_of_a_title_are_one_slug(form: Any) -> None:
    for title in ("Zürich opens", "한국 전력", "ﬁle Å ½", "Ｔｏｋｙｏ", "İstanbul"):
        assert urls.slug(unicodedata.normalize(form, title), 80) == urls.slug(title, 80)


async def test_c40_twins_by_case_form_or_sign_are_told_apart_by_a_number(tmp_path: Path) -> None:
    twins = [
        "Zürich’s plant",
        "ZÜRICH'S PLANT",
        "Zu\u0308richs plant",
        "zurichs plant.",
        "Zürichs\u200b plant",
    ] * 40
    given = await names.name(tmp_path / "crawler.db", twins)
    assert given.hold
    assert given.numbered == 200 - 3  # three days, three bare names


def test_c40_every_troublesome_title_is_a_file_below_its_folder(tmp_path: Path) -> None:
    wishes = list(names.TROUBLE)
    given = []
    for number, title in enumerate(wishes):
        name = urls.numbered(urls.dated_slug(NOON, title, names.LIMIT), number + 2, names.LIMIT)
        given.append((document.document_path("orbitwire", NOON, name), title.encode("utf-8", "replace")))
    root = tmp_path / "archive"

    async def put() -> None:
        await LocalArchive(root).put_many(given)

    asyncio.run(put())
    files = [path for path in root.rglob("*") if path.is_file()]
    assert len(files) == len(wishes)
    assert {path.parent for path in files} == {root / "content" / "orbitwire" / "2025" / "02"}
    assert all(path.read_bytes() == dict(given)[path.relative_to(root).as_posix()] for path in files)
    assert max(len(path.name.encode()) for path in files) <= names.LONGEST
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]


async def test_c40_five_hundred_items_of_one_title_cost_each_a_few_looks(tmp_path: Path) -> None:
    count = 500
    async with SqlStore(
        tmp_path / "crawler.db", StoreConfig(synchronous="NORMAL"), now=lambda: NOON
    ) as store:
        [one] = await registered(store, feed())
        entries = tuple(names._entry(number) for number in range(count))
        await store.settle_poll(polled(one, entries))
        items = [
            DueItem(item_id=at + 1, feed=one, entry=entry, first_seen=NOON)
            for at, entry in enumerate(entries)
        ]

        def claim(group: Group) -> tuple[list[str], int]:
            drafts = [names._draft(item, "Press release") for item in items]
            given = [claims.claim(group, item, draft, code_seed=item.entry.key, limit=60, now=stamp(NOON)).url
                     for item, draft in zip(items[:-1], drafts[:-1], strict=True)]  # fmt: skip
            looks: list[str] = []
            connection = group.connection.connection.driver_connection
            assert isinstance(connection, sqlite3.Connection)
            connection.set_trace_callback(looks.append)
            last = claims.claim(group, items[-1], drafts[-1], code_seed="last", limit=60, now=stamp(NOON))
            connection.set_trace_callback(None)
            return [*given, last.url], len(looks)

        given, looks = await store._writer.run(claim)
    assert len(set(given)) == count
    assert looks < 40
