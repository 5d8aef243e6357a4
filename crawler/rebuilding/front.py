"""Articles that nothing testifies to: what their own files say, for archives older than testimonies or without raw."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from crawler import document, urls
from crawler.config import source_key
from crawler.errors import ArchiveError, DocumentError
from crawler.model import ArchivedFile, Feed, Fronted, sha256
from crawler.ports import Archive
from crawler.rebuilding.plan import Known, Plan

_NEVER = datetime.min.replace(tzinfo=UTC)  #: when an item was first seen, no file tells
_VALUES = ("title", "summary", "description", "enclosure")
_CONTENT = re.compile(r"content/[^/]+/(\d{4})/(\d{2})/([^/]+)\.md")
_REVISION = re.compile(r"revisions/[^/]+/\d{4}/\d{2}/([^/]+)/(\d+)\.md")
_QRCODE = re.compile(r"[^/]+/qrcode/\d+/\d+/([A-Za-z0-9-]+)\.webp$")


@dataclass(slots=True, kw_only=True)
class Place:
    """A revision to which nothing testifies, as little of it as is known at once: an archive has a million."""

    article: int
    item: int
    key: str  #: the item's identity
    number: int  #: of the revision; of the newest one at first the least that it can be
    newest: bool
    path: str = ""  #: "": its file is gone, and the log alone tells of it
    digest: str = ""
    at: datetime  #: when the file was written
    leaf: int | None = None  #: number of its statement in the log


def noted(told: Fronted) -> Place:
    """What a plan needs of a file."""
    return Place(
        article=told.article,
        item=told.item,
        key=told.key,
        number=told.number,
        newest=told.newest,
        path=told.document.path,
        digest=told.document.digest,
        at=told.at,
    )


@dataclass(slots=True, kw_only=True)
class Fronts:
    """Reads files of articles: all of them to plan, and each again when it is told."""

    archive: Archive
    unreadable: list[str] = field(default_factory=list)

    async def read(self, files: Iterable[tuple[str, datetime]], plan: Plan) -> AsyncIterator[Fronted]:
        """Revisions to which nothing testifies, of each article the older ones first; without their images.

        ``files``: paths, and when they were written.
        """
        times = dict(files)
        testified = {path for path, _ in plan.testified}
        older: dict[str, list[tuple[int, str]]] = {}
        for path in times:
            if match := _REVISION.fullmatch(path):
                folder = path.rpartition("/")[0].replace("revisions/", "content/", 1)
                older.setdefault(f"{folder}.md", []).append((int(match[2]), path))
        for path in sorted(path for path in times if _CONTENT.fullmatch(path)):
            numbers = sorted(older.get(path, []))
            for number, before in numbers:
                if (path, number) in plan.testified:
                    continue
                if (one := await self._one(before, number, times[before], newest=False)) is not None:
                    yield one
            newest = numbers[-1][0] + 1 if numbers else 1
            if path in testified:
                continue
            if (one := await self._one(path, newest, times[path], newest=True)) is not None:
                yield one

    async def again(self, place: Place) -> Fronted | None:
        """What was planned, whole; None where its file cannot be read any more."""
        one = await self._one(place.path, place.number, place.at, newest=place.newest)
        if one is None:
            return None
        if one.document.digest != place.digest:
            self.unreadable.append(f"{place.path}: it was altered in the meantime; rebuild again")
            return None
        return replace(one, key=place.key, qrcode=await self._image(one.qrcode))

    async def _one(self, path: str, number: int, at: datetime, *, newest: bool) -> Fronted | None:
        try:
            data = await self.archive.get(path)
            told = document.parse(data)
            code = _QRCODE.search(told.qrcode)
            if code is None:
                raise DocumentError("its qrcode is not an address of ours")
        except (ArchiveError, DocumentError) as error:
            if error.scarce:
                raise  # an archive told without this file would be wrong for good
            self.unreadable.append(f"{path}: {error}")
            return None
        return _fronted(told, path, data, number, code[1], at, newest=newest)

    async def _image(self, file: ArchivedFile) -> ArchivedFile:
        try:
            data = await self.archive.get(file.path)
        except ArchiveError as error:
            if error.scarce:
                raise
            return file
        return replace(file, digest=sha256(data), size=len(data))


def _fronted(
    told: document.Document, path: str, data: bytes, number: int, code: str, at: datetime, *, newest: bool
) -> Fronted:
    key = source_key(told.source)
    image = document.qrcode_path(key, _date(told), code)
    return Fronted(
        article=told.article_id,
        item=told.feed_item_id,
        number=number,
        newest=newest,
        document=ArchivedFile(path=path, digest=sha256(data), size=len(data)),
        qrcode=ArchivedFile(path=image, digest="", size=0),
        title=told.title,
        date=_date(told),
        draft=told.draft,
        source_link=told.source_link,
        url=told.url,
        code=code,
        source=told.source,
        source_key=key,
        values={name: str(getattr(told, name)) for name in _VALUES} | {"date": told.date},
        at=at,
        key=f"url:{urls.identity(told.source_link)}",
        tombstone=document.is_tombstone(told),
    )


def _date(told: document.Document) -> datetime:
    return datetime.fromisoformat(told.date).astimezone(UTC)


def know(plan: Plan, place: Place) -> None:
    """Numbers that a file tells, before the feeds are told."""
    plan.know(place.key, Known(place.item, _NEVER, ""))


def know_wire(plan: Plan, told: Fronted, wires: frozenset[str]) -> None:
    """The wire of a file, if nobody else tells it (``wires``: keys)."""
    if told.source_key not in wires | {feed.source_key for feed in plan.feeds.values()}:
        link = urls.root(told.source_link)
        plan.feeds[told.source] = Feed(
            id=0, name=told.source, url=link, source=told.source, source_key=told.source_key
        )
