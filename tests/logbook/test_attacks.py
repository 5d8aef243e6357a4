"""Whoever changes the archive afterwards is found, and the first leaf that does not fit is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crawler import signing, statement
from crawler.errors import LogError
from crawler.logbook import agreement, lines
from crawler.logbook.proving import prefix, prove
from crawler.logbook.seals import Seal, Trust
from crawler.model import Logged
from crawler.model.takedown import TAKEN_DOWN
from crawler.signing import Signer
from crawler.store.logreading import SqlLogReader
from crawler.transparency import checkpoint, merkle
from crawler.transparency.checkpoint import Checkpoint, Note, Signature
from tests.logbook.press import Press


async def said(press: Press) -> list[str]:
    return [misfit.what for misfit in await press.misfits(deep=True)]


REHASHED = """UPDATE log_entries SET leaf = '{leaf}' WHERE id = {number}"""

ROWS: list[tuple[str, list[str]]] = [
    (
        "UPDATE revisions SET statement = replace(statement, 'berth 3', 'berth 4') WHERE id = 3",
        ["leaf 3: the statement of article 3, revision 1 was changed since it was logged"],
    ),
    (
        "UPDATE revisions SET statement = NULL WHERE id = 3",
        ["leaf 3: the statement of article 3, revision 1 is gone"],
    ),
    (
        "UPDATE revisions SET statement = NULL WHERE id = 12",
        ["leaf 12: the statement of article 11, revision 1 is gone"],
    ),
    (
        "UPDATE revisions SET title = 'Another title', sha256 = 'ab' WHERE id = 3",
        ["leaf 3: the rows of article 3, revision 1 were changed: title, document"],
    ),
    ("UPDATE articles SET url = 'elsewhere' WHERE id = 5", ["leaf 5: the rows of article 5, revision 1 were changed"]),
    ("UPDATE revisions SET path = 'content/x.md' WHERE id = 6", ["leaf 6: the rows of article 6, revision 1 were"]),
    ("UPDATE revisions SET sha256 = 'cd' WHERE id = 2", ["leaf 2: the rows of article 2, revision 1", "leaf 10: the"]),
    ("UPDATE extractions SET ok = 0 WHERE id = 3", ["leaf 3: the rows of article 3, revision 1 were changed: ok"]),
    ("DELETE FROM extractions WHERE id = 3", ["leaf 3: the rows of revision row 3 are not all there, or cannot be read"]),
    (
        "DELETE FROM revisions WHERE id = 3",
        ["leaf 3: its revision is not in the database"],
    ),
    ("UPDATE log_entries SET revision_id = NULL WHERE id = 3", ["leaf 3: its revision is not in", "article 3, revision 1 is not in the log"]),
    (
        "UPDATE log_entries SET leaf = 'aa' WHERE id = 3",
        [
            "leaf 3: its hash was changed: article 3, revision 1 and log/entries say something else",
            "the head of 4 leaves: the log's first 4 leaves have another root: they were rewritten; the first leaf "
            "that does not fit is 3",
        ],
    ),
    (
        "UPDATE log_entries SET leaf = lower(hex(randomblob(32))) WHERE id = 12",
        ["leaf 12: it is not the hash of what article 11, revision 1 states"],
    ),
    (
        "DELETE FROM log_entries WHERE id = 7",
        ["the log has no leaf 7", "article 7, revision 1 is not in the log"],
    ),
    (
        "DELETE FROM log_entries WHERE id > 9",
        [
            "article 2, revision 2 is not in the log",
            "article 10, revision 1 is not in the log",
            "the head of 10 leaves: the log had 10 leaves and has 9",
        ],
    ),
    (
        "DELETE FROM log_entries WHERE id = 12",
        ["article 11, revision 1 is not in the log"],
    ),
    (
        """UPDATE log_entries SET id = -6 WHERE id = 6; UPDATE log_entries SET id = 6 WHERE id = 7;
        UPDATE log_entries SET id = 7 WHERE id = -6""",
        [
            "leaf 6: log/entries has another statement in this place",
            "leaf 7: log/entries has another statement in this place",
            "the head of 10 leaves: the log's first 10 leaves have another root: they were rewritten; the first "
            "leaf that does not fit is 6",
        ],
    ),
    (
        f"UPDATE log_heads SET root = '{'ab' * 32}' WHERE size = 4",
        ["the head of 4 leaves: its row and its signed note differ", "the head of 4 leaves: the log's first 4"],
    ),
    ("UPDATE log_heads SET checkpoint = 'none' WHERE size = 4", ["the head of 4 leaves: this is no signed note"]),
    ("UPDATE log_heads SET compact_range = '{', at = 'x' WHERE size = 4", ["the head of 4 leaves: its compact range"]),
    ("UPDATE extractions SET reasons = '[' WHERE id = 3", ["leaf 3: the rows of revision row 3 are not all there, or"]),
    ("UPDATE articles SET source_key = '../x' WHERE id = 3", ["leaf 3: the rows of revision row 3 are not all there"]),
    ("UPDATE log_entries SET at = 'x', leaf = 'ÿ' WHERE id = 3", ["leaf 3: its hash was changed", "the head of 4"]),
    (
        "UPDATE log_heads SET compact_range = replace(compact_range, '\"', '\"0') WHERE size = 4",
        ["the head of 4 leaves: its compact range does not have its root"],
    ),
    ("DELETE FROM log_heads WHERE size = 4", ["log/heads/4 is a head that the database does not know"]),
    (
        "DELETE FROM log_heads WHERE size = 10",
        ["log/heads/10 is a head that the database does not know", "log/checkpoint is of 10 leaves, the newest head of 4"],
    ),
    ("DELETE FROM log_heads", ["log/heads/4 is a head", "log/heads/10 is a head"]),
]  # fmt: skip


@pytest.mark.parametrize(("attack", "sentences"), ROWS, ids=[row[0][:60] for row in ROWS])
async def test_d51_what_is_changed_in_the_database_is_named(
    printed: Press, attack: str, sentences: list[str]
) -> None:
    printed.sql(attack)
    told = await said(printed)
    for sentence in sentences:
        assert any(one.startswith(sentence) for one in told), told
    assert len(told) <= len(sentences) + 1, told  # one cause, no flood


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def drop_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def swap_lines(path: Path) -> None:
    first, second, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([second, first, *rest]))


def alter(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"berth", b"dock!", 1))


def garble(path: Path) -> None:
    path.write_bytes(b'{"leaf":7}\n' + b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


FILES: list[tuple[str, Callable[[Path], None], list[str]]] = [
    ("log/entries/5-10.jsonl", cut, ["log/entries/5-10.jsonl is cut off in the middle of a line"]),
    ("log/entries/5-10.jsonl", drop_line, ["log/entries/5-10.jsonl holds 5 statements, not those of its name"]),
    ("log/entries/5-10.jsonl", garble, ["log/entries/5-10.jsonl: the line of leaf 5 cannot be read"]),
    ("log/entries/5-10.jsonl", Path.unlink, ["log/entries/ has no file with leaf 5"]),
    ("log/entries/1-4.jsonl", Path.unlink, ["log/entries/ has no file with leaf 1"]),
    ("log/entries/1-4.jsonl", alter, ["leaf 1: log/entries has another statement in this place"]),
    (
        "log/entries/1-4.jsonl",
        swap_lines,
        ["leaf 1: log/entries has another statement in this", "leaf 2: log/entries has another"],
    ),
    ("log/entries/1-4.jsonl", lambda path: shutil.copy(path, path.with_name("3-6.jsonl")), ["log/entries/3-6.jsonl does not follow", "log/entries/5-10.jsonl does not follow", "leaf 3: log/entries", "leaf 4: log/entries"]),
    ("log/heads/4", Path.unlink, ["the head of 4 leaves: log/heads/4"]),
    ("log/heads/4", lambda path: path.write_text("x"), ["the head of 4 leaves: log/heads/4: this is no signed note"]),
    (
        "log/heads/4",
        lambda path: shutil.copy(path.with_name("10"), path),
        ["the head of 4 leaves: log/heads/4 says something else"],
    ),
    ("log/checkpoint", Path.unlink, ["log/checkpoint"]),
    ("log/checkpoint", lambda path: path.write_text("x"), ["log/checkpoint: this is no signed note"]),
    (
        "log/checkpoint",
        lambda path: shutil.copy(path.parent / "heads/4", path),
        ["log/checkpoint is of 4 leaves, the newest head of 10"],
    ),
    ("content/orbitwire/2025/02/2025-02-26-release-3.md", Path.unlink, ["leaf 3: content/orbitwire/2025/02/2025-02-26-release-3.md is missing"]),
    (
        "content/orbitwire/2025/02/2025-02-26-release-2.md",
        lambda path: path.write_text("x"),
        ["leaf 10: content/orbitwire/2025/02/2025-02-26-release-2.md is not what was logged"],
    ),
    (
        "revisions/orbitwire/2025/02/2025-02-26-release-2/1.md",
        lambda path: path.write_text("x"),
        ["leaf 2: revisions/orbitwire/2025/02/2025-02-26-release-2/1.md is not what was logged"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "attack", "sentences"),
    FILES,
    ids=[f"{row[0][-25:]} {number}" for number, row in enumerate(FILES)],
)
async def test_d51_what_is_changed_in_the_files_is_named(
    printed: Press, path: str, attack: Callable[[Path], None], sentences: list[str]
) -> None:
    attack(printed.root / path)
    told = await said(printed)
    for sentence in sentences:
        assert any(one.startswith(sentence) for one in told), told
    assert len(told) <= len(sentences) + 2, told


async def test_a_head_that_the_database_does_not_know_is_named_and_compared(printed: Press) -> None:
    (printed.root / "log/heads/notes.txt").write_text("not ours")
    path = printed.root / "log/heads/7"
    path.write_text(str(Note(text=str(Checkpoint(origin="a", size=7, root=b"x" * 32)))))
    named, compared = await said(printed)
    assert named == "log/heads/7 is a head that the database does not know"
    assert compared.startswith("log/heads/7: the log's first 7 leaves have another root: they were rewritten")
    hashes = [bytes.fromhex(leaf) for (leaf,) in printed.asked("SELECT leaf FROM log_entries ORDER BY id")]
    path.write_text(str(Note(text=str(Checkpoint(origin="a", size=7, root=merkle.Tree(hashes).root(7))))))
    assert await said(printed) == ["log/heads/7 is a head that the database does not know"]


# --------------------------------------------------------------------------- history written anew


def rewritten(press: Press, *, with_key: Signer | None = None) -> None:
    """Somebody who may write everything below the root changes leaf 2 and makes all fit again."""
    [(text,)] = press.asked("SELECT statement FROM revisions WHERE id = 2")
    told = json.loads(text)
    told["title"] = "Something that was never said"
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    leaf = merkle.leaf_hash(text.encode()).hex()
    press.sql(
        f"UPDATE revisions SET title = 'Something that was never said', statement = '{text}' WHERE id = 2",
        REHASHED.format(leaf=leaf, number=2),
    )
    entries = press.root / "log/entries/1-4.jsonl"
    lines = entries.read_bytes().splitlines()
    lines[1] = text.encode()
    entries.write_bytes(b"\n".join([*lines, b""]))
    hashes = [bytes.fromhex(hash) for (hash,) in press.asked("SELECT leaf FROM log_entries ORDER BY id")]
    for (size,) in press.asked("SELECT size FROM log_heads ORDER BY size"):
        grown = merkle.EMPTY.extend(hashes[:size])
        note = Note(text=str(Checkpoint(origin=press.signer.public.name, size=size, root=grown.root())))
        if with_key:
            note = note.signed([with_key.sign(note.text)])
        compact = json.dumps([hash.hex() for hash in grown.hashes])
        press.sql(
            f"UPDATE log_heads SET root = '{grown.root().hex()}', checkpoint = '{note}', "
            f"compact_range = '{compact}' WHERE size = {size}"
        )
        (press.root / f"log/heads/{size}").write_text(str(note))
        (press.root / "log/checkpoint").write_text(str(note))


async def test_who_rewrites_everything_without_the_key_cannot_sign_it(printed: Press) -> None:
    rewritten(printed)
    told = await said(printed)
    assert told == ["the newest head (10 leaves) is signed by no trusted key"]


async def test_who_signs_with_another_key_is_not_believed(printed: Press) -> None:
    secret, _ = signing.generate(printed.signer.public.name)
    rewritten(printed, with_key=Signer(secret))
    assert await said(printed) == ["the newest head (10 leaves) is signed by no trusted key"]


async def test_who_rewrites_everything_with_the_key_is_found_by_a_head_that_somebody_else_kept(
    printed: Press,
) -> None:
    kept = checkpoint.parse_note((printed.root / "log/heads/4").read_bytes())
    async with SqlLogReader(printed.database) as log:
        assert (await prefix(log, checkpoint.parse(kept.text))).holds
    rewritten(printed, with_key=printed.signer)
    assert await said(printed) == []  # nothing below the root can tell
    async with SqlLogReader(printed.database) as log:
        found = await prefix(log, checkpoint.parse(kept.text))
    assert not found.holds
    assert Trust(keys=[printed.signer.public], check=signing.is_valid).seal(kept) is Seal.GOOD


async def test_a_log_without_a_key_that_was_rewritten_is_found_by_an_older_head(press: Press) -> None:
    await press.write(4)
    await press.head(signed=False)
    kept = checkpoint.parse_note(press.tree()["log/heads/4"])
    rewritten(press)
    assert [one.what for one in await press.misfits(deep=True, keys=[])] == []
    async with SqlLogReader(press.database) as log:
        assert not (await prefix(log, checkpoint.parse(kept.text))).holds


async def test_a_forged_signature_is_told(printed: Press) -> None:
    [(text,)] = printed.asked("SELECT checkpoint FROM log_heads WHERE size = 10")
    note = checkpoint.parse_note(text)
    [good] = note.signatures
    value = bytes([good.value[0] ^ 1]) + good.value[1:]
    forged = Note(text=note.text, signatures=(Signature(name=good.name, key_id=good.key_id, value=value),))
    printed.sql(f"UPDATE log_heads SET checkpoint = '{forged}' WHERE size = 10")
    (printed.root / "log/heads/10").write_text(str(forged))
    (printed.root / "log/checkpoint").write_text(str(forged))
    told = await said(printed)
    assert told[0] == "the head of 10 leaves: a signature in the name of a trusted key is forged"


async def test_a_signature_of_a_head_of_another_size_is_forged(printed: Press) -> None:
    [(text,)] = printed.asked("SELECT checkpoint FROM log_heads WHERE size = 4")
    moved = checkpoint.parse_note(text).signatures
    [(text,)] = printed.asked("SELECT checkpoint FROM log_heads WHERE size = 10")
    note = Note(text=checkpoint.parse_note(text).text, signatures=moved)
    printed.sql(f"UPDATE log_heads SET checkpoint = '{note}' WHERE size = 10")
    told = await said(printed)
    assert "the head of 10 leaves: a signature in the name of a trusted key is forged" in told


async def test_signatures_that_were_taken_off_later_heads_are_told(printed: Press) -> None:
    [(text,)] = printed.asked("SELECT checkpoint FROM log_heads WHERE size = 10")
    bare = Note(text=checkpoint.parse_note(text).text)
    printed.sql(f"UPDATE log_heads SET checkpoint = '{bare}' WHERE size = 10")
    for path in ("log/heads/10", "log/checkpoint"):
        (printed.root / path).write_text(str(bare))
    assert await said(printed) == ["the head of 10 leaves is not signed by a trusted key, older ones are"]


async def test_heads_are_judged_one_by_one_also_after_one_that_does_not_fit(printed: Press) -> None:
    """One change is one finding: the head after it fits the one before it as it was."""
    printed.sql("UPDATE log_entries SET leaf = lower(hex(randomblob(32))) WHERE id = 2")
    told = await said(printed)
    assert [one for one in told if one.startswith("the head of")] == [
        "the head of 4 leaves: the log's first 4 leaves have another root: they were rewritten; "
        "the first leaf that does not fit is 2"
    ]


async def test_a_quick_look_begins_at_the_newest_head_but_one(printed: Press) -> None:
    printed.sql(
        "UPDATE revisions SET title = 'x' WHERE id = 2", "UPDATE revisions SET title = 'x' WHERE id = 7"
    )
    quick = [one.leaf for one in await printed.misfits(quick=True)]
    assert quick == [7]
    assert [one.leaf for one in await printed.misfits()] == [2, 7]


async def test_a_quick_look_reads_no_file_before_its_beginning(printed: Press) -> None:
    (printed.root / "log/entries/1-4.jsonl").write_bytes(b"not read")
    assert await printed.misfits(quick=True) == []
    assert [one.path for one in await printed.misfits()] == ["log/entries/1-4.jsonl"]


@pytest.mark.parametrize(
    "line", [b'{"leaf":"00"}', b'{"leaf":7}', b'{"leaf":[]}', b'{"leaf"', b'{"leaf":' + b"[" * 200_000]
)
def test_a_line_that_is_no_leaf_is_told(line: bytes) -> None:
    with pytest.raises(LogError, match="the line of leaf 1 cannot be read"):
        lines.read(lines.Span(first=1, last=1), line + b"\n")


async def test_a_statement_that_was_withheld_on_both_sides_keeps_its_hash_and_every_root(
    printed: Press,
) -> None:
    [(leaf,)] = printed.asked("SELECT leaf FROM log_entries WHERE id = 3")
    printed.sql("UPDATE revisions SET statement = NULL WHERE id = 3")
    path = printed.root / "log/entries/1-4.jsonl"
    told = path.read_bytes().splitlines()
    told[2] = json.dumps({"leaf": leaf}).encode()
    path.write_bytes(b"\n".join([*told, b""]))
    [found] = await printed.misfits(deep=True)
    assert (found.kind, found.leaf) == ("withheld", 3)


async def test_a_tombstone_whose_earlier_revision_is_not_known_any_more_fits(printed: Press) -> None:
    """What a database knows that was told again: F106 passes such an article over too."""
    async with SqlLogReader(printed.database) as log:
        [leaf] = await log.leaves(2, 3)
    stated = statement.parse((leaf.statement or "").encode())
    for reason, misfits in ((TAKEN_DOWN, []), ("page edited", ["row"])):
        told = replace(stated, reason=reason, previous="ab" * 32)
        text = statement.render(told).decode()
        buried = replace(leaf, statement=text, hash=merkle.leaf_hash(text.encode()).hex())
        logged = Logged(leaf=buried, told=replace(told, previous=None), state="done", path=told.document.path)
        assert [one.kind for one in agreement.faults(logged, None, None)] == misfits


async def test_what_nobody_changed_fits(printed: Press) -> None:
    assert await said(printed) == []


async def test_who_knows_no_key_checks_everything_else(printed: Press) -> None:
    look, _ = await printed.look(keys=[])
    assert [one async for one in look.run()] == []
    assert (look.leaves, look.heads, look.signed) == (12, 2, 0)


# --------------------------------------------------------------------------- proofs and heads on request


async def test_a_leaf_younger_than_the_newest_head_has_no_proof_yet(printed: Press) -> None:
    async with SqlLogReader(printed.database) as log:
        with pytest.raises(LogError, match="leaf 11 is younger than the newest head"):
            await prove(log, 11)
        assert (await prove(log, 10)).index == 9


async def test_an_older_head_of_more_leaves_says_that_the_log_became_shorter(printed: Press) -> None:
    async with SqlLogReader(printed.database) as log:
        with pytest.raises(LogError, match="of 11 leaves, the newest of 10: leaves were taken away"):
            await prefix(log, Checkpoint(origin="a", size=11, root=b"x" * 32))


async def test_a_log_that_does_not_fit_its_head_proves_nothing(printed: Press) -> None:
    printed.sql("UPDATE log_entries SET leaf = lower(hex(randomblob(32))) WHERE id = 2")
    async with SqlLogReader(printed.database) as log:
        with pytest.raises(LogError, match="another root than their head"):
            await prove(log, 3)


async def test_without_a_head_there_is_no_proof(press: Press) -> None:
    await press.write(1)
    async with SqlLogReader(press.database) as log:
        with pytest.raises(LogError, match="has no head yet"):
            await prove(log, 1)
