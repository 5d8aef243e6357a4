"""Room on the disks of archive and database: what is free, whether they take writing, and a ballast
that can be given up when they are full.  Keeps ``ports.Space``; ``app`` makes it for ``reserve``.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from crawler.archive.failures import failure
from crawler.archive.paths import TEMPORARY
from crawler.errors import ArchiveError
from crawler.model import Disk

T = TypeVar("T")

BALLAST = ".ballast"  #: its name below the archive's root; beside a database on another disk, the end of it
_TRIAL = 2**16  #: bytes that are written to see whether a disk takes writing
_CHUNK = 2**20
_BALLAST = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_UNTOLD = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


class Space:
    """The disks that ``root`` and ``database`` lie on: one, or two.

    Asked in a thread of its own: a disk that hangs must not stop the loop.
    """

    def __init__(self, root: Path, database: Path, *, ballast: int) -> None:
        """``ballast``: bytes that are laid aside on each disk."""
        self._root = root.absolute()
        self._database = database.absolute()
        self._ballast = ballast
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="space")

    async def look(self) -> tuple[Disk, ...]:
        """What the system says of them; one that cannot be asked is not writable."""
        return await self._run(lambda: tuple(_disk(file.parent) for file in self._files()))

    async def takes_writing(self) -> bool:
        """Whether each takes a small file, durably; nothing is left of it."""
        return await self._run(lambda: all(_takes_writing(file.parent) for file in self._files()))

    async def lay_aside(self) -> bool:
        """Have the ballast, really allocated; False where there is no room for it.

        Raises ``ArchiveError`` where something else hinders it on one disk, and none lacks room.
        """
        return await self._run(lambda: _lay_all(self._files(), self._ballast))

    async def give_up(self) -> bool:
        """Remove the ballast; whether there was any."""
        return await self._run(lambda: sum(map(_remove, self._files())) > 0)

    def close(self) -> None:
        """End the thread; it is not waited for, as its disk may hang."""
        self._thread.shutdown(wait=False)

    def _files(self) -> list[Path]:
        """The place of the ballast on each disk."""
        other = self._database.with_name(self._database.name + BALLAST)
        mine = self._root / BALLAST
        return [mine] if _device(mine.parent) == _device(other.parent) else [mine, other]

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above that there is."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _device(folder: Path) -> int:
    try:
        return _there(folder).stat().st_dev
    except OSError:
        return -1


def _disk(folder: Path) -> Disk:
    try:
        told = os.statvfs(_there(folder))
    except OSError:
        return Disk(path=str(folder), free=0, writable=False)
    return Disk(
        path=str(folder),
        free=told.f_bavail * told.f_frsize,
        inodes=told.f_favail if told.f_files else None,  # btrfs and others have no fixed number
        writable=not told.f_flag & os.ST_RDONLY,
    )


def _takes_writing(folder: Path) -> bool:
    try:  # also around the look where it is: a network's disk may be gone (EIO, ESTALE)
        name = _there(folder) / f"{TEMPORARY}{secrets.token_hex(12)}"  # what a crash leaves is swept
        file = os.open(name, _NEW, 0o600)
        try:
            _fill(file, _TRIAL)
            os.fsync(file)
        finally:
            with suppress(OSError):
                name.unlink()
            os.close(file)
    except OSError:
        return False
    return True


def _lay_all(places: Sequence[Path], size: int) -> bool:
    """Every ballast: one that cannot be made leaves the others."""
    troubles = [error for place in places if (error := _lay(place, size)) is not None]
    if any(error.full for error in troubles):
        return False
    if troubles:
        raise troubles[0]
    return True


def _lay(place: Path, size: int) -> ArchiveError | None:
    """One ballast; what hinders it."""
    if not size:
        _remove(place)
        return None
    try:
        file = os.open(place, _BALLAST, 0o600)
    except FileNotFoundError:  # its folder is made later, by who writes there
        return None
    except OSError as error:
        return failure(place.parent, place.name, "written", error)
    try:
        try:
            os.ftruncate(file, size)
            _allocate(file, size)
        finally:
            os.close(file)
    except OSError as error:
        _remove(place)
        return failure(place.parent, place.name, "written", error)
    return None


def _allocate(file: int, size: int) -> None:
    """Blocks for all of it, not a hole."""
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        if error.errno not in _UNTOLD:
            raise
        _fill(file, size)


def _fill(file: int, size: int) -> None:
    done = 0
    while done < size:
        done += os.pwrite(file, bytes(min(_CHUNK, size - done)), done)


def _remove(place: Path) -> bool:
    try:
        place.unlink()
    except OSError:
        return False
    return True
