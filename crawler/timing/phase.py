"""Each feed's own place in time, so that feeds do not come all at once; what no wish may exceed."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MONTH = timedelta(days=30)  #: nobody, however he words it, makes us wait longer
NONE = timedelta(0)

_JITTER, _LONGEST_JITTER = 0.1, timedelta(minutes=1)  # of the wait; only added: no gap gets shorter


def first_poll_at(seed: str, now: datetime, spread: timedelta) -> datetime:
    """When a feed is polled first: its own stable moment within ``spread`` from ``now``."""
    return now + spread * fraction(seed)


def jitter(wait: timedelta, seed: str) -> timedelta:
    """What is added to a wait, so that feeds do not align: stable for each feed, up to a minute."""
    return min(wait * _JITTER, _LONGEST_JITTER) * fraction(seed)


def fraction(seed: str) -> float:
    """A stable number in 0 ≤ x < 1 for every seed."""
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
