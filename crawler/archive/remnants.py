"""What was set aside below an archive's root, searched for the text of one article; for ``takedown``.

``repair`` moves what it does not want into ``repaired/`` and ``orphans/``, a recovery the ends of raw files into
``quarantine/warc``, a rebuild the database that it replaces beside itself: nobody else ever looks there again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from crawler import document
from crawler.archive.tree import LONGEST
from crawler.archive.walk import Walk
from crawler.archive.warc import members
from crawler.archive.warc.members import NotWhole, Unsearched
from crawler.archive.warc.telling import fields_of
from crawler.archive.warc.volume import ASIDE, SUFFIX
from crawler.errors import ArchiveError, DocumentError
from crawler.model import sha256
from crawler.model.takedown import Found, Sought

#: Folders of what was set aside; below the first two each file has the path that it came from.
REPAIRED, ORPHANS = "repaired", "orphans"
#: What never holds a text: the log has titles and digests, and so have proofs and images.
_WITHOUT = ("log/", "static/")
_HEAD = 65536  #: bytes of a record in which its fields stand
_ITS_CURE = "look at it, and remove it if it is this article's"
_MIXED = "records of other articles may lie there: remove it, or move it out of the archive"


class Remnants:
    """Looks below ``root``, and beside ``database``; changes nothing."""

    def __init__(self, root: Path, database: Path) -> None:
        self._walk = Walk(root)
        self._database = database

    def find(self, sought: Sought) -> list[Found]:
        """Every file that holds the article's text, or may."""
        found = [
            found
            for folder in (REPAIRED, ORPHANS, ASIDE)
            for path in self._walk.files(folder)
            if (found := self._judged(path, sought)) is not None
        ]
        return [*found, *self._databases()]

    def _databases(self) -> Iterator[Found]:
        for path in sorted(self._database.parent.glob(f"{self._database.name}.lost-*")):
            why = "a database that was set aside, which is not searched"
            yield Found(path=str(path), why=why, cure="remove it when nothing is needed from it any more")

    def _judged(self, path: str, sought: Sought) -> Found | None:
        look = self._walk.look(path, read=False)
        if look.place in {"missing", "link", "special"}:
            return None  # nothing is written in it
        inner = path.removeprefix(f"{REPAIRED}/").removeprefix(f"{ORPHANS}/")
        if look.place == "file" and inner.startswith(_WITHOUT):
            return None
        try:
            if look.place != "file":
                raise ArchiveError(look.trouble or "it cannot be read")
            if SUFFIX in path or f"{ASIDE}/" in path:
                return self._raw(path, sought)
            data = self._walk.tree.read(path, LONGEST)
        except (ArchiveError, OSError) as error:
            return Found(path=path, why=f"it could not be searched: {error}", cure=_ITS_CURE)
        return _held(path, inner, data, sought)

    def _raw(self, path: str, sought: Sought) -> Found | None:
        """A raw file, or the end of one."""
        broken: Found | None = None
        with self._walk.tree.open(path) as file:
            offset, size, search = 0, os.fstat(file).st_size, members.Search(file)
            while offset < size:
                try:
                    member = members.read(file, offset, _HEAD, whole=False)
                except NotWhole as error:
                    why = f"it could not be searched from byte {offset} on: {error}"
                    broken = broken or Found(path=path, why=why, cure=_MIXED)
                    try:
                        offset = search.following(offset) or size
                    except Unsearched:
                        return broken
                    continue
                if _is_record(fields_of(member.head), sought):
                    return Found(path=path, why=f"the record at byte {offset} is the article's", cure=_MIXED)
                offset = member.end
        return broken


def _held(path: str, inner: str, data: bytes, sought: Sought) -> Found | None:
    """What a file with these bytes is."""
    its = Found(path=path)
    if sha256(data) in sought.digests or any(digest in inner for digest in sought.pages):
        return its
    if inner.startswith((sought.path, f"{sought.folder}/")):
        return its
    try:
        told = document.parse(data)
    except DocumentError:
        speaks = any(link.encode() in data for link in sought.links)
        return Found(path=path, why="the article's link stands in it", cure=_ITS_CURE) if speaks else None
    agreeing = (
        told.article_id == sought.article,
        told.feed_item_id in sought.items,
        told.url == sought.address,
        told.source_link in sought.links,
    )
    if sum(agreeing) > 1:
        return its
    return (
        Found(path=path, why="a part of its front matter is the article's", cure=_ITS_CURE)
        if any(agreeing)
        else None
    )


def _is_record(fields: dict[str, str], sought: Sought) -> bool:
    if fields.get("warc-type") not in {"response", "conversion"}:
        return False
    digests = {fields.get(f"warc-{name}-digest", "").removeprefix("sha256:") for name in ("payload", "block")}
    address = fields.get("warc-target-uri", "")
    last = address.rstrip("/").rpartition("/")[2]
    return (
        bool(digests & (sought.digests | sought.pages)) or address in sought.links or last == sought.address
    )
