"""The articles' published proofs, verified: is each there, does it hold, and is it the article's own?

``app/verifylog`` asks, and ``republishing``, which writes the lost ones again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from crawler import statement
from crawler.errors import ArchiveError, DocumentError, LogError
from crawler.logbook import lines
from crawler.logbook.agreement import Misfit
from crawler.logbook.contract import Files, Kept
from crawler.logbook.seals import Seal, Trust
from crawler.model import Covered, Head
from crawler.transparency import checkpoint, proof
from crawler.transparency.checkpoint import Note

_PAGE = 500  #: articles that are looked at together


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The signed heads: no proof is published up to another one."""

    known: Mapping[int, tuple[Head, Note]]  #: by their sizes, which ascend
    shown: int = 0  #: leaves up to which every proof must be there: that of the newest is written before its checkpoint


@dataclass(slots=True, kw_only=True)
class Published:
    """One look at all proofs; a crawler may run beside."""

    log: Kept
    files: Files
    trust: Trust
    after: int = 0  #: proofs of older leaves are not looked at
    heads: Heads = field(default_factory=lambda: Heads(known={}))
    _newest: Head | None = None

    async def run(self) -> AsyncIterator[Misfit]:
        """What is missing, broken, or not the article's own."""
        async for one, what in self.faults():
            path = proof.path(one.source_key, one.code)
            yield Misfit(kind="proof", what=f"{path} {what}", path=path, leaf=one.leaf, article=one.article)

    async def faults(self) -> AsyncIterator[tuple[Covered, str]]:
        """The same, with what would be right."""
        await self._look_at_heads()
        last = 0
        while self.heads.shown and (page := await self.log.covered(last, self.heads.shown, _PAGE)):
            last = page[-1].article
            for found in await self._faults_among(page):
                yield found

    async def _faults_among(self, page: Sequence[Covered]) -> list[tuple[Covered, str]]:
        """A running crawler may write a head and its proofs meanwhile: what is suspect is looked at once more."""
        suspect = {one.article for one, _ in await self._looked_at(page)}
        if not suspect:
            return []
        await self._look_at_heads()
        now = await self.log.covered(page[0].article - 1, self.heads.shown, len(page))
        return await self._looked_at([one for one in now if one.article in suspect])

    async def _looked_at(self, page: Sequence[Covered]) -> list[tuple[Covered, str]]:
        found = [(one, await self._fault(one)) for one in page if one.leaf is None or one.leaf > self.after]
        return [(one, what) for one, what in found if what is not None]

    # ------------------------------------------------------------------ the heads

    async def _look_at_heads(self) -> None:
        newest = await self.log.head()
        known = self.heads.known
        if newest != self._newest:
            known, self._newest = dict(_signed(await self.log.heads())), newest
        self.heads = Heads(known=known, shown=await self._shown(max(known, default=0)))

    async def _shown(self, newest: int) -> int:
        with suppress(ArchiveError):
            note = await lines.note(self.files, lines.CHECKPOINT)
            if note is not None:
                return min(newest, checkpoint.parse(note.text).size)
        return newest  # that it is lost is told by who verifies the log

    # ------------------------------------------------------------------ one proof

    async def _fault(self, one: Covered) -> str | None:
        """What is wrong with an article's proof, to be read behind its path."""
        due = one.newest and one.statement is not None
        path = proof.path(one.source_key, one.code)
        try:
            return self._amiss(proof.parse(await self.files.get(path)), one, due=due)
        except LogError as error:
            return f"is broken: {error}"
        except ArchiveError as error:
            if await self._is_missing(path):
                return "is missing" if due else None
            return f"cannot be read: {error}"

    async def _is_missing(self, path: str) -> bool:
        with suppress(ArchiveError):
            return await self.files.digest(path) is None
        return False

    def _amiss(self, shown: proof.Proof, one: Covered, *, due: bool) -> str | None:
        note, told = proof.check(shown)
        head, ours = self.heads.known.get(told.size, (None, None))
        if head is None or ours is None or ours.text != note.text:
            return f"is up to a head of {told.size} leaves that the log does not know"
        if not set(ours.signatures) & set(note.signatures):
            return "has a head without the signature that the log has of it"
        if not set(note.signatures) <= set(ours.signatures) and self.trust.seal(note) is Seal.FORGED:
            return "has a head with a forged signature"
        # While a newer revision waits for the next head, that of any earlier one may stand there.
        return None if due and shown.statement == one.statement else _whose(shown.statement, one, due=due)


def _whose(text: str, one: Covered, *, due: bool) -> str | None:
    try:
        stated = statement.parse(text.encode())
    except DocumentError:
        return "proves something that is no statement of an article"
    if stated.article != one.article:
        return f"is that of article {stated.article}, not of article {one.article}"
    return f"is that of revision {stated.revision}, not of what the newest one states" if due else None


def _signed(heads: Sequence[Head]) -> Iterator[tuple[int, tuple[Head, Note]]]:
    for head in heads:
        with suppress(LogError):  # told by who verifies the log
            note = checkpoint.parse_note(head.checkpoint)
            if note.signatures:
                yield head.size, (head, note)
