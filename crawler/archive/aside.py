"""Things set aside, never deleted: what lies in a wrong place is moved out of it, durably, whatever it is."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from crawler.archive.failures import refused, told
from crawler.archive.paths import MAX_DEPTH
from crawler.archive.tree import Tree


class Aside:
    """Moves below ``root``; no symbolic link is followed on the way."""

    def __init__(self, root: Path) -> None:
        self._tree = Tree(root)

    def move(self, path: str, folder: str) -> str:
        """Move what lies at ``path`` to the same path below ``folder``; where it lies now.

        Raises ``ArchiveError``.
        """
        *folders, name = _names(self._tree.root, path)
        with told(self._tree.root, path, "moved"):
            source = self._tree.folder(tuple(folders), create=False)
            try:
                target = self._tree.folder((folder, *folders), create=True)
                try:
                    new = _free(target, name)
                    os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
                    os.fsync(target)
                finally:
                    os.close(target)
                os.fsync(source)
            finally:
                os.close(source)
        return "/".join([folder, *folders, new])


def _names(root: Path, path: str) -> list[str]:
    """The names on the way; those of temporary files too, which no other room may name."""
    names = path.split("/")
    if len(names) > MAX_DEPTH or "\0" in path or {"", ".", ".."} & set(names):
        raise refused(root, path, "it is not a path below the root")
    return names


def _free(folder: int, name: str) -> str:
    """A name that nothing has there; what was set aside before is kept too."""
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=folder, follow_symlinks=False)
        return f"{name[:200]}.{secrets.token_hex(4)}"
    return name
