"""What the log's files state of articles of which only their own files tell: why each revision was made, and what
their wire said of it; ``app.rebuilding`` asks where there is no raw archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace

from crawler import document, statement, urls
from crawler.errors import DocumentError
from crawler.model import ArchivedFile, Fronted, Statement
from crawler.rebuilding.front import Place

#: Every statement that the log's files hold, with its number, from the first on.
Statements = Callable[[], AsyncIterator[tuple[int, str]]]
#: Those with these numbers.
Some = Callable[[Collection[int]], AsyncIterator[tuple[int, str]]]
Read = Callable[[Place], Awaitable[Fronted | None]]


async def placed(found: Sequence[Place], statements: Statements) -> list[Place]:
    """The same revisions with where they are stated, and those before them whose files are gone, in order."""
    if not found:
        return []
    wanted: dict[tuple[int, str], list[Place]] = {}
    for one in found:
        wanted.setdefault((one.article, one.digest), []).append(one)
    least = {id(one): one.number for one in found if one.newest}
    async for leaf, stated in _parsed(statements()):
        for one in wanted.get((stated.article, stated.document.digest), ()):
            _take(one, leaf, stated, least.get(id(one)))
    gone = _gone(found)
    lost: list[Place] = []
    if gone:
        lost = [
            _lost(leaf, one)
            async for leaf, one in _parsed(statements())
            if (one.article, one.revision) in gone
        ]
    turns = {one.article: number for number, one in reversed(list(enumerate(found)))}
    return sorted([*found, *lost], key=lambda one: (turns[one.article], one.number))


async def told(places: Sequence[Place], read: Read, statements: Some) -> list[Fronted]:
    """These revisions, whole: from their files, and what is stated of them."""
    wanted = {one.leaf for one in places if one.leaf is not None}
    found: dict[tuple[int | None, int, int], Statement] = {}
    if wanted:
        async for leaf, stated in _parsed(statements(wanted)):
            found[leaf, stated.article, stated.revision] = stated
    whole: list[Fronted] = []
    for place in places:
        known = found.get((place.leaf, place.article, place.number))
        one = await read(place) if place.path else None
        if one is not None:
            whole.append(replace(one, stated=known))
        elif known is not None and not place.path:
            whole.append(_unfiled(known))
    return whole


async def _parsed(statements: AsyncIterator[tuple[int, str]]) -> AsyncIterator[tuple[int, Statement]]:
    async for leaf, text in statements:
        try:
            yield leaf, statement.parse(text.encode())
        except DocumentError:  # the log's own verification tells of it
            continue


def _take(one: Place, leaf: int, stated: Statement, least: int | None) -> None:
    """Take it for the file's own: of an earlier revision, whose name has its number, the first that says so.

    ``least``: the newest one's number is the least it can have, for others may be gone: then the last that fits.
    """
    first = one.leaf is None and stated.revision == one.number
    fits = first if least is None else stated.revision >= least
    if fits:
        one.leaf, one.number = leaf, stated.revision
        if urls.without_secrets(one.key) != stated.item_key:
            one.key = stated.item_key


def _gone(known: Iterable[Place]) -> set[tuple[int, int]]:
    """Article and number of revisions that were before those whose files are there."""
    newest = {one.article: one.number for one in known if one.newest and one.number > 1}
    there = {(one.article, one.number) for one in known if one.article in newest}
    return {(article, number) for article, last in newest.items() for number in range(1, last)} - there


def _lost(leaf: int, stated: Statement) -> Place:
    return Place(
        article=stated.article,
        item=stated.item,
        key=stated.item_key,
        number=stated.revision,
        newest=False,
        at=stated.fetched_at,
        leaf=leaf,
    )


def _unfiled(stated: Statement) -> Fronted:
    """A revision of which nothing but its statement is left."""
    path = document.revision_path(stated.source_key, stated.date, stated.url, stated.revision)
    return Fronted(
        article=stated.article,
        item=stated.item,
        number=stated.revision,
        newest=False,
        document=ArchivedFile(path=path, digest=stated.document.digest, size=stated.document.size),
        qrcode=stated.qrcode,
        title=stated.title,
        date=stated.date,
        draft=stated.draft,
        source_link=stated.source_link,
        url=stated.url,
        code=stated.code,
        source=stated.source,
        source_key=stated.source_key,
        values={},
        at=stated.fetched_at,
        key=stated.item_key,
        stated=stated,
    )
