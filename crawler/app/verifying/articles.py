"""Articles one page after the other: their rows among each other, and the files that they want."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from crawler.app.verifying.desk import FRESH, LOOKS, PAUSE, Desk
from crawler.audit import files, rows, statements
from crawler.audit.facts import ArticleRow, FileLook
from crawler.model import Finding
from crawler.store.rows import stamp

Looks = Mapping[str, FileLook]


async def verify(desk: Desk) -> None:
    """Every article that is wished for."""
    since = None if desk.wish.since is None else stamp(desk.wish.since)
    after = 0
    while page := await desk.audit.page(after, since=since, only=desk.wish.article):
        after = page[-1].id
        looks = await _looked(desk, page)
        for article in page:
            if _judge(desk, article, looks) or (_begun(article) and "database" in desk.wish.only):
                desk.tell(await _again(desk, article.id))
            else:
                _remember(desk, article, looks)
        desk.memory.save()
        desk.count("articles", len(page))


def _begun(article: ArticleRow) -> bool:
    """Whether something was begun that is not settled: now, or since a crash."""
    return bool(article.intended) or article.unfinished_takedown is not None


async def _looked(desk: Desk, page: Sequence[ArticleRow], *, again: bool = False) -> Looks:
    """What lies in the places of their files, hashed by many threads."""
    if "files" not in desk.wish.only:
        return {}
    wanted = [want for article in page for want in files.expected(article)]
    found = await asyncio.gather(
        *(desk.run(desk.look, want.path, article=want.kind != "qrcode", again=again) for want in wanted)
    )
    desk.counts["files"] = desk.counts.get("files", 0) + (0 if again else len(found))
    return {look.path: look for look in found}


def _judge(desk: Desk, article: ArticleRow, looks: Looks) -> list[Finding]:
    found: list[Finding] = []
    if "database" in desk.wish.only:
        found += rows.judge(article)
        found += statements.judge(article)
    if "files" in desk.wish.only:
        for want in files.expected(article):
            look = looks[want.path]
            wrong = files.judge(want, look)
            found += [wrong] if wrong else []
            if want.kind != "qrcode" and not wrong and (look.document or look.trouble):
                found += files.front(article, look)
    return found


async def _again(desk: Desk, number: int) -> list[Finding]:
    """What stands when the same rows were there before the files were looked at and after.

    While a revision is being written its files may be the older ones or the newer ones.
    """
    found: list[Finding] = []
    for _ in range(LOOKS):
        before = await desk.audit.by_number([number])
        looks = await _looked(desk, before, again=True)
        found = [one for article in before for one in _judge(desk, article, looks)]
        after = await desk.audit.by_number([number])
        still = before == after
        if not desk.busy or (still and not any(map(_begun, after))):
            break
        await asyncio.sleep(PAUSE)
    else:
        return _settled(desk, before, found)
    if "database" in desk.wish.only:
        found += [one for article in before for one in rows.unsettled(article)]
    return found


def _settled(desk: Desk, page: Sequence[ArticleRow], found: list[Finding]) -> list[Finding]:
    """Beside a running crawler a revision may be on its way for as long as a disk makes it wait."""
    intended = [one for article in page for one in article.intended]
    begun = [one.created_at for one in intended]
    begun += [article.unfinished_takedown for article in page if article.unfinished_takedown]
    if any(desk.now - datetime.fromisoformat(at) < FRESH for at in begun):
        return []
    return found + [one for article in page for one in rows.unsettled(article)]


def _remember(desk: Desk, article: ArticleRow, looks: Looks) -> None:
    for want in files.expected(article):
        look = looks.get(want.path)
        if (
            look is not None
            and look.sha256 is not None
            and desk.memory.known(want.path, desk.now, desk.wish.older_than) is None
        ):
            desk.memory.note(
                want.path, size=look.size, modified=look.modified, sha256=look.sha256, at=desk.now
            )
