"""What a backup says of itself: its manifest and its list of files, read strictly; for ``backups`` and ``restore``."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from crawler.errors import ArchiveError
from crawler.model.backup import CopiedFile

FORMAT = "crawler-backup/1"
ARCHIVE, DATABASE = "archive", "crawler.db"
MANIFEST, FILES = "manifest.json", "files.jsonl"
_NEWER = re.compile(r"crawler-backup/\d+")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_COUNTS = ("articles", "revisions", "files", "bytes", "unchanged", "copied_bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest, every key of which is there and what it should be."""

    plain: dict[str, Any]
    root: str  #: of the archive that it was taken of
    log: (
        str | None
    )  #: the first leaf of that one's log; None: it had none, or an older crawler took the backup
    size: int  #: bytes of all its files
    digest: str  #: SHA-256 of its list


def manifest(backup: Path) -> Manifest:
    """What a backup says of itself; raises ``ArchiveError``, which names file and key."""
    try:
        told = json.loads((backup / MANIFEST).read_bytes())
    except OSError as error:
        raise ArchiveError(
            f"{backup}: not a backup: {MANIFEST}: {error.strerror}; name one of the dated folders"
        ) from None
    except (ValueError, RecursionError):
        raise _damaged(backup / MANIFEST, "not JSON") from None
    _require_known(backup, told)
    look = _Look(backup / MANIFEST)
    for key in ("crawler", "schema", "taken_at", "root"):
        look.of(told, key, str)
    if look.of(told, "run", object) is not None:
        look.of(told, "run", dict)
    if told.get("log") is not None:
        look.digest(told, key="log")
    for key in ("missing", "gone"):
        if not all(isinstance(one, str) for one in look.of({"gone": [], **told}, key, list)):
            raise look.wrong(key)
    counts, listed = look.of(told, "counts", dict), look.of(told, "files", dict)
    for key in _COUNTS:
        look.number(counts, key, "counts.")
    look.number(listed, "size", "files.")
    return Manifest(
        plain=told,
        root=told["root"],
        log=told.get("log"),
        size=counts["bytes"],
        digest=look.digest(listed, "files."),
    )


def _require_known(backup: Path, told: object) -> None:
    named = told.get("format") if isinstance(told, dict) else None
    if named == FORMAT:
        return
    if isinstance(named, str) and _NEWER.fullmatch(named):
        raise ArchiveError(
            f"{backup}: a backup of the form {named}, this crawler knows {FORMAT}; update the crawler"
        )
    raise _damaged(backup / MANIFEST, f"not a manifest: format is not {FORMAT}")


def files(backup: Path) -> dict[str, CopiedFile]:
    """Its files by path, as its list tells them; raises ``ArchiveError`` where that is not the list it was."""
    told, path = manifest(backup), backup / FILES
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror}; restore another backup") from None
    if hashlib.sha256(data).hexdigest() != told.digest:
        raise ArchiveError(f"{path}: was altered since the backup was taken; restore another backup")
    return {one.path: one for one in _listed(path, data)}


def _listed(path: Path, data: bytes) -> Iterator[CopiedFile]:
    for number, line in enumerate(data.splitlines(), 1):
        look = _Look(path, f"line {number}: ")
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            raise _damaged(path, f"line {number}: not JSON") from None
        place = look.of(told, "path", str)
        if not _is_below(place):
            raise look.wrong("path")
        changed = look.number(told, "mtime_ns", negative=True) if "mtime_ns" in told else None
        size, digest = look.number(told, "size"), look.digest(told)
        yield CopiedFile(path=place, digest=digest, size=size, changed=changed)


def _is_below(path: str) -> bool:
    """Whether a path stays within the folder that it is put below."""
    return (
        PurePosixPath(path).as_posix() == path
        and not path.startswith("/")
        and not {".", "..", ""} & set(path.split("/"))
        and "\0" not in path
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """Takes single keys out of a file, and tells of those that are not what they should be."""

    path: Path
    before: str = ""

    def of(self, told: Any, key: str, kind: type, within: str = "") -> Any:
        if not isinstance(told, Mapping) or key not in told or not isinstance(told[key], kind):
            raise self.wrong(within + key)
        return told[key]

    def number(self, told: Any, key: str, within: str = "", *, negative: bool = False) -> int:
        found: int = self.of(told, key, int, within)
        if isinstance(found, bool) or (found < 0 and not negative):
            raise self.wrong(within + key)
        return found

    def digest(self, told: Any, within: str = "", key: str = "sha256") -> str:
        found: str = self.of(told, key, str, within)
        if not _DIGEST.fullmatch(found):
            raise self.wrong(within + key)
        return found

    def wrong(self, key: str) -> ArchiveError:
        return _damaged(self.path, f"{self.before}{key} is missing, or is not what it should be")


def _damaged(path: Path, why: str) -> ArchiveError:
    return ArchiveError(f"{path}: damaged: {why}; restore another backup")
