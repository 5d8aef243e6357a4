"""WACZ 1.1.1: pages of a selection for any replay tool, one zip file with WARC excerpts, index and page list.

https://specs.webrecorder.net/wacz/1.1.1/; the same selection gives the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from crawler import __version__, document, prose
from crawler.app.backup import Progress
from crawler.app.backups import PARTIAL
from crawler.app.packages.selection import Chosen, require_free, require_pages
from crawler.archive.tree import Tree
from crawler.config import Config
from crawler.durable import make_folder, sync_folder
from crawler.errors import ArchiveError, DocumentError
from crawler.model import sha256
from crawler.model.export import Exported

VERSION = "1.1.1"
_BLOCK = 300  #: lines of the index that are compressed together
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  #: the first moment that a zip file knows


@dataclass(slots=True)
class _Package:
    """A package under way: what was written into it so far."""

    file: zipfile.ZipFile
    resources: list[dict[str, Any]] = field(default_factory=list)

    def add(self, path: str, pieces: Iterable[bytes], *, listed: bool = True) -> None:
        """A file of the package, stored as it is."""
        digest, size = hashlib.sha256(), 0
        about = zipfile.ZipInfo(path, _LONG_AGO)
        about.external_attr = 0o644 << 16
        with self.file.open(about, "w", force_zip64=True) as out:
            for piece in pieces:
                out.write(piece)
                digest.update(piece)
                size += len(piece)
        if listed:
            name = PurePosixPath(path).name
            told = {"name": name, "path": path, "hash": f"sha256:{digest.hexdigest()}", "bytes": size}
            self.resources.append(told)


@dataclass(slots=True, kw_only=True)
class Wacz:
    """Writes one package.  ``write`` raises ``ArchiveError``; then there is none."""

    config: Config
    chosen: Chosen
    out: Path
    observe: Callable[[Progress], None]
    pages: int = 0
    records: int = 0
    _lines: list[str] = field(default_factory=list)
    _seen: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    def write(self) -> dict[str, Any]:
        """Write the package and give it its name; what is in it, in numbers."""
        require_free(self.out, self.config)
        require_pages(self.chosen, self.config)
        with _published(self.out) as partial, zipfile.ZipFile(partial, "w") as file:
            package = _Package(file)
            volumes = self.chosen.volumes()
            for done, (path, starts) in enumerate(volumes.items(), 1):
                package.add(f"archive/{PurePosixPath(path).name}", self._excerpt(path, starts))
                self.observe(Progress("files", done, len(volumes)))
            self._index(package)
            package.add("pages/pages.jsonl", self._pages())
            self._describe(package)
        return {
            "path": str(self.out),
            "articles": len(self.chosen.articles),
            "pages": self.pages,
            "records": self.records,
            "broken": self.chosen.broken,
        }

    def _excerpt(self, path: str, starts: set[int]) -> Iterator[bytes]:
        for piece in self.chosen.excerpts.of(path, starts, self.chosen.broken):
            self._seen[path, piece.start] = piece.url, piece.date
            self._lines += [piece.line] if piece.line else []
            self.records += 1
            yield piece.data

    def _index(self, package: _Package) -> None:
        """The index in compressed blocks, and an index of the blocks ("ZipNum")."""
        lines = sorted(self._lines)
        blocks, places, offset = [], ['!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'], 0
        for at in range(0, len(lines), _BLOCK):
            data = "".join(f"{line}\n" for line in lines[at : at + _BLOCK])
            block = gzip.compress(data.encode("ascii", "backslashreplace"), mtime=0)
            begin = lines[at].partition("{")[0].strip()
            told = {"offset": offset, "length": len(block), "digest": f"sha256:{sha256(block)}"}
            places.append(f"{begin} {json.dumps(told)}")
            blocks.append(block)
            offset += len(block)
        package.add("indexes/index.cdx.gz", blocks or [gzip.compress(b"", mtime=0)])
        package.add("indexes/index.idx", [f"{place}\n".encode() for place in places])

    def _pages(self) -> Iterator[bytes]:
        yield _line({"format": "json-pages-1.0", "id": "pages", "title": "Articles", "hasText": True})
        tree = Tree(self.config.archive.root)
        for article in self.chosen.articles:
            place = article.page and self._seen.get((article.page.path, article.page.start))
            if place:
                self.pages += 1
                yield _line(self._page(tree, article, *place))

    def _page(self, tree: Tree, article: Exported, url: str, date: str) -> dict[str, str]:
        told = {"id": str(article.id), "url": url, "ts": date, "title": article.title}
        try:
            read = document.parse(tree.read(article.files[0].path, document.LONGEST))
        except (ArchiveError, DocumentError) as error:
            self.chosen.broken.append(str(error))
            return told
        return {**told, "text": prose.plain(read.body)}

    def _describe(self, package: _Package) -> None:
        described = json.dumps(
            {
                "profile": "data-package",
                "wacz_version": VERSION,
                "title": f"Articles: {len(self.chosen.articles)}",
                "created": self.chosen.newest,
                "software": f"wire-crawler/{__version__}",
                "resources": package.resources,
            },
            indent=2,
        ).encode()
        package.add("datapackage.json", [described], listed=False)
        digest = {"path": "datapackage.json", "hash": f"sha256:{sha256(described)}"}
        package.add("datapackage-digest.json", [json.dumps(digest, indent=2).encode()], listed=False)


def _line(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8", "replace")


@contextmanager
def _published(out: Path) -> Iterator[Path]:
    """A path to write to; it gets its name when it is whole, and is removed otherwise."""
    partial = out.with_name(out.name + PARTIAL)
    try:
        make_folder(out.parent)
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(out)
        sync_folder(out.parent)
    except OSError as error:
        raise ArchiveError(
            f"{out}: cannot be written: {error.strerror or error}; mend that, or name another place"
        ) from None
    finally:
        with suppress(OSError):  # it was told
            partial.unlink(missing_ok=True)
