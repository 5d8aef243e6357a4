"""When to look next: the polls one can afford, spread so that news is seen soonest.

With posting intensity λ(t) and poll density p(t), an item waits 1/(2p) on average; minimising
∫ λ/(2p) dt under ∫ p dt = N gives, by Lagrange, −λ/(2p²) + μ = 0: p is proportional to √λ.
So the next poll is due when ∫ c·√λ dt since the last one reaches 1, and earlier when 36 % of
the window may have filled (Media Cloud keeps to a third, 67 % known).  c = 0.5·eagerness asks a wire of
four items an hour once an hour, the least gap that feed-reader scores allow; miniflux's rule,
p proportional to λ, asks too often where much is posted and too seldom where little is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from crawler.model import Rhythm
from crawler.timing.aim import aimed
from crawler.timing.phase import HOUR, NONE
from crawler.timing.rhythm import clumping, daily, hourly, hours_between, rate

WINDOW_SHARE = 0.36  #: of the window that may be new at a poll, …
BURST_SHARE = 0.18  #: … and of a feed that posts in bursts only: they fill it faster than the mean tells
SMALLEST_WINDOW = 6  #: a feed that shows fewer has just begun

_C = 0.5  # polls per √(item·hour)
_QUIETEST = 0.02  # of the mean rate: no hour is so quiet that nothing ever comes
_FINE, _HOT = 1 / 12, 0.1  # hours: steps while a burst lasts, until it is a tenth of the rest
_OWED = 0.5  # of a wait: more is not carried over
_AHEAD = 48  # hours, as ``_from_now_on`` tells them; farther ahead the mean will do


def wait(
    rhythm: Rhythm,
    now: datetime,
    *,
    eagerness: float,
    initial: timedelta,
    window: int,
    longest: timedelta,
    owed: timedelta = NONE,
) -> tuple[timedelta, timedelta]:
    """How long a poll takes to be worth its while, or the window to be in danger; and how long to wait.

    The second is aimed at when items come.  What it gains or loses against the first is ``owed`` at
    the next poll, so that aiming costs no polls.  ``longest`` bounds both.
    """
    if rhythm.at >= now and not rhythm.time:  # nothing is known yet
        return min(initial, longest), min(initial, longest)
    c = _C * eagerness
    mean = rate(rhythm, now, doubt=0.5 * (c * (initial / HOUR)) ** 2)
    bursts, longest_hours = clumping(rhythm), longest / HOUR
    hot = _burst(rhythm, now, bursts) / rhythm.pause
    by_hour = _from_now_on(rhythm, now)
    most = max(window, SMALLEST_WINDOW) * (WINDOW_SHARE + (BURST_SHARE - WINDOW_SHARE) * bursts)
    due, room = _due(mean, by_hour, hot, (1 - bursts) / rhythm.pause, now, c, most, longest_hours)
    if hot > _HOT * mean:
        return timedelta(hours=due), timedelta(hours=due)
    due = min(due + min(max(owed / HOUR, -_OWED * due), _OWED * due), room)
    return timedelta(hours=due), timedelta(hours=aimed(rhythm, now, due, room, mean, by_hour))


def _from_now_on(rhythm: Rhythm, now: datetime) -> list[float]:
    """Each hour's share, to the mean, from the present one on, as far as one looks ahead."""
    shape, days = [max(share, _QUIETEST) for share in hourly(rhythm)], daily(rhythm)
    hour, day = now.hour, now.weekday()
    today, tomorrow, then = (max(days[(day + later) % 7], _QUIETEST) for later in range(3))
    return [
        *[share * today for share in shape[hour:]],
        *[share * tomorrow for share in shape],
        *[share * then for share in shape[:hour]],
    ]


def _due(
    mean: float,
    by_hour: Sequence[float],
    heat: float,
    ends: float,
    now: datetime,
    c: float,
    most: float,
    longest: float,
) -> tuple[float, float]:
    """Hours until ∫ c·√λ dt is 1, and until the window may be in danger."""
    left, gone, worth, expected, number = 1 - (now.minute + now.second / 60) / 60, 0.0, 0.0, 0.0, 0
    while True:
        items = mean * by_hour[number] + heat if number < _AHEAD else mean
        step = min(left, _FINE) if heat > _HOT * mean else left
        density = c * math.sqrt(items)
        part = min((1 - worth) / density, (most - expected) / items, longest - gone)
        if part <= step:
            room = gone + max((most - expected) / items, part)
            return gone + part, min(room, longest)
        gone, worth, expected = gone + step, worth + density * step, expected + items * step
        heat *= math.exp(-step * ends)
        left -= step
        if left <= 1e-9:
            left, number = 1.0, number + 1
            if number == _AHEAD:
                left = longest


def _burst(rhythm: Rhythm, now: datetime, bursts: float) -> float:
    """How likely a burst is going on: its items follow each other after ``pause``, the last one ends it."""
    silence = max(hours_between(rhythm.latest, now), 0.0)
    going_on = bursts * math.exp(-silence / rhythm.pause)
    return going_on / (going_on + 1 - bursts)
