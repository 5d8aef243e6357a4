"""``crawler backup``: the archive of one moment, taken while a crawler goes on writing to it.

First the list of WARC files that are closed and the log, then the database's snapshot, then exactly the
files that the snapshot names: whatever a crawler writes meanwhile is either not in it or not needed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler import __version__
from crawler.app import backups, present
from crawler.app.backups import PARTIAL
from crawler.app.manifests import ARCHIVE, DATABASE, FILES, FORMAT, MANIFEST
from crawler.archive.copies import Altered, Copies, Denied, Source, digested
from crawler.archive.copies.sources import part
from crawler.archive.warc.members import NotWhole
from crawler.config import Config
from crawler.errors import ArchiveError
from crawler.logbook import lines
from crawler.model.backup import BackedUp, CopiedFile, NamedFile, Snapshot
from crawler.store import snapshot

AFTER = ("quarantine",)
SPARE = 16 * 2**20  #: bytes that are left free on the target's disk


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backup or a restore is."""

    stage: str  #: "database", "files"
    done: int
    total: int


Observe = Callable[[Progress], None]


@dataclass(slots=True, kw_only=True)
class Backup:
    """One backup under way.  ``run`` raises ``ArchiveError`` and ``StoreError``; then none is there."""

    config: Config
    target: Path
    observe: Observe = lambda far: None
    link: bool = False  #: second names for the archive's own files instead of copies
    verify: bool = False  #: read what is unchanged by name, size and time: rot keeps all three
    keep: int | None = None  #: whole backups that stay; None: all
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    missing: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  #: from the archive, but not from the backup before
    linked: int = 0  #: files that an earlier backup has already
    made: Path | None = None  #: the backup, once it is whole and has its name
    _earlier: dict[str, CopiedFile] = field(default_factory=dict)
    _before: Path | None = None

    def run(self) -> BackedUp:
        """Take the backup, give it its name, remove those that are not to be kept."""
        root = self.config.archive.root
        backups.require_outside(self.target, root, "would be lost with it")
        present.begun(self.config)
        with backups.alone(self.target):
            mine = backups.Owner(root=str(root.absolute()), log=snapshot.first_leaf(self.config.database))
            backups.sweep(self.target, mine)
            at = self.now()
            name = backups.name(self.target, at)
            partial = self.target / (name + PARTIAL)
            try:
                manifest = self._take(partial, at, mine)
                backups.publish(partial, self.target / name)
                self.made = self.target / name
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
            pruned = [] if self.missing or self.gone else backups.prune(self.target, mine, self.keep, name)
            others = backups.foreign(self.target, mine) if self.keep else 0
        return BackedUp(
            path=str(self.target / name),
            manifest=manifest,
            missing=tuple(self.missing),
            gone=tuple(self.gone),
            pruned=tuple(pruned),
            others=others,
        )

    def _take(self, partial: Path, at: datetime, mine: backups.Owner) -> dict[str, Any]:
        self._before, self._earlier = backups.earlier(self.target, mine) or (None, {})
        source = Source(self.config.archive.root)
        backups.begin(partial, mine)
        copies = Copies(partial / ARCHIVE, link=self.link)
        closed = source.closed_volumes()
        untouched = source.states(closed)
        files = [self._found(source, copies, path) for path in _of_the_log(source)]
        known = self._database(partial / ARCHIVE / DATABASE)
        later = [path for folder in AFTER for path in source.files(folder)]
        self._room(source, known, closed)
        total = len(known.named) + len(set(closed) | set(known.volumes)) + len(later)
        for done, copied in enumerate(self._files(source, copies, known, closed, later), 1):
            files += copied
            self.observe(Progress("files", done, total))
        source.require(untouched)
        self.missing += sorted(source.closed)
        return self._finished(partial, copies, known, [one for one in files if one], at)

    def _database(self, path: Path) -> Snapshot:
        origin = self.config.database
        size = origin.stat().st_size if origin.is_file() else 0
        _require(self.target, size)
        snapshot.copied(origin, path, lambda done, pages: self.observe(Progress("database", done, pages)))
        return snapshot.read(path, origin)

    def _room(self, source: Source, known: Snapshot, closed: list[str]) -> None:
        """Refuse what the target's disk cannot hold, before it is full."""
        if self.link and source.root.stat().st_dev == self.target.stat().st_dev:
            return
        named = sum(file.size for file in known.named if not self._is_kept(file.path, file.digest))
        volumes = sum(known.volumes[path] for path in known.volumes if path not in self._earlier)
        _require(self.target, named + volumes)

    # ------------------------------------------------------------------ files

    def _files(
        self, source: Source, copies: Copies, known: Snapshot, closed: list[str], later: list[str]
    ) -> Iterator[list[CopiedFile | None]]:
        """Everything but the database and the log: a raw file with its index, any other alone."""
        for file in known.named:
            yield [self._named(source, copies, file)]
        for path in closed:
            yield [self._found(source, copies, path), self._index(source, copies, path)]
        for path in sorted(set(known.volumes) - set(closed)):
            yield self._part(source, copies, path, known.volumes[path])
        for path in later:
            yield [self._found(source, copies, path)]

    def _named(self, source: Source, copies: Copies, file: NamedFile) -> CopiedFile | None:
        """A file that the snapshot vouches for, from its place or from where it was moved meanwhile."""
        if self._is_kept(file.path, file.digest) and self._again(copies, file.path):
            if file.certain and not _lies_there(source, file, read=self.verify):
                self.gone.append(file.path)
            return self._earlier[file.path]
        for place in filter(None, (file.path, file.older)):
            try:
                with source.open(place) as opened:
                    return copies.copy(opened, file.path, digest=file.digest)
            except (FileNotFoundError, Altered, Denied):
                continue
        if file.certain:
            self.missing.append(file.path)
        return None

    def _found(self, source: Source, copies: Copies, path: str) -> CopiedFile | None:
        """A file as it lies there; unchanged since the backup before if size and time are."""
        try:
            with source.open(path) as opened:
                status = os.fstat(opened)
                known = self._earlier.get(path)
                same = known and (known.size, known.changed) == (status.st_size, status.st_mtime_ns)
                if known and same and self._again(copies, path):
                    if self.verify and not _is(opened, known.digest):
                        self.gone.append(path)
                    return known
                return copies.copy(opened, path, digest=None, changed=status.st_mtime_ns)
        except FileNotFoundError:
            return None
        except Denied:
            return self._found_before(copies, path)

    def _found_before(self, copies: Copies, path: str) -> CopiedFile | None:
        """A file that permissions forbid to read, from the backup before if that has it."""
        if path in self._earlier and self._again(copies, path):
            self.gone.append(path)
            return self._earlier[path]
        self.missing.append(path)
        return None

    def _index(self, source: Source, copies: Copies, path: str) -> CopiedFile | None:
        return self._found(source, copies, backups.index_of(path))

    def _part(self, source: Source, copies: Copies, path: str, known: int) -> list[CopiedFile | None]:
        """A WARC file that is being written: what the snapshot knows of it, as a closed file."""
        try:
            with source.volume(path) as opened:
                found = part(opened, path, known)
                kept = copies.begin(path, opened, found.size)
            return [kept, copies.write(backups.index_of(path), found.lines)]
        except (FileNotFoundError, NotWhole, Denied):
            return self._part_before(copies, path, known)

    def _part_before(self, copies: Copies, path: str, known: int) -> list[CopiedFile | None]:
        """A WARC file that the archive has lost, from the backup before if that has all that is known of it."""
        before, index = self._earlier.get(path), self._earlier.get(backups.index_of(path))
        if before is None or before.size < known or not self._again(copies, path):
            self.missing.append(path)
            return []
        self.gone.append(path)
        return [before, index if index and self._again(copies, index.path) else None]

    def _is_kept(self, path: str, digest: str) -> bool:
        known = self._earlier.get(path)
        return known is not None and known.digest == digest

    def _again(self, copies: Copies, path: str) -> bool:
        assert self._before is not None
        if not copies.again(self._before / ARCHIVE / path, self._earlier[path]):
            return False
        self.linked += 1
        return True

    # ------------------------------------------------------------------ manifest

    def _finished(
        self, partial: Path, copies: Copies, known: Snapshot, files: list[CopiedFile], at: datetime
    ) -> dict[str, Any]:
        database = backups.digested(partial / ARCHIVE / DATABASE)
        own = Copies(partial)
        listed = own.write(FILES, backups.lines([database, *files]))
        manifest = {
            "format": FORMAT,
            "crawler": __version__,
            "schema": known.schema,
            "taken_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "root": str(self.config.archive.root.absolute()),
            "log": known.log,
            "run": known.run,
            "counts": {
                "articles": known.articles,
                "revisions": known.revisions,
                "files": len(files) + 1,
                "bytes": sum(one.size for one in files) + database.size,
                "unchanged": self.linked,
                "copied_bytes": copies.written + database.size,
            },
            "files": {"path": FILES, "sha256": listed.digest, "size": listed.size},
            "missing": self.missing,
            "gone": self.gone,
        }
        own.write(MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
        copies.sync()
        own.sync()
        return manifest


def _is(opened: int, digest: str) -> bool:
    """Whether an open file has these bytes; one that cannot be read has not."""
    try:
        return digested(opened)[0] == digest
    except OSError:
        return False


def _lies_there(source: Source, file: NamedFile, *, read: bool) -> bool:
    """Whether the archive has a file of that size; ``read``: and of these bytes, as `crawler verify` asks."""
    for place in filter(None, (file.path, file.older)):
        try:
            with source.open(place) as opened:
                if os.fstat(opened).st_size == file.size and (not read or _is(opened, file.digest)):
                    return True
        except FileNotFoundError:
            continue
        except ArchiveError as error:
            if error.scarce:
                raise  # it says nothing about the file
    return False


def _of_the_log(source: Source) -> Iterator[str]:
    """The log's files, before the snapshot: its rows come first, so that the database knows all that they show.

    The checkpoint is written last of them, and so it is copied first, before the others are listed.
    """
    yield lines.CHECKPOINT
    yield from (path for path in source.files("log") if path != lines.CHECKPOINT)
    for wire in source.folders("static"):
        yield from source.files(f"{wire}/proof")


def _require(target: Path, size: int) -> None:
    free = shutil.disk_usage(target).free
    if free < size + SPARE:
        raise ArchiveError(
            f"{target}: the backup takes {size} bytes more, but only {free} are free there; "
            "free some space, remove older backups (--keep) or name another disk"
        )
