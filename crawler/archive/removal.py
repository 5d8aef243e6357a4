"""Files removed on request, durably: the one place where the archive lets go of something."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from crawler.archive.failures import told
from crawler.archive.paths import parts
from crawler.archive.tree import Tree


class Removal:
    """Removes below ``root``.  Calls raise ``ArchiveError``; what is not there is removed already."""

    def __init__(self, root: Path) -> None:
        self._tree = Tree(root)

    def files(self, folder: str) -> list[str]:
        """Paths of the files that lie directly in a folder."""
        with told(self._tree.root, folder, "read"):
            try:
                opened = self._tree.folder(tuple(parts(self._tree.root, folder)), create=False)
            except FileNotFoundError:
                return []
            try:
                with os.scandir(opened) as entries:
                    return sorted(f"{folder}/{entry.name}" for entry in entries)
            finally:
                os.close(opened)

    def remove(self, paths: Sequence[str]) -> int:
        """Remove files; how many there were."""
        return sum(self._remove(path) for path in paths)

    def _remove(self, path: str) -> bool:
        *folders, name = parts(self._tree.root, path)
        with told(self._tree.root, path, "removed"):
            try:
                folder = self._tree.folder(tuple(folders), create=False)
            except FileNotFoundError:
                return False
            try:
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
                    os.fsync(folder)
                    return True
                os.fsync(folder)  # of a removal that a crash may have interrupted
                return False
            finally:
                os.close(folder)
