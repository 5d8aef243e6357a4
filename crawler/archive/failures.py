"""What the system says about a file, as one sentence with a cure; used by the archive alone."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from crawler.errors import ArchiveError

#: The disk takes nothing more, or no writing at all; the same call succeeds when it does again.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_LINK = "the archive does not follow symbolic links below its root; put a real folder or file there"
_CURES = {
    errno.ENOSPC: "free some space on its disk; the work is taken up again by itself",
    errno.EDQUOT: "raise the quota or free some space; the work is taken up again by itself",
    errno.EROFS: "mount its disk so that it can be written; the work is taken up again by itself",
    errno.EACCES: "let the crawler's user read and write there",
    errno.EPERM: "let the crawler's user read and write there",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "raise the system's limit on open files",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EIO: "look at the disk and at the system's log",
    errno.ELOOP: _LINK,
    errno.ENOTDIR: f"a file or a symbolic link is in its place; {_LINK}",
    errno.EISDIR: "move the folder that has this name out of the way",
    errno.ENOENT: "it was moved or removed, or its folder cannot be made",
    errno.EEXIST: "a file is in the place of this folder; move it, or name another folder with [archive] root",
}


@contextlib.contextmanager
def told(root: Path, path: str, deed: str) -> Iterator[None]:
    """Turn the system's errors about ``path`` into ``ArchiveError``."""
    try:
        yield
    except OSError as error:
        raise failure(root, path, deed, error) from error


def unless_gone(error: OSError) -> None:
    """For ``os.walk``, which passes over what it cannot read: only a folder that is not there holds nothing."""
    if not isinstance(error, FileNotFoundError):
        raise error


def failure(root: Path, path: str, deed: str, error: OSError) -> ArchiveError:
    """``<file> cannot be written: No space left on device; free some space …``."""
    cure = _CURES.get(error.errno or 0, "look at this folder and at the system's log")
    told = ArchiveError(f"{root / path} cannot be {deed}: {error.strerror or error}; {cure}")
    told.full, told.scarce = error.errno in _FULL, error.errno in _SCARCE
    return told


class Refused(ArchiveError):
    """What the archive does not touch; the disk is sound."""


def refused(root: Path, path: str, reason: str) -> Refused:
    """A path or a file that the archive does not touch; foreign text is shown escaped and short."""
    shown = ascii(path)[1:-1]
    return Refused(f"{root}: the archive refuses {shown[:200]}: {reason}")
