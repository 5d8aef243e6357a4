"""The raw archive: every record of every file, against its row and against itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import islice

from crawler.app.verifying.desk import Desk
from crawler.app.verifying.volume import Volume
from crawler.archive.warc.reading import OPEN
from crawler.archive.warc.volume import SUFFIX
from crawler.audit.codes import finding
from crawler.audit.facts import FileLook
from crawler.model import Finding

_FOLDER = "warc"
_PAGE = 100  #: files


async def verify(desk: Desk) -> None:
    """Every file that lies there, some at a time; then every one that rows name."""
    limit = asyncio.Semaphore(os.cpu_count() or 1)
    paths = desk.walk.files(_FOLDER)
    while page := await desk.run(_taken, paths):
        await asyncio.gather(*(_file(desk, path, limit) for path in page))
    await _named(desk)


def _taken(paths: Iterator[str]) -> list[str]:
    return list(islice(paths, _PAGE))


async def _file(desk: Desk, path: str, limit: asyncio.Semaphore) -> None:
    async with limit:
        if path.endswith((SUFFIX, SUFFIX + OPEN)):
            look = await desk.run(desk.walk.look, path, read=False)
            if desk.wish.since is not None and look.modified < desk.wish.since.timestamp() * 1e9:
                return
            await Volume(desk, path).verify(look)
            desk.count("raw files")
        elif path.endswith(".cdxj"):
            await _index(desk, path)


async def _index(desk: Desk, path: str) -> None:
    """An index whose raw file is gone, or that is none."""
    look = await desk.run(desk.walk.look, path, read=False)
    file = path.removesuffix(".cdxj") + SUFFIX
    places = [await _place(desk, name) for name in (file + OPEN, file)]  # as a closing file is renamed
    if look.place not in {"file", "missing"}:
        desk.tell([finding("F312", f"the index {path} is no regular file", path)])
    elif look.place == "file" and {one.place for one in places} == {"missing"}:
        desk.tell([finding("F313", f"the index {path} is there without its raw file", path)])


async def _named(desk: Desk) -> None:
    """Files that rows name and that are gone."""
    path = await desk.audit.next_raw("")
    while path is not None:
        missing = await _missing(desk, path)
        if missing:
            desk.tell([await _gone(desk, path)])
        path = await desk.audit.next_raw(path)


async def _missing(desk: Desk, path: str) -> bool:
    """Under neither name; looked for in the order in which a closing file is renamed."""
    return {(await _place(desk, name)).place for name in (path + OPEN, path)} == {"missing"}


async def _gone(desk: Desk, path: str) -> Finding:
    claims = await desk.audit.records(path, -(2**62), 0)
    told = ", ".join(str(row.id) for row in claims[:5]) + (" …" if len(claims) > 5 else "")
    what = f"the raw file {path} is missing; rows of it: warc_records {told}"
    article = claims[0].article if len(claims) == 1 else None
    return finding("F301", what, path, article=article)


async def _place(desk: Desk, path: str) -> FileLook:
    return await desk.run(desk.walk.look, path, read=False)
