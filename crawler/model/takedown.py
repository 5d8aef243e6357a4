"""What was taken down, and what is still to be removed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.model.raw import RawRecord
from crawler.model.rereading import REEXTRACTION
from crawler.model.revising import RELEASED
from crawler.model.telling import ToldDamage

#: Why the revision exists that stands where a body was.
TAKEN_DOWN = "taken down"
#: Revisions that no visit brought: nothing was learnt, and no item is due again for them.
UNVISITED = frozenset({REEXTRACTION, TAKEN_DOWN, RELEASED})
#: Under which fields of a revision it is noted who decided it, and why.
TAKEDOWN, RELEASE = "takedown", "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedFile:
    """An earlier revision's file."""

    path: str
    digest: str
    size: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedRecord:
    """A record of the raw archive whose payload goes."""

    id: int  #: of its row
    path: str  #: of the WARC file
    start: int
    size: int
    type: str  #: response, revisit, conversion
    digest: str  #: of the payload
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for."""

    article: int
    reason: str
    requested_by: str | None = None
    raw: bool = False  #: payloads of the raw archive too
    title: str | None = None  #: instead of the title; None: it is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """By what records of the raw archive are known as an article's."""

    items: frozenset[int]  #: numbers of its feed items
    since: datetime  #: when the first of them was seen: a number may have been another's in a database that was lost
    bodies: frozenset[str]  #: SHA-256 of the pages that were fetched for them


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftRecord:
    """A record that the raw archive alone leads to: what a crash left, others' revisits, dropped revisions'."""

    record: RawRecord
    type: str  #: response, revisit, conversion


#: What helps where only the moment was wrong.
AGAIN = "give the same command again when that is over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lingering:
    """A file in which the text may still stand."""

    path: str  #: below the archive's root; the database's in full
    why: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """By what a file that was set aside is known as an article's."""

    article: int
    items: frozenset[int]  #: numbers of its feed items
    links: frozenset[str]  #: where its page is
    address: str  #: last part of its public address
    path: str  #: its file
    folder: str  #: where its earlier revisions lie
    digests: frozenset[str]  #: SHA-256 of the files of its revisions
    pages: frozenset[str]  #: … and of its pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that was set aside, and what it has to do with an article."""

    path: str  #: below the archive's root; a database's in full
    why: str = ""  #: "": it is certainly the article's, and of nothing else
    cure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takedown:
    """One takedown, from its intent on."""

    id: int
    article: int
    at: datetime
    reason: str
    requested_by: str | None
    raw: bool  #: whether payloads of the raw archive are removed too
    title: str | None  #: what stands instead of the title; None: it is kept
    files: tuple[RemovedFile, ...]
    records: tuple[RemovedRecord, ...]
    finished: bool
    unsearched: tuple[ToldDamage, ...] = ()  #: of this try: parts of the raw archive that cannot be read
    aside: tuple[str, ...] = ()  #: of this try: files that had been set aside and are removed
    lingering: tuple[Lingering, ...] = ()  #: of this try: where the text may still stand

    def removed(self) -> Mapping[str, Any]:
        """All that is removed, with the digests it had: what the database keeps of it."""
        return {
            "raw": self.raw,
            "title": self.title,
            "files": [
                {"path": one.path, "sha256": one.digest, "size": one.size, "revision": one.revision}
                for one in self.files
            ],
            "records": [
                {
                    "id": one.id,
                    "path": one.path,
                    "start": one.start,
                    "size": one.size,
                    "type": one.type,
                    "sha256": one.digest,
                    "url": one.url,
                }
                for one in self.records
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What a tombstone tells of the article: the fact, without its text."""

    title: str
    date: datetime
    source: str
    source_key: str
    source_link: str
    folder: str  #: where its earlier revisions lie
    buried: bool  #: the newest revision is a tombstone already
    quarantined: tuple[str, ...]  #: files of its pages in quarantine
