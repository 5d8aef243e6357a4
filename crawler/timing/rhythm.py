"""How a feed posts: learned from its entries' dates, by hour, weekday and minute, fading over weeks.

Dates lie: they are in the future, in 1970, all equal, or days without times.  A new item appeared
between two polls; its date is believed where it agrees with that, else the middle is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate

from crawler.model import Rhythm
from crawler.timing.phase import DAY, HOUR

BURST = 0.4  #: hours: items of one burst follow each other within this
_FULL = 21 * 24.0 / math.log(2)  # hours that a watch without end counts for: half is forgotten in 21 days
_AT_ONCE = 1.5 / 60  # hours: what comes closer together is one batch, not a burst
_OLDEST = 400 * DAY  # of a date that tells of a rhythm
_LATE = timedelta(minutes=15)  # by which an item may show after its date: caches lie in between
_STRAYS = 10  # one in so many of the oldest dates may be a pinned item's
_KEPT = 0.97  # of what was known of the gaps, at each new one
_WIDEST = 4.0  # mean gaps: a longer one is a night or a holiday, and says nothing of evenness
_REACH = ((16.0, 4), (60.0, 2), (240.0, 1))  # with fewer items, so many hours on both sides count
_PRIOR = 2.0  # items in each hour, day or minute before any was seen
_DOUBT = 2.0  # items by which bursts must exceed chance before they are believed in

Moment = tuple[datetime, bool]  # when an item was posted, and whether to the minute


def first_reading(published: Sequence[datetime | None], now: datetime) -> Rhythm:
    """What a first look at a feed's window tells: its span says at once how often it posts."""
    seen = sorted(min(at, now) for at in published if at and now - _OLDEST < at <= now + HOUR)
    seen = seen[len(seen) // _STRAYS :]
    start = seen[0] if seen and seen[0] < seen[-1] else now
    blank = Rhythm(at=start, latest=start, hours=(0.0,) * 24, days=(0.0,) * 7, minutes=(0.0,) * 60)
    if start == now:
        return blank
    exact = not all(whole_day(at) for at in seen)
    return _counted(faded(blank, now), [(at, exact) for at in seen[1:]], now)


def learned(
    rhythm: Rhythm, published: Iterable[datetime | None], *, since: datetime | None, now: datetime
) -> Rhythm:
    """The rhythm after a poll that showed new items with these dates; ``since``: the poll before."""
    if rhythm.at > now:  # the clock was ahead: counts that never fade, and a burst without end
        rhythm = replace(rhythm, at=now, latest=min(rhythm.latest, now))
    begin = min(since or rhythm.at, now)
    middle = begin + (now - begin) / 2
    seen = sorted(
        (at, True) if at and begin - _LATE <= at <= now and not whole_day(at) else (middle, False)
        for at in published
    )
    return _counted(faded(rhythm, now), seen, now) if seen else rhythm


def faded(rhythm: Rhythm, now: datetime) -> Rhythm:
    """The same at a later time; a clock that went back changes nothing."""
    hours = hours_between(rhythm.at, now)
    if hours <= 0:
        return rhythm
    left = math.exp(-hours / _FULL)
    return replace(
        rhythm,
        at=now,
        items=rhythm.items * left,
        time=rhythm.time * left + _FULL * (1 - left),
        hours=tuple([count * left for count in rhythm.hours]),
        days=tuple([count * left for count in rhythm.days]),
        minutes=tuple([count * left for count in rhythm.minutes]),
        gaps=rhythm.gaps * left,
        close=rhythm.close * left,
        by_chance=rhythm.by_chance * left,
    )


def _counted(rhythm: Rhythm, seen: Sequence[Moment], now: datetime) -> Rhythm:
    """The rhythm with these items; what is long ago counts less."""
    weights = [math.exp(-hours_between(at, now) / _FULL) for at, _ in seen]
    hours, days, minutes = list(rhythm.hours), list(rhythm.days), list(rhythm.minutes)
    for (at, exact), weight in zip(seen, weights, strict=True):
        days[at.weekday()] += weight
        if exact:
            hours[at.hour] += weight
            minutes[at.minute] += weight
    more = replace(
        rhythm,
        items=rhythm.items + sum(weights),
        hours=tuple(hours),
        days=tuple(days),
        minutes=tuple(minutes),
    )
    return _with_gaps(more, [at for at, _ in seen], weights)


def _with_gaps(rhythm: Rhythm, seen: Sequence[datetime], weights: Sequence[float]) -> Rhythm:
    """What the gaps between items tell: whether they come in bursts, by chance, or evenly."""
    shape, days = hourly(rhythm), daily(rhythm)
    mean = rhythm.items / max(rhythm.time, 1.0)
    latest, gaps, close, by_chance = rhythm.latest, rhythm.gaps, rhythm.close, rhythm.by_chance
    pause, evenness, at_once = rhythm.pause, rhythm.evenness, together(rhythm)
    for at, weight in zip(seen, weights, strict=True):
        gap = hours_between(latest, at)
        if gap < _AT_ONCE:
            continue
        expected = mean * shape[at.hour] * days[at.weekday()]
        if gap < BURST:
            close += weight
            pause += (gap - pause) * 0.1
        gaps += weight
        by_chance += weight * (1 - math.exp(-expected * BURST / at_once))
        evenness = evenness * _KEPT + (1 - _KEPT) * (min(gap * expected, _WIDEST) - 1) ** 2
        latest = at
    return replace(
        rhythm,
        latest=latest,
        gaps=gaps,
        close=close,
        by_chance=by_chance,
        pause=pause,
        evenness=evenness,
    )


# --------------------------------------------------------------------------- what it comes to


def rate(rhythm: Rhythm, now: datetime, *, doubt: float) -> float:
    """Items an hour, over all hours; half an item in ``doubt`` hours is what one begins with."""
    hours = max(hours_between(rhythm.at, now), 0.0)
    left = math.exp(-hours / _FULL)
    watched = rhythm.time * left + _FULL * (1 - left)
    return (rhythm.items * left + 0.5) / max(watched + doubt, 1e-3)


def hourly(rhythm: Rhythm) -> list[float]:
    """How much more than on average is posted in each hour of the day; 1.0 where little is known."""
    total = sum(rhythm.hours)
    reach = next((hours for most, hours in _REACH if total < most), 0)
    counts = rhythm.hours
    if reach:  # few items: an hour is much like its neighbours
        sums = list(accumulate(counts[-reach:] + counts + counts[:reach], initial=0.0))
        counts = tuple([sums[hour + 2 * reach + 1] - sums[hour] for hour in range(24)])
    trust = min(max((rhythm.time - 12) / 36, 0.0), 1.0)
    return ratios(counts, trust, together(rhythm))


def daily(rhythm: Rhythm) -> list[float]:
    """The same for the days of the week; a week has to be seen first."""
    trust = min(max((rhythm.time - 156) / 168, 0.0), 1.0)
    return ratios(rhythm.days, trust, together(rhythm))


def ratios(counts: Sequence[float], trust: float, together: float) -> list[float]:
    """Each count to the mean, as far as they differ by more than chance; items come ``together`` at once."""
    mean = sum(counts) / len(counts)
    variance = sum([(count - mean) ** 2 for count in counts]) / len(counts)
    by_chance = mean * (2 * together - 1)  # of bursts whose lengths are themselves by chance
    if variance <= by_chance:
        return [1.0] * len(counts)
    trust *= 1 - by_chance / variance
    mean += _PRIOR
    return [1 + trust * ((count + _PRIOR) / mean - 1) for count in counts]


def together(rhythm: Rhythm) -> float:
    """How many items come at once, in a batch or a burst: 1 if each comes by itself."""
    return max(rhythm.items / max(rhythm.gaps * (1 - clumping(rhythm)), 1.0), 1.0)


def clumping(rhythm: Rhythm) -> float:
    """The share of items that come because another came just before: 0 by chance, towards 1 in bursts."""
    excess = rhythm.close - rhythm.by_chance - math.sqrt(rhythm.by_chance)
    return min(max(excess / (max(rhythm.gaps - rhythm.by_chance, 0.0) + _DOUBT), 0.0), 0.95)


def hours_between(begin: datetime, end: datetime) -> float:
    """Hours from one moment to another."""
    return (end - begin).total_seconds() / 3600


def whole_day(at: datetime) -> bool:
    """Whether a date tells no time of day."""
    return at.hour == at.minute == at.second == 0
