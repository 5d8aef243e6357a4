"""What mending needs: both sides of the archive, and the store where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crawler.archive.aside import Aside
from crawler.archive.local import LocalArchive
from crawler.archive.walk import Walk
from crawler.archive.warc import WarcArchive
from crawler.store.auditing import SqlAudit
from crawler.store.mending import SqlMending

REPAIRED, ORPHANS = "repaired", "orphans"


class NotMended(Exception):
    """Why something cannot be mended, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where findings are mended."""

    root: Path
    audit: SqlAudit
    archive: LocalArchive
    raw: WarcArchive
    aside: Aside
    store: SqlMending | None  #: None: nothing is done, it is only said

    @property
    def walk(self) -> Walk:
        """A look at the disk."""
        return Walk(self.root)
