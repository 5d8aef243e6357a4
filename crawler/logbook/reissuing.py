"""The log's files written again from the database: ``crawler repair`` asks here when some of them are lost.

The same heads give the same files, byte for byte.  Nothing is written unless the leaves have the root of every
head, in the database and below ``log/``: a note that says something else is evidence, and stays where it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.errors import LogError
from crawler.logbook import lines
from crawler.logbook.contract import Files, Kept
from crawler.logbook.heads import batches
from crawler.logbook.lines import Span
from crawler.logbook.seals import Seal, Trust
from crawler.model import Head, Leaf
from crawler.transparency import checkpoint, merkle
from crawler.transparency.checkpoint import Note

#: Who says so → the root of the first leaves, by their number.
_Claims = dict[int, dict[str, str]]


@dataclass(slots=True, kw_only=True)
class Reissue:
    """One look for what is lost; the lists are whole when ``lost`` has ended."""

    log: Kept
    files: Files
    trust: Trust
    strays: list[str] = field(default_factory=list)  #: files of entries that are in the way of the right ones
    unchecked: bool = False  #: heads are signed, and no key is known
    blank: list[int] = field(default_factory=list)  #: leaves that only their hashes can be written of

    async def lost(self) -> AsyncIterator[tuple[str, bytes]]:
        """Files that are missing or broken, as they must be, in the order in which they are to be written.

        Raises ``LogError`` where the database's log is not the one that its heads and the files tell of.
        """
        heads = await self.log.heads()
        notes = self._notes(heads)
        spans = await self._vouched(await self._claims(heads))
        async for entries in self._entries(spans):
            yield entries
        for head, note in zip(heads, notes, strict=True):
            if not await self._shows(lines.head_path(head.size), note):
                yield lines.head_path(head.size), head.checkpoint.encode()
        if heads and not await self._shows(lines.CHECKPOINT, notes[-1]):
            yield lines.CHECKPOINT, heads[-1].checkpoint.encode()

    # ------------------------------------------------------------------ whether the database can be believed

    def _notes(self, heads: Sequence[Head]) -> list[Note]:
        """The heads' notes; each must be its row's, and the newest signed where keys are trusted."""
        notes, seal = [], Seal.NONE
        for head in heads:
            note = checkpoint.parse_note(head.checkpoint)
            told = checkpoint.parse(note.text)
            seal = self.trust.seal(note)
            if (told.size, told.root.hex()) != (head.size, head.root) or seal is Seal.FORGED:
                raise LogError(
                    f"the head of {head.size} leaves in the database is not what it was when it was signed"
                )
            notes.append(note)
        self.unchecked = not self.trust.keys and any(note.signatures for note in notes)
        if heads and self.trust.keys and seal is not Seal.GOOD:
            raise LogError(
                f"the newest head ({heads[-1].size} leaves) is signed by no trusted key; if the key is new, "
                "`crawler log head` signs it"
            )
        return notes

    async def _claims(self, heads: Sequence[Head]) -> _Claims:
        """Roots that the log must have: of its heads, and of every note that lies in a file."""
        claims: _Claims = {head.size: {"the database's head": head.root} for head in heads}
        paths = [lines.head_path(size) for size in await lines.head_sizes(self.files)]
        for path in [*paths, lines.CHECKPOINT]:
            note = await lines.note(self.files, path)
            if note is not None:
                told = checkpoint.parse(note.text)
                claims.setdefault(told.size, {})[path] = told.root.hex()
        return claims

    async def _vouched(self, claims: _Claims) -> list[Span]:
        """Every leaf looked at; the files that hold them, as they were divided when heads were written."""
        size, tree, found = await self.log.log_size(), merkle.EMPTY, list[Span]()
        for bound in sorted(claims):
            if bound > size:
                raise LogError(
                    f"{_named(claims[bound])} is of {bound} leaves, the log in the database has {size}: the database "
                    "is older than its files"
                )
            async for leaves in batches(self.log, tree.size, bound, most=lines.MOST):
                tree = tree.extend([self._hash(leaf) for leaf in leaves])
                found += [span for span, _ in lines.divided(leaves)]
            other = {who: root for who, root in claims[bound].items() if root != tree.root().hex()}
            if other:
                raise LogError(f"{_named(other)} has another root than the log's first {bound} leaves")
        return found

    def _hash(self, leaf: Leaf) -> bytes:
        told = leaf.statement
        if told is None:
            self.blank.append(leaf.number)
        elif merkle.leaf_hash(told.encode("utf-8", "replace")).hex() != leaf.hash:
            raise LogError(f"leaf {leaf.number} is not the hash of what its revision states")
        try:
            return bytes.fromhex(leaf.hash)
        except ValueError:
            raise LogError(f"leaf {leaf.number} is no hash") from None

    # ------------------------------------------------------------------ what is lost

    async def _entries(self, wanted: Sequence[Span]) -> AsyncIterator[tuple[str, bytes]]:
        """Files of entries; where those that are there hold every leaf once, however divided, none is lost."""
        spans, end = await lines.spans(self.files), wanted[-1].last if wanted else 0
        good = {span for span in spans if await self._fits(span)}
        if len(good) == len(spans) and not any(lines.gaps(spans, end)):
            self.blank.clear()
            return
        lost = [span for span in wanted if span not in good]
        for span in lost:
            leaves = await self.log.leaves(span.first - 1, span.last)
            yield span.path, b"".join(map(lines.line_of, leaves))
        self.strays = [span.path for span in spans if span not in set(wanted)]
        self.blank = [leaf for leaf in self.blank if any(one.first <= leaf <= one.last for one in lost)]

    async def _fits(self, span: Span) -> bool:
        """Whether a file holds the leaves of its name; raises ``LogError`` where only it knows of some."""
        hashes = await self.log.hashes(span.first - 1, span.last)
        try:
            found = [line.hash.hex() for line in lines.read(span, await self.files.get(span.path))]
        except LogError:
            return False
        if len(found) > len(hashes):
            raise LogError(
                f"{span.path} holds leaves that the database does not know: it is older than its files"
            )
        return found == hashes

    async def _shows(self, path: str, note: Note) -> bool:
        shown = await lines.note(self.files, path)
        return shown is not None and shown.text == note.text and set(note.signatures) <= set(shown.signatures)


def _named(claims: Mapping[str, str]) -> str:
    return next(iter(claims))
