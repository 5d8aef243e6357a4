"""Leaves come with their revisions, heads with their files; a kill between the two loses nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler import statement
from crawler.errors import ArchiveError, LogError
from crawler.logbook import lines
from crawler.logbook.seals import Seal, Trust
from crawler.model import Head
from crawler.signing import Signer, is_valid
from crawler.transparency import checkpoint, merkle, proof
from tests.logbook.press import Press


async def test_every_revision_that_is_done_is_a_leaf(press: Press) -> None:
    await press.write(3)
    await press.revise(2)
    rows = press.asked(
        "SELECT e.id, r.article_id, r.number, e.leaf, r.statement FROM log_entries e "
        "JOIN revisions r ON r.id = e.revision_id ORDER BY e.id"
    )
    assert [row[:3] for row in rows] == [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 2, 2)]
    for *_, leaf, text in rows:
        assert merkle.leaf_hash(text.encode()).hex() == leaf
    assert await press.misfits(deep=True) == []


async def test_a_rolled_back_revision_leaves_no_hole(press: Press) -> None:
    await press.write(2)

    def fails(group: Any) -> None:
        from crawler.store import leaves

        leaves.append(group, 1, "{}", "2025-02-26T12:00:00.000000Z")  # a second leaf for one revision

    with pytest.raises(Exception, match="UNIQUE"):
        await press.store._writer.run(fails)
    await press.write(1)
    assert press.asked("SELECT id FROM log_entries") == [(1,), (2,), (3,)]


async def test_a_head_is_a_signed_checkpoint_over_all_leaves(press: Press) -> None:
    await press.write(5)
    head = await press.head()
    assert head is not None
    note = checkpoint.parse_note(head.checkpoint)
    told = checkpoint.parse(note.text)
    hashes = [bytes.fromhex(leaf) for (leaf,) in press.asked("SELECT leaf FROM log_entries ORDER BY id")]
    assert (told.origin, told.size, told.root) == ("orbitwire.example/log", 5, merkle.Tree(hashes).root())
    assert Trust(keys=[press.signer.public], check=is_valid).seal(note) is Seal.GOOD


async def test_the_files_tell_the_whole_log_without_the_database(press: Press) -> None:
    await press.write(5)
    await press.head()
    await press.write(4)
    await press.head()
    files = press.tree()
    assert sorted(files) == [
        "log/checkpoint", "log/entries/1-5.jsonl", "log/entries/6-9.jsonl", "log/heads/5", "log/heads/9",
    ]  # fmt: skip
    assert files["log/checkpoint"] == files["log/heads/9"]
    texts = files["log/entries/1-5.jsonl"] + files["log/entries/6-9.jsonl"]
    told = texts.decode().splitlines()
    assert [statement.parse(line.encode()).article for line in told] == list(range(1, 10))
    grown = merkle.EMPTY.extend(merkle.leaf_hash(line.encode()) for line in told)
    assert checkpoint.parse(checkpoint.parse_note(files["log/checkpoint"]).text).root == grown.root()


async def test_nothing_new_changes_nothing(press: Press) -> None:
    assert await press.head() is None
    assert not (press.root / "log").exists()
    await press.write(2)
    first = await press.head()
    before = press.tree()
    assert await press.head() == first
    assert press.tree() == before
    assert press.asked("SELECT count(*) FROM log_heads") == [(1,)]


async def test_a_tree_grows_on_from_the_last_head_alone(press: Press) -> None:
    """What appending costs does not grow with the log: older leaves are not read again."""
    await press.write(9)
    await press.head()
    await press.write(3)
    asked: list[int] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(press.store, name)

        async def leaves(self, after: int, until: int) -> Any:
            asked.append(after)
            return await press.store.leaves(after, until)

    head = await press.book(log=Watched()).head()
    assert head is not None
    assert min(asked) == 9
    assert await press.misfits() == []


async def test_without_a_key_heads_are_unsigned_and_a_key_signs_the_newest_later(press: Press) -> None:
    await press.write(2)
    unsigned = await press.head(signed=False)
    assert unsigned is not None
    assert checkpoint.parse_note(unsigned.checkpoint).signatures == ()
    signed = await press.head()
    assert signed is not None
    assert (signed.size, signed.root) == (unsigned.size, unsigned.root)
    assert len(checkpoint.parse_note(signed.checkpoint).signatures) == 1
    assert press.tree()["log/checkpoint"] == press.tree()["log/heads/2"] == signed.checkpoint.encode()
    assert await press.misfits() == []


async def test_another_key_signs_beside_the_one_before_it(press: Press) -> None:
    from crawler import signing

    await press.write(2)
    await press.head()
    secret, public = signing.generate(press.signer.public.name)
    older = press.signer.public
    press.signer = Signer(secret)
    head = await press.head()
    assert head is not None
    note = checkpoint.parse_note(head.checkpoint)
    trust = Trust(keys=[older, public], check=is_valid)
    assert trust.seal(note) is Seal.GOOD
    assert trust.signers(note) == ["orbitwire.example/log"] * 2
    assert await press.misfits(keys=[older, public]) == []


async def test_a_witness_may_sign_the_published_checkpoint(press: Press) -> None:
    await press.write(2)
    head = await press.head()
    assert head is not None
    witness = checkpoint.Signature(name="witness.example", key_id=b"wxyz", value=b"t" * 72)
    note = checkpoint.parse_note(head.checkpoint).signed([witness])
    (press.root / "log/checkpoint").write_text(str(note))
    assert await press.head() == head
    assert press.tree()["log/checkpoint"] == str(note).encode()
    assert await press.misfits() == []


# --------------------------------------------------------------------------- kills


class Killed(Exception):
    pass


class Failing:
    """The archive's files, until the n-th writing."""

    def __init__(self, files: Any, writings: int) -> None:
        self._files, self.left = files, writings

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    async def put(self, path: str, data: bytes) -> Any:
        return (await self.put_many([(path, data)]))[0]

    async def put_many(self, files: Any) -> Any:
        if self.left == 0:
            raise Killed
        self.left -= 1
        return await self._files.put_many(files)


