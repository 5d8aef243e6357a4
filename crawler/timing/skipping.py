"""Hours and days in which a feed does not want to be asked (RSS 2.0 skipHours, skipDays; GMT)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.model import Hints
from crawler.timing.phase import HOUR, fraction

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def after_skipped(moment: datetime, hints: Hints, seed: str) -> datetime:
    """The first moment from ``moment`` on in no skipped hour or day.

    A feed that skips every hour or day skips none: then it is a mistake, and heeding it would
    disable the feed.
    """
    if not hints.skip_hours and not hints.skip_days:
        return moment
    hours = {hour % 24 for hour in hints.skip_hours if 0 <= hour <= 24}
    days = {_WEEK.index(day) for name in hints.skip_days if (day := name.strip().lower()) in _WEEK}
    hours = hours if len(hours) < 24 else set()
    days = days if len(days) < 7 else set()
    moment = moment.astimezone(UTC)
    while moment.hour in hours or moment.weekday() in days:
        next_hour = moment.replace(minute=0, second=0, microsecond=0) + HOUR
        moment = next_hour + timedelta(minutes=59) * fraction(seed)
    return moment
