"""Servers without validators, and servers whose validators lie: when a whole body may be asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler.model import FeedState, Validators
from crawler.timing import pace
from crawler.timing.phase import DAY, HOUR
from crawler.timing.rhythm import clumping, hours_between, rate, whole_day

_YEAR = 365 * DAY
_PROBE_EVERY = timedelta(days=7)
_POLLS_A_PROBE = 168  # at least so many conditional requests to one that is not
_UNDATED = 10  # new items at once that nobody posts between two polls after so long a silence
_MISSED = 20.0  # items that should have come since the last: by chance once in 10⁸ times


def probe_due(state: FeedState, now: datetime) -> bool:
    """Whether 304s contradict the feed's rhythm so far that the whole is asked for once.

    At most once in 7 days and 168 polls, and only after 20 items failed to come; each probe that
    found the server honest doubles what has to speak against it, so a feed that ended is left alone.
    """
    rhythm, whole_at = state.rhythm, state.fetched_at
    if rhythm is None or whole_at is None or state.lying or state.not_modified < _POLLS_A_PROBE:
        return False
    patience = 2.0 ** min(state.probes, 10)
    since = max(whole_at, state.probed_at or whole_at)
    if now - since < _PROBE_EVERY * patience:
        return False
    quiet = hours_between(max(since, rhythm.latest), now)
    events = rate(rhythm, now, doubt=1.0) * (1 - clumping(rhythm)) * quiet
    return events >= _MISSED * patience


def lied(state: FeedState, validators: Validators, unseen: list[datetime | None]) -> bool:
    """Whether a probe's body proves that earlier 304s hid items.

    ``unseen`` are the dates of its new items.  An honest feed may have changed just before the
    probe; then its validators changed too and the new items are younger than its last 304.  When that
    was is known only if no failure lies between; items without a time of day prove it by their number.
    """
    if not unseen:
        return False
    sent = state.validators
    same = (sent.etag, sent.last_modified) == (validators.etag, validators.last_modified)
    last = state.polled_at if not state.failures else None
    if same or last is None:
        return same
    dated = [at for at in unseen if at is not None and not whole_day(at)]
    return any(at < last - HOUR for at in dated) or len(unseen) - len(dated) >= _UNDATED


def window_lasts(state: FeedState, now: datetime) -> timedelta:
    """How long it takes until a third of the window is new, as far as its rhythm is known; a year at most."""
    if state.rhythm is None or not state.rhythm.items:
        return _YEAR
    items = max(len(state.window), pace.SMALLEST_WINDOW) * pace.WINDOW_SHARE
    return min(timedelta(hours=items / rate(state.rhythm, now, doubt=1.0)), _YEAR)
