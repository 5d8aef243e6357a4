"""The folder tree below an archive's root, in plain blocking calls; ``local`` runs them in threads.

Every step goes from an open folder to the next without following a symbolic link, so that no
path, and nobody who can write into the tree, leads out of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import math
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.failures import refused, told
from crawler.archive.paths import MAX_DEPTH, TEMPORARY, parts
from crawler.durable import make_folder
from crawler.model import ArchivedFile, sha256

#: Bytes of a file that is still looked at: a hole of a terabyte costs nothing to put here, and hours to read.
LONGEST = 2**30

_TEMPORARY = re.compile(re.escape(TEMPORARY) + r"[0-9a-f]{24}")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 2**20
_REMEMBERED = 10_000  #: folders known to be durable


@dataclass(slots=True, kw_only=True)
class _Staged:
    """A file between its first byte and its place."""

    path: str
    data: bytes
    folder: int  #: descriptor
    temporary: str | None = None  #: its name for now; None when the same bytes are in place

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Tree:
    """Files below ``root``: written durably, read within bounds."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._opened = time.time()
        self._token = secrets.token_hex(8)
        self._numbers = itertools.count()
        self._durable: set[str] = set()  #: folders whose names are on the disk, parents included
        self._doubtful: set[str] = set()  #: paths whose folder could not be synced

    def write(self, files: Sequence[tuple[str, bytes]]) -> list[ArchivedFile]:
        """All ``files`` durably in place, each whole or not at all; raises ``ArchiveError``."""
        staged: list[_Staged] = []
        try:
            for path, data in files:
                with told(self.root, path, "written"):
                    self._stage(path, data, staged)
            for file in staged:
                with told(self.root, file.path, "written"):
                    self._place(file)
            self._sync_folders(staged)
        finally:
            for file in staged:
                _discard(file)
        return [ArchivedFile(path=path, digest=sha256(data), size=len(data)) for path, data in files]

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a regular file of at most ``limit`` bytes; raises ``ArchiveError``."""
        with told(self.root, path, "read"), self.open(path) as file:
            data = _read(file, limit + 1)
        if len(data) > limit:
            raise refused(self.root, path, f"it is longer than {limit} bytes")
        return data

    def digest(self, path: str) -> str | None:
        """SHA-256 of a file, None if there is none; raises ``ArchiveError``."""
        digest = hashlib.sha256()
        with told(self.root, path, "read"):
            try:
                with self.open(path) as file:
                    if os.fstat(file).st_size > LONGEST:
                        raise refused(
                            self.root, path, f"it is longer than {LONGEST} bytes, as no file of ours is"
                        )
                    while chunk := os.read(file, _CHUNK):
                        digest.update(chunk)
            except FileNotFoundError:
                return None
        return digest.hexdigest()

    def sweep(self) -> int:
        """Remove the temporary files of others, nothing else, durably; how many there were.

        The caller has the archive's lock: whoever wrote them is gone, whatever the clock says of their age.
        """
        with told(self.root, "", "swept"):
            try:
                root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                return 0
            try:
                return self.sweep_folder(root, MAX_DEPTH)
            finally:
                os.close(root)

    def check_writable(self) -> None:
        """Make the root if need be, write and remove a file there; raises ``ArchiveError``."""
        with told(self.root, "", "written"):
            folder = self.folder((), create=True)
            try:
                self.sweep_folder(folder, before=self._opened)  # of this very file, which no intent tells of
                name = self._temporary()
                try:
                    _write(folder, name, b"writable")
                finally:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=folder)
            finally:
                os.close(folder)

    # Writing, step by step

    def _stage(self, path: str, data: bytes, staged: list[_Staged]) -> None:
        *folders, _ = parts(self.root, path)
        file = _Staged(path=path, data=data, folder=self.folder(tuple(folders), create=True))
        staged.append(file)
        if path in self._doubtful or not self._unchanged(file):
            file.temporary = self._temporary()
            _write(file.folder, file.temporary, data)

    def _unchanged(self, file: _Staged) -> bool:
        """True if the same bytes are in place, and durable now even if a crash left them so."""
        try:
            descriptor = self._regular(file.folder, file.name, file.path)
        except FileNotFoundError:
            return False
        try:
            if os.fstat(descriptor).st_size != len(file.data):
                return False
            same = _read(descriptor, len(file.data) + 1) == file.data
            if same:
                os.fsync(descriptor)
            return same
        finally:
            os.close(descriptor)

    def _place(self, file: _Staged) -> None:
        if file.temporary is not None:
            os.rename(file.temporary, file.name, src_dir_fd=file.folder, dst_dir_fd=file.folder)
            file.temporary = None

    def _sync_folders(self, staged: list[_Staged]) -> None:
        """Make the names durable, each folder once; after a failure the files are written anew.

        A folder's second fsync may succeed without having written what the first one could not.
        """
        synced: set[str] = set()
        for file in staged:
            folder = file.path.rpartition("/")[0]
            self._doubtful.add(file.path)
            if folder not in synced:
                with told(self.root, file.path, "written"):
                    os.fsync(file.folder)
            synced.add(folder)
        self._doubtful.difference_update(file.path for file in staged)

    def _temporary(self) -> str:
        return f"{TEMPORARY}{self._token}{next(self._numbers) % 2**32:08x}"

    # Ways through the tree

    def folder(self, names: tuple[str, ...], *, create: bool) -> int:
        """A descriptor of a folder; what is made on the way is durable before it is used."""
        if create and "" not in self._durable:
            make_folder(self.root, 0o755)
            self._durable.add("")
        folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for depth, name in enumerate(names, 1):
            try:
                inner = self._enter(folder, name, "/".join(names[:depth]), create=create)
            finally:
                os.close(folder)
            folder = inner
        return folder

    def _enter(self, folder: int, name: str, path: str, *, create: bool) -> int:
        made = False
        try:
            inner = os.open(name, _FOLDER, dir_fd=folder)
        except FileNotFoundError:
            if not create:
                raise
            with contextlib.suppress(FileExistsError):  # another thread was faster
                os.mkdir(name, 0o755, dir_fd=folder)
            made, inner = True, os.open(name, _FOLDER, dir_fd=folder)
        if create and (made or path not in self._durable):
            self._make_durable(folder, inner, path)
        return inner

    def _make_durable(self, folder: int, inner: int, path: str) -> None:
        """Also for folders that were there: a crash, or another thread, may have been before the fsync."""
        try:
            os.fsync(folder)
        except OSError:
            os.close(inner)
            raise
        if len(self._durable) >= _REMEMBERED:
            self._durable.clear()
        self._durable.add(path)

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[int]:
        *folders, name = parts(self.root, path)
        folder = self.folder(tuple(folders), create=False)
        try:
            descriptor = self._regular(folder, name, path)
        finally:
            os.close(folder)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _regular(self, folder: int, name: str, path: str) -> int:
        """A descriptor for reading; pipes and devices are not even opened."""
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise refused(self.root, path, "it is not a regular file")
        return os.open(name, _READ, dir_fd=folder)

    def sweep_folder(self, folder: int, depth: int = 1, *, before: float = math.inf) -> int:
        """As ``sweep``, in an open folder and ``depth`` - 1 levels below it; raises ``OSError``.

        ``before``: Unix time; without the lock only what is older is surely nobody's.
        """
        count, inner = 0, []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    inner.append(entry.name)
                elif _TEMPORARY.fullmatch(entry.name) and self._left_behind(entry, before):
                    os.unlink(entry.name, dir_fd=folder)
                    count += 1
        if count:
            os.fsync(folder)  # before anything is settled: then nobody would look again
        for name in inner if depth > 1 else ():
            try:
                child = os.open(name, _FOLDER, dir_fd=folder)
            except PermissionError:  # lost+found, for one: not ours
                continue
            try:
                count += self.sweep_folder(child, depth - 1, before=before)
            finally:
                os.close(child)
        return count

    def _left_behind(self, entry: os.DirEntry[str], before: float) -> bool:
        status = entry.stat(follow_symlinks=False)
        mine = entry.name.startswith(f"{TEMPORARY}{self._token}")
        return stat.S_ISREG(status.st_mode) and not mine and status.st_mtime <= before


def _write(folder: int, name: str, data: bytes) -> None:
    """A new file with ``data``, on the disk; nothing is left of it after a failure."""
    descriptor = os.open(name, _CREATE, 0o644, dir_fd=folder)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(descriptor: int, limit: int) -> bytes:
    chunks, size = [], 0
    while size < limit and (chunk := os.read(descriptor, min(_CHUNK, limit - size))):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _discard(file: _Staged) -> None:
    """Let go of a file's folder, and of its temporary bytes if they never got their name."""
    if file.temporary is not None:
        with contextlib.suppress(OSError):
            os.unlink(file.temporary, dir_fd=file.folder)
    os.close(file.folder)
