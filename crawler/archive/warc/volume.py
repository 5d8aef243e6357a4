"""One WARC file: opened, added to, made durable, cut back, closed under its final name.

While it is written its name ends in ``.open``; ``keeping`` decides when it is closed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import PurePosixPath

from crawler.archive.failures import told, unless_gone
from crawler.archive.paths import is_text
from crawler.archive.tree import LONGEST, Tree
from crawler.archive.warc import index, members
from crawler.archive.warc.members import NotWhole
from crawler.archive.warc.reading import OPEN
from crawler.archive.warc.stored import parsed

SUFFIX = ".warc.gz"
ASIDE = "quarantine/warc"  #: folder for ends with whole records in them that nothing refers to
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_REPAIR = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Volume:
    """A file that is being written.  Its calls raise ``OSError``."""

    def __init__(
        self, tree: Tree, path: str, began: datetime, *, sync: Callable[[int], None] = os.fsync
    ) -> None:
        self.path = path  #: below the root, as it is called in the end
        self.began = began
        self.size = 0  #: bytes of whole records
        self.broken = False  #: bytes behind them could not be cut off
        self._tree = tree
        self._sync = sync
        self._durable = 0
        self._lines: list[str] = []
        self._folder = tree.folder(PurePosixPath(path).parts[:-1], create=True)
        try:
            self._file = os.open(self.name + OPEN, _CREATE, 0o644, dir_fd=self._folder)
        except OSError:
            os.close(self._folder)
            raise

    @property
    def name(self) -> str:
        """The file's name in its folder."""
        return PurePosixPath(self.path).name

    def add(self, member: bytes) -> tuple[int, int]:
        """Write a record behind the others; its offset and length.  Durable after ``sync`` only."""
        offset = at = self.size
        rest = memoryview(member)
        while rest:
            written = os.pwrite(self._file, rest, at)
            at, rest = at + written, rest[written:]
        self.size = at
        return offset, len(member)

    def note(self, line: str | None) -> None:
        """A line for the index."""
        if line is not None:
            self._lines.append(line)

    def sync(self) -> None:
        """Make what was added durable, the file's name too."""
        if self.size == self._durable:
            return
        self._sync(self._file)
        if not self._durable:
            self._sync(self._folder)
        self._durable = self.size

    def cut(self, size: int, lines: int) -> None:
        """Undo what was added behind ``size``, and the index's lines behind so many."""
        self.size = size
        del self._lines[lines:]
        try:
            os.ftruncate(self._file, size)
        except OSError:
            self.broken = True

    @property
    def lines(self) -> int:
        """How many lines the index has."""
        return len(self._lines)

    @property
    def durable(self) -> int:
        """Bytes that outlive a power cut."""
        return self._durable

    def close(self) -> None:
        """Durable, indexed, under its final name; after an error it stays ``.open`` for ``mend``."""
        try:
            self.sync()
            self._tree.write([(_index_path(self.path), index.text(self._lines))])
            os.rename(self.name + OPEN, self.name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            self._sync(self._folder)
        finally:
            self.leave()

    def discard(self) -> None:
        """Remove a file that holds nothing."""
        with suppress(OSError):
            os.unlink(self.name + OPEN, dir_fd=self._folder)
        self.leave()

    def leave(self) -> None:
        """Let go of the file as it is."""
        os.close(self._file)
        os.close(self._folder)


def mend(tree: Tree, path: str, known: int | None = None) -> tuple[int, bool]:
    """Close a file that a crash left ``.open``: cut to its last whole record, index, final name.

    How many bytes were cut off, and whether it is damaged: a whole record stands behind a broken one,
    so that nothing is cut.  But a power cut leaves that too, of a group that was never synced: where nothing
    behind ``known`` bytes is referred to, the end is cut off and set aside.  A file with nothing in it is removed.
    """
    parts = PurePosixPath(path).parts
    folder = tree.folder(parts[:-1], create=True)
    try:
        tree.sweep_folder(folder)  # an index that was on its way
        file = os.open(parts[-1] + OPEN, _REPAIR, dir_fd=folder)
        try:
            end, lines, cut, damaged, empty = _survey(file, parts[-1])
            if damaged and known is not None and known <= end:
                damaged = _set_aside(tree, parts[-1], file, end)
            if cut and not damaged:
                os.ftruncate(file, end)
            os.fsync(file)
        finally:
            os.close(file)
        if empty and not damaged:
            os.unlink(parts[-1] + OPEN, dir_fd=folder)
        else:
            tree.write([(_index_path(path), index.text(lines))])
            os.rename(parts[-1] + OPEN, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)
    return (0 if damaged else cut), damaged


def _set_aside(tree: Tree, name: str, file: int, end: int) -> bool:
    """Keep what is about to be cut off although there are whole records in it; whether it stays where it is."""
    size = os.fstat(file).st_size
    if size - end > LONGEST:
        return True
    tree.write([(f"{ASIDE}/{name.removesuffix(SUFFIX)}-{end}.bin", os.pread(file, size - end, end))])
    return False


def left_open(tree: Tree, folder: str) -> list[str]:
    """The files below a folder, year by month, that are open in name, as they are called in the end.

    Raises ``ArchiveError``.
    """
    found, ending = [], SUFFIX + OPEN
    with told(tree.root, folder, "read"):
        for place, _, names in os.walk(tree.root / folder, onerror=unless_gone):
            at = PurePosixPath(place).relative_to(tree.root)
            found += [str(at / name.removesuffix(OPEN)) for name in names if name.endswith(ending)]
    return sorted(filter(is_text, found))


def _survey(file: int, name: str) -> tuple[int, list[str], int, bool, bool]:
    """Where the whole records end, the index's lines, how much follows, and whether records are in that.

    And whether the file is empty but for what is said of itself: one of testimonies alone has no lines.
    """
    end, lines, empty = 0, [], True
    for member in members.walk(file):
        end = member.end
        try:
            stored = parsed(member.head, cut=True)
        except NotWhole:
            empty = False
            continue
        empty = empty and stored.type == "warcinfo"
        line = index.line(stored, name, member.offset, member.length)
        if line is not None:
            lines.append(line)
    behind = os.fstat(file).st_size - end
    return end, lines, behind, bool(behind) and members.resumes(file, end), empty


def _index_path(path: str) -> str:
    return path.removesuffix(SUFFIX) + ".cdxj"
