"""What lies below an archive's root, looked at without changing or following anything; for ``app/verifying``.

Plain blocking calls; every read is bounded, and a pipe or a hole of a terabyte is named, not read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from crawler import document
from crawler.archive.paths import MAX_DEPTH, parts
from crawler.archive.tree import LONGEST, Tree
from crawler.audit.facts import FileLook, Place
from crawler.errors import ArchiveError, DocumentError

_CHUNK = 2**20


class Walk:
    """A look below ``root``."""

    def __init__(self, root: Path) -> None:
        self.tree = Tree(root)

    def files(self, folder: str) -> Iterator[str]:
        """The path of everything below a folder that is no folder, in the order of bytes."""
        place = self.tree.root / folder
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            yield folder
        elif place.is_dir():
            yield from self._below(place, folder, MAX_DEPTH)

    def look(self, path: str, *, read: bool = True, article: bool = False) -> FileLook:
        """What lies in a place; ``read``: its digest too, ``article``: and what its front matter says."""
        try:
            status = self._status(path)
        except FileNotFoundError:
            return FileLook(path=path, place="missing")
        except NotADirectoryError:  # on the way to it
            return FileLook(path=path, place="link", trouble="a link or a file is in the place of its folder")
        except (OSError, ArchiveError) as error:
            return FileLook(path=path, place="unreadable", trouble=_told(error))
        if not stat.S_ISREG(status.st_mode):
            return FileLook(path=path, place=_place(status.st_mode))
        if read and status.st_size <= LONGEST:
            return self._read(path, article=article)
        place: Place = "long" if read else "file"
        trouble = f"it is longer than {LONGEST} bytes" if read else ""
        size, modified = status.st_size, status.st_mtime_ns
        return FileLook(path=path, place=place, size=size, modified=modified, trouble=trouble)

    def _read(self, path: str, *, article: bool) -> FileLook:
        digest, held, size = hashlib.sha256(), bytearray(), 0
        try:
            with self.tree.open(path) as file:
                modified = os.fstat(file).st_mtime_ns
                while size <= LONGEST and (chunk := os.read(file, _CHUNK)):
                    digest.update(chunk)
                    size += len(chunk)
                    if article and size <= document.LONGEST:
                        held += chunk
        except FileNotFoundError:
            return FileLook(path=path, place="missing")
        except (OSError, ArchiveError) as error:
            return FileLook(path=path, place="unreadable", trouble=_told(error))
        told, trouble = _front(bytes(held)) if article else (None, "")
        return FileLook(
            path=path,
            place="file",
            size=size,
            modified=modified,
            sha256=digest.hexdigest(),
            document=told,
            trouble=trouble,
        )

    def _status(self, path: str) -> os.stat_result:
        """Of what lies there itself; no symbolic link is followed on the way."""
        *folders, name = parts(self.tree.root, path) if not _temporary(path) else path.split("/")
        folder = self.tree.folder(tuple(folders), create=False)
        try:
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        finally:
            os.close(folder)

    def _below(self, place: Path, path: str, depth: int) -> Iterator[str]:
        try:
            with os.scandir(place) as entries:
                found = sorted((os.fsencode(_sorted(one)), one.name, _is_folder(one)) for one in entries)
        except OSError:
            yield path  # looked at as a file it is "unreadable", or gone
            return
        for _, name, folder in found:
            inner = f"{path}/{name}"
            if folder and depth > 1:
                yield from self._below(place / name, inner, depth - 1)
            else:
                yield inner


def _temporary(path: str) -> bool:
    return path.rpartition("/")[2].startswith(".tmp-")


def _sorted(entry: os.DirEntry[str]) -> str:
    """A folder's name as it stands in the paths of what is in it."""
    return f"{entry.name}/" if _is_folder(entry) else entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _place(mode: int) -> Place:
    if stat.S_ISLNK(mode):
        return "link"
    return "folder" if stat.S_ISDIR(mode) else "special"


def _front(data: bytes) -> tuple[document.Document | None, str]:
    """An article's front matter, without the body that nobody compares."""
    try:
        told = document.parse(data)
    except DocumentError as error:
        return None, str(error)
    object.__setattr__(told, "body", "")
    return told, ""


def _told(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
