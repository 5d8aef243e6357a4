"""Lost files of the log come again from the database, byte for byte, if nothing contradicts it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler import signing
from crawler.errors import LogError
from crawler.logbook import lines
from crawler.logbook.reissuing import Reissue
from crawler.logbook.seals import Trust
from crawler.store.logreading import SqlLogReader
from crawler.transparency.checkpoint import Checkpoint, Note, Signature, parse_note
from tests.logbook.press import Press


async def again(press: Press, *, trusted: bool = True) -> Reissue:
    """Write what is lost."""
    keys = [press.signer.public] if trusted else []
    async with SqlLogReader(press.database) as log:
        work = Reissue(log=log, files=press.files, trust=Trust(keys=keys, check=signing.is_valid))
        async for path, data in work.lost():
            await press.files.put(path, data)
    return work


def folder(root: Path) -> None:
    shutil.rmtree(root / "log")


def lost(*paths: str) -> Callable[[Path], None]:
    return lambda root: [(root / path).unlink() for path in paths] and None


def broken(path: str, data: bytes) -> Callable[[Path], None]:
    return lambda root: (root / path).write_bytes(data) and None


LOSSES: list[tuple[str, Callable[[Path], None], list[str]]] = [
    ("the whole folder", folder, ["log/ is gone: the entries of 10 leaves and 2 heads are in the database alone"]),
    ("all heads", lambda root: shutil.rmtree(root / "log/heads"), ["the head of 4 leaves: log/heads/4", "the head of 10"]),
    ("all entries", lambda root: shutil.rmtree(root / "log/entries"), ["log/entries/ has no file with leaf 1"]),
    ("the first entries", lost("log/entries/1-4.jsonl"), ["log/entries/ has no file with leaf 1"]),
    ("an older head", lost("log/heads/4"), ["the head of 4 leaves: log/heads/4"]),
    ("the checkpoint", lost("log/checkpoint"), ["log/checkpoint"]),
    ("heads and entries", lost("log/heads/10", "log/entries/5-10.jsonl"), ["the head of 10", "log/entries/ has no"]),
    ("torn entries", broken("log/entries/5-10.jsonl", b'{"article"'), ["log/entries/5-10.jsonl is cut off"]),
    ("another text", broken("log/entries/1-4.jsonl", b"{}\n" * 4), ["leaf 1: log/entries", "leaf 2", "leaf 3", "leaf 4"]),
    ("a rotten head", broken("log/heads/4", b"\0" * 200), ["the head of 4 leaves: log/heads/4: this is no signed"]),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "said"), [row[1:] for row in LOSSES], ids=[row[0] for row in LOSSES])
async def test_d51_lost_files_of_the_log_are_named_and_come_again_byte_for_byte(
    printed: Press, harm: Callable[[Path], None], said: list[str]
) -> None:
    before = printed.tree()
    harm(printed.root)
    found = await printed.misfits()
    assert {one.kind for one in found} == {"file"}
    for sentence in said:
        assert any(one.what.startswith(sentence) for one in found), found
    assert len(found) <= len(said) + 1
    work = await again(printed)
    assert printed.tree() == before
    assert (work.strays, work.blank) == ([], [])
    assert await printed.misfits() == []


async def test_where_nothing_is_lost_nothing_is_written(printed: Press) -> None:
    witness = Signature(name="witness.example", key_id=b"wxyz", value=b"t" * 72)
    shown = printed.root / "log/checkpoint"
    shown.write_text(str(parse_note(shown.read_bytes()).signed([witness])))
    async with SqlLogReader(printed.database) as log:
        work = Reissue(log=log, files=printed.files, trust=Trust(keys=[], check=signing.is_valid))
        assert [path async for path, _ in work.lost()] == []
    assert work.unchecked


async def test_entries_that_were_divided_otherwise_are_left_while_they_hold_everything(
    printed: Press,
) -> None:
    entries = printed.root / "log/entries"
    whole = (entries / "1-4.jsonl").read_bytes() + (entries / "5-10.jsonl").read_bytes()
    for path in entries.iterdir():
        path.unlink()
    (entries / "1-10.jsonl").write_bytes(whole)
    assert await printed.misfits() == []
    assert (await again(printed)).strays == []
    assert [path.name for path in entries.iterdir()] == ["1-10.jsonl"]
    (entries / "3-6.jsonl").write_bytes(b"in the way\n" * 4)
    assert (await again(printed)).strays == ["log/entries/1-10.jsonl", "log/entries/3-6.jsonl"]


async def test_a_withheld_statement_comes_again_as_its_hash_and_is_told(printed: Press) -> None:
    printed.sql("UPDATE revisions SET statement = NULL WHERE id = 3")
    [(leaf,)] = printed.asked("SELECT leaf FROM log_entries WHERE id = 3")
    (printed.root / "log/entries/1-4.jsonl").unlink()
    assert (await again(printed)).blank == [3]
    assert json.loads((printed.root / "log/entries/1-4.jsonl").read_bytes().splitlines()[2]) == {"leaf": leaf}
    (printed.root / "log/heads/4").unlink()
    assert (await again(printed)).blank == []


DOUBTS = [
    ("UPDATE revisions SET statement = replace(statement, 'berth 3', 'berth 4') WHERE id = 3", "leaf 3 is not the hash"),
    ("UPDATE log_entries SET leaf = lower(hex(randomblob(32))) WHERE id = 3", "leaf 3 is not the hash"),
    ("DELETE FROM log_entries WHERE id = 7", "the log has no leaf 7"),
    ("DELETE FROM log_entries WHERE id > 9", "is of 10 leaves, the log in the database has 9"),
    (f"UPDATE log_heads SET root = '{'ab' * 32}' WHERE size = 4", "the head of 4 leaves in the database is not what"),
    ("UPDATE log_heads SET checkpoint = substr(checkpoint, 1, instr(checkpoint, char(8212)) - 1)", "signed by no trusted key"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "why"), DOUBTS, ids=[row[1] for row in DOUBTS])
async def test_d51_of_a_database_that_does_not_fit_itself_nothing_is_written(
    printed: Press, change: str, why: str
) -> None:
    folder(printed.root)
    printed.sql(change)
    with pytest.raises(LogError, match=why):
        await again(printed)
    assert not (printed.root / "log").exists()


async def test_d51_a_head_in_a_file_that_contradicts_the_database_is_never_replaced(printed: Press) -> None:
    (printed.root / "log/entries/1-4.jsonl").unlink()
    other = str(Note(text=str(Checkpoint(origin="a", size=4, root=b"x" * 32))))
    (printed.root / "log/heads/4").write_text(other)
    with pytest.raises(LogError, match="log/heads/4 has another root than the log's first 4 leaves"):
        await again(printed, trusted=False)
    assert (printed.root / "log/heads/4").read_text() == other
    (printed.root / "log/heads/4").unlink()
    (printed.root / "log/entries/11-13.jsonl").write_bytes(b"{}\n" * 3)
    with pytest.raises(
        LogError, match=r"log/entries/11-13.jsonl holds leaves that the database does not know"
    ):
        await again(printed, trusted=False)


async def test_files_are_divided_as_when_they_were_written(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST", 3)
    await press.write(5)
    await press.head()
    await press.write(4)
    await press.head()
    before = press.tree()
    assert {"log/entries/1-3.jsonl", "log/entries/4-5.jsonl", "log/entries/6-8.jsonl"} <= set(before)
    folder(press.root)
    await again(press)
    assert press.tree() == before


async def test_a_log_without_a_head_has_no_files_to_lose(press: Press) -> None:
    await press.write(2)
    await again(press)
    assert not (press.root / "log").exists()
