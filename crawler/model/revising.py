"""Why an article gets another revision, what changed in it, and what its wire says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawler.model.feed import NO_VALIDATORS, Validators

NoticeKind = Literal["kill", "correction", "update", "repeat", "embargo"]
#: Of a release that its wire has killed: held back as a draft from then on.
KILLED = "kill"
#: Of an article that a person has taken out of such a hold: no page and no feed holds it back again.
RELEASED = "released"
#: Of the release that says so of another one.
KILLS = "kill notice"
#: Of a page that answered 404 or 410 when it was looked at again.
PAGE_GONE = "page gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a wire says of a release that it sent before."""

    kind: NoticeKind
    evidence: str  #: the words that say so
    told: str = ""  #: the headline of the other release, as far as it is told
    links: tuple[str, ...] = ()  #: addresses in its first lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An archived release as a notice may mean it."""

    article_id: int
    title: str
    date: datetime
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a revision changes, and why it is made."""

    reason: str  #: "first", "feed edited", "page edited", "correction", "kill", …
    notice: Notice | None = None  #: that this version brings
    standing: str | None = None  #: what ``articles.notice`` is to say from now on; None: as it was
    fields: tuple[str, ...] = ()  #: keys of the front matter that differ, in the file's order, and "body"
    kept: float = 1.0  #: share of the words that both have
    added: int = 0  #: words
    removed: int = 0
    before: str | None = None  #: essence of the revision before (``crawler.revising.essence``)
    after: str | None = None
    returns_to: int | None = None  #: the earlier revision that says the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two files of one article say of each other."""

    change: Change  #: without a reason yet
    held: bool  #: the earlier one is a draft
    furniture: bool  #: the later one lacks nothing but lines that are known to stand on all pages of its host


@dataclass(frozen=True, slots=True, kw_only=True)
class NoChange:
    """A version that makes no revision: nothing in it differs that is read, or it is one too many."""

    why: str
    until: datetime | None = None  #: when it may be one


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRevision:
    """A revision that was made of an article."""

    number: int
    reason: str
    at: datetime
    notice: str | None
    extractor: str
    page_digest: str | None
    essence: str | None  #: None: not known, as of what an older crawler wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A line of a unified diff, with what differs within it."""

    mark: Literal[" ", "-", "+", "@"]
    parts: tuple[tuple[str, bool], ...]  #: text, and whether it is what differs

    @property
    def text(self) -> str:
        """The line without its mark."""
        return "".join(text for text, _ in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """An archived page that is due to be looked at again."""

    article_id: int
    archived: datetime  #: the visit from which the row of looks is counted
    done: int = 0  #: looks since
    digest: str | None = None  #: SHA-256 of the page that was archived
    validators: Validators = NO_VALIDATORS  #: of that page, byte for byte


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLook:
    """What a visit leaves for the next look at a page."""

    at: datetime | None  #: None: it is not looked at again
    done: int = 0
    validators: Validators = NO_VALIDATORS
    validated: datetime | None = None  #: when its server last said that they hold; None: it did not now
    churned: bool = False  #: it brought an edit that is none
    gone: bool | None = None  #: the page is not there any more, is there (False), or that is not known
