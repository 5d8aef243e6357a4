"""A folder that one process at a time works in; for ``local`` and for a restore."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from crawler.archive.failures import told
from crawler.errors import ArchiveBusy


def locked(folder: Path, busy: str) -> int:
    """The folder's descriptor, locked until it is closed; where folders cannot be locked (NFS) it is only open.

    Raises ``ArchiveBusy``, which says ``busy``, and ``ArchiveError`` where it cannot be opened.
    """
    with told(folder, "", "opened"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ArchiveBusy(f"{folder}: {busy}") from None
    except OSError:  # of a file system without such locks
        pass
    return descriptor
