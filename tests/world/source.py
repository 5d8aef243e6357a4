"""A feed as its newsroom keeps it: what stands in it at any moment, and how its server vouches for it."""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

BEGIN = 1_767_225_600.0  #: 2026-01-01T00:00Z, the world's beginning
MONDAY = 3  #: its weekday, Monday 0

Pair = tuple[str | None, str | None]  #: ETag, Last-Modified
#: How a server vouches for what it sends (P02).
VALIDATORS = (
    "both",
    "etag",
    "lm",
    "weak",
    "unquoted",
    "lm-back",
    "etag-on-304",
    "huge",
    "etag-odd",
    "none",
    "lying",
)


def http_date(moment: float) -> str:
    """The moment (seconds from the beginning) in the form of RFC 9110."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(BEGIN + moment))


@dataclass(slots=True, kw_only=True)
class Move:
    """A feed's address says that it is elsewhere, or nowhere."""

    status: int  #: 301, 302, 303, 307, 308: to ``path`` of ``host``; 410: gone
    since: float
    until: float = float("inf")
    host: str = ""
    path: str = ""


@dataclass(slots=True, kw_only=True)
class Source:
    """A feed: ``moments`` are when it gets an item."""

    name: str
    host: str
    path: str
    moments: list[float]
    window: int = 10
    validators: str = "both"
    dialect: Literal["json", "rss"] = "json"
    fresh: str = ""  #: a key of ``server.FRESH``
    ttl: int | None = None  #: minutes, in an RSS feed
    skip_hours: tuple[int, ...] = ()
    links: bool = False  #: items lead to pages on the same host
    move: Move | None = None
    lies_from: float | None = None  #: from then on it answers 304 to whoever asks conditionally
    told: int = 0  #: 304s sent: of ``etag-on-304``
    _bodies: dict[int, bytes] = field(default_factory=dict)

    def number(self, moment: float) -> int:
        """How many items there have been by then; the feed's version."""
        return bisect_right(self.moments, moment)

    def pair(self, number: int) -> Pair:
        """The validators of a version, byte for byte as sent."""
        made = http_date(self.moments[number - 1] if number else 0.0)
        tag = f'"{self.name}-{number}"'
        kinds: dict[str, Pair] = {
            "both": (tag, made),
            "etag": (tag, None),
            "lm": (None, made),
            "weak": (f"W/{tag}", made),
            "unquoted": (tag.strip('"'), None),
            "lm-back": (tag, http_date(-self.moments[number - 1] % 9e6 if number else 0.0)),
            "etag-on-304": (f'"{self.name}-{number}-{self.told}"', made),
            "huge": (f'"{self.name}-{number}-{"x" * 8000}"', made),
            "etag-odd": (f'"{self.name};{number} <=>!\\"', "yesterday, more or less"),
            "none": (None, None),
            "lying": (tag, made),
        }
        return kinds[self.validators]

    def body(self, number: int) -> bytes:
        """The feed's bytes at a version."""
        made = self._bodies.get(number)
        if made is None:
            self._bodies.clear()
            made = self._bodies[number] = self._written(number)
        return made

    def page(self, item: int) -> str:
        """The path of an item's page."""
        return f"/r/{self.name}/{item}"

    def _written(self, number: int) -> bytes:
        items = range(number, max(0, number - self.window), -1)
        return self._rss(items) if self.dialect == "rss" else self._json(items)

    def _json(self, items: range) -> bytes:
        told = [
            {
                "id": f"{self.name}-{item}",
                "title": "Lanternfield opens a second plant",
                "date_published": time.strftime(
                    "%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN + self.moments[item - 1])
                ),
                **(
                    {"url": f"https://{self.host}{self.page(item)}?utm_source=feed#top"} if self.links else {}
                ),
            }
            for item in items
        ]
        version = "https://jsonfeed.org/version/1.1"
        return json.dumps({"version": version, "title": self.name, "items": told}).encode()

    def _rss(self, items: range) -> bytes:
        told = "".join(
            f'<item><title>Lanternfield opens a second plant</title><guid isPermaLink="false">{self.name}-{item}'
            f"</guid><pubDate>{http_date(self.moments[item - 1])}</pubDate>"
            + (f"<link>https://{self.host}{self.page(item)}?utm_source=feed#top</link>" if self.links else "")
            + "</item>"
            for item in items
        )
        hours = "".join(f"<hour>{hour}</hour>" for hour in self.skip_hours)
        hints = (f"<ttl>{self.ttl}</ttl>" if self.ttl else "") + (
            f"<skipHours>{hours}</skipHours>" if hours else ""
        )
        head = f"<title>{self.name}</title><link>https://{self.host}/</link><description>-</description>"
        return (
            f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{hints}{told}</channel></rss>'.encode()
        )
