"""After a poll: what to remember of the feed, and when to poll next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from crawler.errors import CrawlError, NotAFeed, Passing, Unreachable
from crawler.model import Attempt, FeedState, Hints, Rhythm, Validators
from crawler.model.feed import NO_VALIDATORS
from crawler.timing import honesty, moving, pace, rhythm
from crawler.timing.phase import DAY, HOUR, MONTH, NONE, fraction, jitter
from crawler.timing.skipping import after_skipped
from crawler.timing.window import overflowed

_GONE = 410
_STRONGEST = 60.0  # doublings of a wait: beyond any ceiling


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """How often a feed may and must be asked: ``floor`` ≤ ``initial`` ≤ ``ceiling``."""

    floor: timedelta
    ceiling: timedelta
    initial: timedelta
    eagerness: float = 1.0  #: polls, in multiples of the usual
    unconditional: timedelta = DAY  #: between whole bodies of a feed without validators
    own: bool = False  #: the user set this feed's floor or ceiling: then they are what he wants


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFacts:
    """What a poll brought, as far as it bears on time and on what is remembered."""

    now: datetime
    outcome: Literal["changed", "unchanged", "failed"]
    keys: tuple[str, ...] = ()  #: entry keys in the feed's order
    published: tuple[datetime | None, ...] = ()  #: the entries' dates, in the same order
    not_modified: bool = False  #: a 304: nothing was sent, nothing it does not say is unsaid
    probe: bool = False  #: stored validators were not sent, to see whether they lie
    max_age: timedelta | None = None  #: as ``freshness`` reads it
    retry_after: datetime | None = None  #: as ``retry_after`` reads it
    ttl: timedelta | None = None  #: RSS <ttl> or sy:updatePeriod
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    validators: Validators = NO_VALIDATORS  #: to be remembered after a success
    body_digest: str | None = None  #: likewise
    attempts: tuple[Attempt, ...] = ()  #: of a success: where it was led
    asked: str = ""  #: the address that was asked
    weight: float = 1.0  #: of a failure, as ``failure_weight`` tells
    status: int | None = None
    ours: bool = False  #: it failed through us: disk, database, being offline, a silence we keep


def failure_weight(error: CrawlError) -> float:
    """How much a failure speaks against a feed (Media Cloud's classes).

    Hard 1.0: a 4xx, an invalid certificate, no feed.  Soft 0.5: 5xx, 408, 425, 429, time-outs, cut
    bodies.  Temporary 0.25: the name could not be resolved.
    """
    if isinstance(error, Unreachable) and error.layer == "name":
        return 0.25
    hard = isinstance(error, NotAFeed) or (isinstance(error, Unreachable) and error.layer == "certificate")
    return 1.0 if hard or error.passing is Passing.PERMANENT else 0.5


def after_poll(state: FeedState, facts: PollFacts, policy: PollPolicy, *, seed: str) -> FeedState:
    """What to remember after a poll, and when to poll next.

    The next poll is never before ``now + floor`` or the server's wish (``not_before``: freshness,
    ttl, Retry-After, a month at most); it moves out of the feed's skipped hours and days.  A little,
    stable for each ``seed``, is added so that feeds do not align.  A feed is slowed, never disabled;
    failures that are ours move nothing but the next moment.
    """
    now = facts.now
    if facts.outcome == "failed":
        after, wait = _after_failure(state, facts, policy, seed)
        interval = state.interval
        wish = max(after.not_before - now, NONE) if after.not_before else NONE
    else:
        after, interval, wait = _after_success(state, facts, policy)
        wish = _wish(after.hints)
    if facts.retry_after is not None and after.moved_to == state.moved_to:
        wish = max(wish, facts.retry_after - now)
    wish = min(wish, MONTH)
    wait = max(wait, wish)
    not_before = after_skipped(now + wish, after.hints, seed)
    return replace(
        after,
        interval=interval,
        next_poll_at=after_skipped(now + wait + jitter(wait, seed), after.hints, seed),
        not_before=not_before if not_before > now else None,
    )


def _wish(hints: Hints) -> timedelta:
    """How long the server and the feed want to be left alone."""
    return max(hints.max_age or NONE, hints.ttl or NONE)


# --------------------------------------------------------------------------- successes


def _after_success(
    state: FeedState, facts: PollFacts, policy: PollPolicy
) -> tuple[FeedState, timedelta, timedelta]:
    """The next state, the interval to remember, the wait until the next poll."""
    now = facts.now
    gap = facts.outcome == "changed" and overflowed(state.window, facts.keys)
    after = FeedState(
        next_poll_at=now,
        validators=facts.validators,
        body_digest=facts.body_digest,
        polled_at=now,
        # A feed that is empty for an hour must not hide what overflows meanwhile.
        window=(facts.keys if facts.outcome == "changed" else ()) or state.window,
        hints=_hints(state.hints, facts),
        rhythm=_rhythm(state, facts),
        fetched_at=state.fetched_at if facts.not_modified else now,
        not_modified=state.not_modified + 1 if facts.not_modified else 0,
        probed_at=now if facts.probe else state.probed_at,
        moving=state.moving,
        moved_to=state.moved_to,
        lying=state.lying or _lied(state, facts),
        probes=_probes(state, facts),
    )
    after = moving.after_redirect(after, moving.permanent_target(facts.attempts, facts.asked), now)
    interval, wait = _interval(state, after, facts, policy, gap=gap)
    return after, interval, wait


def _hints(known: Hints, facts: PollFacts) -> Hints:
    """A 304 that says nothing unsays nothing; a body that is as before says what it said."""
    max_age = known.max_age if facts.not_modified and facts.max_age is None else facts.max_age
    if facts.outcome == "unchanged":
        return known if max_age == known.max_age else replace(known, max_age=max_age)
    return Hints(max_age=max_age, ttl=facts.ttl, skip_hours=facts.skip_hours, skip_days=facts.skip_days)


def _rhythm(state: FeedState, facts: PollFacts) -> Rhythm | None:
    if facts.outcome != "changed":
        return state.rhythm
    if state.rhythm is None:
        return rhythm.first_reading(facts.published, facts.now)
    answered = state.fetched_at if state.failures else state.polled_at  # a failed poll has seen nothing
    return rhythm.learned(state.rhythm, _unseen(state, facts), since=answered, now=facts.now)


def _unseen(state: FeedState, facts: PollFacts) -> list[datetime | None]:
    """The dates of the items that are new in the window."""
    before = set(state.window)
    return [at for key, at in zip(facts.keys, facts.published, strict=False) if key not in before]


def _lied(state: FeedState, facts: PollFacts) -> bool:
    return facts.probe and honesty.lied(state, facts.validators, _unseen(state, facts))


def _probes(state: FeedState, facts: PollFacts) -> int:
    """Probes in vain; an item that came by itself clears the suspicion."""
    if facts.probe:
        return state.probes + 1
    return 0 if facts.outcome == "changed" else state.probes


def _interval(
    state: FeedState, after: FeedState, facts: PollFacts, policy: PollPolicy, *, gap: bool
) -> tuple[timedelta, timedelta]:
    """The interval that the rhythm asks for, and the wait that is aimed at its items: within floor and ceiling."""
    longest = min(max(policy.ceiling, policy.floor), MONTH)
    interval, wait = pace.wait(
        after.rhythm or rhythm.first_reading((), facts.now),
        facts.now,
        eagerness=policy.eagerness,
        initial=policy.initial,
        window=len(after.window),
        longest=longest,
        owed=_owed(state),
    )
    if gap and state.interval is not None:  # items may have passed by
        interval = wait = min(interval, state.interval / 2)
    least = max(policy.floor, _between_bodies(state, after, facts.now, policy, gap=gap))
    return max(interval, least), max(wait, least)


def _owed(state: FeedState) -> timedelta:
    """By how much the last wait was aimed before or after the moment it was worth its while."""
    if state.interval is None or state.polled_at is None:
        return NONE
    return state.interval - (state.next_poll_at - state.polled_at)


def _between_bodies(
    state: FeedState, after: FeedState, now: datetime, policy: PollPolicy, *, gap: bool
) -> timedelta:
    """The least wait of a feed without validators: every poll costs its server the whole feed.

    Its user, its server or the feed itself may invite sooner polls, and so may a window that would
    overflow: then as often as the window needs.
    """
    if policy.own or not (after.lying or after.validators == NO_VALIDATORS):
        return NONE
    invited = _wish(after.hints) or policy.unconditional
    least = min(policy.unconditional, invited, honesty.window_lasts(after, now))
    return min(least, state.interval / 2) if gap and state.interval is not None else least


# --------------------------------------------------------------------------- failures


def _after_failure(
    state: FeedState, facts: PollFacts, policy: PollPolicy, seed: str
) -> tuple[FeedState, timedelta]:
    usual = max(state.interval or policy.initial, policy.floor)
    if facts.ours:
        # As often as otherwise, an hour at most: at the end of an outage nobody sees a storm.
        wait = max(min(usual, HOUR), policy.floor)
        return state, wait + wait * 0.5 * fraction(seed)
    after = replace(
        state,
        failures=state.failures + 1,
        weight=state.weight + facts.weight,
        polled_at=facts.now,
        probed_at=facts.now if facts.probe else state.probed_at,
    )
    if facts.status == _GONE:
        after = moving.after_410(after, facts.now)
    elif facts.status and after.gone_at and not after.gone:  # no answer says nothing of the address
        after = replace(after, gone_at=None)
    after = moving.after_silence(after, facts.now)
    return after, max(MONTH, policy.floor) if after.gone else _backoff(usual, after.weight, policy)


def _backoff(usual: timedelta, weight: float, policy: PollPolicy) -> timedelta:
    """The usual interval, doubled with every hard failure in a row up to a day or the ceiling."""
    usual = max(usual, timedelta(seconds=1))
    longest = min(max(usual, policy.ceiling, DAY), max(MONTH, policy.floor))
    factor: float = 2.0 ** min(weight, _STRONGEST)
    return usual * min(factor, longest / usual)
