"""Articles of which only files tell: what the log states of them is kept, and what nobody knows is held back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import document, statement
from crawler.cli.rebuild import Asked, _show, _troubles
from crawler.model import KILLED, ArchivedFile, Fronted, Origin, Statement, Verdict, sha256
from crawler.model.takedown import TAKEN_DOWN
from crawler.rebuilding.front import Place, noted
from crawler.rebuilding.stated import placed
from crawler.rebuilding.stated import told as whole
from crawler.report.rebuilding import watching
from crawler.store.retelling.telling import SqlRetelling
from tests.rebuilding.test_plan import NOON
from tests.store import examples
from tests.test_statement import claim_of, due_item

HELD = {"revision": 2, "draft": True}


def told(article: int, revision: int = 1, **changes: Any) -> Statement:
    """What was stated of a revision."""
    item = due_item()
    made = statement.of(examples.record(item, claim_of(item), verdict=Verdict(ok=True)), item, None)
    url, data = f"2025-02-26-release-{article}", f"{article} {revision}".encode()
    path = document.document_path(made.source_key, made.date, url)
    given = {
        "article": article,
        "item": 100 + article,
        "revision": revision,
        "reason": "first" if revision == 1 else "page edited",
        "url": url,
        "code": f"code{article}",
        "item_key": f"url:www.orbitwire.example/release/{article}",
        "document": ArchivedFile(path=path, digest=sha256(data), size=len(data)),
    }
    return replace(made, **{**given, **changes})


def filed(one: Statement, *, newest: bool = True, number: int | None = None) -> Fronted:
    """The same as its file alone tells it."""
    path = one.document.path
    if not newest:
        path = document.revision_path(one.source_key, one.date, one.url, one.revision)
    return Fronted(
        article=one.article,
        item=one.item,
        number=number or one.revision,
        newest=newest,
        document=replace(one.document, path=path),
        qrcode=ArchivedFile(path=one.qrcode.path, digest="", size=0),
        title=one.title,
        date=one.date + timedelta(minutes=5),
        draft=one.draft,
        source_link=f"https://www.orbitwire.example/release/{one.article}",
        url=one.url,
        code=one.code,
        source=one.source,
        source_key=one.source_key,
        values={"summary": "<p>x</p>"},
        at=NOON,
        key=f"url:www.orbitwire.example/release/{one.article}",
    )


async def complete(files: Sequence[Fronted], logged: Sequence[Statement | str]) -> list[Fronted]:
    """Planned, and told whole."""

    async def statements(numbers: Collection[int] | None = None) -> AsyncIterator[tuple[int, str]]:
        for number, one in enumerate(logged, start=1):
            if numbers is None or number in numbers:
                yield number, one if isinstance(one, str) else statement.render(one).decode()

    async def read(place: Place) -> Fronted:
        one = next(one for one in files if one.document.path == place.path)
        return replace(one, number=place.number, key=place.key)

    return await whole(await placed([noted(one) for one in files], statements), read, statements)


async def test_a_file_finds_its_statement_by_its_very_bytes() -> None:
    first, other = told(1), told(1, document=ArchivedFile(path="x", digest="0" * 64, size=1))
    [known] = await complete([filed(first)], ["no statement", told(7), other, first])
    assert known == replace(filed(first), stated=first)
    [alone] = await complete([filed(first)], [other])
    assert alone == filed(first)
    assert await complete([], [first]) == []


async def test_revisions_whose_files_are_gone_are_told_by_the_log_and_give_the_newest_its_number() -> None:
    one, two, three = (told(1, number) for number in (1, 2, 3))
    alike = replace(two, revision=4, document=three.document)
    files = [filed(three, number=1), filed(told(2))]
    known = await complete(files, [one, two, told(2), three])
    assert [(each.article, each.number, each.newest) for each in known] == [
        (1, 1, False), (1, 2, False), (1, 3, True), (2, 1, True),
    ]  # fmt: skip
    assert [each.document.path.rpartition("/")[2] for each in known[:2]] == ["1.md", "2.md"]
    [*_, newest] = await complete([filed(one, newest=False), filed(three, number=4)], [one, three, alike])
    assert newest.stated == alike  # the one of its number, where two say the same
    [older, *_] = await complete([filed(two, newest=False, number=1), filed(three, number=2)], [two, three])
    assert older.stated is None  # its name has its number


async def test_an_identity_that_no_address_tells_comes_from_the_statement() -> None:
    by_guid = told(1, item_key="guid:orbit/1", guid="orbit/1")
    [known] = await complete([filed(by_guid)], [by_guid])
    assert known.key == "guid:orbit/1"


# --------------------------------------------------------------------------- in the database


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles of each kind, told to a new database by their files and the log."""
    path = tmp_path_factory.mktemp("stated") / "crawler.db"

    async def tell() -> None:
        logged = [
            told(1), told(1, reason="kill", notice=KILLED, **HELD),
            told(2), told(2, reason="page edited", notice="embargo", **HELD),
            told(3), told(3, reason=TAKEN_DOWN, **HELD),
            told(4, origin=Origin.FEED, ok=False, reasons=("BadStatus: 404",)),
            told(5),
            told(7), told(7, reason="kill", notice=KILLED, **HELD), told(7, 3, reason="page edited", draft=True),
        ]  # fmt: skip
        files = [
            filed(told(1), newest=False), filed(logged[1]), filed(logged[3], number=1), filed(logged[5], number=1),
            filed(logged[6]), filed(logged[7]), filed(told(6, draft=True)), filed(logged[10], number=1),
            replace(filed(told(8, draft=True)), tombstone=True),
            filed(told(9), newest=False), replace(filed(told(9, 2, draft=True)), tombstone=True),
        ]  # fmt: skip
        async with SqlRetelling(path) as store:
            await store.begin([examples.feed("wire")], 200, NOON)
            known = await complete(files, logged)
            assert await store.fronted(known) == known
            assert await store.fronted(known) == []

    asyncio.run(tell())
    return path


