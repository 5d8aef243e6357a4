"""What mending needs: both sides of the archive, and the store where it is done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from crawler.archive.aside import Aside
from crawler.archive.local import LocalArchive
from crawler.archive.remnants import ORPHANS, REPAIRED
from crawler.archive.walk import Walk
from crawler.archive.warc import WarcArchive
from crawler.audit.facts import FileLook
from crawler.config import Config
from crawler.model import sha256
from crawler.store.auditing import SqlAudit
from crawler.store.mending import SqlMending

__all__ = ["ORPHANS", "REPAIRED", "Bench", "NotMended", "Reissued"]


class NotMended(Exception):
    """Why something cannot be mended, in a sentence."""


@dataclass(slots=True, kw_only=True)
class Reissued:
    """What became of the log's files, all at once."""

    deeds: dict[str, str] = field(default_factory=dict)  #: path → what is done
    told: str = ""  #: of the whole
    stopped: str = ""  #: why nothing is done, or no more than that


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where findings are mended."""

    config: Config
    audit: SqlAudit
    archive: LocalArchive
    raw: WarcArchive
    aside: Aside
    store: SqlMending | None  #: None: nothing is done, it is only said
    dangling: list[set[str]] = field(
        default_factory=list
    )  #: rows whose reference stayed broken, once asked for
    reissued: list[Reissued] = field(default_factory=list)  #: one, once the log's files were asked for
    republished: list[dict[str, str | NotMended]] = field(default_factory=list)  #: of the published proofs

    @property
    def root(self) -> Path:
        """The archive's."""
        return self.config.archive.root

    @property
    def walk(self) -> Walk:
        """A look at the disk."""
        return Walk(self.root)

    async def keep(self, look: FileLook) -> None:
        """What lies in a file's place, under ``repaired/``: a file as a copy, so that the place is never empty."""
        if look.place == "missing":
            return
        if look.place != "file":
            await asyncio.to_thread(self.aside.move, look.path, REPAIRED)
            return
        data = await self.archive.get(look.path)
        await self.archive.put(f"{REPAIRED}/{look.path}.{sha256(data)[:12]}", data)
