"""Does the log still fit: statements, rows, leaves, heads, signatures, and the files below ``log/``?

Changes nothing, and may run beside a crawler.  Every head is a prefix of the next one if both have the
roots of one row of leaves: that is what is looked at, leaf by leaf.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crawler import statement
from crawler.errors import ArchiveError, DocumentError, LogError
from crawler.logbook import agreement, lines
from crawler.logbook.agreement import Misfit
from crawler.logbook.contract import Files, Kept
from crawler.logbook.seals import Seal, Trust
from crawler.logbook.written import Written
from crawler.model import Head, Logged
from crawler.transparency import checkpoint, merkle

_BATCH = 500  #: leaves that are looked at together


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That the first ``size`` leaves have this root; ``named`` says who claims it."""

    size: int
    root: str
    named: str
    path: str | None = None
    head: Head | None = None


@dataclass(slots=True, kw_only=True)
class Verification:
    """One look at the whole log; the counts are whole when ``run`` has ended."""

    log: Kept
    files: Files
    trust: Trust
    deep: bool = False  #: also compare the articles' files with what was stated of them
    quick: bool = False  #: only the leaves since the newest head but one
    say: Callable[[int, int], None] = lambda done, total: None  #: told how many leaves were looked at
    leaves: int = 0
    heads: int = 0
    sealed: int = 0  #: heads with any signature, whoever's
    signed: int = 0  #: heads with a good signature by a key that is trusted
    waiting: int = 0  #: revisions older than the log that are not in it yet
    _unsealed: Head | None = field(default=None)  # the newest head, if no key that is trusted signed it
    _gone: bool = False  # there is no file of the log: told once, not of each

    async def run(self) -> AsyncIterator[Misfit]:
        """All that does not fit, as it is found."""
        self.leaves, heads = await self.log.log_size(), await self.log.heads()
        self.heads = len(heads)
        if heads and await lines.is_gone(self.files):
            self._gone = True
            yield _gone(heads)
        for head in heads:
            async for misfit in self._head(head):
                yield misfit
        for misfit in self._sealing():
            yield misfit
        claims = [_claim(head) for head in heads]
        async for other in self._other_claims(heads):
            if isinstance(other, Claim):
                claims.append(other)
            else:
                yield other
        async for misfit in self._walk(sorted(claims, key=lambda claim: claim.size)):
            yield misfit
        async for misfit in self._left_out():
            yield misfit

    # ------------------------------------------------------------------ heads, one by one

    async def _head(self, head: Head) -> AsyncIterator[Misfit]:
        named, path = f"the head of {head.size} leaves", lines.head_path(head.size)
        try:
            note = checkpoint.parse_note(head.checkpoint)
            told = checkpoint.parse(note.text)
        except LogError as error:
            yield Misfit(kind="head", what=f"{named}: {error}")
            return
        if (told.size, told.root.hex()) != (head.size, head.root):
            yield Misfit(kind="head", what=f"{named}: its row and its signed note differ")
        if _told_range(head) is None:
            yield Misfit(kind="head", what=f"{named}: its compact range does not have its root")
        seal = self.trust.seal(note)
        self.sealed += bool(note.signatures)
        self.signed += seal is Seal.GOOD
        if seal is Seal.FORGED:
            yield Misfit(
                kind="signature", what=f"{named}: a signature in the name of a trusted key is forged"
            )
        elif seal is Seal.NONE and self.signed and self._unsealed is None:
            yield Misfit(kind="signature", what=f"{named} is not signed by a trusted key, older ones are")
        self._unsealed = head if seal is Seal.NONE else None
        async for misfit in self._shown(note, named, path):
            yield misfit

    async def _shown(self, note: checkpoint.Note, named: str, path: str) -> AsyncIterator[Misfit]:
        """The head's file says the same; witnesses may have signed it too."""
        if self._gone:
            return
        try:
            shown = checkpoint.parse_note(await self.files.get(path))
        except (ArchiveError, LogError) as error:
            yield Misfit(kind="file", what=f"{named}: {path}: {error}", path=path)
            return
        if shown.text != note.text or not set(note.signatures) <= set(shown.signatures):
            yield Misfit(kind="file", what=f"{named}: {path} says something else", path=path)

    def _sealing(self) -> Iterator[Misfit]:
        """Where keys are trusted, the newest head must be signed: who strips signatures is told."""
        if self.trust.keys and self._unsealed is not None and not self.signed:
            size = self._unsealed.size
            yield Misfit(
                kind="signature", what=f"the newest head ({size} leaves) is signed by no trusted key"
            )

    async def _other_claims(self, heads: Sequence[Head]) -> AsyncIterator[Claim | Misfit]:
        """Heads that only files know: of a longer log, or of another one."""
        if self._gone:
            return
        known = {head.size: head.root for head in heads}
        for size in await lines.head_sizes(self.files):
            if size not in known:
                path = lines.head_path(size)
                yield Misfit(kind="head", what=f"{path} is a head that the database does not know", path=path)
                async for found in self._stray(path, known):
                    yield found
        if heads or await self.files.digest(lines.CHECKPOINT) is not None:
            strange = [found async for found in self._stray(lines.CHECKPOINT, known)]
            for found in strange or await self._unlike(heads):
                yield found

    async def _unlike(self, heads: Sequence[Head]) -> list[Misfit]:
        """What the checkpoint's file lacks of the newest head."""
        try:
            note = checkpoint.parse_note(heads[-1].checkpoint)
        except (IndexError, LogError):
            return []  # told already, or nothing to compare with
        return [misfit async for misfit in self._shown(note, "the newest head", lines.CHECKPOINT)]

    async def _stray(self, path: str, known: Mapping[int, str]) -> AsyncIterator[Claim | Misfit]:
        """What a file claims that is no head's own."""
        try:
            note = checkpoint.parse_note(await self.files.get(path))
            told = checkpoint.parse(note.text)
        except (ArchiveError, LogError) as error:
            yield Misfit(kind="file", what=f"{path}: {error}", path=path)
            return
        if self.trust.seal(note) is Seal.FORGED:
            yield Misfit(
                kind="signature",
                what=f"{path}: a signature in the name of a trusted key is forged",
                path=path,
            )
        newest = max(known, default=told.size)
        if path == lines.CHECKPOINT and told.size != newest:
            what = f"{path} is of {told.size} leaves, the newest head of {newest}"
            yield Misfit(kind="head", what=what, path=path)
        if known.get(told.size) != told.root.hex():
            yield Claim(size=told.size, root=told.root.hex(), named=path, path=path)

    # ------------------------------------------------------------------ leaf by leaf

    async def _walk(self, claims: Sequence[Claim]) -> AsyncIterator[Misfit]:
        """Every leaf, and at each head whether the leaves up to it have its root."""
        written = Written(self.files)
        headed = max((one.head.size for one in claims if one.head), default=0)
        for misfit in await written.open(0 if self._gone else headed):
            yield misfit
        tree = self._start(claims)
        end = Claim(size=self.leaves, root="", named="")
        for claim in [*(one for one in claims if tree.size < one.size <= self.leaves), end]:
            suspect: int | None = None
            while tree.size < claim.size:
                until = min(tree.size + _BATCH, claim.size)
                hashes, found = await self._between(tree.size, until, written)
                for misfit in found:
                    yield misfit
                suspect = suspect or next((one.leaf for one in found if one.kind != "row"), None)
                tree = tree.extend(hashes)
                self.say(tree.size, self.leaves)
            if claim.root and tree.root().hex() != claim.root:
                yield _other_root(claim, suspect)
                tree = _resumed(claim, tree)
        for claim in claims:
            if claim.size > self.leaves:
                yield _beyond(claim, self.leaves)

    def _start(self, claims: Sequence[Claim]) -> merkle.CompactRange:
        """Where the look begins."""
        heads = [claim for claim in claims if claim.head and claim.size <= self.leaves]
        return _resumed(heads[-2], merkle.EMPTY) if self.quick and len(heads) > 1 else merkle.EMPTY

    async def _between(self, after: int, until: int, written: Written) -> tuple[list[bytes], list[Misfit]]:
        """Hashes of some leaves, and what does not fit about them."""
        rows = {one.leaf.number: one for one in await self.log.logged(after, until)}
        hashes, found = [], []
        for number in range(after + 1, until + 1):
            line, fault = await written.line(number)
            found += [fault] if fault else []
            if number not in rows:
                found.append(Misfit(kind="missing", what=f"the log has no leaf {number}", leaf=number))
                hashes.append(line.hash if line else bytes(merkle.WIDTH))
                continue
            found += agreement.faults(rows[number], line, written.path)
            found += [one async for one in self._articles_files(rows[number])]
            hashes.append(_hash(rows[number]))
        return hashes, found

    async def _articles_files(self, logged: Logged) -> AsyncIterator[Misfit]:
        """The article's file is what was stated."""
        if not self.deep or logged.leaf.statement is None or logged.state not in {"done", "superseded"}:
            return
        try:
            stated = statement.parse(logged.leaf.statement.encode())
        except DocumentError:
            return  # told already
        path = agreement.place(stated, logged.state)
        found = await self.files.digest(path)
        if found != stated.document.digest:
            how = "is not what was logged" if found else "is missing"
            yield Misfit(
                kind="file",
                what=f"leaf {logged.leaf.number}: {path} {how}",
                leaf=logged.leaf.number,
                revision_id=logged.leaf.revision_id,
                path=path,
                article=stated.article,
            )

    async def _left_out(self) -> AsyncIterator[Misfit]:
        for row in await self.log.left_out():
            if not row["stated"]:
                self.waiting += 1
                continue
            what = f"article {row['article']}, revision {row['number']} is not in the log"
            yield Misfit(kind="missing", what=what, revision_id=row["id"], article=row["article"])


