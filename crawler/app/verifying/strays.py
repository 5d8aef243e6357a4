"""Everything that lies below the archive's root, and whether a row knows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice

from crawler.app.verifying.desk import FRESH, Desk
from crawler.audit import strays
from crawler.audit.facts import ArticleRow, FileLook
from crawler.model import Finding

_PAGE = 500  #: paths of one look


async def verify(desk: Desk) -> None:
    """Look through the folders."""
    paths = _paths(desk)
    while page := await desk.run(_taken, paths):
        wanted = [path for path in page if not strays.is_raw(path)]
        for finding in await _judged(desk, wanted):
            if finding.code != "F212" or not await _on_its_way(desk, finding.where):
                desk.tell(await _judged(desk, [finding.where]))
        desk.count("places", len(page))


def _paths(desk: Desk) -> Iterator[str]:
    """Every file, but those of a site's own folder that is called as that of published proofs."""
    root, wires = desk.walk.tree.root, dict[str, bool]()
    for path in chain.from_iterable(map(desk.walk.files, strays.FOLDERS)):
        beside = strays.images_beside(path)
        if beside is not None and beside not in wires:
            wires[beside] = (root / beside).is_dir()
        if beside is None or wires[beside]:
            yield path


def _taken(paths: Iterator[str]) -> list[str]:
    return list(islice(paths, _PAGE))


async def _judged(desk: Desk, paths: Sequence[str]) -> list[Finding]:
    """What is to be said of them, as rows and places are now."""
    looks = await asyncio.gather(*(desk.run(_kind, desk, path) for path in paths))
    owners = await _owners(desk, paths)
    found = []
    for look in looks:
        article = owners.get(strays.name(look.path) or ("", ""))
        if look.place == "missing" or strays.known(look.path, article):
            continue
        if strays.needs_reading(look.path) and look.place == "file":
            look = await desk.run(_read, desk, look.path)
        one = strays.judge(look, article) or await _parted(desk, look)
        found += [one] if one else []
    return found


async def _parted(desk: Desk, look: FileLook) -> Finding | None:
    """Whether a file in quarantine is there without its other half."""
    other = strays.partner(look.path)
    if other is None or (await desk.run(_kind, desk, other)).place != "missing":
        return None
    return strays.parted(look.path)


def _kind(desk: Desk, path: str) -> FileLook:
    return desk.walk.look(path, read=False)


def _read(desk: Desk, path: str) -> FileLook:
    return desk.walk.look(path, read=not desk.wish.quick, article=strays.is_article(path))


async def _owners(desk: Desk, paths: Sequence[str]) -> dict[tuple[str, str], ArticleRow]:
    names = {name for path in paths if (name := strays.name(path))}
    found = await desk.audit.named(sorted(names))
    return {("url", one.url): one for one in found} | {("code", one.code): one for one in found}


async def _on_its_way(desk: Desk, path: str) -> bool:
    """Whether a temporary file may be the running crawler's."""
    look = await desk.run(_kind, desk, path)
    written = datetime.fromtimestamp(look.modified / 1e9, UTC)
    return look.place == "missing" or (desk.busy and desk.now - written < FRESH)
