"""Lost proofs of articles, made again as they were: ``crawler repair`` asks here.

A head's tree is grown once for all its proofs, and nothing is handed out that does not hold by itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from crawler import statement
from crawler.errors import DocumentError, LogError
from crawler.logbook import lines
from crawler.logbook.heads import batches, grown, published, range_of
from crawler.logbook.published import Published
from crawler.logbook.seals import Seal
from crawler.model import Head, Leaf
from crawler.transparency import merkle, proof
from crawler.transparency.checkpoint import Note

_TOGETHER = 100  #: proofs that are written together


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    leaf: int
    article: int
    path: str


@dataclass(slots=True, kw_only=True)
class Republishing:
    """One look for what is lost; ``refused`` is whole when ``lost`` has ended."""

    look: Published
    refused: dict[str, str] = field(default_factory=dict)  #: path → why it cannot be made

    async def lost(self) -> AsyncIterator[list[tuple[str, bytes]]]:
        """Proofs as they must be, some at a time: up to the first signed head over their leaves, as at its time."""
        wanted = await self._wanted()
        before: Head | None = None
        for size, (head, note) in self.look.heads.known.items():
            if size in wanted:
                async for some in self._under(before, head, note, wanted[size]):
                    yield some
            before = head

    async def _wanted(self) -> dict[int, list[_Lost]]:
        """What is lost, by the size of the head up to which it is proven."""
        found = [
            _Lost(leaf=one.leaf, article=one.article, path=proof.path(one.source_key, one.code))
            async for one, _ in self.look.faults()
            if one.leaf is not None
        ]
        sizes, wanted = list(self.look.heads.known), defaultdict[int, list[_Lost]](list)
        for lost in found:
            wanted[sizes[bisect_left(sizes, lost.leaf)]].append(lost)
        return wanted

    async def _under(
        self, before: Head | None, head: Head, note: Note, lost: Sequence[_Lost]
    ) -> AsyncIterator[list[tuple[str, bytes]]]:
        """The proofs up to one head, its leaves read in their order."""
        waiting, after = {one.leaf: one for one in lost}, before.size if before else 0
        try:
            tree = await self._grown(before, head, note)
            async for leaves in batches(self.look.log, after, head.size, most=_TOGETHER):
                wanted = [(waiting.pop(leaf.number), leaf) for leaf in leaves if leaf.number in waiting]
                if made := list(self._made(wanted, tree, head)):
                    yield made
        except LogError as error:
            self.refused |= {one.path: str(error) for one in waiting.values()}

    async def _grown(self, before: Head | None, head: Head, note: Note) -> merkle.Tree:
        """The head's tree; raises ``LogError`` where the database cannot be believed."""
        seal, named = self.look.trust.seal(note), f"the head of {head.size} leaves"
        if seal is Seal.FORGED:
            raise LogError(f"a signature of {named} is forged")
        if self.look.trust.keys and seal is Seal.NONE:
            raise LogError(
                f"{named} is signed by no trusted key: put the key that signed it into [log] trusted"
            )
        shown = await lines.note(self.look.files, lines.head_path(head.size))
        if shown is not None and shown.text != note.text:
            raise LogError(f"{lines.head_path(head.size)} says something else than {named} in the database")
        return await grown(self.look.log, range_of(before), head.size)

    def _made(
        self, wanted: Sequence[tuple[_Lost, Leaf]], tree: merkle.Tree, head: Head
    ) -> Iterator[tuple[str, bytes]]:
        for one, leaf in wanted:
            try:
                yield one.path, _proven(one, leaf, tree, head)
            except (LogError, DocumentError) as error:
                self.refused[one.path] = f"leaf {one.leaf}: {error}"


def _proven(one: _Lost, leaf: Leaf, tree: merkle.Tree, head: Head) -> bytes:
    """A proof that holds and is the article's; raises ``LogError`` or ``DocumentError``."""
    if leaf.statement is None:
        raise LogError("what it states is not in the database any more")
    path, data = published(leaf, tree, head)
    shown = proof.parse(data)
    proof.check(shown)
    if path != one.path or statement.parse(shown.statement.encode()).article != one.article:
        raise LogError("what it states is another article's")
    return data
