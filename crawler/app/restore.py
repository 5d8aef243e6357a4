"""``crawler restore``: a backup made an archive again, every byte checked on the way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crawler.app import backups
from crawler.app.backup import SPARE, Progress
from crawler.app.manifests import ARCHIVE, DATABASE, FILES, MANIFEST, files, manifest
from crawler.archive.copies import Altered, Copies, Source
from crawler.archive.locked import locked
from crawler.durable import sync_folder
from crawler.errors import ArchiveError
from crawler.store import snapshot

RESTORING = ".restoring"  #: what the folder's name ends in until it is whole


def restore(backup: Path, root: Path, observe: Callable[[Progress], None]) -> dict[str, Any]:
    """Copy a backup's archive to ``root``, which is empty or not there; its manifest.

    Raises ``ArchiveError`` naming the first file that is gone or altered; then ``root`` is as it was.
    """
    found = manifest(backup)
    if backups.lies_in(root, backup):
        raise ArchiveError(
            f"{root}: lies in the backup itself, which is not to be changed; name a new folder"
        )
    _require_apart(root)
    _require_empty(root)
    # Each restore removes what another one left unfinished beside the root.
    folder = locked(root.parent, "another restore is under way there; wait until it ends")
    try:
        _made(backup, found.size, root, observe)
    finally:
        os.close(folder)
    return found.plain


def _made(backup: Path, size: int, root: Path, observe: Callable[[Progress], None]) -> None:
    making = root.with_name(root.name + RESTORING)
    _require_room(root, size)
    shutil.rmtree(making, ignore_errors=True)  # of a restore that was killed
    backups.make(making)
    try:
        _copy(backup, making, observe)
        snapshot.check(making / DATABASE)
        making.replace(root)
    except OSError as error:
        raise ArchiveError(f"{root}: cannot be made: {error.strerror}; name another folder") from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
    try:
        sync_folder(root.parent)
    except OSError as error:
        why = f"{error.strerror}; a power cut may take it: remove it, and restore again"
        raise ArchiveError(f"{root}: is whole, but its name is not on the disk yet: {why}") from None


def _require_apart(root: Path) -> None:
    """No archive lies within another one, or within a backup: neither would know its own files."""
    for around in Path(os.path.realpath(root)).parents:
        if (around / DATABASE).exists() or all((around / one).exists() for one in (MANIFEST, FILES)):
            raise ArchiveError(
                f"{root}: lies in {around}, which is an archive or a backup; name another folder"
            )


def _copy(backup: Path, making: Path, observe: Callable[[Progress], None]) -> None:
    listed = files(backup)
    source, copies = Source(backup / ARCHIVE), Copies(making)
    for done, file in enumerate(listed.values(), 1):
        try:
            with source.open(file.path) as opened:
                copies.copy(opened, file.path, digest=file.digest)
        except FileNotFoundError:
            raise _damaged(backup, file.path, "is gone") from None
        except Altered:
            raise _damaged(backup, file.path, "was altered since the backup was taken") from None
        observe(Progress("files", done, len(listed)))
    copies.sync()


def _damaged(backup: Path, path: str, what: str) -> ArchiveError:
    return ArchiveError(f"{backup / ARCHIVE / path} {what}; restore another backup")


def _require_empty(root: Path) -> None:
    try:
        folder, there = root.is_dir() and not root.is_symlink(), os.path.lexists(root)
        full = folder and any(root.iterdir())
    except OSError as error:
        raise ArchiveError(f"{root}: cannot be looked into: {error.strerror}; name another folder") from None
    if there and not folder:
        raise ArchiveError(f"{root}: is no folder, and nothing is ever overwritten; name a new one")
    if full:
        raise ArchiveError(f"{root}: is not empty, and nothing is ever overwritten; name a new folder")
    backups.make(root.parent)


def _require_room(root: Path, size: int) -> None:
    free = shutil.disk_usage(root.parent).free
    if free < size + SPARE:
        raise ArchiveError(f"{root}: the archive has {size} bytes, but only {free} are free there")
