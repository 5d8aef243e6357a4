"""The log put again from its files: after the database was lost, is older than they are, or grew apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.errors import LogError
from crawler.logbook.restoring import Restored, restore, statements
from tests.logbook.press import Press
from tests.store.examples import NOON

EMPTIED = "DELETE FROM log_entries", "DELETE FROM log_heads"


async def rows(press: Press) -> list[tuple[object, ...]]:
    return press.asked("SELECT id, revision_id, leaf FROM log_entries ORDER BY id")


async def put_again(press: Press) -> Restored:
    return await restore(press.store, press.files, now=NOON)


async def test_d50_a_log_whose_rows_are_lost_is_put_again_from_its_files(printed: Press) -> None:
    before, heads = (
        await rows(printed),
        printed.asked("SELECT size, root, checkpoint, compact_range FROM log_heads"),
    )
    printed.sql(*EMPTIED)
    await printed.open()
    done = await put_again(printed)
    assert done == Restored(leaves=12, from_files=10, added=2, heads=2, lost=())
    assert await rows(printed) == before
    assert printed.asked("SELECT size, root, checkpoint, compact_range FROM log_heads") == heads
    assert await printed.misfits(deep=True) == []
    await printed.head()
    assert await printed.misfits(deep=True) == []


async def test_d50_a_second_time_changes_nothing(printed: Press) -> None:
    await printed.open()
    before = printed.asked("SELECT * FROM log_entries"), printed.asked("SELECT * FROM log_heads")
    assert await put_again(printed) == Restored(leaves=12, from_files=10, added=0, heads=2, lost=())
    assert (printed.asked("SELECT * FROM log_entries"), printed.asked("SELECT * FROM log_heads")) == before


async def test_d50_statements_that_the_rows_have_lost_come_back(printed: Press) -> None:
    before = printed.asked("SELECT statement FROM revisions WHERE id <= 9")
    printed.sql("UPDATE revisions SET statement = NULL WHERE id <= 9", *EMPTIED)
    await printed.open()
    await put_again(printed)
    assert printed.asked("SELECT statement FROM revisions WHERE id <= 9") == before
    assert await printed.misfits(deep=True) == []


async def test_d50_a_day_old_database_that_went_on_takes_its_place_behind_what_was_signed(
    printed: Press,
) -> None:
    """Leaves 5 to 10 were signed and are unknown to the database; 11 and 12 stand in it as 5 and 6."""
    printed.sql(
        "DELETE FROM log_heads WHERE size = 10",
        "DELETE FROM log_entries WHERE id BETWEEN 5 AND 10",
        "UPDATE log_entries SET id = id - 6 WHERE id > 10",
    )
    await printed.open()
    with pytest.raises(LogError, match="older than its files"):
        await printed.head()
    await put_again(printed)
    assert [row[0] for row in await rows(printed)] == list(range(1, 13))
    assert await printed.misfits(deep=True) == []
    head = await printed.head()
    assert head is not None
    assert head.size == 12


async def test_d50_a_leaf_whose_revision_is_lost_stays_a_leaf(printed: Press) -> None:
    printed.sql(*EMPTIED, "DELETE FROM revisions WHERE id = 3")
    await printed.open()
    done = await put_again(printed)
    assert (done.leaves, done.lost) == (12, (3,))
    told = [misfit.what for misfit in await printed.misfits()]
    assert told == ["leaf 3: its revision is not in the database"]
    assert (await printed.head()) is not None


async def test_d50_a_revision_that_says_something_else_is_not_taken_for_it(printed: Press) -> None:
    printed.sql(
        *EMPTIED, "UPDATE revisions SET statement = replace(statement, 'berth 3', 'berth 9') WHERE id = 3"
    )
    await printed.open()
    done = await put_again(printed)
    assert (done.lost, done.added) == ((3,), 3)
    assert done.leaves == 13


async def test_without_files_the_revisions_begin_a_new_log(printed: Press) -> None:
    before = await rows(printed)
    shutil.rmtree(printed.root / "log")
    printed.sql(*EMPTIED)
    await printed.open()
    assert await put_again(printed) == Restored(leaves=12, from_files=0, added=12, heads=0, lost=())
    assert await rows(printed) == before


async def test_without_files_a_log_that_the_database_has_is_kept_with_its_heads(printed: Press) -> None:
    shutil.rmtree(printed.root / "log")
    await printed.open()
    assert (await put_again(printed)).leaves == 12
    assert printed.asked("SELECT size FROM log_heads") == [(4,), (10,)]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def alter(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"berth", b"dock!", 1))


@pytest.mark.parametrize(
    ("path", "damage", "why"),
    [
        ("log/entries/5-10.jsonl", cut, "cut off in the middle"),
        ("log/entries/5-10.jsonl", Path.unlink, "a head of 10 leaves, but its entries end with leaf 4"),
        ("log/entries/1-4.jsonl", Path.unlink, "no file with leaf 1"),
        ("log/entries/1-4.jsonl", alter, "the first 4 leaves of log/entries have another root"),
        ("log/heads/4", cut, "log/heads/4: this is no"),
        (
            "log/checkpoint",
            lambda path: path.write_text(path.read_text().replace("log\n", "lag\n")),
            "and differ",
        ),
    ],
)
async def test_files_that_do_not_fit_change_nothing(
    printed: Press, path: str, damage: Callable[[Path], None], why: str
) -> None:
    damage(printed.root / path)
    printed.sql(*EMPTIED)
    await printed.open()
    with pytest.raises(LogError, match=why):
        await put_again(printed)
    assert await rows(printed) == []


async def test_the_files_hand_out_every_statement(printed: Press) -> None:
    told = [one async for one in statements(printed.files)]
    logged = printed.asked(
        "SELECT e.id, r.statement FROM log_entries e JOIN revisions r ON r.id = e.revision_id WHERE e.id <= 10"
    )
    assert told == logged
    other = printed.root / "log/entries/1-4.jsonl"
    other.unlink()
    other.mkdir()  # whoever reads it fails
    assert [one async for one in statements(printed.files, {5, 9})] == [logged[4], logged[8]]


async def test_d50_a_statement_that_was_logged_twice_is_one_revisions_first_leaf(printed: Press) -> None:
    """As a rebuild that could not read a raw file leaves it: the same revision, told two ways, then one."""
    told = printed.asked(
        "SELECT e.id, e.leaf, r.article_id, r.number, r.statement FROM log_entries e"
        " JOIN revisions r ON r.id = e.revision_id ORDER BY e.id"
    )
    names = ("id", "leaf", "article", "number", "statement")
    rows = [dict(zip(names, row, strict=True)) for row in told]
    rows.append({**rows[0], "id": len(rows) + 1})
    await printed.open()
    await printed.store.stage_leaves(rows)
    done = await printed.store.relog([], NOON)
    assert done.lost == (len(rows),)
    assert printed.asked("SELECT revision_id FROM log_entries WHERE id = 1") != [(None,)]
