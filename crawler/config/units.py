"""Lengths of time and sizes as people write them, and the folder name of a wire."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)")
_BYTES = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip


def duration(value: object) -> timedelta:
    """Read ``"1.5s"``, ``"15m"``, ``"7d"`` or ``"1h 30m"``; raises ``ValueError``."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith("-") and _DURATION.search(text):
        raise ValueError("a length of time cannot be negative")
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError('write a length of time as text, such as "0s", "1.5s", "15m", "12h" or "7d"')
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError:
        raise ValueError("this length of time is too long") from None


def spelled(span: timedelta) -> str:
    """A length of time as it would be written: ``"15m"``, ``"36h"``, ``"2d"``."""
    seconds = span.total_seconds()
    unit = next((name for name in ("d", "h", "m") if seconds and seconds % _SECONDS[name] == 0), "s")
    return f'"{seconds / _SECONDS[unit]:g}{unit}"'


def size(value: object) -> int:
    """Read ``"10MB"`` or ``"512KiB"`` as bytes; raises ``ValueError``."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _sensible(value)
    text = value.strip() if isinstance(value, str) else ""
    match = _SIZE.fullmatch(text.removeprefix("-"))
    if match is None:
        raise ValueError('write a size as text, such as "10MB" or "512KiB"')
    found = min(float(match[1]) * _BYTES[match[2]], 2.0**63)
    return _sensible(int(-found if text.startswith("-") else found))


def _sensible(count: int) -> int:
    if count < 0:
        raise ValueError("a size cannot be negative")
    if count >= 2**62:
        raise ValueError("this size is too large")
    return count


def source_key(source: str) -> str:
    """The folder name of a wire: ``"PR Newswire"`` → ``"prnewswire"``."""
    return re.sub(r"[^a-z0-9]+", "", source.lower())[:40]
