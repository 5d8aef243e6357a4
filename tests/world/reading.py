"""What a response's headers promise or ask for, read anew: the judge trusts no code of the judged."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Mapping

HOUR, DAY = 3600.0, 86_400.0
MONTH = 30 * DAY  #: nobody, however he words it, is obeyed for longer
_FORMS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")


def http_date(text: str | None) -> float | None:
    """Seconds since 1970 of the three forms of RFC 9110 §5.6.7."""
    for form in _FORMS:
        try:
            return float(calendar.timegm(time.strptime((text or "").strip(), form)))
        except (ValueError, OverflowError):
            continue
    return None


def silence(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds of silence that a Retry-After demands, 0 to 30 days; None where it says nothing readable."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]+", value):
        return min(float(value[:15]) if len(value) <= 15 else MONTH, MONTH)
    moment = http_date(value)
    if moment is None:
        return None
    return min(max(moment - (http_date(headers.get("date")) or now), 0.0), MONTH)


def freshness(headers: Mapping[str, str], now: float) -> float:
    """Seconds for which a response says that it stays fresh, 30 days at most."""
    said = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if "no-cache" in said or "no-store" in said:
        return 0.0
    for part in said:
        name, _, value = part.partition("=")
        if name == "max-age":
            if not value.strip('"').isdigit():
                return 0.0
            age = headers.get("age", "0")
            return min(max(float(value.strip('"')) - float(age if age.isdigit() else 0), 0.0), MONTH)
    expires = http_date(headers.get("expires"))
    if expires is None:
        return 0.0
    return min(max(expires - (http_date(headers.get("date")) or now), 0.0), MONTH)
