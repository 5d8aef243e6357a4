"""Where to put a poll that is due about now: just after the minute, the hour or the beat at which items come.

Between the last poll and the one after the next, 2Δ away, a poll at t spares each of the Λ(t) items that came
before it a wait of 2Δ − t; so the best place is where Λ(t)·(2Δ − t) is greatest.  For items that come at any
time that is the middle, t = Δ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate

from crawler.model import Rhythm
from crawler.timing.rhythm import hours_between, ratios, together

_SOONEST, _LATEST = 0.5, 1.5  # of the wait that is due
_NEAR, _FAR = 1 / 6, 26.0  # hours: nearer there is nothing to choose, farther too little is known
_EVEN = 0.5  # evenness below which the next item is foreseen from the last
_SPIKE = 3.0  # times as many items in a minute as on average
_MOST_SPIKES = 3
_BY_THE_HOUR = 2.5  # hours: shorter waits are not moved to the end of an hour
_MOST_BEATS = 6  # farther ahead the beat is lost
_MARGIN = 1 / 60  # hours: until an item shows


def aimed(
    rhythm: Rhythm, now: datetime, due: float, longest: float, mean: float, by_hour: Sequence[float]
) -> float:
    """Hours to wait instead of ``due``; ``by_hour``: the hours of the day from now on, to their mean."""
    if not _NEAR <= due <= _FAR or rhythm.gaps < 1:
        return due
    even = rhythm.evenness < _EVEN
    if even and due * mean * by_hour[0] > _MOST_BEATS:
        return due
    places = _beats(rhythm, now, mean * by_hour[0]) if even else _minutes(rhythm, now, due, by_hour)
    soonest, latest = due * _SOONEST, min(due * _LATEST, longest)
    best, worth = due, 0.0
    for at, items in places:
        if at > latest:
            break
        if at >= soonest and items * (2 * due - at) > worth:
            best, worth = at, items * (2 * due - at)
    return best


def _minutes(
    rhythm: Rhythm, now: datetime, due: float, by_hour: Sequence[float]
) -> Iterator[tuple[float, float]]:
    """Moments just after the minutes at which much comes, or the ends of hours; and the items until then."""
    profile = ratios(rhythm.minutes, 1.0, together(rhythm))
    spikes = sorted(range(60), key=profile.__getitem__, reverse=True)[:_MOST_SPIKES]
    ends = sorted(minute + 1 for minute in spikes if profile[minute] >= _SPIKE)
    if not ends and (due < _BY_THE_HOUR or min(by_hour) == max(by_hour)):
        return
    until = list(accumulate(profile, initial=0.0))
    passed = (now.minute * 60 + now.second) / 3600
    before = -by_hour[0] * until[now.minute] / until[60]
    for number, share in enumerate(by_hour):
        for end in ends or (60,):
            at = number + end / 60 + _MARGIN - passed
            if at > 0:
                yield at, before + share * until[end] / until[60]
        before += share


def _beats(rhythm: Rhythm, now: datetime, rate: float) -> Iterator[tuple[float, float]]:
    """Moments just after an item is expected, from the last one on; and the items until then."""
    beat = 1 / rate
    since = min(max(hours_between(rhythm.latest, now), 0.0), beat)
    number = 0
    while True:
        number += 1
        spread = beat * math.sqrt(rhythm.evenness * number)
        for late in (0.8, 1.6):
            at = number * beat + late * spread
            yield at - since, _foreseen(at, beat, rhythm.evenness)


def _foreseen(at: float, beat: float, evenness: float) -> float:
    """How many items come until ``at``, counted from the last one; normal around each beat."""
    root = beat * math.sqrt(2 * max(evenness, 1e-4))
    return sum(
        [
            0.5 + 0.5 * math.erf((at - number * beat) / (root * math.sqrt(number)))
            for number in range(1, int(at / beat) + 3)
        ]
    )
