"""Heads over the log: computed, signed, written down, and shown as files that outlive the database.

The row comes first, the files follow from it: what a kill left out is written by the next call, and
nothing that was shown can be unknown to the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from crawler.errors import LogError
from crawler.logbook import lines
from crawler.logbook.contract import Leaves, Log, Signs
from crawler.model import Head, Leaf
from crawler.ports import Archive, Clock
from crawler.transparency import checkpoint, merkle, proof
from crawler.transparency.checkpoint import Checkpoint, Note

BATCH = 1000  #: leaves that are looked at together
_UNSTATED = 50  #: revisions that are stated in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Logbook:
    """Writes heads; one at a time."""

    log: Log
    files: Archive
    clock: Clock
    origin: str  #: the log's name
    signer: Signs | None = None  #: None: heads are not signed
    publish: bool = False  #: put a proof file for each article

    async def catch_up(self) -> None:
        """Log what was archived before there was a log, some at a time."""
        last: int | None = 0
        while last is not None:
            last = await self.log.catch_up(last, _UNSTATED, self.clock.now())

    async def head(self) -> Head | None:
        """A head over all leaves, and all files up to it; None for an empty log.  Nothing new changes nothing.

        Raises ``LogError`` where the log is not the one that was shown before: then nothing is signed.
        """
        last = await self.log.head()
        await self._require_same_log(last)
        if last is not None:
            await self._show(last)
        size = await self.log.log_size()
        if size == (last.size if last else 0):
            return last if last is None else await self._countersigned(last)
        head = await self._grown(last, size)
        await self.log.note_head(head)
        await self._show(head)
        return head

    async def _require_same_log(self, last: Head | None) -> None:
        """A database that is older than its files, or another one, must not go on as if it were the log."""
        path, shown = lines.CHECKPOINT, await self._shown()
        if shown is None:  # it is lost, or torn: the newest head that can be read tells as much
            path, shown = await self._newest_head()
        if shown is None:
            return
        told = checkpoint.parse(shown.text)
        known = await self.log.head_at(told.size)
        if known is not None and known.root == told.root.hex():
            return
        if last is None or told.size > last.size:
            raise LogError(
                f"{path} is a head of {told.size} leaves, but the database knows "
                f"{last.size if last else 'none'}: it is older than its files, or another one; nothing is signed "
                "until `crawler rebuild --missing` has put the log again"
            )
        raise LogError(
            f"{path} is a head of {told.size} leaves that the database does not know: its log is "
            "another one; nothing is signed (`crawler log verify` names what differs)"
        )

    async def _shown(self) -> Note | None:
        """The newest head as its file has it; None where it cannot be read."""
        return await lines.note(self.files, lines.CHECKPOINT)

    async def _newest_head(self) -> tuple[str, Note | None]:
        """The head of most leaves whose file can be read, and its path."""
        for size in reversed(await lines.head_sizes(self.files)):
            path = lines.head_path(size)
            if (note := await lines.note(self.files, path)) is not None:
                return path, note
        return lines.CHECKPOINT, None

    # ------------------------------------------------------------------ a new head

    async def _grown(self, last: Head | None, size: int) -> Head:
        grown = range_of(last)
        async for leaves in batches(self.log, grown.size, size):
            for leaf in leaves:
                require_whole(leaf)
            grown = grown.extend(bytes.fromhex(leaf.hash) for leaf in leaves)
        told = Checkpoint(origin=self.origin, size=size, root=grown.root())
        return Head(
            size=size,
            root=told.root.hex(),
            at=self.clock.now(),
            checkpoint=str(self._signed(Note(text=str(told)))),
            compact_range=tuple(hash.hex() for hash in grown.hashes),
        )

    def _signed(self, note: Note) -> Note:
        if self.signer is None or note.by(self.signer.public):
            return note
        return note.signed([self.signer.sign(note.text)])

    async def _countersigned(self, head: Head) -> Head:
        """The same head with our signature, where it has none yet: the key is new."""
        note = checkpoint.parse_note(head.checkpoint)
        if not note.signatures:
            told = replace(checkpoint.parse(note.text), origin=self.origin)
            note = Note(text=str(told))
        signed = self._signed(note)
        if str(signed) == head.checkpoint:
            return head
        head = replace(head, checkpoint=str(signed))
        await self.log.note_head(head)
        await self._show(head)
        return head

    # ------------------------------------------------------------------ its files

    async def _show(self, head: Head) -> None:
        """Write the head's files, the checkpoint last: where it stands, nothing is missing."""
        note, shown = checkpoint.parse_note(head.checkpoint), await self._shown()
        if shown is not None and shown.text == note.text and set(note.signatures) <= set(shown.signatures):
            return
        before = await self.log.head(below=head.size)
        await self._show_entries(before, head)
        await self.files.put(lines.head_path(head.size), head.checkpoint.encode())
        if self.publish and note.signatures:
            await self._show_proofs(before, head)
        await self.files.put(lines.CHECKPOINT, head.checkpoint.encode())

    async def _show_entries(self, before: Head | None, head: Head) -> None:
        after = before.size if before else 0
        async for leaves in batches(self.log, after, head.size, most=lines.MOST):
            for path, data in lines.files_of(leaves):
                await self.files.put(path, data)

    async def _show_proofs(self, before: Head | None, head: Head) -> None:
        """A proof of each article whose newest revision is new in this head; it stays true for ever."""
        known = range_of(before)
        tree = await grown(self.log, known, head.size)
        async for leaves in batches(self.log, known.size, head.size, most=100):
            shown = [published(leaf, tree, head) for leaf in leaves if leaf.newest and leaf.statement]
            if shown:
                await self.files.put_many(shown)


