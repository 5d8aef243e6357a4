"""BagIt 1.0 (RFC 8493): files, QR images, raw records and provenance of a selection, with checksums of all.

data/content/… data/static/… data/revisions/…   as in the archive
data/warc/<name>.warc.gz                         the records of the selection, whole gzip members
data/provenance/<article>.json                   where every byte came from
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from crawler import __version__
from crawler.app.backup import Progress
from crawler.app.backups import PARTIAL
from crawler.app.packages.selection import BATCH, Chosen, require_free
from crawler.archive.copies import Altered, Copies, Source
from crawler.config import Config
from crawler.durable import make_folder, sync_folder
from crawler.errors import ArchiveError
from crawler.model.export import Exported
from crawler.report.listing import json_text
from crawler.store.search import Search

_ALGORITHMS = ("sha256", "sha512")
_CHUNK = 2**20
#: What is wrong with one file, and not with the machine.
_LEFT_OUT = frozenset({errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOTDIR, errno.EISDIR})


@dataclass(slots=True, kw_only=True)
class Bag:
    """Writes one bag.  ``write`` raises ``ArchiveError``; then there is none."""

    config: Config
    chosen: Chosen
    out: Path
    today: date
    observe: Callable[[Progress], None]
    _sums: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: path → checksums
    _bytes: int = 0

    async def write(self) -> dict[str, Any]:
        """Write the bag and give it its name; what is in it, in numbers."""
        require_free(self.out, self.config)
        partial = self.out.with_name(self.out.name + PARTIAL)
        shutil.rmtree(partial, ignore_errors=True)  # of an export that was killed
        try:
            make_folder(self.out.parent)
            partial.mkdir()
            await self._payload(Copies(partial))
            self._tags(partial)
            partial.rename(self.out)
            sync_folder(self.out.parent)
        except OSError as error:
            raise ArchiveError(
                f"{self.out}: cannot be written: {error.strerror or error}; mend that, or name another place"
            ) from None
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return {
            "path": str(self.out),
            "articles": len(self.chosen.articles),
            "files": len(self._sums),
            "bytes": self._bytes,
            "broken": self.chosen.broken,
        }

    async def _payload(self, copies: Copies) -> None:
        source, articles = Source(self.config.archive.root), self.chosen.articles
        async with Search(self.config.database) as search:
            for begin in range(0, len(articles), BATCH):
                batch = articles[begin : begin + BATCH]
                chains = await search.provenances([article.id for article in batch])
                for done, (article, chain) in enumerate(zip(batch, chains, strict=True), begin + 1):
                    self._article(source, copies, article, chain)
                    self.observe(Progress("articles", done, len(articles)))
        for volume, starts in self.chosen.volumes().items():
            self._volume(copies.root, volume, starts)
        copies.sync()

    def _article(self, source: Source, copies: Copies, article: Exported, chain: dict[str, Any]) -> None:
        for file in article.files:
            self._file(source, copies, file.path, file.digest)
        path = f"data/provenance/{article.id}.json"
        copies.write(path, (json_text(chain) + "\n").encode("utf-8", "replace"))
        self._note(copies.root, path)

    def _file(self, source: Source, copies: Copies, path: str, digest: str) -> None:
        try:
            with self._opened(source, path) as opened:
                if opened is None:
                    return
                copies.copy(opened, f"data/{path}", digest=digest)
        except (FileNotFoundError, Altered):
            self.chosen.broken.append(f"{path} is gone or altered; `crawler verify` tells more")
            return
        self._note(copies.root, f"data/{path}")

    @contextmanager
    def _opened(self, source: Source, path: str) -> Iterator[int | None]:
        """A file, or None for one that is named and left out; what the machine lacks ends the export."""
        with ExitStack() as held:
            try:
                opened = held.enter_context(source.open(path))
            except ArchiveError as error:
                cause = error.__cause__
                if isinstance(cause, OSError) and cause.errno not in _LEFT_OUT:
                    raise
                self.chosen.broken.append(str(error))
                yield None
            else:
                yield opened

    def _volume(self, root: Path, volume: str, starts: set[int]) -> None:
        path = f"data/warc/{PurePosixPath(volume).name}"
        (root / path).parent.mkdir(exist_ok=True)
        with (root / path).open("xb") as out:
            for piece in self.chosen.excerpts.of(volume, starts, self.chosen.broken):
                out.write(piece.data)
        self._note(root, path)

    def _note(self, root: Path, path: str) -> None:
        self._sums[path] = _checksums(root / path)
        self._bytes += (root / path).stat().st_size

    def _tags(self, root: Path) -> None:
        _write(root / "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        about = {
            "Bagging-Date": f"{self.today:%Y-%m-%d}",
            "Bag-Software-Agent": f"wire-crawler/{__version__}",
            "External-Description": f"{len(self.chosen.articles)} articles with their raw records and provenance",
            "Payload-Oxum": f"{self._bytes}.{len(self._sums)}",
        }
        _write(root / "bag-info.txt", "".join(f"{name}: {value}\n" for name, value in about.items()))
        self._manifests(root, "manifest", self._sums)
        tags = {path.name: _checksums(path) for path in sorted(root.glob("*.txt"))}
        self._manifests(root, "tagmanifest", tags)

    def _manifests(self, root: Path, kind: str, sums: dict[str, tuple[str, ...]]) -> None:
        for place, algorithm in enumerate(_ALGORITHMS):
            lines = "".join(f"{sums[path][place]}  {path}\n" for path in sorted(sums))
            _write(root / f"{kind}-{algorithm}.txt", lines)


def _checksums(path: Path) -> tuple[str, ...]:
    digests = [hashlib.new(name) for name in _ALGORITHMS]
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            for digest in digests:
                digest.update(data)
    return tuple(digest.hexdigest() for digest in digests)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
