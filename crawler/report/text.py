"""Foreign text made safe for a terminal, and small formats for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

#: C0, DEL, C1, the bidirectional controls that can reorder a line (CVE-2021-42574), and lone surrogates,
#: which no stream can write.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def safe(text: object) -> str:
    """``text`` on one line, with everything that could steer a terminal made visible."""
    line = re.sub(r"[\t\n\u2028\u2029]+", " ", str(text))
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", line)


def word(value: object) -> str:
    """Any value as people read it, on one line: nothing for None, yes and no, ``"404 2, timeout 1"``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return safe(", ".join(f"{name} {count}" for name, count in value.items()))
    return safe(value)


def ago(then: datetime | None, now: datetime) -> str:
    """``"3 min ago"``, ``"in 2 h"``, ``"never"``."""
    if then is None:
        return "never"
    seconds = (now - then).total_seconds()
    words = length(timedelta(seconds=abs(seconds)))
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def length(span: timedelta) -> str:
    """A length of time in its largest useful unit."""
    seconds = span.total_seconds()
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}" if seconds >= 10 * unit else f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} s"


def size(count: int | None) -> str:
    """Bytes in kB, MB or GB (powers of ten)."""
    if count is None:
        return ""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} B"


def counted(number: int, name: str, names: str = "") -> str:
    """``"1 article"``, ``"2 articles"``; ``names``: a plural that is not made by an s."""
    return f"{number} {name if number == 1 else names or name + 's'}"


def instant(text: str | None) -> datetime | None:
    """An instant as the store writes it."""
    if not text:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
