"""Lost files put again: byte for byte from their testimony, else by reading the kept page again.

What is there is never overwritten, also where it is not what it should be: that is told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from crawler import reading
from crawler.config import ArchiveConfig, BannersConfig
from crawler.errors import ArchiveError, CrawlError
from crawler.model import ArchivedFile, KeptRevision, Origin, Standing, Verdict, sha256
from crawler.outbox import render, target
from crawler.ports import Archive, RawArchive, Workers


class Revisions(Protocol):
    """The database as it is looked at here: ``store.retelling.files`` keeps it."""

    def kept(self) -> AsyncIterator[KeptRevision]:
        """Every revision that has files, in the order of articles."""
        ...

    async def standing(self, article_id: int) -> Standing:
        """An article's newest revision and what it came from."""
        ...


@dataclass(slots=True, kw_only=True)
class Put:
    """What became of the files."""

    revisions: int = 0
    whole: int = 0  #: files that were there
    put: int = 0  #: … from their testimony
    remade: int = 0  #: … by reading the kept page again, or drawn again
    other: list[str] = field(default_factory=list)  #: in whose place other bytes lie
    lost: list[str] = field(default_factory=list)  #: with the reason


@dataclass(slots=True, kw_only=True)
class Files:
    """Puts what is missing."""

    archive: Archive
    raw: RawArchive
    workers: Workers
    revisions: Revisions
    settings: ArchiveConfig
    banners: BannersConfig
    found: Put = field(default_factory=Put)

    async def run(self, observe: Callable[[int], None]) -> Put:
        """Look at every revision."""
        async for kept in self.revisions.kept():
            self.found.revisions += 1
            await self._revision(kept)
            observe(self.found.revisions)
        return self.found

    async def _revision(self, kept: KeptRevision) -> None:
        missing = [file for file in (kept.qrcode, kept.document) if await self._is_missing(file)]
        if not missing:
            return
        try:
            testified = await self._testified(kept)
        except ArchiveError as error:
            if error.scarce:
                raise
            await self._remake(kept, missing, str(error))
            return
        if testified is None:
            await self._remake(kept, missing, "nothing testifies to it")
            return
        for file in missing:
            await self._put(file, testified[file.path])
            self.found.put += 1

    async def _is_missing(self, file: ArchivedFile) -> bool:
        try:
            found = await self.archive.digest(file.path)
        except ArchiveError as error:
            self.found.other.append(f"{file.path}: {error}")
            return False
        if found is None:
            return True
        if found == file.digest or not file.digest:
            self.found.whole += 1
        else:
            self.found.other.append(f"{file.path}: other bytes lie there; crawler verify tells more")
        return False

    async def _testified(self, kept: KeptRevision) -> dict[str, bytes] | None:
        """Both files' bytes, if they are those that the database knows."""
        if kept.testimony is None:
            return None
        told = await self.raw.testimony(kept.testimony)
        files = {kept.qrcode.path: told.image, kept.document.path: told.document}
        wanted = {kept.qrcode.path: kept.qrcode.digest, kept.document.path: kept.document.digest}
        if any(wanted[path] and sha256(data) != wanted[path] for path, data in files.items()):
            raise ArchiveError("what testifies to it are other bytes")
        return files

    async def _put(self, file: ArchivedFile, data: bytes) -> None:
        """Write it, and read it again to be sure."""
        await self.archive.put(file.path, data)
        if await self.archive.digest(file.path) != sha256(data):
            self.found.lost.append(f"{file.path}: it was written, and other bytes are read")

    # What nothing testifies to

    async def _remake(self, kept: KeptRevision, missing: list[ArchivedFile], why: str) -> None:
        """Make the files again as they were made; only what has the right digest is put."""
        try:
            made = await self._made(kept, missing)
        except CrawlError as error:
            made, why = {}, f"{why}; {error.kind}: {error}"
        for file in missing:
            data = made.get(file.path)
            if data is not None and (sha256(data) == file.digest or not file.digest):
                await self._put(file, data)
                self.found.remade += 1
            else:
                self.found.lost.append(
                    f"{file.path}: {why}" + ("; made again, it is another file" if data else "")
                )

    async def _made(self, kept: KeptRevision, missing: list[ArchivedFile]) -> dict[str, bytes]:
        if not kept.newest:
            return {}
        standing, made = await self.revisions.standing(kept.article), dict[str, bytes]()
        claim = replace(standing.claim, revision=kept.number)
        if kept.qrcode in missing:
            made[kept.qrcode.path] = await self.workers.draw_qrcode(target(claim, self.settings))
        if kept.document in missing:
            made[kept.document.path] = await self._document(standing)
        return made

    async def _document(self, standing: Standing) -> bytes:
        """The file as today's reading makes it of what was kept."""
        item = standing.item
        if standing.origin is Origin.PAGE and standing.page is not None:
            page = await self.raw.page(standing.page)
            page = replace(page, fetched_at=max(page.fetched_at, standing.read_at))
            found = await reading.read_page(item, page, self.workers)
        else:
            own = await reading.read_entry(item, Verdict(ok=False), self.workers)
            if own is None or standing.origin is Origin.PAGE:
                raise ArchiveError("no page of it was kept")
            found = replace(own, verdict=standing.verdict)
        then = found.page.fetched_at if found.page else standing.read_at
        draft = reading.compose(item, found, then, files=self.settings, banners=self.banners)
        return render(draft, standing.claim, self.settings).data
