"""What a backup is made of: the files that a snapshot of the database names, and what was copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file that the database vouches for."""

    path: str  #: below the archive's root, with ``/``
    digest: str
    size: int
    older: str | None = None  #: where the same bytes lie once a newer revision has taken their place
    certain: bool = True  #: False: it was only about to be written


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedFile:
    """A file of a backup: a line of its ``files.jsonl``."""

    path: str  #: below the archive's root
    digest: str
    size: int
    changed: int | None = None  #: of the source, nanoseconds: for what has no digest in the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A whole database at one moment, and what it says of itself."""

    schema: str
    run: Mapping[str, Any] | None  #: the latest: number, command, when it began and ended
    log: str | None  #: the first leaf of its log, which never changes; None: it has none
    articles: int
    revisions: int
    named: tuple[NamedFile, ...]
    volumes: Mapping[str, int]  #: WARC file → where the last record ends that the database knows


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """A finished backup."""

    path: str  #: its folder
    manifest: Mapping[str, Any]
    missing: tuple[str, ...] = ()  #: files that the database names and the archive has not, or has altered
    gone: tuple[str, ...] = ()  #: the same, where the backup before had them: they are in this one too
    pruned: tuple[str, ...] = field(default=())  #: older backups that were removed
    others: int = 0  #: backups of other archives in the same folder, which stay
