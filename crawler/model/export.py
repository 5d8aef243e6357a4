"""What of an archive goes into a package: articles, their files, their raw records."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.model.article import ArchivedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlace:
    """A record of the raw archive."""

    path: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One article of a selection."""

    id: int
    title: str
    files: tuple[ArchivedFile, ...]  #: the newest revision's file first, the QR image, earlier revisions
    page: RecordPlace | None  #: the page it was read from
    records: tuple[RecordPlace, ...]  #: everything that was kept for it, originals of revisits too
    changed_at: str  #: when its newest revision was archived
    taken_down: bool