def published(leaf: Leaf, tree: merkle.Tree, head: Head) -> tuple[str, bytes]:
    """Path and bytes of an article's proof."""
    assert leaf.statement is not None
    assert leaf.source_key is not None
    assert leaf.code is not None
    made = proof.Proof(
        statement=leaf.statement,
        index=leaf.number - 1,
        size=head.size,
        path=tree.inclusion(leaf.number - 1),
        checkpoint=head.checkpoint,
    )
    return proof.path(leaf.source_key, leaf.code), proof.render(made)


def range_of(head: Head | None) -> merkle.CompactRange:
    """From where the tree grows on; raises ``LogError`` where it is not that of the head's root."""
    if head is None:
        return merkle.EMPTY
    try:
        known = merkle.CompactRange(size=head.size, hashes=tuple(map(bytes.fromhex, head.compact_range)))
    except ValueError:
        known = merkle.EMPTY
    if known.root().hex() != head.root:
        raise LogError(
            f"the head of {head.size} leaves does not fit its own compact range; nothing is signed"
        )
    return known


async def grown(log: Leaves, known: merkle.CompactRange, size: int) -> merkle.Tree:
    """The tree from a compact range up to ``size``; raises ``LogError`` where a leaf is missing or is no hash."""
    hashes = await log.hashes(known.size, size)
    if len(hashes) != size - known.size:
        raise LogError(f"the log has {known.size + len(hashes)} of its {size} leaves")
    try:
        return merkle.Tree(map(bytes.fromhex, hashes), known)
    except ValueError:
        raise LogError("a leaf of the log is no hash") from None


async def batches(log: Leaves, after: int, until: int, most: int = BATCH) -> AsyncIterator[Sequence[Leaf]]:
    """The leaves from ``after`` to ``until``, some at a time; raises ``LogError`` where one is missing."""
    while after < until:
        end = min(after + most, until)
        found = await log.leaves(after, end)
        for number, leaf in enumerate(found, start=after + 1):
            if leaf.number != number:
                raise LogError(f"the log has no leaf {number}")
        if len(found) < end - after:
            raise LogError(f"the log has no leaf {after + len(found) + 1}")
        yield found
        after = end


def require_whole(leaf: Leaf) -> None:
    """Nothing is signed that does not fit; raises ``LogError``."""
    if leaf.statement is None:
        return
    if merkle.leaf_hash(leaf.statement.encode()).hex() != leaf.hash:
        raise LogError(
            f"leaf {leaf.number} is not the hash of what its revision states: one of them was changed; "
            "nothing is signed (`crawler log verify` names what differs)"
        )
