"""When to poll next, when to try again, when to give up: state, facts and now → a time or never.

Pure: time and chance are handed in.  The pipeline asks about polls and items, the web door about
tries within one visit and about what a response's headers say of time.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from crawler.errors import BadStatus, CrawlError, HostPaused, Passing
from crawler.model import FeedState, Validators

DAY = timedelta(days=1)
MONTH = timedelta(days=30)  #: nobody, however he words it, makes us wait longer
_NONE = timedelta(0)
_NO_VALIDATORS = Validators()

_SHARE_SOONER, _SHARE_LATER = 0.33, 0.67  # known items in the window, as Media Cloud found them in production
_OVERFLOW, _SOONER, _LATER, _UNCHANGED = 0.5, 0.75, 1.25, 1.2
_JITTER = 0.1  # of the wait; only added, so that no gap gets shorter than asked for
_TAIL = 3  # positions: finds 99 % of overflows even under pins, deletions and reordering
_MAY_FOLLOW = 4  # visits to a page that is not there yet, or behind a wall
_NOT_YET = frozenset({401, 403, 404})  # wires publish the feed before the page; walls come and go
_VISITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440, 2880))
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SECONDS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DIGITS = re.compile(r"[0-9]+")
_DIRECTIVE = re.compile(r'([^\s,;="]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,"]*)))?')


# --------------------------------------------------------------------------- polls


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """How often a feed may and must be asked: ``floor`` ≤ ``initial`` ≤ ``ceiling``."""

    floor: timedelta
    ceiling: timedelta
    initial: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFacts:
    """What a poll brought, as far as it bears on time and on what is remembered."""

    now: datetime
    outcome: Literal["changed", "unchanged", "failed"]
    keys: tuple[str, ...] = ()  #: entry keys in the feed's order
    published: tuple[datetime, ...] = ()  #: the entries' dates, those that have one
    max_age: timedelta | None = None  #: as ``freshness`` reads it
    retry_after: datetime | None = None  #: as ``retry_after`` reads it
    ttl: timedelta | None = None  #: RSS <ttl> or sy:updatePeriod
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    validators: Validators = _NO_VALIDATORS  #: to be remembered after a success
    body_digest: str | None = None  #: likewise
    ours: bool = False  #: it failed through us: disk, database, being offline


def first_poll_at(seed: str, now: datetime, spread: timedelta) -> datetime:
    """When a feed is polled first: its own stable moment within ``spread`` from ``now``."""
    return now + spread * _fraction(seed)


def after_poll(state: FeedState, facts: PollFacts, policy: PollPolicy, *, seed: str) -> FeedState:
    """What to remember after a poll, and when to poll next.

    The next poll is never before ``now + floor``, ``retry_after`` (30 days at most) or the end of
    the response's freshness (RFC 9111); it moves out of the feed's skipped hours and days.  Up to
    a tenth of the wait, stable for each ``seed``, is added so that feeds do not align.  A feed is
    slowed, never disabled; failures that are ours move nothing but the next moment.
    """
    if facts.outcome == "failed":
        wait = policy.floor if facts.ours else _backoff(state, policy)
        remembered = state if facts.ours else replace(state, failures=state.failures + 1, polled_at=facts.now)
    else:
        wait = _interval(state, facts, policy)
        remembered = FeedState(
            next_poll_at=facts.now,
            validators=facts.validators,
            body_digest=facts.body_digest,
            interval=wait,
            polled_at=facts.now,
            # A feed that is empty for an hour must not hide what overflows meanwhile.
            window=(facts.keys if facts.outcome == "changed" else ()) or state.window,
        )
        wait = max(wait, min(facts.max_age or _NONE, MONTH))
    return replace(remembered, next_poll_at=_next_moment(wait, facts, seed))


def overflowed(previous_window: tuple[str, ...], keys: tuple[str, ...]) -> bool:
    """Whether items may have passed by between two polls: a possible gap, not a proven one.

    True when the last three positions are all new.  A feed that grows at its end (oldest first)
    shows its newest there and is told by the known items standing first, in their old order.
    False when there is nothing to compare with.
    """
    before = set(previous_window)
    if not before or not keys or any(key in before for key in keys[-_TAIL:]):
        return False
    known = tuple(key for key in keys if key in before)
    grows_at_the_end = keys[: len(known)] == known == previous_window[-len(known) :]
    return not (len(known) > 1 and grows_at_the_end)


def _interval(state: FeedState, facts: PollFacts, policy: PollPolicy) -> timedelta:
    """The learned interval after a success, within floor and ceiling."""
    gap = facts.outcome == "changed" and overflowed(state.window, facts.keys)
    interval = state.interval or _first_interval(facts, policy)
    interval *= _pace(state, facts, gap)
    # A hint that makes us lose items is not followed; it is also no reason to go over the ceiling.
    if facts.ttl is not None and not gap:
        interval = max(interval, facts.ttl)
    return _within(policy, interval)


def _pace(state: FeedState, facts: PollFacts, gap: bool) -> float:
    """The factor by which the interval changes."""
    if facts.outcome == "unchanged":
        return _UNCHANGED
    if gap:
        return _OVERFLOW
    if not state.window or not facts.keys:
        return 1.0
    before = set(state.window)
    share = sum(key in before for key in facts.keys) / len(facts.keys)
    if share < _SHARE_SOONER:
        return _SOONER
    return _LATER if share > _SHARE_LATER else 1.0


def _first_interval(facts: PollFacts, policy: PollPolicy) -> timedelta:
    """A busy feed is asked sooner from the start: after a third of what its window spans."""
    if len(facts.published) < 2:
        return policy.initial
    return min(policy.initial, (max(facts.published) - min(facts.published)) / 3)


def _backoff(state: FeedState, policy: PollPolicy) -> timedelta:
    """The learned interval, doubled with every failure in a row up to a day or the ceiling."""
    base = max(_within(policy, state.interval or policy.initial), timedelta(seconds=1))
    longest = max(base, policy.ceiling, DAY)
    return base * min(2.0 ** min(state.failures, 60), longest / base)


def _within(policy: PollPolicy, interval: timedelta) -> timedelta:
    """Between floor and ceiling; a feed's own floor may be above the common ceiling, and wins."""
    return max(min(interval, policy.ceiling), policy.floor)


