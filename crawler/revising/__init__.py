"""Whether a later version of an article makes another revision, and why: decided here and nowhere else.

Pure; ``editing`` asks for what a visit brought, ``reextracting`` for what today's extractor makes of a kept page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler import difference, likeness
from crawler.document import Document
from crawler.model import (
    KILLED,
    KILLS,
    Change,
    Choice,
    Extraction,
    NoChange,
    Notice,
    Origin,
    PastRevision,
)
from crawler.revising import essence

FIRST = "first"
UPGRADE = "page replaces the feed's own content"
FEED_EDITED = "feed edited"
PAGE_EDITED = "page edited"
BOTH_EDITED = "feed and page edited"
#: Another file, though neither the feed nor the page is known to say anything else: other tools, or lines that
#: are known by now to stand on all pages of the host.
AGAIN = "captured again"

#: The same text, and it may be published now: an embargo is over.
RELEASED = "embargo is over"

EDITS = frozenset({FEED_EDITED, PAGE_EDITED, BOTH_EDITED, AGAIN})
_DAY = timedelta(days=1)
#: What is made of an article's text says nothing of who edited it.
_MADE = frozenset({"summary", "description", "draft"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many revisions edits may make of one article."""

    day: int  #: within 24 hours
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of an article that may become its next revision."""

    extraction: Extraction
    choices: tuple[Choice, ...]
    notice: Notice | None
    page_digest: str | None
    upgrade: bool = False  #: the page takes the place of the feed's own content


def first(notice: Notice | None) -> Change:
    """Of the first revision."""
    if notice is None:
        return Change(reason=FIRST)
    return Change(reason=FIRST, notice=notice, standing=KILLS if notice.kind == KILLED else notice.kind)


def again(version: Version, past: Sequence[PastRevision]) -> Change:
    """Of a revision whose predecessor's file is not there to be compared."""
    named = _named(version, past)
    reason = named or (UPGRADE if version.upgrade else AGAIN)
    return Change(reason=reason, notice=version.notice, standing=named or None)


def measured(reason: str, before: Document, after: Document) -> Change:
    """A change with its size: fields, words that came and went, the share that stayed."""
    found = difference.between(before, after)
    old, new = (Counter(likeness.words(difference.text(one.body))) for one in (before, after))
    common = (old & new).total()
    return Change(
        reason=reason,
        fields=found.fields,
        kept=round(2 * common / (old.total() + new.total()), 4) if old or new else 1.0,
        added=new.total() - common,
        removed=old.total() - common,
        before=essence.of(before),
        after=essence.of(after),
    )


def weigh(
    version: Version,
    before: Document,
    after: Document,
    past: Sequence[PastRevision],
    *,
    now: datetime,
    caps: Caps,
) -> Change | NoChange:
    """The revision that a later version makes, or why it makes none.

    A notice of the wire and a page that takes the place of the feed's own content are never too many.  Any
    other version has to say something else than the newest; what an earlier one said may come back once.
    """
    change = measured("", before, after)
    named = _named(version, past)
    change = replace(change, notice=version.notice, standing=named or None)
    if reason := named or (UPGRADE if version.upgrade else ""):
        return replace(change, reason=reason)
    if change.fields == ("draft",) and before.draft:
        return replace(change, reason=RELEASED)
    if change.before == change.after:
        return NoChange(why="nothing that is read differs")
    same = [one.number for one in past if one.essence == change.after]
    if len(same) > 1:
        return NoChange(why=f"it says again what revision {same[0]} said: it goes to and fro")
    edits = [one for one in past if one.reason in EDITS]
    if len(edits) >= caps.total:
        return NoChange(why=f"{len(edits)} edits have made revisions of it: it churns")
    today = sorted(one.at for one in edits if one.at > now - _DAY)
    if len(today) >= caps.day:
        return NoChange(
            why=f"{len(today)} edits have made revisions of it within a day", until=today[-caps.day] + _DAY
        )
    returns = same[0] if same else None
    return replace(change, reason=_edited(version, before, after, change, past), returns_to=returns)


def _named(version: Version, past: Sequence[PastRevision]) -> str:
    """The reason that the wire itself gives; none for a notice that an earlier revision has had."""
    notice, spoken = version.notice, {one.notice for one in past}
    if notice is None or notice.kind == "embargo" or notice.kind in spoken:
        return ""
    return "" if notice.kind == KILLED and KILLS in spoken else notice.kind


def _edited(
    version: Version, before: Document, after: Document, change: Change, past: Sequence[PastRevision]
) -> str:
    """Who edited: the feed, the page, both, or nobody that is known of."""
    if version.extraction.origin is Origin.FEED:
        return FEED_EDITED
    newest = past[-1] if past else None
    same_page = newest is not None and newest.page_digest == version.page_digest is not None
    told = {choice.field: choice.winner.source for choice in version.choices}
    sides = {
        told.get(field, "").startswith("feed.")
        for field in change.fields
        if field not in _MADE or told.get(field, "").startswith("feed.")
    }
    if same_page or (newest is not None and newest.extractor != version.extraction.extractor):
        return FEED_EDITED if True in sides else AGAIN
    if _only_furniture(version.extraction, before, after) and True not in sides:
        return AGAIN
    if sides == {True}:
        return FEED_EDITED
    return BOTH_EDITED if True in sides else PAGE_EDITED


def _only_furniture(found: Extraction, before: Document, after: Document) -> bool:
    """Whether a text lost nothing but lines that are known by now to stand on all pages of the host."""
    old, new = difference.blocks(before.body), difference.blocks(after.body)
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    known = {" ".join(line.text.split()) for line in found.removed}
    return bool(gone) and not come and gone.keys() <= known
