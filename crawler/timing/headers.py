"""What a response's headers say of time: Retry-After, Cache-Control, Age, Expires, Date."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from crawler.timing.phase import MONTH, NONE

_SECONDS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DIGITS = re.compile(r"[0-9]+")
_DIRECTIVE = re.compile(r'([^\s,;="]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,"]*)))?')


def retry_after(value: str | None, date_header: str | None, now: datetime) -> datetime | None:
    """Read Retry-After (RFC 9110 §10.2.3): the moment it names, between ``now`` and 30 days on.

    Seconds count from ``now``; a date counts from the response's own Date, so that a wrong clock
    over there does no harm.  What is neither (``1e9``, other scripts' digits, nothing) is None.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return now + _clamped(float(text))
    moment = _http_date(text)
    if moment is None:
        return None
    return now + _clamped((moment - (_http_date(date_header) or now)).total_seconds())


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a response stays fresh (RFC 9111 §4.2), 30 days at most; None where it says nothing.

    ``max-age`` minus Age, else Expires minus Date.  ``no-cache``, ``no-store`` and values that
    cannot be read mean: stale now.  Header names are lower case.
    """
    directives: dict[str, str] = {}
    for name, quoted, token in _DIRECTIVE.findall(headers.get("cache-control", "")):
        directives.setdefault(name.lower(), quoted or token)
    if "no-cache" in directives or "no-store" in directives:
        return NONE
    if "max-age" in directives:
        age = _DIGITS.fullmatch(headers.get("age", "").strip())
        lasts = _DIGITS.fullmatch(directives["max-age"])
        return _clamped(float(lasts[0]) - float(age[0] if age else 0)) if lasts else NONE
    if "expires" not in headers:
        return None
    expires = _http_date(headers["expires"])
    received = _http_date(headers.get("date")) or now
    return _clamped((expires - received).total_seconds()) if expires else NONE


def _clamped(seconds: float) -> timedelta:
    if math.isnan(seconds):  # two endless numbers, one minus the other
        return NONE
    return timedelta(seconds=min(max(seconds, 0.0), MONTH.total_seconds()))


def _http_date(text: str | None) -> datetime | None:
    """Read any of the three forms of RFC 9110 §5.6.7, as UTC."""
    if not text or not text.isascii():  # int() would read every script's digits
        return None
    try:
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
