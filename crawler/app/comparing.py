"""Revisions of an article beside each other, read from their files: nothing is shown that is not what was archived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crawler import difference, document, revising
from crawler.app.looking import on_disk
from crawler.archive.local import LocalArchive
from crawler.config import Config
from crawler.errors import ArchiveError, StoreError
from crawler.model import Change, DiffLine, sha256
from crawler.store.histories import Histories

__all__ = ["Compared", "Histories", "compared", "file_of", "histories", "look_at_files", "numbered"]

Revision = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two revisions beside each other."""

    before: Revision
    after: Revision
    change: Change  #: its size
    lines: list[DiffLine]


def histories(config: Config) -> Histories:
    """A read-only look into the archive database, also while a crawler runs."""
    return Histories(config.database)


async def look_at_files(config: Config, revisions: list[Revision]) -> None:
    """Note at each revision whether the disk holds its file as it was written."""
    archive = LocalArchive(config.archive.root)
    try:
        for revision in revisions:
            removed = revision["state"] == "removed"
            revision["on_disk"] = "taken down" if removed else await on_disk(archive, revision)
    finally:
        await archive.close()


def numbered(chronicle: dict[str, Any], number: int | None) -> Revision:
    """A revision by its number, None for the newest; raises ``StoreError``."""
    revisions: list[Revision] = chronicle["revisions"]
    if number is None and revisions:
        return revisions[-1]
    for revision in revisions:
        if revision["number"] == number:
            return revision
    known = "it has none"
    if revisions:
        first, last = revisions[0]["number"], revisions[-1]["number"]
        known = f"it has {first} to {last}" if first < last else f"it has only {first}"
    raise StoreError(f"article {chronicle['article']['id']} has no revision {number}; {known}")


async def file_of(config: Config, revision: Revision) -> bytes:
    """A revision's file, byte for byte as it was archived; raises ``ArchiveError``."""
    archive = LocalArchive(config.archive.root)
    try:
        if revision["state"] == "removed":
            raise ArchiveError(
                f"revision {revision['number']} was taken down; `crawler inspect provenance` says why"
            )
        data = await archive.get(revision["path"])
    finally:
        await archive.close()
    if sha256(data) != revision["sha256"]:
        raise ArchiveError(f"{revision['path']} was altered since it was archived; see `crawler verify`")
    return data


async def compared(config: Config, before: Revision, after: Revision) -> Compared:
    """Two revisions of one article, compared; raises ``ArchiveError`` or ``DocumentError``."""
    old = document.parse(await file_of(config, before))
    new = document.parse(await file_of(config, after))
    change = revising.measured(after["reason"], old, new)
    return Compared(before=before, after=after, change=change, lines=difference.worded(old, new))
