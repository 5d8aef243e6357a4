"""Published proofs are held against the log, and those that are lost come again byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler import signing
from crawler.logbook.published import Published
from crawler.logbook.republishing import Republishing
from crawler.logbook.seals import Trust
from crawler.store.logreading import SqlLogReader
from crawler.transparency import proof
from crawler.transparency.checkpoint import Checkpoint, Note, Signature, parse_note
from tests.logbook.press import Press

FOLDER = "static/orbitwire/proof"


async def faults(
    press: Press, *, files: Any = None, log: Any = None, trusted: bool = True, after: int = 0
) -> list[tuple[int | None, str]]:
    """Article and what is said of its proof."""
    keys = [press.signer.public] if trusted else []
    async with SqlLogReader(press.database) as reader:
        look = Published(
            log=log or reader,
            files=files or press.files,
            trust=Trust(keys=keys, check=signing.is_valid),
            after=after,
        )
        return [(one.article, one.what.removeprefix(f"{one.path} ")) async for one in look.run()]


async def again(press: Press, *, keys: list[Any] | None = None) -> dict[str, str]:
    """Write what is lost; what is refused."""
    async with SqlLogReader(press.database) as log:
        trust = Trust(keys=[press.signer.public] if keys is None else keys, check=signing.is_valid)
        work = Republishing(look=Published(log=log, files=press.files, trust=trust))
        async for some in work.lost():
            await press.files.put_many(some)
    return work.refused


def proofs(press: Press) -> dict[int, bytes]:
    """The proofs as they lie there, by the article in whose place each is."""
    codes = {code: number for number, code in press.asked("SELECT id, code FROM articles")}
    return {codes[path.stem]: path.read_bytes() for path in (press.root / FOLDER).iterdir()}


def place(press: Press, article: int) -> Path:
    [(code,)] = press.asked(f"SELECT code FROM articles WHERE id = {article}")
    return press.root / FOLDER / f"{code}.json"


@pytest.fixture
async def shown(press: Press) -> Press:
    """Heads of 4 and 8 leaves with proofs; article 2 was revised (leaf 8), article 8 waits for a head (leaf 9)."""
    await press.write(4)
    await press.head(publish=True)
    await press.write(3)
    await press.revise(2)
    await press.head(publish=True)
    await press.write(1)
    return press


async def test_where_every_proof_stands_nothing_is_said(shown: Press) -> None:
    assert sorted(proofs(shown)) == [1, 2, 3, 4, 5, 6, 7]
    assert await faults(shown) == []
    assert await again(shown) == {}


def lost(press: Press) -> None:
    place(press, 3).unlink()


def torn(press: Press) -> None:
    path = place(press, 3)
    path.write_bytes(path.read_bytes()[:-40])


def bent(press: Press) -> None:
    path = place(press, 3)
    path.write_bytes(path.read_bytes().replace(b'"index": 2', b'"index": 1'))


def anothers(press: Press) -> None:
    shutil.copy(place(press, 5), place(press, 3))


def blocked(press: Press) -> None:
    place(press, 3).unlink()
    place(press, 3).symlink_to("/etc/hostname")


def _headed(press: Press, change: Callable[[Note], Note]) -> None:
    shown = proof.parse(place(press, 3).read_bytes())
    note = change(parse_note(shown.checkpoint))
    held = proof.Proof(
        statement=shown.statement, index=shown.index, size=shown.size, path=shown.path, checkpoint=str(note)
    )
    place(press, 3).write_bytes(proof.render(held))


def stripped(press: Press) -> None:
    _headed(press, lambda note: Note(text=note.text))


def forged(press: Press) -> None:
    public = press.signer.public
    _headed(press, lambda note: note.signed([Signature(name=public.name, key_id=public.id, value=b"x" * 64)]))


def of_another_log(press: Press) -> None:
    _headed(press, lambda note: Note(text=note.text.replace("orbitwire.example", "other.example")))


HARMS = [
    (lost, "is missing"),
    (torn, "is broken: this is no proof: it is not JSON"),
    (bent, "is broken: the proof does not hold: this statement is not what the log has in this place"),
    (anothers, "is that of article 5, not of article 3"),
    (stripped, "has a head without the signature that the log has of it"),
    (forged, "has a head with a forged signature"),
    (of_another_log, "is up to a head of 4 leaves that the log does not know"),
]


@pytest.mark.parametrize(("harm", "said"), HARMS, ids=[harm.__name__ for harm, _ in HARMS])
async def test_d51_a_harmed_proof_is_named_and_comes_again_byte_for_byte(
    shown: Press, harm: Callable[[Press], None], said: str
) -> None:
    before = proofs(shown)
    harm(shown)
    assert await faults(shown) == [(3, said)]
    assert await again(shown) == {}
    assert proofs(shown) == before
    assert await faults(shown) == []


async def test_what_is_no_file_in_a_proofs_place_is_named_and_not_followed(shown: Press) -> None:
    blocked(shown)
    [(article, said)] = await faults(shown)
    assert article == 3
    assert said.startswith("cannot be read: ")


async def test_d51_all_proofs_lost_come_again_each_up_to_the_head_that_first_covered_it(shown: Press) -> None:
    before = proofs(shown)
    shutil.rmtree(shown.root / FOLDER)
    assert await faults(shown) == [(article, "is missing") for article in range(1, 8)]
    assert await faults(shown, after=4) == [(article, "is missing") for article in (2, 5, 6, 7)]
    assert await again(shown) == {}
    assert proofs(shown) == before
    assert {proof.parse(data).size for data in before.values()} == {4, 8}


async def test_an_older_proof_is_named_once_a_head_covers_the_newer_revision(shown: Press) -> None:
    older = proofs(shown)[3]
    await shown.revise(3)
    assert await faults(shown) == []  # the newer one waits for a head
    await shown.head(publish=True)
    before = proofs(shown)
    place(shown, 3).write_bytes(older)
    assert await faults(shown) == [(3, "is that of revision 1, not of what the newest one states")]
    assert await again(shown) == {}
    assert proofs(shown) == before


async def test_d45_an_article_revised_while_its_head_was_written_has_no_proof_until_the_next(
    press: Press,
) -> None:
    """The older revision's is not written any more, the newer one's not yet: nothing is lost."""
    await press.write(3)

    class Revising:
        """A log in which article 2 is revised between the head and its proofs."""

        def __getattr__(self, name: str) -> Any:
            return getattr(press.store, name)

        async def note_head(self, head: Any) -> None:
            await press.store.note_head(head)
            await press.revise(2)

    await press.head(publish=True, log=Revising())
    assert sorted(proofs(press)) == [1, 3]
    assert await faults(press) == []
    place(press, 2).write_bytes(b"{}")
    assert [article for article, _ in await faults(press)] == [2]  # what stands there must hold all the same
    assert await again(press) == {}
    assert proof.parse(proofs(press)[2]).size == 3
    assert await faults(press) == []
    await press.head(publish=True)
    assert await faults(press) == []


async def test_a_head_that_is_being_written_has_no_proofs_to_miss(shown: Press) -> None:
    await shown.head(publish=True)
    place(shown, 8).unlink()
    (shown.root / "log/checkpoint").write_bytes((shown.root / "log/heads/8").read_bytes())
    assert await faults(shown) == []
    (shown.root / "log/checkpoint").unlink()
    assert await faults(shown) == [(8, "is missing")]


async def test_a_head_that_was_written_meanwhile_is_no_fault(shown: Press) -> None:
    """Heads are read, then a crawler writes one with its proofs: what is suspect is looked at once more."""
    await shown.revise(3)
    headed: list[int] = []

    class Meanwhile:
        def __getattr__(self, name: str) -> Any:
            return getattr(shown.store, name)

        async def covered(self, *which: int) -> Any:
            if not headed:
                headed.append(1)
                await shown.head(publish=True)
            async with SqlLogReader(shown.database) as reader:
                return await reader.covered(*which)

        async def heads(self) -> Any:
            async with SqlLogReader(shown.database) as reader:
                return await reader.heads()

    assert await faults(shown, log=Meanwhile()) == []
    assert proof.parse(proofs(shown)[3]).size == 10


async def test_proofs_of_before_publishing_began_are_missing_and_are_made(press: Press) -> None:
    await press.write(2)
    await press.head(signed=False)
    await press.write(1)
    await press.head()
    assert await faults(press) == [(article, "is missing") for article in (1, 2, 3)]
    assert await again(press) == {}
    assert {proof.parse(data).size for data in proofs(press).values()} == {3}  # the first head that is signed
    assert await faults(press) == []


async def test_without_a_signed_head_no_proof_is_missing(press: Press) -> None:
    await press.write(2)
    assert await faults(press) == []
    await press.head(signed=False)
    assert await faults(press) == []


async def test_a_head_signed_by_another_key_too_leaves_its_proofs_good(shown: Press) -> None:
    await shown.head(publish=True)
    older = shown.signer.public
    shown.signer = signing.Signer(signing.generate(older.name)[0])
    before = proofs(shown)
    await shown.head(publish=True)
    assert proofs(shown)[8] != before[8]
    assert await faults(shown) == []
    place(shown, 8).write_bytes(before[8])
    assert await faults(shown) == []


async def test_a_withheld_statement_has_no_proof_to_miss(shown: Press) -> None:
    shown.sql("UPDATE revisions SET statement = NULL WHERE id = 3")
    assert await faults(shown) == []
    place(shown, 3).unlink()
    assert await faults(shown) == []
    place(shown, 3).write_bytes(b"{}")
    assert [article for article, _ in await faults(shown)] == [3]
    assert await again(shown) == {
        f"{FOLDER}/{place(shown, 3).name}": "leaf 3: what it states is not in the database any more"
    }


DOUBTS = [
    ("UPDATE revisions SET statement = replace(statement, 'berth 3', 'berth 4') WHERE id = 3", "leaf 3: the proof does not hold"),
    ("UPDATE log_entries SET leaf = lower(hex(randomblob(32))) WHERE id = 2", "leaf 3: the proof does not hold"),
    ("DELETE FROM log_entries WHERE id = 1", "the log has 3 of its 4 leaves"),
    ("UPDATE log_heads SET compact_range = '[]' WHERE size = 4", None),
]  # fmt: skip


@pytest.mark.parametrize(("change", "why"), DOUBTS, ids=[change for change, _ in DOUBTS])
async def test_d51_no_proof_is_made_that_does_not_hold(shown: Press, change: str, why: str | None) -> None:
    before = proofs(shown)[3]
    place(shown, 3).unlink()
    shown.sql(change)
    refused = await again(shown)
    if why is None:  # what does not matter to this one
        assert refused == {}
        assert proofs(shown)[3] == before
        return
    assert all(said.startswith(why) for said in refused.values())
    assert f"{FOLDER}/{place(shown, 3).name}" in refused
    assert not place(shown, 3).exists()


async def test_d51_no_proof_is_made_of_a_head_that_nobody_trusted_signed(shown: Press) -> None:
    place(shown, 3).unlink()
    _, stranger = signing.generate("stranger.example")
    [why] = (await again(shown, keys=[stranger])).values()
    assert why.startswith("the head of 4 leaves is signed by no trusted key: put the key")
    _, namesake = signing.generate(shown.signer.public.name)
    [why] = (await again(shown, keys=[namesake])).values()
    assert "no trusted key" in why
    assert await again(shown, keys=[]) == {}


async def test_d51_no_proof_is_made_of_a_head_that_its_file_contradicts(shown: Press) -> None:
    place(shown, 3).unlink()
    other = Note(text=str(Checkpoint(origin="a", size=4, root=b"x" * 32)))
    (shown.root / "log/heads/4").write_text(str(other))
    [why] = (await again(shown)).values()
    assert why == "log/heads/4 says something else than the head of 4 leaves in the database"
