"""A visit's version of an article beside the one that stands: is it another revision, and of what kind?

Asks the archive and the store for what ``revising`` decides by; used by ``pipeline`` before a revision is put.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler import document, revising
from crawler.config import ArchiveConfig
from crawler.editing import standing
from crawler.errors import ArchiveError, DocumentError
from crawler.model import Change, Claim, Draft, DueItem, NoChange, Notice, Origin
from crawler.outbox import render
from crawler.ports import Archive, Store, Workers
from crawler.reading import Reading, noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """Weighs versions over the ports; holds no state of its own."""

    archive: Archive
    store: Store
    workers: Workers  #: the event loop reads no article word by word
    files: ArchiveConfig
    caps: revising.Caps

    async def weighed(
        self, item: DueItem, found: Reading, draft: Draft, claim: Claim, *, now: datetime
    ) -> Change | NoChange:
        """What would become of a version of an article."""
        notice = noticed(item, found)
        if claim.revision == 1:
            return revising.first(notice)
        rendered = render(draft, claim, self.files)
        if rendered.digest == claim.newest_digest:  # the very bytes: put again only if they are not there
            return Change(reason=revising.AGAIN)
        past = await self.store.past(claim.article_id)
        version = _version(item, found, draft, notice)
        try:  # the file of the newest revision, if it is there as it was written
            before = await standing.data_of(self.archive, claim)
            if item.held and document.is_tombstone(document.parse(before)):
                return NoChange(why="it was taken down, and that is final")
            known = tuple(line.text for line in found.extraction.removed)
            comparison = await self.workers.compare(before, rendered.data, known=known)
        except (ArchiveError, DocumentError):
            return revising.again(version, past)
        return revising.weigh(version, comparison, past, now=now, caps=self.caps)


def _version(item: DueItem, found: Reading, draft: Draft, notice: Notice | None) -> revising.Version:
    return revising.Version(
        extraction=found.extraction,
        choices=draft.choices,
        notice=notice,
        page_digest=found.page.digest if found.page else None,
        upgrade=item.fallback and found.extraction.origin is Origin.PAGE,
    )
