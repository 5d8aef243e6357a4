"""Tries within one visit, and visits to one item's page: when to try again, when to give up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.errors import BadStatus, CrawlError, HostPaused, Passing
from crawler.timing.phase import MONTH, NONE

_MAY_FOLLOW = 4  # visits to a page that is not there yet, or behind a wall
_NOT_YET = frozenset({401, 403, 404})  # wires publish the feed before the page; walls come and go
_VISITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440, 2880))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Tries within one visit: how many, the first wait, the longest wait."""

    attempts: int
    wait: timedelta
    wait_max: timedelta


def retry_wait(
    number: int, policy: RetryPolicy, error: CrawlError, jitter: float, *, now: datetime | None = None
) -> timedelta | None:
    """How long to wait after try ``number`` (1 for the first) failed; None: not in this visit.

    Doubles from ``wait`` to ``wait_max``; ``jitter`` (0..1) adds up to as much again.  Only
    failures that pass by themselves are tried again.  A Retry-After is waited for where ``now``
    is given and it ends within ``wait_max``; a longer one ends the visit.
    """
    if number >= policy.attempts or error.passing is not Passing.TEMPORARY:
        return None
    wait = min(policy.wait * (2.0 ** min(number - 1, 20) * (1 + jitter)), policy.wait_max)
    if isinstance(error, BadStatus) and error.retry_after is not None:
        if now is None or error.retry_after - now > policy.wait_max:
            return None
        wait = max(wait, error.retry_after - now)
    return wait


def retry_at(captures: int, error: CrawlError, now: datetime, *, limit: int) -> datetime | None:
    """When to visit an item again after a visit failed that ``captures`` others preceded; None: never.

    5 min, 15 min, 1 h, 4 h, 12 h, 1 d, then every 2 d, ``limit`` visits in all; a later
    Retry-After wins.  A 404 gets four visits in all, because wires publish the feed before the
    page, and so do a 401 and a 403: a bot wall of an hour must not leave that hour's items without
    their pages.  A 410 says that it is meant, and gets no other visit.  Failures that are ours come back soon
    (at the end of the silence that a host asked for) and without end: they do not count as visits.
    """
    if error.passing is Passing.OURS:
        silence = error.retry_after if isinstance(error, HostPaused) else None
        return now + (min(max(silence - now, NONE), MONTH) if silence else _VISITS[0])
    not_there_yet = isinstance(error, BadStatus) and error.status in _NOT_YET
    if error.passing is Passing.PERMANENT and not not_there_yet:
        return None
    if captures + 1 >= (min(limit, _MAY_FOLLOW) if not_there_yet else limit):
        return None
    wait = _VISITS[min(captures, len(_VISITS) - 1)]
    if isinstance(error, BadStatus) and error.retry_after is not None:
        wait = max(wait, min(error.retry_after - now, MONTH))
    return now + wait