@pytest.mark.parametrize("writings", range(4))  # entries, head, proofs, checkpoint
async def test_d45_a_kill_between_a_heads_files_and_its_row_is_made_good_by_the_next_head(
    press: Press, writings: int
) -> None:
    await press.write(3)
    await press.head(publish=True)
    await press.write(3)
    with pytest.raises(Killed):
        await press.head(publish=True, files=Failing(press.files, writings))
    await press.write(2)  # the crawler went on
    head = await press.head(publish=True)
    assert head is not None
    assert head.size == 8
    assert sorted(press.tree()) == [
        "log/checkpoint", "log/entries/1-3.jsonl", "log/entries/4-6.jsonl", "log/entries/7-8.jsonl",
        "log/heads/3", "log/heads/6", "log/heads/8",
    ]  # fmt: skip
    assert len(list((press.root / "static/orbitwire/proof").iterdir())) == 8
    assert await press.misfits(deep=True) == []


async def test_d45_a_kill_before_the_row_leaves_no_trace(press: Press) -> None:
    await press.write(3)

    class Dying:
        def __getattr__(self, name: str) -> Any:
            return getattr(press.store, name)

        async def note_head(self, head: Head) -> None:
            raise Killed

    with pytest.raises(Killed):
        await press.book(log=Dying()).head()
    assert not (press.root / "log").exists()
    assert press.asked("SELECT count(*) FROM log_heads") == [(0,)]


async def test_a_disk_that_cannot_be_written_is_an_error_and_is_made_good_later(press: Press) -> None:
    await press.write(2)
    (press.root / "log").write_text("in the way")
    with pytest.raises(ArchiveError):
        await press.head()
    (press.root / "log").unlink()
    await press.head()
    assert await press.misfits() == []


# --------------------------------------------------------------------------- nothing false is signed


async def test_a_database_older_than_its_files_signs_nothing(press: Press) -> None:
    await press.write(3)
    await press.head()
    before = press.tree()
    press.sql("DELETE FROM log_heads", "DELETE FROM log_entries WHERE id > 1")
    await press.write(1)
    with pytest.raises(
        LogError, match="is a head of 3 leaves, but the database knows none: it is older than"
    ):
        await press.head()
    assert press.tree() == before
    assert press.asked("SELECT count(*) FROM log_heads") == [(0,)]


@pytest.mark.parametrize("checkpoint", [None, b"torn"])
async def test_a_database_older_than_its_heads_signs_nothing_without_the_checkpoint_either(
    press: Press, checkpoint: bytes | None
) -> None:
    await press.write(3)
    await press.head()
    press.sql("DELETE FROM log_heads", "DELETE FROM log_entries WHERE id > 1")
    shown = press.root / "log/checkpoint"
    shown.unlink() if checkpoint is None else shown.write_bytes(checkpoint)
    (press.root / "log/heads/7").write_bytes(b"torn too")
    with pytest.raises(LogError, match="log/heads/3 is a head of 3 leaves, but the database knows none"):
        await press.head()
    assert press.asked("SELECT count(*) FROM log_heads") == [(0,)]


