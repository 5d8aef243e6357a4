"""Feeds that move and feeds that end: when a permanent redirect and a 410 are believed, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler import urls
from crawler.model import Attempt, FeedState, Moving
from crawler.model.feed import NO_HINTS, NO_VALIDATORS, TO_CONFIGURED
from crawler.timing.phase import DAY

_PERMANENT = frozenset({301, 308})  # RFC 9110 §15.4: 302, 303 and 307 are for once
_POLLS, _SPAN = 3, timedelta(hours=48)
_DEAD = timedelta(days=7)  # without an answer: then an address that a feed moved to is doubted


def permanent_target(attempts: Sequence[Attempt], asked: str) -> str | None:
    """Where the successful try was led by an unbroken row of permanent redirects from ``asked``.

    None where it was not, or where following for good would be worse: to an address that is none,
    that holds a password, or that gives up TLS.
    """
    if len(attempts) < 2:
        return None
    last = max(attempt.number for attempt in attempts)
    hops = sorted((one for one in attempts if one.number == last), key=lambda one: one.hop)
    led = next((one.url for one in hops if one.status not in _PERMANENT), None)
    if led is None or led == asked or hops[0].hop != 0 or hops[0].status not in _PERMANENT:
        return None
    return led if _usable(led, asked) else None


def _usable(target: str, asked: str) -> bool:
    before, after = urlsplit(asked), urlsplit(target)
    kept = after.scheme == "https" or (after.scheme == "http" and before.scheme != "https")
    return bool(kept and after.hostname and "@" not in after.netloc and urls.politeness_key(target))


def after_redirect(state: FeedState, target: str | None, now: datetime) -> FeedState:
    """The state after a good answer that led to ``target``: moved once three polls over two days agree."""
    if target is None:
        return replace(state, moving=None) if state.moving else state
    if state.moving is None or state.moving.url != target:
        return replace(state, moving=Moving(url=target, since=now))
    seen = replace(state.moving, seen=state.moving.seen + 1)
    if seen.seen >= _POLLS and now - seen.since >= _SPAN:
        return replace(state, moving=None, moved_to=target)
    return replace(state, moving=seen)


def after_410(state: FeedState, now: datetime) -> FeedState:
    """The state after a 410: believed when another follows a day later and no other answer between."""
    since = state.gone_at or now
    return replace(state, gone_at=since, gone=state.gone or now - since >= DAY)


def after_silence(state: FeedState, now: datetime) -> FeedState:
    """The state after a failure: an address that a feed moved to is left when it gave no answer for a week.

    Or when it is gone.  The configured one is asked again and answers for itself: it may have been
    mended, or redirect elsewhere by now.
    """
    if state.moved_to is None:
        return state
    doubt = state.moving
    if doubt is None or doubt.url != TO_CONFIGURED:
        doubt = Moving(url=TO_CONFIGURED, since=now, seen=0)
    doubt = replace(doubt, seen=doubt.seen + 1)
    if state.gone or (doubt.seen >= _POLLS and now - doubt.since >= _DEAD):
        return _configured(state)
    return replace(state, moving=doubt)


def _configured(state: FeedState) -> FeedState:
    """What is still true of a feed whose configured address is asked again: how it posts, what it showed.

    Its validators are for the address that gave them, should the configured one still lead there.
    """
    known = NO_VALIDATORS if state.lying else state.validators
    return FeedState(
        validators=known if known == NO_VALIDATORS else replace(known, url=known.url or state.moved_to),
        body_digest=state.body_digest,
        fetched_at=state.fetched_at,
        next_poll_at=state.next_poll_at,
        interval=state.interval,
        polled_at=state.polled_at,
        window=state.window,
        rhythm=state.rhythm,
        hints=replace(NO_HINTS, skip_hours=state.hints.skip_hours, skip_days=state.hints.skip_days),
    )
