"""One raw file: its records in their order, merged with the rows that claim them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from crawler.app.verifying.desk import FRESH, Desk
from crawler.archive.warc import scan
from crawler.archive.warc.reading import OPEN, Reader
from crawler.audit import raw
from crawler.audit.codes import finding
from crawler.audit.facts import FileLook, RawGap, RawLook, RecordRow
from crawler.audit.testimonies import Testimonies, revision, stated
from crawler.errors import ArchiveError
from crawler.model import Finding

_PAGE = 200  #: records of one look
_FIRST = -(2**62)
_ROBOTS = re.compile(r"https?://[^/?#]+/robots\.txt(?:\?|$)")


@dataclass(slots=True)
class Volume:
    """``path`` as it lies there, also while its name ends in ``.open``."""

    desk: Desk
    path: str
    rows: list[RecordRow] = field(default_factory=list)  #: read ahead
    lines: list[str] = field(default_factory=list)  #: of the index
    damaged: bool = False
    clean: bool = True
    _after: tuple[int, int] = (_FIRST, 0)  #: the last row that was read: where, and its number
    _more: bool = True
    _testimonies: Testimonies = field(init=False)
    _lost: RawLook | None = None  #: a conversion that no row knows, until its statement comes
    _waiting: set[str] = field(default_factory=set)  #: fetches without a record, by address and time

    def __post_init__(self) -> None:
        self._testimonies = Testimonies(self.name)

    @property
    def name(self) -> str:
        """As rows call it."""
        return self.path.removesuffix(OPEN)

    @property
    def is_open(self) -> bool:
        """Whether its name says that it is written."""
        return self.path.endswith(OPEN)

    async def verify(self, look: FileLook) -> None:
        """All of it; what is remembered, or wished quick, by its rows alone."""
        if look.place != "file":
            if look.place != "missing":
                self._tell([finding("F316", f"{self.path} is no regular file, or cannot be read", self.path)])
            return
        if self.is_open and not self.desk.busy:
            self._tell([finding("F314", f"{self.path} was left open", self.path)])
        try:
            if self.desk.wish.quick or self._is_known(look):
                await self._quick(look)
                return
            await self._records(look)
        except FileNotFoundError:  # it was closed meanwhile, or is gone, which its rows tell
            if self.is_open:
                closed = await self.desk.run(self.desk.walk.look, self.name, read=False)
                await Volume(self.desk, self.name).verify(closed)
            return
        except (ArchiveError, OSError) as error:
            self._tell([finding("F316", f"{self.path} cannot be read: {error}", self.path)])
            return
        if not self.is_open:
            await self._whole(look)

    # By every byte

    async def _records(self, look: FileLook) -> None:
        found = scan.scan(self.desk.walk.tree, self.path)
        await self._ahead(0)
        while page := await self.desk.run(_taken, found):
            told = [(one, [] if isinstance(one, RawGap) else await self._claims(one.offset)) for one in page]
            self._waiting = await self._forsaken(told)
            for one, claims in told:
                if isinstance(one, RawGap):
                    self._gap(one)
                else:
                    await self._record(one, claims)
            self.desk.count("raw bytes", sum(_length(one) for one in page))
        self._tell(self._testimonies.end())
        await self._rest(look.size)

    def _gap(self, one: RawGap) -> None:
        self.damaged |= not one.harmless
        wrong = raw.gap(self.path, one, is_open=self.is_open)
        self._tell([wrong] if wrong else [])

    async def _forsaken(self, page: Sequence[tuple[RawLook | RawGap, list[RecordRow]]]) -> set[str]:
        """Fetches without a record that records of a page may be of: asked once, for all fetches are read for it.

        A robots.txt is of no fetch.
        """
        known = [_place(one) for one, claims in page if isinstance(one, RawLook) and _may_wait(one, claims)]
        return await self.desk.audit.forsaken(known) if known else set()

    async def _record(self, look: RawLook, claims: list[RecordRow]) -> None:
        self._tell(raw.record(self.path, look))
        if look.line is not None:
            self.lines.append(look.line)
        self._tell(raw.rows(self.name, look, claims))
        for row in claims:
            forsaken = row.fetch_id is None and row.type == look.type != "conversion"
            waits = forsaken and _place(look) in self._waiting
            self._tell(raw.references(row, forsaken=waits))
        if look.type == "revisit" and not await self._resolved(look):
            self._tell([raw.unresolved(self.path, look)])
        self._tell(self._testimonies.judge(look, claims[0] if claims else None))
        await self._unknown(look, claims)
        self.desk.counts["records"] = self.desk.counts.get("records", 0) + 1

    async def _claims(self, offset: int) -> list[RecordRow]:
        """Rows that claim the record at ``offset``; those before it claim nothing that is there."""
        await self._ahead(offset)
        before = [row for row in self.rows if row.start < offset]
        claims = [row for row in self.rows if row.start == offset]
        del self.rows[: len(before) + len(claims)]
        for row in before:
            await self._absent(row)
        return claims

    async def _ahead(self, offset: int) -> None:
        """Have all rows up to ``offset``, and one behind it if there is one."""
        while self._more and (not self.rows or self.rows[-1].start <= offset):
            page = await self.desk.audit.records(self.name, *self._after)
            self._more = bool(page)
            self.rows += page
            self._after = (page[-1].start, page[-1].id) if page else self._after

    async def _rest(self, size: int) -> None:
        while True:
            await self._ahead(0)
            if not self.rows:
                return
            for row in self.rows:
                if not (self.desk.busy and row.start >= size):  # it was added meanwhile
                    await self._absent(row)
            self.rows.clear()

    async def _absent(self, row: RecordRow) -> None:
        self._tell([raw.absent(row, "no whole record begins there")])

    async def _resolved(self, look: RawLook) -> bool:
        if look.first is None:
            return False
        if await self.desk.audit.holds(*look.first):
            return True
        reader = Reader(self.desk.walk.tree)
        return await self.desk.run(reader.original, *look.first) is not None

    async def _unknown(self, look: RawLook, claims: list[RecordRow]) -> None:
        """Records that no row knows; whether a revision's lost its row its statement tells, two records on."""
        if look.type == "metadata" and self._lost is not None:
            conversion, self._lost = self._lost, None
            forsaken = await self._is_stated(look)
            self._tell([raw.lost(self.name, conversion, forsaken=forsaken)])
        if claims or look.type not in raw.INDEXED or self._is_fresh(look):
            return
        if look.type == "conversion":
            self._lost = look
        else:
            self._tell([raw.lost(self.name, look, forsaken=_place(look) in self._waiting)])

    async def _is_stated(self, look: RawLook) -> bool:
        told = revision(look.text)
        return told is not None and stated(look.text) in await self.desk.audit.stated(*told)

    def _is_fresh(self, look: RawLook) -> bool:
        """Whether its row may be on its way."""
        if not self.desk.busy:
            return False
        try:
            return self.desk.now - datetime.fromisoformat(look.date) < FRESH
        except (ValueError, TypeError):
            return False

    # As a whole

    async def _whole(self, look: FileLook) -> None:
        """The index beside a closed file, and whether the file is the one that was verified before."""
        if not self.damaged:
            await self._index()
        memory, now = self.desk.memory, self.desk.now
        if not memory.is_kept:
            return
        found = await self.desk.run(scan.digest, self.desk.walk.tree, self.path)
        last = memory.last(self.path)
        if last is not None and last.sha256 != found and not await self.desk.audit.took_down(last.at):
            what = f"{self.path} is not the file that was verified at {last.at:%Y-%m-%dT%H:%M:%SZ}"
            self._tell([finding("F317", what, self.path, wanted=last.sha256, found=found)])
        elif self.clean:
            memory.note(self.path, size=look.size, modified=look.modified, sha256=found, at=now)

    async def _index(self) -> None:
        same = await self.desk.run(scan.indexed, self.desk.walk.tree, self.path, self.lines)
        path = f"{self.path.removesuffix('.warc.gz')}.cdxj"
        if same is None:
            self._tell([finding("F311", f"the index {path} is missing", path)])
        elif not same:
            self._tell([finding("F312", f"the index {path} does not say what is in its raw file", path)])

    # By rows alone

    def _is_known(self, look: FileLook) -> bool:
        known = self.desk.memory.known(self.path, self.desk.now, self.desk.wish.older_than)
        return known is not None and (known.size, known.modified) == (look.size, look.modified)

    async def _quick(self, look: FileLook) -> None:
        self.desk.count("raw bytes", look.size)
        while True:
            await self._ahead(0)
            if not self.rows:
                break
            page, self.rows = self.rows, []
            starts = [max(0, row.start) for row in page]
            size, begun = await self.desk.run(scan.begins, self.desk.walk.tree, self.path, starts)
            for row, begins in zip(page, begun, strict=True):
                if not begins or row.start < 0 or row.start + row.size > size:
                    await self._absent(row)
                self._tell(raw.references(row, forsaken=False))
        path = f"{self.path.removesuffix('.warc.gz')}.cdxj"
        if (
            not self.is_open
            and (await self.desk.run(self.desk.walk.look, path, read=False)).place == "missing"
        ):
            self._tell([finding("F311", f"the index {path} is missing", path)])

    def _tell(self, found: Iterator[Finding] | list[Finding]) -> None:
        told = list(found)
        self.clean &= not told
        self.desk.tell(told)


def _taken(found: Iterator[RawLook | RawGap]) -> list[RawLook | RawGap]:
    return list(islice(found, _PAGE))


def _may_wait(look: RawLook, claims: Sequence[RecordRow]) -> bool:
    if look.type not in {"response", "revisit"} or _ROBOTS.match(look.url):
        return False
    return not claims or any(row.fetch_id is None for row in claims)


def _place(look: RawLook) -> str:
    """How a fetch is known that it may be the record of."""
    return f"{look.url} {look.date}"


def _length(one: RawLook | RawGap) -> int:
    return one.length if isinstance(one, RawLook) else one.end - one.offset
