"""What a feed is about, and the small pieces that RSS, RDF, Atom and JSON Feed share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from tests.wire.wires import FeedPlace, Posting, Site

__all__ = ["Channel", "cdata", "escape", "http_date", "quoteattr", "rfc822", "tag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A feed at the moment it is asked for: the newest postings first."""

    site: Site
    place: FeedPlace
    postings: tuple[Posting, ...]

    @property
    def title(self) -> str:
        """Name of the wire, and of the topic if there is one."""
        topic = f": {self.place.topic}" if self.place.topic else ""
        return f"{self.site.wire.name}{topic}"

    @property
    def url(self) -> str:
        """The feed's own address."""
        return self.site.base_url + self.place.path

    @property
    def updated(self) -> datetime:
        """When anything in it last changed."""
        moments = [posting.release.updated for posting in self.postings]
        return max(moments, default=datetime(2020, 1, 1, tzinfo=UTC))


def tag(name: str, text: str, attributes: str = "") -> str:
    """An element with escaped text, or nothing when there is no text."""
    return f"<{name}{attributes}>{escape(text)}</{name}>" if text else ""


def cdata(name: str, text: str) -> str:
    """An element whose text is a CDATA section."""
    return f"<{name}><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"


def rfc822(moment: datetime, *, minutes: bool = False) -> str:
    """The date as RSS has it; without seconds as one wire writes it."""
    if minutes:
        return moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M GMT")
    return format_datetime(moment)


def http_date(moment: datetime) -> str:
    """IMF-fixdate (RFC 9110 §5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