def asked(path: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as looking:
        return looking.execute(question).fetchall()


def test_d50_what_a_wire_killed_stays_killed_without_a_raw_archive(rebuilt: Path) -> None:
    assert asked(rebuilt, "SELECT notice, draft, revision FROM articles WHERE id = 1") == [(KILLED, 1, 2)]
    assert asked(rebuilt, "SELECT notice, reason FROM revisions WHERE article_id = 1 ORDER BY number") == [
        (None, "first"), (KILLED, "kill"),
    ]  # fmt: skip
    assert asked(rebuilt, "SELECT notice, revision FROM articles WHERE id = 7") == [(KILLED, 3)]


def test_d50_what_was_taken_down_stays_so_without_a_raw_archive(rebuilt: Path) -> None:
    assert asked(rebuilt, "SELECT taken_down_at IS NOT NULL, revision FROM articles WHERE id = 3") == [(1, 2)]
    states = asked(rebuilt, "SELECT number, state FROM revisions WHERE article_id = 3 ORDER BY number")
    assert states == [(1, "removed"), (2, "done")]
    requests = "SELECT requested_by, done_at IS NOT NULL FROM takedowns WHERE article_id = 3"
    assert asked(rebuilt, requests) == [(None, 1)]
    with closing(sqlite3.connect(rebuilt)) as opened:
        opened.execute("UPDATE feed_items SET due_at = '2025-03-01T00:00:00.000000Z' WHERE id = 103")
        assert opened.execute("SELECT due_at FROM feed_items WHERE id = 103").fetchall() == [(None,)]


def test_d50_a_tombstone_is_known_by_its_file_alone(rebuilt: Path) -> None:
    taken = "SELECT taken_down_at IS NOT NULL, notice FROM articles WHERE id IN (8, 9)"
    assert asked(rebuilt, taken) == [(1, None), (1, None)]
    assert asked(rebuilt, "SELECT reason, state FROM revisions WHERE article_id = 8") == [
        ("taken down", "done")
    ]
    ended = "SELECT article_id, done_at IS NOT NULL FROM takedowns WHERE article_id > 3 ORDER BY 1"
    assert asked(rebuilt, ended) == [(8, 1), (9, 0)], "the text of 9 lies there still: it was not finished"
    states = asked(rebuilt, "SELECT number, state FROM revisions WHERE article_id = 9 ORDER BY number")
    assert states == [(1, "superseded"), (2, "done")]


def test_d50_a_draft_that_nothing_explains_is_held_until_somebody_looks(rebuilt: Path) -> None:
    assert asked(rebuilt, "SELECT notice, draft FROM articles WHERE id = 6") == [(KILLED, 1)]
    assert asked(rebuilt, "SELECT reason, notice FROM revisions WHERE article_id = 6") == [("rebuilt", None)]
    assert asked(rebuilt, "SELECT notice FROM articles WHERE id = 5") == [(None,)]


def test_d50_embargoes_and_fallbacks_are_looked_at_again(rebuilt: Path) -> None:
    due = asked(rebuilt, "SELECT article_id, state FROM feed_items WHERE due_at IS NOT NULL ORDER BY 1")
    assert due == [(2, "archived"), (4, "fallback")]
    assert asked(rebuilt, "SELECT e.origin, e.ok, e.reasons FROM extractions e WHERE item_id = 104") == [
        ("feed", 0, '["BadStatus: 404"]')
    ]


def test_drafts_without_a_reason_are_named_in_the_last_lines_and_by_the_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    database = {
        "rows": dict.fromkeys(("articles", "revisions", "items", "feeds", "polls", "records"), 1),
        "added": False, "unchanged": False, "files": 3, "stated": 1, "lost": None, "damage": [],
        "unreadable": [], "held": [6, 9],
    }  # fmt: skip
    files = {"revisions": 1, "whole": 1, "put": 0, "remade": 0, "other": [], "lost": []}
    with watching(as_json=False) as watch:
        asked = Asked(database=True, files=True, missing=False, anew=False, as_json=False)
        _show(watch, {"database": database, "files": files}, asked)
    *_, look, how = capsys.readouterr().err.splitlines()
    assert look.startswith("LOOK AT THESE: 2 drafts held back, and nothing that is left tells why")
    assert look.endswith(": articles 6, 9")
    assert "crawler release ID" in how
    assert _troubles({"database": database}) == 2


async def test_the_newest_file_is_never_taken_for_an_earlier_revision_that_said_the_same() -> None:
    """A, B, and A again, of which the log has no leaf yet; or all leaves, and the earlier files are gone."""
    one, two = told(1), told(1, 2)
    three = replace(one, revision=3)
    files = [filed(one, newest=False), filed(two, newest=False), filed(three, number=3)]
    known = await complete(files, [one, two])
    assert [(file.number, file.newest) for file in known] == [(1, False), (2, False), (3, True)]
    [*_, newest] = await complete([filed(three, number=1)], [one, two, three])
    assert (newest.number, newest.newest) == (3, True)
