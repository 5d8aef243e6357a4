"""What the system says of a disk, and of a time in which nothing more is begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A file system that something of the archive lies on."""

    path: str  #: the folder that was asked about
    free: int  #: bytes that we may still write
    inodes: int | None = None  #: files that may still be made; None where the system does not tell
    writable: bool = True  #: False: mounted read-only


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing more is begun: why, with figures and the cure, and since when."""

    why: str
    since: datetime
