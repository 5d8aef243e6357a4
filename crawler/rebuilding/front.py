"""Articles that nothing testifies to: what their own files say, for archives older than testimonies or without raw."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crawler import document, urls
from crawler.config import source_key
from crawler.errors import ArchiveError, DocumentError
from crawler.model import ArchivedFile, Feed, Fronted, sha256
from crawler.ports import Archive
from crawler.rebuilding.plan import Known, Plan

_VALUES = ("title", "summary", "description", "enclosure")
_CONTENT = re.compile(r"content/[^/]+/(\d{4})/(\d{2})/([^/]+)\.md")
_REVISION = re.compile(r"revisions/[^/]+/\d{4}/\d{2}/([^/]+)/(\d+)\.md")
_QRCODE = re.compile(r"[^/]+/qrcode/\d+/\d+/([A-Za-z0-9-]+)\.webp$")


@dataclass(slots=True, kw_only=True)
class Fronts:
    """Reads files of articles."""

    archive: Archive
    unreadable: list[str] = field(default_factory=list)

    async def read(self, files: Iterable[tuple[str, datetime]], plan: Plan) -> AsyncIterator[Fronted]:
        """Revisions to which nothing testifies, of each article the older ones first.

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

    async def _one(self, path: str, number: int, at: datetime, *, newest: bool) -> Fronted | None:
        try:
            data = await self.archive.get(path)
            told = document.parse(data)
            code = _QRCODE.search(told.qrcode)
            if code is None:
                raise DocumentError("its qrcode is not an address of ours")
            image = await self._image(told, code[1])
        except (ArchiveError, DocumentError) as error:
            if error.scarce:
                raise  # an archive told without this file would be wrong for good
            self.unreadable.append(f"{path}: {error}")
            return None
        return _fronted(told, path, data, number, image, code[1], at, newest=newest)

    async def _image(self, told: document.Document, code: str) -> ArchivedFile:
        path = document.qrcode_path(source_key(told.source), _date(told), code)
        try:
            data = await self.archive.get(path)
        except ArchiveError as error:
            if error.scarce:
                raise
            return ArchivedFile(path=path, digest="", size=0)
        return ArchivedFile(path=path, digest=sha256(data), size=len(data))


def _fronted(
    told: document.Document, path: str, data: bytes, number: int, image: ArchivedFile, code: str,
    at: datetime, *, newest: bool,
) -> Fronted:  # fmt: skip
    return Fronted(
        article=told.article_id,
        item=told.feed_item_id,
        number=number,
        newest=newest,
        document=ArchivedFile(path=path, digest=sha256(data), size=len(data)),
        qrcode=image,
        title=told.title,
        date=_date(told),
        draft=told.draft,
        source_link=told.source_link,
        url=told.url,
        code=code,
        source=told.source,
        source_key=source_key(told.source),
        values={name: str(getattr(told, name)) for name in _VALUES} | {"date": told.date},
        at=at,
        key=f"url:{urls.identity(told.source_link)}",
        tombstone=document.is_tombstone(told),
    )


def _date(told: document.Document) -> datetime:
    return datetime.fromisoformat(told.date).astimezone(UTC)


def know(plan: Plan, told: Fronted, wires: frozenset[str]) -> None:
    """Numbers that a file tells, before the feeds are told; and its wire, if nobody else does (``wires``: keys)."""
    never = datetime.min.replace(tzinfo=UTC)  # when it was first seen, no file tells
    plan.know(told.key, Known(told.item, never, ""))
    if told.source_key not in wires | {feed.source_key for feed in plan.feeds.values()}:
        link = urls.root(told.source_link)
        plan.feeds[told.source] = Feed(
            id=0, name=told.source, url=link, source=told.source, source_key=told.source_key
        )
