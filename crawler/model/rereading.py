"""What re-extraction asks for, what it finds standing, and what came of reading it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawler.model.article import Claim, Origin, Verdict
from crawler.model.raw import RawRecord
from crawler.model.work import DueItem

#: Why a revision exists that no visit brought.
REEXTRACTION = "re-extraction"


@dataclass(frozen=True, slots=True, kw_only=True)
class RereadSelection:
    """Which archived articles are read again: all, or those that meet every condition."""

    since: datetime | None = None  #: dated at or after
    until: datetime | None = None  #: … and before
    feeds: frozenset[str] | None = None  #: names of feeds that showed them; None for all
    sources: frozenset[str] | None = None  #: names or folder names of wires
    articles: frozenset[int] | None = None  #: numbers
    not_by: str | None = None  #: only what another extractor than this one has read
    taken_down: bool = False  #: also what was taken down


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An archived article as it stands: what its newest revision was made of."""

    item: DueItem  #: on whose behalf it was captured, and the entry as it is stored
    claim: Claim  #: of the revision that may follow
    title: str
    path: str  #: of its file
    verdict: Verdict  #: of the newest revision's reading
    extractor: str
    read_at: datetime  #: when what the newest revision was read from had come
    page: RawRecord | None  #: the newest page that was kept of it
    edited: bool  #: by its feed, since: the next crawl captures it again
    taken_down: bool = False

    @property
    def origin(self) -> Origin:
        """Where its body is from."""
        return self.item.standing or Origin.PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs between two files of one article."""

    fields: tuple[str, ...]  #: keys of the front matter, in the file's order, and "body"
    gone: int  #: characters of the body's text
    come: int
    lines: tuple[str, ...] = ()  #: a unified diff, if one was asked for


Reread = Literal["unchanged", "changed", "worse", "missing", "waiting", "failed", "taken down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rereading:
    """An article that was read again.

    changed: today's reading makes another file · worse: today it would not be taken for the article, and
    is never applied · missing: no page of it was kept · waiting: its feed has edited it · failed: what was
    kept could not be read · taken down: it is passed over, for good.
    """

    article_id: int
    title: str
    outcome: Reread
    before: Verdict
    after: Verdict | None = None  #: None: it was not read
    difference: Difference | None = None  #: of what changed
    why: str = ""  #: of what is missing, waiting, failed or taken down
    revision: int | None = None  #: the number it was given, if it was applied
