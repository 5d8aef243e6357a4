"""What the raw archive tells when it is read from its beginning to its end, in the order of writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crawler.model.article import ArchivedFile, Choice, Extraction
from crawler.model.feed import Validators
from crawler.model.page import Attempt
from crawler.model.raw import RawRecord
from crawler.model.revising import Change, NextLook
from crawler.model.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFile:
    """A file begins."""

    path: str
    software: str  #: that wrote it, with its version; "" if it does not say
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Severed:
    """When a crawl kept what it may not have settled: it was killed."""

    since: datetime
    until: datetime | None = None  #: the next crawl began; None: none did


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldVisit:
    """What came of one request: the hops to its answer, each with the record that keeps it."""

    attempts: tuple[Attempt, ...]  #: at least one
    validators: Validators  #: of the answer
    about: Mapping[str, str]  #: via, feed, guid, item, run, kind, as far as it is known

    @property
    def answer(self) -> Attempt:
        """What was not redirected any more."""
        return self.attempts[-1]

    @property
    def at(self) -> datetime:
        """When the answer was asked for."""
        return self.answer.started_at

    @property
    def kind(self) -> str:
        """``feed``, ``older``, ``page`` or ``robots``; "" if it is not known."""
        return self.about.get("kind", "")

    @property
    def run(self) -> int | None:
        """Number of the run that asked."""
        told = self.about.get("run", "")
        return int(told) if told.isdecimal() and int(told) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRevision:
    """A testimony, without the bytes of its files."""

    statement: bytes
    detail: bytes
    record: RawRecord  #: the conversion
    page: tuple[str, int] | None  #: file and offset of the response that it was made of
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDamage:
    """Bytes that cannot be read as records any more."""

    path: str
    offset: int
    why: str


Told = ToldFile | ToldVisit | ToldRevision | ToldDamage


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """A revision that is told to a new database, with the visit that brought it."""

    stated: Statement
    statement: str  #: its very text
    extraction: Extraction  #: its facts, without body and text
    choices: tuple[Choice, ...]
    change: Change | None
    first_seen: datetime  #: of the item
    entry: Mapping[str, str | None]  #: of the feed, as far as it was testified to
    kept: RawRecord  #: the testimony
    run: int | None
    attempts: tuple[Attempt, ...] = ()
    at: datetime  #: when its page had come
    error: str | None = None  #: why the page was not used, for a fallback
    error_kind: str | None = None
    retry_at: datetime | None = None
    look: NextLook | None = None  #: when its page is looked at again


@dataclass(frozen=True, slots=True, kw_only=True)
class Fronted:
    """A revision of which only its own file tells: nothing was testified to when it was written."""

    article: int
    item: int
    number: int  #: of the revision
    newest: bool  #: it lies where the article is published from
    document: ArchivedFile
    qrcode: ArchivedFile  #: digest "" where the image is gone
    title: str
    date: datetime
    draft: bool
    source_link: str
    url: str
    code: str
    source: str
    source_key: str
    values: Mapping[str, str]  #: further keys of the front matter
    at: datetime  #: when the file was written, as the disk says
    key: str  #: the item's identity
    tombstone: bool = False  #: it is what a takedown left
    stated: Statement | None = (
        None  #: in the log's files, if that is there; else nobody knows why it was made
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRevision:
    """A revision whose files ought to lie on the disk."""

    article: int
    number: int
    newest: bool
    document: ArchivedFile
    qrcode: ArchivedFile
    testimony: RawRecord | None
