"""An archive, looked into: read-only, also while a crawler runs."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from crawler import document
from crawler.archive.local import LocalArchive
from crawler.config import Config
from crawler.errors import ArchiveError
from crawler.store.search import Search

__all__ = ["Search", "compare_files", "read_document", "search"]


def search(config: Config) -> Search:
    """A read-only look into the archive database, also while a crawler runs."""
    return Search(config.database)


async def compare_files(config: Config, chain: dict[str, Any]) -> None:
    """Note at each file of a provenance chain whether the disk holds the bytes that were written."""
    archive = LocalArchive(config.archive.root)
    try:
        for revision in chain["revisions"]:
            for file in revision["files"].values():
                try:
                    found = await archive.digest(file["path"])
                except ArchiveError as error:
                    file["on_disk"] = f"unreadable: {error}"
                    continue
                whole = "intact" if found == file["sha256"] else "altered"
                file["on_disk"] = whole if found else "missing"
    finally:
        await archive.close()


def read_document(config: Config, path: str) -> dict[str, Any]:
    """An archived file's twelve keys and its body; raises ``ArchiveError`` or ``DocumentError``."""

    async def read() -> bytes:
        archive = LocalArchive(config.archive.root)
        try:
            return await archive.get(path)
        finally:
            await archive.close()

    return asdict(document.parse(asyncio.run(read())))
