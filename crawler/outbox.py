"""Intent, files, done: how a revision reaches the disk, from ``pipeline`` or ``reextracting``.

A kill between any two steps loses, doubles and orphans nothing (``recovery``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler import document
from crawler.config import ArchiveConfig
from crawler.model import ArchivedFile, Claim, Draft, DueItem, Record, sha256
from crawler.ports import Archive, Store, Workers
from crawler.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An article's file, not yet put."""

    data: bytes
    path: str
    digest: str  #: SHA-256 of data
    image_path: str  #: of its QR code


def render(draft: Draft, claim: Claim, files: ArchiveConfig) -> Rendered:
    """The file's bytes and place: the same for the same draft and claim."""
    image_path = document.qrcode_path(claim.source_key, claim.date, claim.code)
    address = document.qrcode_url(files.media_base, image_path)
    data = document.render(document.compose(draft, claim, address))
    path = document.document_path(claim.source_key, claim.date, claim.url)
    return Rendered(data=data, path=path, digest=sha256(data), image_path=image_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Puts revisions; the caller settles them."""

    workers: Workers
    archive: Archive
    store: Store
    files: ArchiveConfig

    async def put(
        self, item: DueItem, reading: Reading, draft: Draft, claim: Claim, *, reason: str, now: datetime
    ) -> bool:
        """Write the revision's files; False if the newest one has the same bytes, whole on the disk."""
        rendered = render(draft, claim, self.files)
        found = await self.archive.digest(rendered.path)
        if found == claim.newest_digest == rendered.digest:
            return False
        image = await self.workers.draw_qrcode(self._target(draft, claim))
        page, size = reading.page, len(rendered.data)
        await self.store.intend(
            Record(
                claim=claim,
                item_id=item.item_id,
                draft=draft,
                document=ArchivedFile(path=rendered.path, digest=rendered.digest, size=size),
                qrcode=ArchivedFile(path=rendered.image_path, digest=sha256(image), size=len(image)),
                origin=reading.extraction.origin,
                verdict=reading.verdict,
                reason=reason,
                extraction=reading.extraction,
                page_url=page.final_url if page else None,
                page_digest=page.digest if page else None,
                fetched_at=page.fetched_at if page else now,
            )
        )
        if found not in {None, rendered.digest}:
            await self._set_aside(claim, rendered.path, found)
        await self.archive.put_many([(rendered.image_path, image), (rendered.path, rendered.data)])
        return True

    async def _set_aside(self, claim: Claim, path: str, found: str | None) -> None:
        """Keep the bytes that are about to be replaced: a revision's, or anybody else's."""
        older = document.revision_path(claim.source_key, claim.date, claim.url, claim.revision - 1)
        if found != claim.newest_digest:
            older = older.removesuffix(f"/{claim.revision - 1}.md") + f"/found-{str(found)[:12]}.md"
        await self.archive.put(older, await self.archive.get(path))

    def _target(self, draft: Draft, claim: Claim) -> str:
        """Where the QR code leads."""
        return self.files.qr_target.format(
            public_url=self.files.public_url,
            url=claim.url,
            article_id=claim.article_id,
            source=draft.source_key,
            code=claim.code,
        )
