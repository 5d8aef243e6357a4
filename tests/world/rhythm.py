"""When a newsroom posts: Poisson with a profile over hours and weekdays, now and then a burst."""

from __future__ import annotations

import math
import random

DAY = 86_400.0


def weight(kind: str, moment: float, monday: int) -> float:
    """How busy the newsroom is at ``moment`` (seconds from the beginning), 0 to 1; day 0 is weekday ``monday``."""
    hour = moment % DAY / 3600
    weekday = (int(moment // DAY) + monday) % 7
    if kind == "steady":
        return 1.0
    day = math.exp(-((hour - 14) ** 2) / 18)  # most releases leave between nine and six
    if kind == "weekly":
        return 1.0 if weekday == 1 and 8 <= hour < 20 else 0.04
    return (0.15 + 0.85 * day) * (0.25 if weekday >= 5 else 1.0)


def posts(
    chance: random.Random, *, kind: str, rate: float, days: float, before: int, monday: int
) -> list[float]:
    """Moments of posting from ``before`` items ahead of the beginning to ``days`` after it, sorted.

    ``rate``: items a day in the busiest hours; a ``bursty`` newsroom posts three to nine at a time.
    """
    moments = sorted(-chance.uniform(0, 3 * DAY) for _ in range(before))
    moment, end = 0.0, days * DAY
    while True:
        moment += chance.expovariate(rate) * DAY
        if moment >= end:
            return moments
        if chance.random() >= weight(kind, moment, monday):
            continue
        size = chance.randint(3, 9) if kind == "bursty" and chance.random() < 0.2 else 1
        moments += [moment + 30 * number for number in range(size)]
        moment = moments[-1]
