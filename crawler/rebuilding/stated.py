"""What the log's files state of articles of which only their own files tell: why each revision was made, and what
their wire said of it; ``app.rebuilding`` asks where there is no raw archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace

from crawler import document, statement, urls
from crawler.errors import DocumentError
from crawler.model import ArchivedFile, Fronted, Statement

#: Every statement that the log's files hold, from the first on.
Statements = Callable[[], AsyncIterator[tuple[int, str]]]


async def completed(told: Sequence[Fronted], statements: Statements) -> list[Fronted]:
    """The same revisions with what was stated of them, and those before them whose files are gone, in order."""
    if not told:
        return []
    wanted = {(one.article, one.document.digest) for one in told}
    found: dict[tuple[int, str], list[Statement]] = {}
    async for stated in _parsed(statements):
        if (place := (stated.article, stated.document.digest)) in wanted:
            found.setdefault(place, []).append(stated)
    known = [_with(one, found.get((one.article, one.document.digest), [])) for one in told]
    gone = _gone(known)
    lost: list[Fronted] = []
    if gone:
        lost = [_unfiled(one) async for one in _parsed(statements) if (one.article, one.revision) in gone]
    turns = {one.article: number for number, one in reversed(list(enumerate(known)))}
    return sorted([*known, *lost], key=lambda one: (turns[one.article], one.number))


async def _parsed(statements: Statements) -> AsyncIterator[Statement]:
    async for _, text in statements():
        try:
            yield statement.parse(text.encode())
        except DocumentError:  # the log's own verification tells of it
            continue


def _with(one: Fronted, found: Sequence[Statement]) -> Fronted:
    """With the file's own statement; the newest one's number is the least it can have, for others may be gone."""
    if one.newest:
        stated = next((told for told in reversed(found) if told.revision >= one.number), None)
    else:
        stated = next((told for told in found if told.revision == one.number), None)
    if stated is None:
        return one
    return replace(
        one,
        stated=stated,
        number=stated.revision,
        key=one.key if urls.without_secrets(one.key) == stated.item_key else stated.item_key,
    )


def _gone(known: Iterable[Fronted]) -> set[tuple[int, int]]:
    """Article and number of revisions that were before those whose files are there."""
    there = {(one.article, one.number) for one in known}
    newest = [one for one in known if one.newest]
    return {(one.article, number) for one in newest for number in range(1, one.number)} - there


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
