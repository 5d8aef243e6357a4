"""A folder of backups: their names, what is in each, which one is the newest, which ones go."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.app.manifests import ARCHIVE, MANIFEST, files, manifest
from crawler.archive.copies import Copies
from crawler.archive.failures import failure, told
from crawler.durable import make_folder, sync_folder
from crawler.errors import ArchiveBusy, ArchiveError
from crawler.model.backup import CopiedFile

OF = (
    "archive.root"  #: in an unfinished backup: which archive it is of, its root and the first leaf of its log
)
PARTIAL = ".partial"
_NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
_LEAF = re.compile(r"[0-9a-f]{64}")
_CHUNK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Which archive a backup is of: two machines may back up the same path into one folder."""

    root: str
    log: str | None = (
        None  #: the first leaf of its log, which never changes; None: there was none, or it does not tell
    )

    def has(self, backup: Path) -> bool:
        """Whether a backup, finished or not, is of this archive; what says nothing of itself is nobody's."""
        other = owner(backup)
        return other is not None and other.root == self.root and other.log in {None, self.log}


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


def of_archive(target: Path, mine: Owner) -> list[Path]:
    """Those that were taken of this archive, oldest first."""
    return [one for one in whole(target) if mine.has(one)]


def owner(backup: Path) -> Owner | None:
    """The archive that a backup, finished or not, was taken of; None where it does not tell."""
    with suppress(OSError):
        told = os.fsdecode((backup / OF).read_bytes()).removesuffix("\n")
        root, _, log = told.rpartition("\n")
        return Owner(root=root, log=log) if _LEAF.fullmatch(log) else Owner(root=told)
    with suppress(ArchiveError):
        known = manifest(backup)
        return Owner(root=known.root, log=known.log)
    return None


def begin(partial: Path, mine: Owner) -> None:
    """Make a backup's folder, and say in it first of all whose it is: the next one knows what it may remove."""
    make(partial)
    own = Copies(partial)
    own.write(OF, os.fsencode("".join(f"{one}\n" for one in (mine.root, mine.log) if one)))
    own.sync()
    make(partial / ARCHIVE)


def earlier(target: Path, mine: Owner) -> tuple[Path, dict[str, CopiedFile]] | None:
    """The newest of the same archive whose list is whole, and its files: one that was damaged hinders no other."""
    for one in reversed(of_archive(target, mine)):
        with suppress(ArchiveError):
            return one, files(one)
    return None


def _order(backup: Path) -> tuple[str, int]:
    at, _, number = backup.name.partition("-")
    return at, int(number or 1)


def sweep(target: Path, mine: Owner) -> None:
    """Remove what killed backups of this archive left: they never got a name."""
    with told(target, "", "tidied up"):
        for one in target.iterdir():
            named = one.name.endswith(PARTIAL) and _NAME.fullmatch(one.name.removesuffix(PARTIAL))
            if named and (mine.has(one) or _is_bare(one)):
                _remove(one)


def _is_bare(partial: Path) -> bool:
    """Whether a backup was killed before it had said whose it is: nothing else is in it."""
    return all(one.name == OF for one in partial.iterdir())


def _remove(backup: Path) -> None:
    """What says whose it is goes last, so that whatever a kill leaves is known again; raises ``OSError``."""
    for one in backup.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        elif one.name not in {OF, MANIFEST}:
            one.unlink()
    shutil.rmtree(backup)


def publish(partial: Path, final: Path) -> None:
    """Give a finished backup its name."""
    with told(final.parent, final.name, "written"):
        (partial / OF).unlink(missing_ok=True)  # its manifest tells it now
        partial.rename(final)
        sync_folder(final.parent)


def prune(target: Path, mine: Owner, keep: int | None, made: str) -> list[str]:
    """Remove the archive's oldest backups until ``keep`` are left; which ones went.

    Never the one that was just ``made``, which by its name is the oldest where the clock was set back.

    Others' stay.  Raises ``ArchiveError``; what is left of one that was to go has no backup's name, and the next
    backup removes it.
    """
    if keep is None:
        return []
    others = [one for one in of_archive(target, mine) if one.name != made]
    gone = others[: max(0, len(others) + 1 - max(1, keep))]
    for one in gone:
        with told(target, one.name, "removed (the new backup is whole)"):
            going = one.rename(one.with_name(one.name + PARTIAL))  # no half backup keeps its name
            _remove(going)
            sync_folder(target)
    return [one.name for one in gone]


def foreign(target: Path, mine: Owner) -> int:
    """How many backups in a folder are other archives', or do not tell whose they are."""
    return len(whole(target)) - len(of_archive(target, mine))


def make(folder: Path) -> None:
    """Make a folder if it is missing; raises ``ArchiveError``."""
    try:
        make_folder(folder)
    except OSError as error:
        raise ArchiveError(f"{folder}: cannot be made: {error.strerror}; name another folder") from None


def require_outside(target: Path, root: Path, why: str) -> None:
    """Refuse to write into the archive itself; raises ``ArchiveError``."""
    if lies_in(target, root):
        raise ArchiveError(f"{target}: lies in the archive itself, and {why}; name a place outside of it")


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """One backup at a time into one folder; the kernel lets go of a killed one's lock."""
    make(target)
    with told(target, ".lock", "opened"):
        lock = (target / ".lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ArchiveBusy(f"{target}: another backup is being taken there; wait until it ends") from None
        except OSError as error:
            raise failure(target, ".lock", "locked", error) from None
        yield


def lies_in(place: Path, folder: Path) -> bool:
    """Whether a place is a folder or lies in it, whatever leads there; a link to itself lies where it stands."""
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder))


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
