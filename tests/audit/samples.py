"""An article with two revisions as rows, files and raw records tell of it: all in harmony."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crawler import statement
from crawler.audit.facts import ArticleRow, FileLook, RawLook, RecordRow, RevisionRow
from crawler.audit.statements import leaf
from crawler.document import Document
from crawler.model import ArchivedFile, Origin, Statement

AT = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
STAMP = "2026-03-03T09:30:00.000000Z"
URL = "2026-03-03-halvorsen-opens-a-workshop"
CONTENT = f"content/stand-wire/2026/03/{URL}.md"
OLDER = f"revisions/stand-wire/2026/03/{URL}/1.md"
IMAGE = "static/stand-wire/qrcode/263/3/tideA1bC.webp"
FIRST, SECOND, DRAWN = "1" * 64, "2" * 64, "d" * 64
RAW = "warc/2026/03/20260303093000-00001-abcdef.warc.gz"


def stated(number: int) -> Statement:
    """What was stated of a revision."""
    digest = {1: FIRST, 2: SECOND, 3: "3" * 64}[number]
    return Statement(
        article=7,
        item=9,
        revision=number,
        reason="first" if number == 1 else "feed edited",
        origin=Origin.PAGE,
        notice=None,
        title="Halvorsen opens a workshop",
        date=AT,
        url=URL,
        code="tideA1bC",
        source="Stand Wire",
        source_key="stand-wire",
        source_link="https://stand.example/workshop",
        draft=False,
        document=ArchivedFile(path=CONTENT, digest=digest, size=100 + number),
        qrcode=ArchivedFile(path=IMAGE, digest=DRAWN, size=50),
        previous=FIRST if number == 2 else SECOND if number == 3 else None,
        page_url="https://stand.example/workshop",
        page_sha256="a" * 64,
        raw_sha256="b" * 64,
        fetched_at=AT,
        extractor="reader 1",
        ok=True,
        reasons=(),
        item_key="url:stand.example/workshop",
        guid=None,
        feed="stand",
        feed_url="https://stand.example/feed",
    )


def revision(number: int, **changes: Any) -> RevisionRow:
    """The row of a revision."""
    told = stated(number)
    text = statement.render(told).decode()
    row = RevisionRow(
        id=20 + number,
        article_id=7,
        number=number,
        state="done",
        reason=told.reason,
        origin="page",
        title=told.title,
        date=STAMP,
        draft=False,
        path=CONTENT,
        sha256=told.document.digest,
        size=told.document.size,
        qrcode_path=IMAGE,
        qrcode_sha256=DRAWN,
        qrcode_size=50,
        created_at=STAMP,
        notice=None,
        statement=text,
        leaf=leaf(text),
        item_id=9,
        page_url=told.page_url,
        page_sha256=told.page_sha256,
        extractor="reader 1",
        ok=True,
        reasons="[]",
    )
    return replace(row, **changes)


def article(*revisions: RevisionRow, **changes: Any) -> ArticleRow:
    """An article; by default one that was edited once."""
    told = revisions or (revision(1, state="superseded", path=OLDER), revision(2))
    row = ArticleRow(
        id=7,
        item_id=9,
        url=URL,
        code="tideA1bC",
        date=STAMP,
        title="Halvorsen opens a workshop",
        source_link="https://stand.example/workshop",
        source="Stand Wire",
        source_key="stand-wire",
        state="archived",
        draft=False,
        revision=2,
        path=CONTENT,
        sha256=SECOND,
        size=102,
        taken_down_at=None,
        unfinished_takedown=None,
        item_article=7,
        item_state="archived",
        revisions=told,
    )
    return replace(row, **changes)


def document(**changes: Any) -> Document:
    """What the newest file's front matter says."""
    told = Document(
        title="Halvorsen opens a workshop",
        date="2026-03-03T09:30:00Z",
        draft=False,
        summary="",
        description="",
        source_link="https://stand.example/workshop",
        enclosure="",
        article_id=7,
        feed_item_id=9,
        url=URL,
        qrcode="https://archive.example/stand-wire/qrcode/263/3/tideA1bC.webp",
        source="Stand Wire",
        body="",
    )
    return replace(told, **changes)


def look(path: str = CONTENT, **changes: Any) -> FileLook:
    """A file in its place."""
    told = FileLook(path=path, place="file", size=102, sha256=SECOND, document=document())
    return replace(told, **changes)


def row(**changes: Any) -> RecordRow:
    """The row of a response's record."""
    told = RecordRow(
        id=31,
        path=RAW,
        start=400,
        size=900,
        type="response",
        sha256="b" * 64,
        url="https://stand.example/workshop",
        fetch_id=41,
        revision_id=None,
        refers_to=None,
        fetch_url="https://stand.example/workshop",
        fetch_at=STAMP,
        first_type=None,
        first_sha256=None,
        article=7,
        revision_sha256=None,
        qrcode_sha256=None,
        statement=None,
        revision_state=None,
    )
    return replace(told, **changes)


def conversion(**changes: Any) -> RecordRow:
    """The row of what the raw archive keeps of the newest revision."""
    told = row(
        id=32,
        type="conversion",
        sha256=SECOND,
        fetch_id=None,
        fetch_url=None,
        fetch_at=None,
        revision_id=22,
        revision_sha256=SECOND,
        qrcode_sha256=DRAWN,
        statement=statement.render(stated(2)).decode(),
        revision_state="done",
    )
    return replace(told, **changes)


def record(**changes: Any) -> RawLook:
    """The response's record."""
    told = RawLook(
        offset=400,
        length=900,
        type="response",
        url="https://stand.example/workshop",
        date=STAMP,
        payload="b" * 64,
        payload_found="b" * 64,
        block="c" * 64,
        block_found="c" * 64,
    )
    return replace(told, **changes)
