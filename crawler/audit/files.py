"""Files against rows: is each one there, whole, and does it say what its row says?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from crawler.audit.codes import finding
from crawler.audit.facts import ArticleRow, Expected, FileLook, RevisionRow
from crawler.document import Document
from crawler.model import Finding

_MISSING = {"content": "F201", "revision": "F206", "qrcode": "F208"}
_ALTERED = {"content": "F202", "revision": "F207", "qrcode": "F209"}
_NAMES = {"content": "the file", "revision": "the file of an earlier revision", "qrcode": "the QR image"}
_PLACES = {"link": "a symbolic link", "folder": "a folder", "special": "a pipe, socket or device"}
#: What a file may have to spell otherwise (``document``) or a database cannot hold.
_SPELLED = re.compile("[\ufffd\ud800-\udfff]+|(&#95;|_\uff3f|%5F|_)_?hdeferred/")


def expected(article: ArticleRow) -> Iterator[Expected]:
    """The files that the rows of an article want, or want away."""
    during = frozenset(one.sha256 for one in article.intended)
    image_during = frozenset(one.qrcode_sha256 for one in article.intended)
    for one in article.revisions:
        if one.state == "superseded":
            yield _expected(one, "revision")
        elif one.state == "removed":
            yield _expected(one, "revision", removed=True)
        elif one.state == "done":
            yield _expected(one, "content", also=during)
            yield Expected(
                path=one.qrcode_path,
                sha256=one.qrcode_sha256,
                size=one.qrcode_size,
                kind="qrcode",
                article=article.id,
                also=image_during,
            )


def judge(want: Expected, look: FileLook) -> Finding | None:
    """What is wrong with a file; ``look`` without a digest: only its size is compared."""
    if want.removed:
        return _taken_down(want, look)
    if look.place == "missing":
        return _of(want, _MISSING[want.kind], f"{_name(want)} is missing", want.sha256, None)
    if look.place in _PLACES:
        return _of(
            want, "F204", f"{_PLACES[look.place]} lies in the place of {_name(want)}", None, look.place
        )
    if look.place != "file":
        return _of(want, "F205", f"{_name(want)} cannot be read: {look.trouble}", None, None)
    return _altered(want, look)


def front(article: ArticleRow, look: FileLook) -> Iterator[Finding]:
    """An unaltered file's front matter against its revision's row."""
    told = look.document
    for one in article.revisions:
        if (one.path, one.sha256) != (look.path, look.sha256):
            continue
        if told is None:
            what = f"the file of article {article.id} is no article: {look.trouble}"
            yield finding("F203", what, look.path, article=article.id)
            continue
        for name, (wanted, found) in _told(article, one, told).items():
            if _plain(wanted) != _plain(found):
                what = f"{name} in the file of article {article.id} is not what its row says"
                yield finding("F203", what, look.path, article=article.id, wanted=wanted, found=found)


def _expected(
    one: RevisionRow,
    kind: Literal["content", "revision"],
    *,
    also: frozenset[str] = frozenset(),
    removed: bool = False,
) -> Expected:
    return Expected(
        path=one.path,
        sha256=one.sha256,
        size=one.size,
        kind=kind,
        article=one.article_id,
        also=also,
        removed=removed,
    )


def _taken_down(want: Expected, look: FileLook) -> Finding | None:
    if look.sha256 is not None and look.sha256 == want.sha256:
        return _of(want, "F215", f"{_name(want)} was taken down and is there again", None, look.sha256)
    return None


def _altered(want: Expected, look: FileLook) -> Finding | None:
    if look.sha256 is not None:
        if look.sha256 == want.sha256 and look.size != want.size:
            what = f"{_name(want)} is whole, but its row says {want.size} bytes instead of {look.size}"
            return _of(want, _ALTERED[want.kind], what, want.size, look.size)
        if look.sha256 == want.sha256 or look.sha256 in want.also:
            return None
        what = f"{_name(want)} was altered: {look.size} bytes instead of {want.size}"
        if look.size == want.size:
            what = f"{_name(want)} was altered: {want.size} bytes, but other ones"
        return _of(want, _ALTERED[want.kind], what, want.sha256, look.sha256)
    if look.size == want.size or want.also:
        return None
    what = f"{_name(want)} has {look.size} bytes instead of {want.size}"
    return _of(want, _ALTERED[want.kind], what, want.size, look.size)


def _told(article: ArticleRow, one: RevisionRow, told: Document) -> dict[str, tuple[object, object]]:
    """Of each key: as the row has it, as the file has it."""
    image = one.qrcode_path.removeprefix("static/")
    pairs: dict[str, tuple[object, object]] = {
        "article_id": (article.id, told.article_id),
        "feed_item_id": (article.item_id, told.feed_item_id),
        "title": (one.title, told.title),
        "date": (one.date[:19] + "Z", told.date),
        "draft": (one.draft, told.draft),
        "url": (article.url, told.url),
        "qrcode": (image, told.qrcode[-len(image) :]),
    }
    if one is article.newest and article.source_link is not None:
        pairs["source_link"] = (article.source_link, told.source_link)
    return pairs


def _plain(value: object) -> object:
    return _SPELLED.sub("?", value) if isinstance(value, str) else value


def _name(want: Expected) -> str:
    return f"{_NAMES[want.kind]} of article {want.article}"


def _of(want: Expected, code: str, what: str, wanted: object, found: object) -> Finding:
    return finding(code, what, want.path, article=want.article, wanted=wanted, found=found)
