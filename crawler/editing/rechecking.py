"""Archived pages looked at again: what a visit leaves for the next look, and looks that found nothing new.

Used by ``pipeline``; when, is ``timing``'s decision.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler import dates, timing
from crawler.errors import BadStatus, CrawlError, attempts_of
from crawler.model import (
    Attempt,
    Captured,
    DueItem,
    NextLook,
    Page,
    Recheck,
    Validators,
)
from crawler.model.feed import NO_VALIDATORS

Row = tuple[timedelta, ...]
_GONE = frozenset({404, 410})


def asked_with(item: DueItem) -> Validators:
    """What the server is told of the page that is archived: nothing, unless only a look is due."""
    return item.recheck.validators if item.recheck and not _withheld(item) else NO_VALIDATORS


def _withheld(item: DueItem) -> bool:
    """Whether an article is held back for an embargo: the very same page may be published by now."""
    return item.held and not item.killed


def is_the_same(item: DueItem, page: Page) -> bool:
    """Whether a look found the very page that is archived: by its server's word, or byte for byte."""
    if item.recheck is None or _withheld(item):
        return False
    vouched = page.not_modified and asked_with(item) != NO_VALIDATORS
    return vouched or (not page.not_modified and page.digest == item.recheck.digest)


def unchanged(item: DueItem, look: Recheck, page: Page, now: datetime, row: Row) -> Captured:
    """How a look ends that found the same page."""
    validators = page.validators
    if page.not_modified:  # one that it does not repeat still holds (RFC 9110 §15.4.5)
        known = look.validators
        validators = Validators(
            etag=validators.etag or known.etag,
            last_modified=validators.last_modified or known.last_modified,
            url=validators.url or known.url,
        )
    following = NextLook(
        at=_next(item, look.archived, now, row),
        done=look.done + 1,
        validators=validators,
        validated=page.fetched_at,
        gone=False,
    )
    return _ended(item, look, now, page.attempts, following)


def failed(
    item: DueItem, look: Recheck, error: CrawlError, now: datetime, row: Row, attempts: tuple[Attempt, ...]
) -> Captured:
    """How a look ends that failed: nothing happens to the article, and it is not made up for.

    410 says that it is meant (RFC 9110 §15.5.11) and ends the row; after a 404 it goes on, for pages come back.
    """
    status = error.status if isinstance(error, BadStatus) else None
    following = NextLook(
        at=None if status == 410 else _next(item, look.archived, now, row),
        done=look.done + 1,
        validators=look.validators,
        gone=True if status in _GONE else None,
    )
    return _ended(item, look, now, attempts or attempts_of(error), following, error)


def switched_off(item: DueItem, look: Recheck, now: datetime) -> Captured:
    """How a look ends that is not wanted any more: nothing is asked."""
    return _ended(item, look, now, (), NextLook(at=None, done=look.done, validators=look.validators))


def after(
    item: DueItem, outcome: str, page: Page | None, now: datetime, row: Row, *, churned: bool
) -> NextLook:
    """What a visit leaves that read a page, or fell back to the feed's own content (``page`` None).

    A visit begins the row, and so does an edit that a look found; a look that found none goes on in it.
    """
    if page is None or outcome == "duplicate":
        return NextLook(at=None, churned=churned)
    goes_on = item.recheck if outcome == "unchanged" else None
    return NextLook(
        at=_next(item, goes_on.archived if goes_on else now, now, row),
        done=goes_on.done + 1 if goes_on else 0,
        validators=page.validators,
        validated=page.fetched_at,
        churned=churned,
        gone=False,
    )


def _next(item: DueItem, archived: datetime, now: datetime, row: Row) -> datetime | None:
    told = item.entry.published
    published = told if told and dates.plausible(told, now) else item.first_seen
    return timing.next_recheck(archived, now, row, published=published)


def _ended(
    item: DueItem,
    look: Recheck,
    now: datetime,
    attempts: tuple[Attempt, ...],
    following: NextLook,
    error: CrawlError | None = None,
) -> Captured:
    return Captured(
        item=item,
        at=now,
        outcome="unchanged",
        article_id=look.article_id,
        attempts=attempts,
        error=str(error) if error else None,
        error_kind=error.kind if error else None,
        look=following,
    )