def _hash(logged: Logged) -> bytes:
    try:
        hash = bytes.fromhex(logged.leaf.hash)
    except ValueError:
        hash = b""
    return hash if len(hash) == merkle.WIDTH else bytes(merkle.WIDTH)


def _claim(head: Head) -> Claim:
    return Claim(size=head.size, root=head.root, named=f"the head of {head.size} leaves", head=head)


def _gone(heads: Sequence[Head]) -> Misfit:
    """The whole folder: one loss, not one for each head."""
    what = (
        f"{lines.FOLDER}/ is gone: the entries of {heads[-1].size} leaves and {len(heads)} "
        f"head{'s' * (len(heads) != 1)} are in the database alone"
    )
    return Misfit(kind="file", what=what, path=lines.FOLDER)


def _other_root(claim: Claim, suspect: int | None) -> Misfit:
    where = f"; the first leaf that does not fit is {suspect}" if suspect else ""
    what = f"{claim.named}: the log's first {claim.size} leaves have another root: they were rewritten{where}"
    return Misfit(kind="head", what=what, leaf=suspect, path=claim.path)


def _beyond(claim: Claim, leaves: int) -> Misfit:
    what = (
        f"{claim.named}: the log had {claim.size} leaves and has {leaves}: leaves were taken away, "
        "or the database is older than its files"
    )
    return Misfit(kind="head", what=what, leaf=leaves + 1, path=claim.path)


def _resumed(claim: Claim, tree: merkle.CompactRange) -> merkle.CompactRange:
    """From a head that does not fit on, as it told: so the heads after it are judged by themselves."""
    told = None if claim.head is None else _told_range(claim.head)
    return tree if told is None else told


def _told_range(head: Head) -> merkle.CompactRange | None:
    """The compact range of a head, if it has the head's root."""
    try:
        told = merkle.CompactRange(size=head.size, hashes=tuple(map(bytes.fromhex, head.compact_range)))
    except ValueError:
        return None
    return told if told.root().hex() == head.root else None
