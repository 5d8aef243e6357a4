"""A folder of backups: their names, what is in each, which one is the newest, which ones go."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.archive.durable import sync_folder
from crawler.archive.failures import told
from crawler.errors import ArchiveError
from crawler.model.backup import CopiedFile

FORMAT = "crawler-backup/1"
ARCHIVE, DATABASE = "archive", "crawler.db"
MANIFEST, FILES = "manifest.json", "files.jsonl"
PARTIAL = ".partial"
_NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
_CHUNK = 2**20


def name(target: Path, at: datetime) -> str:
    """``20250226T211016Z``, with a number behind it where that is taken."""
    base = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    number, free = 1, base
    while (target / free).exists():
        number += 1
        free = f"{base}-{number}"
    return free


def whole(target: Path) -> list[Path]:
    """The finished backups in a folder, oldest first."""
    with told(target, "", "read"):
        found = [one for one in target.iterdir() if _NAME.fullmatch(one.name) and (one / MANIFEST).is_file()]
    return sorted(found, key=_order)


def earlier(target: Path) -> tuple[Path, dict[str, CopiedFile]] | None:
    """The newest backup whose list is whole, and its files: one that was damaged hinders no other."""
    for one in reversed(whole(target)):
        with suppress(ArchiveError):
            return one, files(one)
    return None


def _order(backup: Path) -> tuple[str, int]:
    at, _, number = backup.name.partition("-")
    return at, int(number or 1)


def sweep(target: Path) -> None:
    """Remove what a killed backup left: it never got its name."""
    with told(target, "", "tidied up"):
        for one in target.iterdir():
            if one.name.endswith(PARTIAL) and _NAME.fullmatch(one.name.removesuffix(PARTIAL)):
                shutil.rmtree(one)


def publish(partial: Path, final: Path) -> None:
    """Give a finished backup its name."""
    with told(final.parent, final.name, "written"):
        partial.rename(final)
        sync_folder(final.parent)


def prune(target: Path, keep: int | None) -> list[str]:
    """Remove the oldest finished backups until ``keep`` are left, never the newest; which ones went.

    Raises ``ArchiveError``; what is left of one that was to go has no backup's name, and the next backup removes it.
    """
    if keep is None:
        return []
    gone = whole(target)[: -max(1, keep)]
    for one in gone:
        with told(target, one.name, "removed (the new backup is whole)"):
            going = one.rename(one.with_name(one.name + PARTIAL))  # no half backup keeps its name
            shutil.rmtree(going)
            sync_folder(target)
    return [one.name for one in gone]


def make(folder: Path) -> None:
    """Make a folder if it is missing; raises ``ArchiveError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveError(f"{folder}: cannot be made: {error.strerror}; name another folder") from None


def require_outside(target: Path, root: Path, why: str) -> None:
    """Refuse to write into the archive itself; raises ``ArchiveError``."""
    if target.resolve().is_relative_to(root.resolve()):
        raise ArchiveError(f"{target}: lies in the archive itself, and {why}; name a place outside of it")


def index_of(path: str) -> str:
    """The index beside a WARC file."""
    return path.removesuffix(".warc.gz") + ".cdxj"


def digested(path: Path) -> CopiedFile:
    """A file that was written here, durable from now on."""
    digest, size = hashlib.sha256(), 0
    with told(path.parent, path.name, "written"), path.open("rb") as file:
        os.fsync(file.fileno())
        while data := file.read(_CHUNK):
            digest.update(data)
            size += len(data)
    return CopiedFile(path=path.name, digest=digest.hexdigest(), size=size)


def lines(files: Iterable[CopiedFile]) -> bytes:
    """``files.jsonl``: a line for each file, by path."""
    ordered = sorted(files, key=lambda one: one.path)
    return "".join(f"{json.dumps(_plain(one), ensure_ascii=False)}\n" for one in ordered).encode()


def _plain(file: CopiedFile) -> dict[str, Any]:
    told: dict[str, Any] = {"path": file.path, "size": file.size, "sha256": file.digest}
    return told if file.changed is None else {**told, "mtime_ns": file.changed}


def manifest(backup: Path) -> dict[str, Any]:
    """What a backup says of itself; raises ``ArchiveError``."""
    try:
        told = json.loads((backup / MANIFEST).read_bytes())
    except OSError as error:
        raise ArchiveError(
            f"{backup}: not a backup: {MANIFEST}: {error.strerror}; name one of the dated folders"
        ) from None
    except ValueError:
        raise ArchiveError(f"{backup / MANIFEST}: damaged: not JSON; restore another backup") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ArchiveError(f"{backup}: not a backup of the form {FORMAT}; update the crawler")
    return told


def files(backup: Path) -> dict[str, CopiedFile]:
    """Its files by path, as its list tells them; raises ``ArchiveError`` where that is not the list it was."""
    told = manifest(backup)["files"]
    try:
        data = (backup / FILES).read_bytes()
    except OSError as error:
        raise ArchiveError(
            f"{backup / FILES}: cannot be read: {error.strerror}; restore another backup"
        ) from None
    if hashlib.sha256(data).hexdigest() != told["sha256"]:
        raise ArchiveError(
            f"{backup / FILES}: was altered since the backup was taken; restore another backup"
        )
    read = (json.loads(line) for line in data.splitlines())
    return {
        one["path"]: CopiedFile(
            path=one["path"], digest=one["sha256"], size=one["size"], changed=one.get("mtime_ns")
        )
        for one in read
    }
