"""Testimony, intent, files, done: how a revision reaches the disk, from ``pipeline`` or ``reextracting``.

A kill between any two steps loses, doubles and orphans nothing (``recovery``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crawler import document, statement, urls
from crawler.config import ArchiveConfig
from crawler.model import (
    ArchivedFile,
    Change,
    Claim,
    Draft,
    DueItem,
    Older,
    RawRecord,
    Record,
    Testimony,
    sha256,
)
from crawler.ports import Archive, RawArchive, Store, Workers
from crawler.reading import Reading
from crawler.transparency import proof


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


def target(claim: Claim, files: ArchiveConfig) -> str:
    """Where an article's QR code leads, by ``[archive] qr_target``."""
    return files.qr_target.format(
        public_url=files.public_url,
        url=claim.url,
        article_id=claim.article_id,
        source=claim.source_key,
        code=claim.code,
        proof=document.qrcode_url(files.media_base, proof.path(claim.source_key, claim.code)),
    )


async def put_files(archive: Archive, files: Sequence[tuple[str, bytes]], *, older: Older | None) -> None:
    """Put a revision's files, its document last, after what lies in that one's place was moved aside."""
    path, data = files[-1]
    found = await archive.digest(path)
    if found not in {None, sha256(data)}:
        await archive.put(_aside(path, str(found), older), await archive.get(path))
    await archive.put_many(files)


def _aside(path: str, found: str, older: Older | None) -> str:
    """Where bytes go that are about to be replaced: a revision's, or anybody else's."""
    if older is not None and older.digest == found:
        return older.path
    folder = path.removesuffix(".md").replace("content/", "revisions/", 1)
    return f"{folder}/found-{found[:12]}.md"


def _older(claim: Claim) -> Older | None:
    if claim.newest_digest is None:
        return None
    path = document.revision_path(claim.source_key, claim.date, claim.url, claim.revision - 1)
    return Older(digest=claim.newest_digest, path=path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Puts revisions; the caller settles them."""

    workers: Workers
    archive: Archive
    store: Store
    files: ArchiveConfig
    raw: RawArchive | None = None  #: None: no testimony is kept

    async def put(
        self, item: DueItem, reading: Reading, draft: Draft, claim: Claim, *, change: Change, now: datetime,
        again: bool = False,
    ) -> bool:  # fmt: skip
        """Write the revision's files; False if the newest one has the same bytes, whole on the disk.

        ``again``: such a revision is made all the same, for what it says of the article.
        """
        rendered = render(draft, claim, self.files)
        found = await self.archive.digest(rendered.path)
        if found == claim.newest_digest == rendered.digest and not again:
            return False
        image = await self.workers.draw_qrcode(target(claim, self.files))
        page, size = reading.page, len(rendered.data)
        record = Record(
            claim=claim,
            item_id=item.item_id,
            draft=draft,
            document=ArchivedFile(path=rendered.path, digest=rendered.digest, size=size),
            qrcode=ArchivedFile(path=rendered.image_path, digest=sha256(image), size=len(image)),
            origin=reading.extraction.origin,
            verdict=reading.verdict,
            reason=change.reason,
            notice=change.standing,
            change=change,
            extraction=reading.extraction,
            page_url=page.final_url if page else None,
            page_digest=page.digest if page else None,
            fetched_at=page.fetched_at if page else now,
        )
        stated = statement.render(statement.of(record, item, reading.raw))
        kept = await self._testify(record, item, reading, stated, rendered, image)
        await self.store.intend(replace(record, statement=stated.decode(), kept=kept))
        files = [(rendered.image_path, image), (rendered.path, rendered.data)]
        await put_files(self.archive, files, older=_older(claim))
        return True

    async def _testify(
        self, record: Record, item: DueItem, reading: Reading, stated: bytes, rendered: Rendered, image: bytes
    ) -> RawRecord | None:
        """Keep the revision in the raw archive before anything else knows of it."""
        if self.raw is None:
            return None
        page_url = record.page_url and urls.without_secrets(record.page_url)
        return await self.raw.testify(
            Testimony(
                statement=stated,
                detail=statement.detail(record, item),
                document=rendered.data,
                image=image,
                address=f"{self.files.public_url.rstrip('/')}/{record.claim.url}/",
                page_url=page_url,
                image_address=document.qrcode_url(self.files.media_base, rendered.image_path),
                at=record.fetched_at,
                page=(reading.raw.file, reading.raw.offset) if reading.raw else None,
            )
        )
