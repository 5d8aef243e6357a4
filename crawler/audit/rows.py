"""Rows of one article against each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from crawler import document
from crawler.audit.codes import finding
from crawler.audit.facts import ArticleRow, RevisionRow
from crawler.errors import DocumentError
from crawler.model import Finding

_STATES = frozenset({"intended", "done", "superseded", "removed"})
_COPIED = ("path", "sha256", "size", "title", "draft")


def judge(article: ArticleRow) -> Iterator[Finding]:
    """What the rows of one article say against each other."""
    yield from _states(article)
    yield from _numbers(article)
    yield from _newest(article)
    yield from _item(article)
    for revision in article.revisions:
        yield from _places(article, revision)


def unsettled(article: ArticleRow) -> Iterator[Finding]:
    """What was begun and never settled: revisions, a takedown."""
    if article.unfinished_takedown is not None:
        yield _of(article, "F115", f"the takedown of article {article.id} was not finished")
    for one in article.intended:
        what = f"revision {one.number} of article {article.id} was intended and never settled"
        yield finding("F108", what, f"revisions:{one.id}", article=article.id)


def _states(article: ArticleRow) -> Iterator[Finding]:
    for one in article.revisions:
        if one.state not in _STATES:
            what = f"revision {one.number} is in the state {one.state!r}, which there is not"
            yield finding("F107", what, f"revisions:{one.id}", article=article.id, found=one.state)
        elif one.origin not in {"page", "feed"}:
            what = f"revision {one.number} is from {one.origin!r}: neither a page nor a feed"
            yield finding("F107", what, f"revisions:{one.id}", article=article.id, found=one.origin)
        elif one.state == "removed" and article.taken_down_at is None:
            what = f"revision {one.number} is removed, but article {article.id} was never taken down"
            yield finding("F107", what, f"revisions:{one.id}", article=article.id, found=one.state)
        elif one.state != "intended" and (one.state == "done") != (one.number == article.revision):
            what = (
                f"revision {one.number} is {one.state}, but the newest of article {article.id} "
                f"is revision {article.revision}"
            )
            yield finding("F107", what, f"revisions:{one.id}", article=article.id, found=one.state)
    newest = article.newest
    wanted = "claimed" if not article.revision else _state_of(newest)
    if wanted is not None and article.state != wanted:
        what = f"article {article.id} is in the state {article.state!r} instead of {wanted!r}"
        yield _of(article, "F107", what, wanted, article.state)


def _state_of(newest: RevisionRow | None) -> str | None:
    if newest is None:
        return None
    return "fallback" if newest.origin == "feed" else "archived"


def _numbers(article: ArticleRow) -> Iterator[Finding]:
    """Of what was taken down, a rebuilt database may know the newest revision only."""
    numbers = [one.number for one in article.revisions]
    wanted = range(1, len(numbers) + 1) if article.taken_down_at is None else sorted(set(numbers))
    if numbers != list(wanted):
        told = ", ".join(map(str, numbers))
        yield _of(article, "F106", f"article {article.id} has the revisions {told}", None, told)


def _newest(article: ArticleRow) -> Iterator[Finding]:
    done = [one for one in article.revisions if one.state == "done"]
    if article.revision and article.revision not in {one.number for one in article.revisions}:
        what = f"the row of revision {article.revision}, the newest of article {article.id}, is gone"
        yield _of(article, "F103", what)
        return
    if len(done) > 1 or bool(done) != bool(article.revision):
        told = ", ".join(f"revision {one.number}" for one in done) or "none"
        what = f"article {article.id} at revision {article.revision} has as its newest: {told}"
        yield _of(article, "F104", what)
        return
    for one in done:
        named: dict[str, object] = {name: getattr(one, name) for name in _COPIED} | {"revision": one.number}
        for name, wanted in named.items():
            found = getattr(article, name)
            if found != wanted:
                what = f"article {article.id} and its revision {one.number} differ in {name}"
                yield _of(article, "F105", what, wanted, found)


def _item(article: ArticleRow) -> Iterator[Finding]:
    if not article.revision:
        return
    if article.item_article != article.id:
        what = (
            f"item {article.item_id} of article {article.id} says that its article is {article.item_article}"
        )
        yield _of(
            article, "F114", what, article.id, article.item_article, where=f"feed_items:{article.item_id}"
        )
    elif article.item_state in {"archived", "fallback"} and article.item_state != article.state:
        what = (
            f"item {article.item_id} is {article.item_state}, but its article {article.id} is {article.state}"
        )
        where = f"feed_items:{article.item_id}"
        yield _of(article, "F114", what, article.state, article.item_state, where=where)


def _places(article: ArticleRow, one: RevisionRow) -> Iterator[Finding]:
    """A row's paths against the rules for paths; a superseded revision lies in a place of its own."""
    try:
        date = datetime.fromisoformat(article.date)
        wanted = {
            "path": document.document_path(article.source_key, date, article.url)
            if one.state in {"done", "intended"}
            else document.revision_path(article.source_key, date, article.url, one.number),
            "qrcode_path": document.qrcode_path(article.source_key, date, article.code),
        }
    except (ValueError, DocumentError) as error:
        what = f"no path can be made of article {article.id}'s row: {error}"
        yield _of(article, "F109", what)
        return
    for name, path in wanted.items():
        found = getattr(one, name)
        if found != path and one.state != "removed":
            what = f"{name} of revision {one.number} of article {article.id} is not where its file belongs"
            where = f"revisions:{one.id}"
            yield finding("F109", what, where, article=article.id, wanted=path, found=found)


def _of(
    article: ArticleRow, code: str, what: str, wanted: object = None, found: object = None, *, where: str = ""
) -> Finding:
    place = where or f"articles:{article.id}"
    return finding(code, what, place, article=article.id, wanted=wanted, found=found)
