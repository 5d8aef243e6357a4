"""Files put below a folder that is ours alone until it gets its name: each durable, none overwritten."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from crawler.archive.failures import told
from crawler.durable import sync_folder
from crawler.model.backup import CopiedFile

_CHUNK = 2**20
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Altered(Exception):
    """The bytes are not those that were vouched for."""


class Copies:
    """Copies below ``root``.  Calls raise ``ArchiveError`` for the disk, ``Altered`` for wrong bytes."""

    def __init__(self, root: Path, *, link: bool = False) -> None:
        """``link``: a second name for the source's own bytes where the file system can, instead of a copy."""
        self.root = root
        self.written = 0  #: bytes that were copied, not linked
        self._link = link
        self._folders: set[Path] = {root}

    def copy(self, source: int, path: str, *, digest: str | None, changed: int | None = None) -> CopiedFile:
        """An open file, whole; with ``digest``, only if that is its SHA-256."""
        target = self._target(path)
        with told(self.root, path, "written"):
            found, size = digested(source)
            if digest is not None and found != digest:
                raise Altered(path)
            if not (self._link and _linked(source, target)):
                self._duplicate(source, target, size)
        return CopiedFile(path=path, digest=found, size=size, changed=changed)

    def write(self, path: str, data: bytes) -> CopiedFile:
        """A file of these bytes."""
        target = self._target(path)
        with told(self.root, path, "written"):
            file = os.open(target, _CREATE, 0o644)
            try:
                self._written(file, data)
                os.fsync(file)
            finally:
                os.close(file)
        return CopiedFile(path=path, digest=hashlib.sha256(data).hexdigest(), size=len(data))

    def begin(self, path: str, source: int, size: int) -> CopiedFile:
        """The first ``size`` bytes of an open file."""
        target, digest = self._target(path), hashlib.sha256()
        with told(self.root, path, "written"):
            file = os.open(target, _CREATE, 0o644)
            try:
                at = 0
                while at < size and (data := os.pread(source, min(_CHUNK, size - at), at)):
                    digest.update(data)
                    self._written(file, data)
                    at += len(data)
                os.fsync(file)
            finally:
                os.close(file)
        return CopiedFile(path=path, digest=digest.hexdigest(), size=at)

    def again(self, earlier: Path, known: CopiedFile) -> bool:
        """A second name for a file of an earlier backup; False if it is not there as it was, byte for byte."""
        target = self._target(known.path)
        try:
            file = os.open(earlier, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                # Read, not believed: what rotted there would else be in every later backup too.
                if os.fstat(file).st_size != known.size or digested(file)[0] != known.digest:
                    return False
                return _linked(file, target)
            finally:
                os.close(file)
        except OSError:  # gone: then it is copied
            return False

    def sync(self) -> None:
        """Make every name durable, the innermost first."""
        with told(self.root, "", "written"):
            for folder in sorted(self._folders, key=lambda one: len(one.parts), reverse=True):
                sync_folder(folder)

    def _target(self, path: str) -> Path:
        target = self.root / path
        folder = target.parent
        if folder not in self._folders:
            with told(self.root, path, "written"):
                folder.mkdir(parents=True, exist_ok=True)
            self._folders.update(_within(folder, self.root))
        return target

    def _duplicate(self, source: int, target: Path, size: int) -> None:
        file = os.open(target, _CREATE, 0o644)
        try:
            if not _cloned(source, file, size):
                at = 0
                while data := os.pread(source, _CHUNK, at):
                    self._written(file, data)
                    at += len(data)
            else:
                self.written += size
            os.fsync(file)
        finally:
            os.close(file)

    def _written(self, file: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
        self.written += len(data)


def _within(folder: Path, root: Path) -> Iterable[Path]:
    """A folder and those around it, below and with ``root``."""
    yield folder
    while folder != root:
        folder = folder.parent
        yield folder


def digested(file: int) -> tuple[str, int]:
    """SHA-256 and size of an open file; raises ``OSError``."""
    digest, at = hashlib.sha256(), 0
    while data := os.pread(file, _CHUNK, at):
        digest.update(data)
        at += len(data)
    return digest.hexdigest(), at


def _linked(source: int, target: Path) -> bool:
    """A second name for the very file that was read, whatever its first name leads to by now."""
    try:
        # Any descriptor before the name makes Python follow it, which link(2) by itself does not.
        os.link(f"/proc/self/fd/{source}", target, src_dir_fd=source, follow_symlinks=True)
    except OSError:  # another file system, or none that links
        return False
    return True


def _cloned(source: int, target: int, size: int) -> bool:
    """Copied by the file system itself, which may share the blocks; False: nothing was written."""
    at = 0
    with suppress(OSError):
        while at < size:
            copied = os.copy_file_range(source, target, size - at, at, at)
            if not copied:
                break
            at += copied
        return at == size or _undone(target)
    return _undone(target)


def _undone(target: int) -> bool:
    os.ftruncate(target, 0)
    return False
