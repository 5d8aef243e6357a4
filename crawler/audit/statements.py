"""Rows against what was stated of a revision, once and for all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from crawler import statement, urls
from crawler.audit.codes import finding
from crawler.audit.facts import ArticleRow, RevisionRow
from crawler.errors import DocumentError
from crawler.model import Finding, Statement

#: Text that no stream can hold is written in one way here and in another there.
_UNWRITABLE = re.compile("[?\ufffd\ud800-\udfff]+")


def judge(article: ArticleRow) -> Iterator[Finding]:
    """Rows against statements; of what is older than these, nothing is stated before the log has it."""
    before: RevisionRow | None = None
    for one in article.revisions:
        if one.statement is None:
            if one.leaf is not None:
                what = f"nothing is stated of revision {one.number} of article {article.id}"
                yield _of(one, "F111", what)
        else:
            yield from _judge(article, one, one.statement, before)
        before = one


def leaf(stated: str) -> str:
    """The hash of a leaf (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\0" + stated.encode()).hexdigest()


def _judge(article: ArticleRow, one: RevisionRow, told: str, before: RevisionRow | None) -> Iterator[Finding]:
    try:
        stated = statement.parse(told.encode())
        canonical = statement.render(stated).decode()
    except (DocumentError, UnicodeEncodeError, AttributeError, TypeError, ValueError) as error:
        what = f"the statement of revision {one.number} of article {article.id} cannot be read: {error}"
        yield _of(one, "F111", what)
        return
    if canonical != told:
        what = f"the statement of revision {one.number} of article {article.id} is not in its one form"
        yield _of(one, "F111", what)
    if one.leaf is not None and one.leaf != leaf(told):
        what = f"the log has another hash of the statement of revision {one.number} of article {article.id}"
        yield _of(one, "F112", what, wanted=one.leaf, found=leaf(told))
    if before is not None and stated.previous != before.sha256:
        what = f"revision {one.number} of article {article.id} was stated to follow another than it does"
        yield _of(one, "F113", what, wanted=stated.previous, found=before.sha256)
    for name, (wanted, found) in _told(article, one, stated).items():
        if name == "revisions.title" and one.state == "removed":
            continue  # a takedown may take the title too
        if _loose(wanted) != _loose(found):
            what = f"{name} of revision {one.number} of article {article.id} is not what was stated"
            yield _of(one, "F110", what, wanted=wanted, found=found)


def _told(article: ArticleRow, one: RevisionRow, stated: Statement) -> dict[str, tuple[object, object]]:
    """Of each thing: as it was stated, and as the rows have it."""
    pairs: dict[str, tuple[object, object]] = {
        "revisions.number": (stated.revision, one.number),
        "revisions.article_id": (stated.article, article.id),
        "revisions.reason": (stated.reason, one.reason),
        "revisions.origin": (str(stated.origin), one.origin),
        "revisions.notice": (stated.notice, one.notice),
        "revisions.title": (stated.title, one.title),
        "revisions.draft": (stated.draft, one.draft),
        "revisions.sha256": (stated.document.digest, one.sha256),
        "revisions.size": (stated.document.size, one.size),
        "revisions.qrcode_path": (stated.qrcode.path, one.qrcode_path),
        "revisions.qrcode_sha256": (stated.qrcode.digest, one.qrcode_sha256),
        "revisions.qrcode_size": (stated.qrcode.size, one.qrcode_size),
        "revisions.created_at": (_instant(stated.fetched_at), one.created_at),
        "articles.date": (_instant(stated.date), article.date),
        "articles.item_id": (stated.item, article.item_id),
        "extractions.item_id": (stated.item, one.item_id),
        "articles.url": (stated.url, article.url),
        "articles.code": (stated.code, article.code),
        "articles.source_key": (stated.source_key, article.source_key),
    }
    return pairs | _reading(one, stated) | _newest(article, one, stated)


def _reading(one: RevisionRow, stated: Statement) -> dict[str, tuple[object, object]]:
    return {
        "extractions.page_url": (stated.page_url, one.page_url),
        "extractions.page_sha256": (stated.page_sha256, one.page_sha256),
        "extractions.extractor": (stated.extractor, one.extractor),
        "extractions.ok": (stated.ok, one.ok),
        "extractions.reasons": (list(stated.reasons), _listed(one.reasons)),
    }


def _newest(article: ArticleRow, one: RevisionRow, stated: Statement) -> dict[str, tuple[object, object]]:
    """What the article's row has of its newest revision alone."""
    if one is not article.newest:
        return {}
    link = article.source_link and urls.without_secrets(article.source_link)
    return {
        "articles.source": (stated.source, article.source),
        "articles.source_link": (stated.source_link, link),
    }


def _instant(at: datetime) -> str:
    """As the database writes it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _listed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, TypeError):  # no JSON, or no row
        return text


def _loose(value: object) -> object:
    if isinstance(value, list):
        return [_loose(one) for one in value]
    return _UNWRITABLE.sub("?", value) if isinstance(value, str) else value


def _of(one: RevisionRow, code: str, what: str, *, wanted: object = None, found: object = None) -> Finding:
    return finding(code, what, f"revisions:{one.id}", article=one.article_id, wanted=wanted, found=found)
