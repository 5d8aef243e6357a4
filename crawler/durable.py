"""Names that outlive a power cut: used wherever folders are made, or files get their names by a rename or a link."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those it lies in, each durable before one is made in it; raises ``OSError``.

    ``mode``: of the folder itself.  One that is there is made durable too: a kill may have come before its sync.
    """
    folder = folder.absolute()
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    with suppress(PermissionError):  # it lies in a folder that others keep, and it was there before us
        sync_folder(folder.parent)
    while missing:
        one = missing.pop()
        _make(one, 0o777 if missing else mode)
        sync_folder(one.parent)


def _make(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode)
    except FileExistsError:  # another process was faster, or a file is in its place
        if not folder.is_dir():
            raise
