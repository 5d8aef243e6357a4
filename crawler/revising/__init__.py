"""Whether a later version of an article makes another revision, and why: decided here and nowhere else.

Pure; ``editing`` asks for what a visit brought, ``reextracting`` for what today's extractor makes of a kept page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler import difference, likeness
from crawler.document import Document
from crawler.model import (
    KILLED,
    KILLS,
    RELEASED,
    Change,
    Choice,
    Comparison,
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
EMBARGO_OVER = "embargo is over"

#: The extractor of a revision that was made of its predecessor's file: nothing was read for it.
AS_IT_STOOD = "none: the file as it stood"

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


def compared(before: Document, after: Document, *, known: Iterable[str] = ()) -> Comparison:
    """What is asked of two files before it is decided whether one makes a revision of the other.

    ``known``: the lines that the later one was read without, for they stand on all pages of its host.
    What it costs grows with the length of both, about 0.3 s of processor time for two bodies of 1 MB: the event
    loop has it done by ``ports.Workers.compare``.
    """
    old, new = (Counter(difference.blocks(one.body)) for one in (before, after))
    gone, come = old - new, new - old
    lines = {" ".join(line.split()) for line in known}
    return Comparison(
        change=_sized(before, after, len(_words(old & new)), Counter(_words(gone)), Counter(_words(come))),
        held=before.draft,
        furniture=bool(gone) and not come and gone.keys() <= lines,
    )


def measured(reason: str, before: Document, after: Document) -> Change:
    """A change with its size: fields, words that came and went, the share that stayed."""
    return replace(compared(before, after).change, reason=reason)


def _sized(before: Document, after: Document, same: int, gone: Counter[str], come: Counter[str]) -> Change:
    """The change between two texts: how many words the lines have that stayed, and the words of those that did not."""
    common = same + (gone & come).total()
    added, removed = (come - gone).total(), (gone - come).total()
    total = 2 * common + added + removed
    return Change(
        reason="",
        fields=difference.altered(before, after),
        kept=round(2 * common / total, 4) if total else 1.0,
        added=added,
        removed=removed,
        before=essence.of(before),
        after=essence.of(after),
    )


def _words(lines: Counter[str]) -> list[str]:
    return likeness.words("\n".join(lines.elements()))


def weigh(
    version: Version,
    found: Comparison,
    past: Sequence[PastRevision],
    *,
    now: datetime,
    caps: Caps,
) -> Change | NoChange:
    """The revision that a later version makes, or why it makes none.

    A notice of the wire and a page that takes the place of the feed's own content are never too many.  Any
    other version has to say something else than the newest; what an earlier one said may come back once.
    """
    named = _named(version, past)
    change = replace(found.change, notice=version.notice, standing=named or None)
    if reason := named or (UPGRADE if version.upgrade else ""):
        return replace(change, reason=reason)
    if change.fields == ("draft",) and found.held:
        return replace(change, reason=EMBARGO_OVER)
    if change.before == change.after:
        return NoChange(why="nothing that is read differs")
    same = [one.number for one in past if one.essence == change.after and one.extractor != AS_IT_STOOD]
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
    return replace(change, reason=_edited(version, found, change, past), returns_to=returns)


def _named(version: Version, past: Sequence[PastRevision]) -> str:
    """The reason that the wire itself gives; none for a notice that an earlier revision has had.

    What a person has released is not killed by its own page.
    """
    notice, spoken = version.notice, {one.notice for one in past}
    if notice is None or notice.kind == "embargo" or notice.kind in spoken:
        return ""
    return "" if notice.kind == KILLED and spoken & {KILLS, RELEASED} else notice.kind


def _edited(version: Version, found: Comparison, change: Change, past: Sequence[PastRevision]) -> str:
    """Who edited: the feed, the page, both, or nobody that is known of."""
    if version.extraction.origin is Origin.FEED:
        return FEED_EDITED
    newest = next((one for one in reversed(past) if one.extractor != AS_IT_STOOD), None)
    same_page = newest is not None and newest.page_digest == version.page_digest is not None
    told = {choice.field: choice.winner.source for choice in version.choices}
    sides = {
        told.get(field, "").startswith("feed.")
        for field in change.fields
        if field not in _MADE or told.get(field, "").startswith("feed.")
    }
    if same_page or (newest is not None and newest.extractor != version.extraction.extractor):
        return FEED_EDITED if True in sides else AGAIN
    if found.furniture and True not in sides:
        return AGAIN
    if sides == {True}:
        return FEED_EDITED
    return BOTH_EDITED if True in sides else PAGE_EDITED
