"""An archive that others may be writing to, read file by file for a copy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crawler.archive.failures import Refused, failure, told, unless_gone
from crawler.archive.tree import Tree
from crawler.archive.warc import index, members
from crawler.archive.warc.excerpt import COMPANIONS
from crawler.archive.warc.members import NotWhole
from crawler.archive.warc.reading import OPEN
from crawler.archive.warc.stored import parsed
from crawler.archive.warc.volume import SUFFIX
from crawler.errors import ArchiveError

WARC = "warc"


class Denied(ArchiveError):
    """Permissions forbid reading it, or it is no file of ours: of this one alone nothing can be had, of others all."""


@dataclass(frozen=True, slots=True)
class WarcPart:
    """So much of a WARC file as a snapshot of the database knows, and the index of that."""

    size: int
    lines: bytes


class Source:
    """Reads below an archive's root; follows no symbolic link."""

    def __init__(self, root: Path) -> None:
        self._tree = Tree(root)
        self.closed: set[str] = set()  #: folders that permissions forbid to look into

    @property
    def root(self) -> Path:
        """The archive's root."""
        return self._tree.root

    @contextmanager
    def open(self, path: str) -> Iterator[int]:
        """A descriptor; raises ``FileNotFoundError``, ``Denied``, and ``ArchiveError`` where the disk fails."""
        try:
            with self._tree.open(path) as file:
                yield file
        except FileNotFoundError:
            raise
        except PermissionError as error:
            raise Denied(str(failure(self.root, path, "read", error))) from error
        except OSError as error:
            raise failure(self.root, path, "read", error) from error
        except Refused as error:
            raise Denied(str(error)) from error

    @contextmanager
    def volume(self, path: str) -> Iterator[int]:
        """A WARC file, by the name that it has in the end."""
        try:
            with self.open(path + OPEN) as file:
                yield file
            return
        except FileNotFoundError:
            pass
        with self.open(path) as file:
            yield file

    def closed_volumes(self) -> list[str]:
        """The WARC files that nobody adds to any more."""
        return [path for path in self.files(WARC) if path.endswith(SUFFIX)]

    def states(self, paths: Iterable[str]) -> dict[str, tuple[int, int, int] | None]:
        """By what files are known to be untouched: one that is written anew is another one."""
        return {path: self._state(path) for path in paths}

    def require(self, states: Mapping[str, tuple[int, int, int] | None]) -> None:
        """Raise ``ArchiveError`` where a file is not the one that it was."""
        for path, before in states.items():
            if self._state(path) != before:
                raise ArchiveError(f"{self.root / path}: changed meanwhile, as by a takedown; begin again")

    def _state(self, path: str) -> tuple[int, int, int] | None:
        with told(self.root, path, "read"):
            try:
                status = (self.root / path).lstat()
            except (FileNotFoundError, PermissionError):
                return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def files(self, folder: str) -> list[str]:
        """Paths of the files below a folder, sorted, without temporary ones; raises ``ArchiveError``.

        Folders that permissions forbid to look into are noted in ``closed``.
        """
        found = []
        with told(self.root, folder, "read"):
            for place, _, names in os.walk(self.root / folder, onerror=self._passed_over):
                at = PurePosixPath(place).relative_to(self.root)
                found += [str(at / name) for name in names if not name.startswith(".")]
        return sorted(found)

    def folders(self, folder: str) -> list[str]:
        """Paths of the folders that lie directly in a folder, sorted; none where it is not there."""
        found: list[str] = []
        with (
            told(self.root, folder, "read"),
            self._looking(folder),
            os.scandir(self.root / folder) as entries,
        ):
            found += [f"{folder}/{entry.name}" for entry in entries if entry.is_dir(follow_symlinks=False)]
        return sorted(found)

    @contextmanager
    def _looking(self, folder: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            pass
        except PermissionError:
            self.closed.add(folder)

    def _passed_over(self, error: OSError) -> None:
        """For ``os.walk``, which by itself passes over all that it cannot read."""
        if isinstance(error, PermissionError):
            self.closed.add(PurePosixPath(error.filename).relative_to(self.root).as_posix())
        else:
            unless_gone(error)


def part(file: int, path: str, known: int) -> WarcPart:
    """The beginning of a WARC file up to the last record that is ``known``, with what belongs to that.

    Raises ``NotWhole`` where the file does not hold so much.
    """
    end, lines, name = 0, [], PurePosixPath(path).name
    for member in members.walk(file):
        try:
            stored = parsed(member.head, cut=True)
        except NotWhole:
            stored = None
        if member.offset >= known and (stored is None or stored.type not in COMPANIONS):
            break
        end = member.end
        line = stored and index.line(stored, name, member.offset, member.length)
        if line:
            lines.append(line)
    if end < known:
        raise NotWhole(f"it ends at {end}, before its record that ends at {known}")
    return WarcPart(end, index.text(lines))