def _next_moment(wait: timedelta, facts: PollFacts, seed: str) -> datetime:
    if facts.retry_after is not None:
        wait = max(wait, min(facts.retry_after - facts.now, MONTH))
    moment = facts.now + wait + wait * _JITTER * _fraction(seed)
    return _after_skipped(moment, facts, seed)


def _after_skipped(moment: datetime, facts: PollFacts, seed: str) -> datetime:
    """The first moment from ``moment`` on in no skipped hour or day (RSS 2.0; UTC).

    A feed that skips every hour or day skips none: then it is a mistake, and heeding it would
    disable the feed.
    """
    hours = {hour % 24 for hour in facts.skip_hours if 0 <= hour <= 24}
    days = {_WEEK.index(day) for name in facts.skip_days if (day := name.strip().lower()) in _WEEK}
    hours = hours if len(hours) < 24 else set()
    days = days if len(days) < 7 else set()
    while moment.hour in hours or moment.weekday() in days:
        next_hour = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        moment = next_hour + timedelta(minutes=59) * _fraction(seed)
    return moment


def _fraction(seed: str) -> float:
    """A stable number in 0 ≤ x < 1 for every seed."""
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


# --------------------------------------------------------------------------- tries and visits


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
        return now + (min(max(silence - now, _NONE), MONTH) if silence else _VISITS[0])
    not_there_yet = isinstance(error, BadStatus) and error.status in _NOT_YET
    if error.passing is Passing.PERMANENT and not not_there_yet:
        return None
    if captures + 1 >= (min(limit, _MAY_FOLLOW) if not_there_yet else limit):
        return None
    wait = _VISITS[min(captures, len(_VISITS) - 1)]
    if isinstance(error, BadStatus) and error.retry_after is not None:
        wait = max(wait, min(error.retry_after - now, MONTH))
    return now + wait


# --------------------------------------------------------------------------- headers


def retry_after(value: str | None, date_header: str | None, now: datetime) -> datetime | None:
    """Read Retry-After (RFC 9110 §10.2.3): the moment it names, between ``now`` and 30 days on.

    Seconds count from ``now``; a date counts from the response's own Date, so that a wrong clock
    over there does no harm.  What is neither (``1e9``, other scripts' digits, nothing) is None.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return now + _clamped(float(text))
    moment = _http_date(text)
    if moment is None:
        return None
    return now + _clamped((moment - (_http_date(date_header) or now)).total_seconds())


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a response stays fresh (RFC 9111 §4.2), 30 days at most; None where it says nothing.

    ``max-age`` minus Age, else Expires minus Date.  ``no-cache``, ``no-store`` and values that
    cannot be read mean: stale now.  Header names are lower case.
    """
    directives: dict[str, str] = {}
    for name, quoted, token in _DIRECTIVE.findall(headers.get("cache-control", "")):
        directives.setdefault(name.lower(), quoted or token)
    if "no-cache" in directives or "no-store" in directives:
        return _NONE
    if "max-age" in directives:
        age = _DIGITS.fullmatch(headers.get("age", "").strip())
        lasts = _DIGITS.fullmatch(directives["max-age"])
        return _clamped(float(lasts[0]) - float(age[0] if age else 0)) if lasts else _NONE
    if "expires" not in headers:
        return None
    expires = _http_date(headers["expires"])
    received = _http_date(headers.get("date")) or now
    return _clamped((expires - received).total_seconds()) if expires else _NONE


def _clamped(seconds: float) -> timedelta:
    if math.isnan(seconds):  # two endless numbers, one minus the other
        return _NONE
    return timedelta(seconds=min(max(seconds, 0.0), MONTH.total_seconds()))


def _http_date(text: str | None) -> datetime | None:
    """Read any of the three forms of RFC 9110 §5.6.7, as UTC."""
    if not text or not text.isascii():  # int() would read every script's digits
        return None
    try:
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
