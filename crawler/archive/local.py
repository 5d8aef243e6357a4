"""Files below one root on a local disk: keeps ``ports.Archive``; ``app.py`` makes it.

Waiting for the disk happens in threads of the archive's own: the default executor also resolves
names and must never wait behind an fsync.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from crawler.archive.locked import locked
from crawler.archive.paths import TEMPORARY, parts
from crawler.archive.tree import Tree
from crawler.errors import ArchiveError
from crawler.model import ArchivedFile

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
_TAKEN = (
    "another crawler, with another database, is writing to this archive; wait until it ends, or name another "
    "[archive] root"
)
MAX_READ = 64 * 2**20  #: bytes of a file that ``get`` returns


class LocalArchive:
    """Files below ``root``.

    A cancelled call may still take place, whole: nothing is ever half written.
    """

    def __init__(self, root: Path, *, threads: int = THREADS) -> None:
        self._tree = Tree(root)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="archive")
        self._held: int | None = None  #: descriptor of the root

    @property
    def root(self) -> Path:
        """The archive's root, absolute."""
        return self._tree.root

    async def put(self, path: str, data: bytes) -> ArchivedFile:
        """Part of ``ports.Archive``."""
        return (await self.put_many([(path, data)]))[0]

    async def put_many(self, files: Sequence[tuple[str, bytes]]) -> list[ArchivedFile]:
        """Write several files durably, in this order, for less than one by one; as ``put``.

        Each is whole or absent; after an ``ArchiveError`` any of them may be in place.
        """
        return await self._run(self._tree.write, files)

    async def get(self, path: str) -> bytes:
        """Part of ``ports.Archive``; at most 64 MiB."""
        return await self._run(self._tree.read, path, MAX_READ)

    async def digest(self, path: str) -> str | None:
        """Part of ``ports.Archive``."""
        return await self._run(self._tree.digest, path)

    async def sweep(self) -> int:
        """Part of ``ports.Archive``; to be called under the archive's lock."""
        return await self._run(self._tree.sweep)

    async def usage(self, folder: str) -> int:
        """Bytes of the files that lie directly in a folder; 0 if there is none."""
        return await self._run(_usage, self._tree.root.joinpath(*parts(self._tree.root, folder)))

    async def names(self, folder: str) -> list[str]:
        """Names of the files that lie directly in a folder, sorted; none if it is not there."""
        return await self._run(_names, self._tree.root.joinpath(*parts(self._tree.root, folder)))

    async def check_writable(self) -> None:
        """Make the root if it is missing and try it; raises ``ArchiveError`` with what to do."""
        await self._run(self._tree.check_writable)

    async def take(self) -> None:
        """Be the only one who writes below the root, until ``close``; raises ``ArchiveBusy``.

        The database has a lock of its own, but two databases may name one root: each start would close the raw
        files that the other one writes.
        """
        if self._held is None:  # in no thread: whoever is cancelled meanwhile would never let it go
            self._held = locked(self._tree.root, _TAKEN)

    async def close(self) -> None:
        """Wait for what is being written, then end the threads."""
        held, self._held = self._held, None
        try:
            await asyncio.to_thread(self._threads.shutdown)
        finally:
            if held is not None:
                os.close(held)

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            found = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ArchiveError(f"{folder} cannot be read: {error.strerror}") from None
    return sorted(name for name in found if not name.startswith(TEMPORARY))


def _usage(folder: Path) -> int:
    try:
        with os.scandir(folder) as entries:
            return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise ArchiveError(f"{folder} cannot be read: {error.strerror}") from None
