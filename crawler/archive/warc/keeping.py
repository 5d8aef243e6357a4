"""Many callers' exchanges into one row of files: in groups, each group durable with one fsync.

Plain blocking calls, from one thread at a time; ``crawler.archive.warc`` queues for it.
"""

from __future__ import annotations

import os
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from crawler.archive.failures import failure, told
from crawler.archive.tree import Tree
from crawler.archive.warc import index, records
from crawler.archive.warc.reading import Reader
from crawler.archive.warc.stored import Original
from crawler.archive.warc.volume import SUFFIX, Volume, left_open, mend
from crawler.errors import ArchiveError
from crawler.model import Exchange, RawRecord, Testimony, sha256

FOLDER = "warc"
_REMEMBERED = 4096  #: bodies of this run, of which the store may not know yet

Kept = tuple[RawRecord, ...] | Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What one caller wants kept, together in one file."""

    exchanges: Sequence[Exchange]
    about: Mapping[str, str]
    digests: Sequence[str]  #: of the bodies
    known: Mapping[str, RawRecord] = field(
        default_factory=dict
    )  #: by digest: kept before, as far as the store knows


@dataclass(slots=True)
class Mended:
    """What was found of the last stop."""

    files: int = 0  #: that were open
    cut: int = 0  #: bytes behind their last whole records: never acknowledged, gone
    damaged: list[str] = field(default_factory=list)  #: files with a broken record before a whole one


class Keeping:
    """Adds bundles to the newest file, and begins a new one when that is full or old."""

    def __init__(
        self,
        tree: Tree,
        *,
        now: Callable[[], datetime],
        file_size: int,
        file_age: timedelta,
        information: Mapping[str, str],
        sync: Callable[[int], None] = os.fsync,
    ) -> None:
        self._tree = tree
        self._reader = Reader(tree)
        self._now = now
        self._file_size = file_size
        self._file_age = file_age
        self._information = information
        self._sync = sync
        self._volume: Volume | None = None
        self._left = False  #: a file of ours stayed ``.open``
        self._bodies: OrderedDict[str, tuple[str, int]] = OrderedDict()  #: digest → file, offset
        self._token = secrets.token_hex(3)
        self._numbers = count(1)

    @property
    def writing(self) -> str | None:
        """The file that is being written, if there is one."""
        return self._volume.path if self._volume else None

    def knows(self, digest: str) -> bool:
        """Whether a body is among the newest."""
        return digest in self._bodies

    def write(self, bundles: Sequence[Bundle | Testimony]) -> list[Kept]:
        """Keep them all, durably on return; of each its records, or why it was not kept."""
        results: list[Kept] = []
        fresh: list[str] = []  #: digests of bodies that are new to the archive
        try:
            volume = self._ready()
        except OSError as error:
            return self._failures(error, len(bundles))
        begin = volume.lines
        for number, bundle in enumerate(bundles):
            try:
                results.append(self._add(volume, bundle, fresh))
            except OSError as error:
                results += self._failures(error, len(bundles) - number)
                break
            except Exception as bug:  # of this bundle alone
                results.append(bug)
        try:
            volume.sync()
        except OSError as error:  # what it holds now nobody knows: it is never synced again
            self._forget(fresh)
            volume.cut(volume.durable, begin)
            self._abandon()
            return self._failures(error, len(bundles))
        if volume.broken:
            self._abandon()
        return results

    def close(self) -> None:
        """Close the file; after an error it stays open in name, and ``mend`` closes it."""
        volume, self._volume = self._volume, None
        if volume is not None:
            with told(self._tree.root, volume.path, "closed"):
                volume.close()

    def left_open(self) -> list[str]:
        """What crashes and failures left ``.open``, as it is called in the end."""
        return [path for path in left_open(self._tree, FOLDER) if path != self.writing]

    def mend(self, ends: Mapping[str, int] | None = None) -> Mended:
        """Close what is left open; raises ``ArchiveError``.

        ``ends``: where the last record of a file ends that the database knows, for each that it was asked about.
        """
        mended = Mended()
        for path in self.left_open():
            with told(self._tree.root, path, "mended"):
                cut, damaged = mend(self._tree, path, (ends or {}).get(path))
            mended.files += 1
            mended.cut += cut
            mended.damaged += [path] if damaged else []
        self._left = False
        return mended

    # A file to write to

    def _ready(self) -> Volume:
        if self._volume is not None and self._full(self._volume):
            try:
                self.close()
            except ArchiveError:
                self._left = True  # what is in it is durable; only its name is not final yet
        if self._volume is None:
            if self._left:
                with suppress(ArchiveError):
                    self.mend()
            self._volume = self._new()
        return self._volume

    def _full(self, volume: Volume) -> bool:
        return volume.size >= self._file_size or self._now() - volume.began >= self._file_age

    def _new(self) -> Volume:
        at = self._now()
        name = f"{at:%Y%m%d%H%M%S}-{next(self._numbers):05d}-{self._token}{SUFFIX}"
        volume = Volume(self._tree, f"{FOLDER}/{at:%Y/%m}/{name}", at, sync=self._sync)
        try:
            volume.add(records.information(volume.name, self._information, at))
        except OSError:
            volume.discard()
            raise
        return volume

    def _abandon(self) -> None:
        volume, self._volume, self._left = self._volume, None, True
        if volume is not None:
            volume.leave()

    # Records

    def _add(self, volume: Volume, bundle: Bundle | Testimony, fresh: list[str]) -> tuple[RawRecord, ...]:
        """Write a bundle, or nothing of it."""
        size, lines, known = volume.size, volume.lines, len(fresh)
        try:
            if isinstance(bundle, Testimony):
                return (self._testimony(volume, bundle),)
            return tuple(self._records(volume, bundle, fresh))
        except Exception:
            self._forget(fresh[known:])
            volume.cut(size, lines)
            raise

    def _records(self, volume: Volume, bundle: Bundle, fresh: list[str]) -> Iterator[RawRecord]:
        identifier = ""
        for exchange, digest in zip(bundle.exchanges, bundle.digests, strict=True):
            original = self._original(exchange, digest, bundle.known.get(digest))
            identifier, answer, request = records.of_exchange(exchange, digest, original)
            offset, length = volume.add(answer.data)
            volume.add(request)
            volume.note(index.line(answer.stored, volume.name, offset, length))
            if original is None and exchange.body and exchange.whole:
                self._remember(digest, volume.path, offset)
                fresh.append(digest)
            yield RawRecord(
                url=exchange.url,
                file=volume.path,
                offset=offset,
                length=length,
                payload=digest,
                revisit=original is not None,
                written_at=self._now(),
            )
        volume.add(records.metadata(bundle.exchanges[-1], identifier, bundle.about))

    def _testimony(self, volume: Volume, testimony: Testimony) -> RawRecord:
        conversion, *others = records.of_testimony(testimony)
        offset, length = volume.add(conversion)
        for member in others:
            volume.add(member)
        return RawRecord(
            url=testimony.address,
            file=volume.path,
            offset=offset,
            length=length,
            payload=sha256(testimony.document),
            revisit=False,
            written_at=self._now(),
        )

    def _original(self, exchange: Exchange, digest: str, known: RawRecord | None) -> Original | None:
        """Where the same body lies, read again to be sure of it."""
        if not exchange.body or not exchange.whole:
            return None
        place = self._bodies.get(digest) or ((known.file, known.offset) if known else None)
        return self._reader.original(*place, digest) if place else None

    def _remember(self, digest: str, file: str, offset: int) -> None:
        self._bodies[digest] = (file, offset)
        while len(self._bodies) > _REMEMBERED:
            self._bodies.popitem(last=False)

    def _forget(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self._bodies.pop(digest, None)

    def _failures(self, error: OSError, many: int) -> list[Kept]:
        """One for each caller, who adds what he knows to his own."""
        return [failure(self._tree.root, FOLDER, "written", error) for _ in range(many)]
