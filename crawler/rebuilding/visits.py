"""What became of a visit, as far as what was kept of it tells: a pure judgement."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from crawler import dates, errors, timing
from crawler.errors import BadStatus, CrawlError, HostPaused, NoArticle
from crawler.model import Captured, DueItem, Failed, NextLook, Origin, Outcome, Statement, ToldVisit

STAGE = "rebuild"
Row = tuple[timedelta, ...]
_STATUS = re.compile(r"answered (\d{3})\b")
_UNTOLD = "what came of this visit was not kept: its page is not the article, or could not be used"


def fault(stated: Statement) -> CrawlError | None:
    """Why a page was not used, of a revision that was made of the feed's own content."""
    told = next(iter(stated.reasons), "") if not stated.ok else ""
    kind, colon, text = told.partition(": ")
    found = getattr(errors, kind, None)
    if not colon or not (isinstance(found, type) and issubclass(found, CrawlError)):
        return None
    if issubclass(found, BadStatus):
        status = _STATUS.search(text)
        number = int(status[1]) if status else 0
        return (
            HostPaused(text, status=number, retry_after=None)
            if found is HostPaused
            else BadStatus(text, status=number)
        )
    return found(text)


def retry_at(error: CrawlError | None, captures: int, at: datetime, limit: int) -> datetime | None:
    """When a page is visited again that was not used."""
    return None if error is None else timing.retry_at(captures, error, at, limit=limit)


def look(visit: ToldVisit, item: DueItem, first_seen: datetime, now: datetime, row: Row) -> NextLook:
    """What a visit leaves for the next look at its page, as of today: what was missed is not made up for."""
    archived = item.recheck.archived if item.recheck else visit.at
    told = item.entry.published
    published = told if told and dates.plausible(told, visit.at) else first_seen
    return NextLook(
        at=timing.next_recheck(archived, max(now, visit.at), row, published=published),
        done=sum(archived + wait <= now for wait in row) if item.recheck else 0,
        validators=visit.validators,
        validated=visit.at,
        gone=False,
    )


def _embargoed(item: DueItem) -> bool:
    """Whether an article is held back for an embargo that may be over by now."""
    return item.held and item.standing is Origin.PAGE and not item.killed


def outcome(
    visit: ToldVisit,
    item: DueItem,
    own: int | None,
    other: int | None,
    following: NextLook,
    *,
    limit: int,
) -> Outcome:
    """How a visit ended that brought no revision: the article stood as it was, was another's, or was none."""
    if own is not None:
        return Captured(
            item=item,
            at=visit.at,
            outcome="unchanged",
            article_id=own,
            attempts=visit.attempts,
            retry_at=visit.at if _embargoed(item) else None,
            look=following,
        )
    if other is not None:
        return Captured(
            item=item, at=visit.at, outcome="duplicate", article_id=other, attempts=visit.attempts
        )
    return Failed(
        item=item,
        at=visit.at,
        stage=STAGE,
        error=_UNTOLD,
        error_kind=NoArticle.__name__,
        retry_at=timing.retry_at(item.captures, NoArticle(_UNTOLD), visit.at, limit=limit),
        attempts=visit.attempts,
    )