async def test_a_database_with_another_log_signs_nothing(press: Press) -> None:
    await press.write(3)
    await press.head()
    await press.write(2)
    await press.head()
    press.sql("DELETE FROM log_heads WHERE size = 5", f"UPDATE log_heads SET size = 6, root = '{'ab' * 32}'")
    with pytest.raises(LogError, match="a head of 5 leaves that the database does not know"):
        await press.head()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            "UPDATE revisions SET statement = replace(statement, 'berth', 'dock') WHERE id = 3",
            "leaf 3 is not the hash",
        ),
        ("UPDATE log_entries SET leaf = lower(hex(randomblob(32))) WHERE id = 4", "leaf 4 is not the hash"),
        ("DELETE FROM log_entries WHERE id = 3", "the log has no leaf 3"),
        ("UPDATE log_heads SET compact_range = '[]'", "does not fit its own compact range"),
        ("UPDATE log_heads SET compact_range = '[\"zz\"]'", "does not fit its own compact range"),
    ],
)
async def test_what_does_not_fit_is_not_signed(press: Press, change: str, why: str) -> None:
    await press.write(2)
    await press.head()
    await press.write(2)
    press.sql(change)
    with pytest.raises(LogError, match=why):
        await press.head()
    assert press.asked("SELECT count(*) FROM log_heads") == [(1,)]


# --------------------------------------------------------------------------- proofs


async def test_each_article_has_a_published_proof_that_stays_true(press: Press) -> None:
    await press.write(3)
    await press.head(publish=True)
    first = (press.root / "static/orbitwire/proof").iterdir()
    kept = {path: path.read_bytes() for path in first}
    await press.write(2)
    await press.revise(1)
    head = await press.head(publish=True)
    assert head is not None
    found = sorted((press.root / "static/orbitwire/proof").iterdir())
    assert len(found) == 5
    trust = Trust(keys=[press.signer.public], check=is_valid)
    revisions = {}
    for path in found:
        shown = proof.parse(path.read_bytes())
        note, _ = proof.check(shown)
        assert trust.seal(note) is Seal.GOOD
        stated = statement.parse(shown.statement.encode())
        assert path.stem == stated.code
        revisions[stated.article] = stated.revision
    assert revisions == {1: 2, 2: 1, 3: 1, 4: 1, 5: 1}
    for data in kept.values():
        proof.check(proof.parse(data))
    assert sum(path.read_bytes() == data for path, data in kept.items()) == 2  # only the revised one is new


async def test_without_a_signature_no_proof_is_published(press: Press) -> None:
    await press.write(2)
    await press.head(signed=False, publish=True)
    assert not (press.root / "static/orbitwire/proof").exists()


# --------------------------------------------------------------------------- an older archive


async def test_l77_an_archive_from_before_the_log_catches_up(press: Press) -> None:
    press.most = 62
    await press.write(60, stated=False)
    await press.write(2)
    assert press.asked("SELECT count(*) FROM log_entries") == [(2,)]
    look, _ = await press.look()
    assert [one async for one in look.run()] == []
    assert look.waiting == 60
    await press.book().catch_up()
    await press.head()
    assert press.asked("SELECT count(*) FROM log_entries") == [(62,)]
    assert await press.misfits(deep=True) == []
    stated = [json.loads(text) for (text,) in press.asked("SELECT statement FROM revisions ORDER BY id")]
    first, last = stated[0], stated[-1]
    assert set(first) == set(last)
    assert first["document"]["path"].startswith("content/orbitwire/2025/02/")
    await press.book().catch_up()
    assert press.asked("SELECT count(*) FROM log_entries") == [(62,)]


async def test_a_statement_made_of_rows_is_the_one_that_was_made_of_the_record(press: Press) -> None:
    await press.write(1)
    [(told,)] = press.asked("SELECT statement FROM revisions")
    press.sql("DELETE FROM log_entries", "UPDATE revisions SET statement = NULL")
    await press.book().catch_up()
    [(again,)] = press.asked("SELECT statement FROM revisions")
    assert json.loads(again) == json.loads(told)


def test_files_hold_so_many_statements_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from crawler.model import Leaf
    from tests.store.examples import NOON

    leaves = [Leaf(number=n, hash="", at=NOON, statement="{}") for n in range(11, 36)]
    monkeypatch.setattr(lines, "MOST", 10)
    assert [path for path, _ in lines.files_of(leaves)] == [
        "log/entries/11-20.jsonl", "log/entries/21-30.jsonl", "log/entries/31-35.jsonl",
    ]  # fmt: skip
    monkeypatch.setattr(lines, "_LARGEST", 6)
    assert next(iter(lines.files_of(leaves)))[0] == "log/entries/11-12.jsonl"


async def test_a_statement_that_is_gone_stays_as_its_hash(press: Press) -> None:
    await press.write(2)
    press.sql("UPDATE revisions SET statement = NULL WHERE id = 1")
    head = await press.head()
    assert head is not None
    first, second = press.tree()["log/entries/1-2.jsonl"].splitlines()
    [(leaf,)] = press.asked("SELECT leaf FROM log_entries WHERE id = 1")
    assert json.loads(first) == {"leaf": leaf}
    found = lines.read(lines.Span(first=1, last=2), press.tree()["log/entries/1-2.jsonl"])
    assert [(line.hash.hex(), line.statement is None) for line in found] == [
        (leaf, True), (merkle.leaf_hash(second).hex(), False),
    ]  # fmt: skip
