"""An archive, looked into: read-only, also while a crawler runs."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Any

from crawler import document
from crawler.archive.local import LocalArchive
from crawler.config import Config
from crawler.errors import ArchiveError
from crawler.model import RawRecord
from crawler.store import lock
from crawler.store.search import Search

__all__ = ["Search", "compare_files", "on_disk", "parse_document", "pause", "read_document", "search"]


def pause(config: Config) -> str | None:
    """Why the crawler at work on this archive fetches nothing more; None where it does, or none is."""
    return lock.pause(config.database)


def search(config: Config) -> Search:
    """A read-only look into the archive database, also while a crawler runs."""
    return Search(config.database)


async def compare_files(config: Config, chain: dict[str, Any]) -> None:
    """Note at each file of a provenance chain whether the disk holds the bytes that were written."""
    archive = LocalArchive(config.archive.root)
    try:
        for revision in chain["revisions"]:
            for kind, file in revision["files"].items():
                removed = kind == "document" and revision.get("state") == "removed"
                file["on_disk"] = "taken down" if removed else await on_disk(archive, file)
    finally:
        await archive.close()
    await _compare_raw(config, chain)


async def on_disk(archive: LocalArchive, file: dict[str, Any]) -> str:
    """Whether a file lies there as it was written: intact, altered, missing, unreadable and why."""
    try:
        found = await archive.digest(file["path"])
    except ArchiveError as error:
        return f"unreadable: {error}"
    whole = "intact" if found == file["sha256"] else "altered"
    return whole if found else "missing"


async def _compare_raw(config: Config, chain: dict[str, Any]) -> None:
    """Note at each fetch whether its record in the raw archive is whole and holds the body it should."""
    from crawler.app import rawarchive  # its library costs more than most looks

    visits = [*chain["polls"], *chain["captures"]]
    kept = [fetch for visit in visits for fetch in visit["fetches"] if fetch["raw_file"]]
    archive = rawarchive.reading(config)
    try:
        for fetch in kept:
            if fetch["raw_type"] == "removed":
                fetch["raw_on_disk"] = "taken down"
                continue
            try:
                await archive.page(_record(fetch))
                fetch["raw_on_disk"] = "intact"
            except ArchiveError as error:
                fetch["raw_on_disk"] = f"unreadable: {error}"
    finally:
        await archive.close()


def _record(fetch: dict[str, Any]) -> RawRecord:
    return RawRecord(
        url=fetch["url"],
        file=fetch["raw_file"],
        offset=fetch["raw_start"],
        length=fetch["raw_size"],
        payload=fetch["raw_sha256"],
        revisit=fetch["raw_type"] == "revisit",
        written_at=datetime.fromisoformat(fetch["raw_at"]),
    )


def read_document(config: Config, path: str) -> dict[str, Any]:
    """An archived file's twelve keys and its body; raises ``ArchiveError`` or ``DocumentError``."""

    async def read() -> bytes:
        archive = LocalArchive(config.archive.root)
        try:
            return await archive.get(path)
        finally:
            await archive.close()

    return parse_document(asyncio.run(read()))


def parse_document(data: bytes) -> dict[str, Any]:
    """A file's twelve keys and its body; raises ``DocumentError``."""
    return asdict(document.parse(data))
