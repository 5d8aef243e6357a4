"""Whole answers that are not what they should be: walls, odd items, wrong charsets, odd validators."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.wire.channel import cdata, tag
from tests.wire.reply import Reply

_HTML = "text/html; charset=utf-8"
_RSS = "application/rss+xml; charset=utf-8"
_DAY = datetime(2026, 5, 28, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Content:
    """What an address would serve if nothing failed."""

    body: bytes
    content_type: str

    def reply(self) -> Reply:
        """The healthy answer, with validators and both codings."""
        return Reply(
            self.body,
            self.content_type,
            etag=f'"{len(self.body):x}"',
            last_modified=_DAY,
            codings=("br", "gzip"),
        )


def _page(title: str, body: str, status: int = 200) -> Reply:
    text = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>'
    return Reply(text.encode(), _HTML, status=status)


def consent() -> Reply:
    """A wall that asks for consent before it shows anything."""
    return _page(
        "Before you continue",
        '<div role="dialog"><h1>Before you continue</h1><p>We and our 814 partners store and read information on your '
        "device, such as cookies, to show you advertising that fits, to measure how it works and to learn about our "
        "audience. You may accept this, refuse it, or choose in detail what we may do with your data.</p><p>Your choice "
        "holds for thirteen months and can be changed at any time under Privacy settings.</p>"
        '<form method="post" action="/consent"><button>Accept all</button><button>Reject all</button>'
        "<button>More options</button></form></div>",
    )


def challenge() -> Reply:
    """A bot wall: a script that has to run, and no text worth reading."""
    return _page(
        "Just a moment...",
        '<noscript>Enable JavaScript and cookies to continue</noscript><div id="challenge-running">'
        "Checking if the site connection is secure</div><script>window._challenge={ray:'8f1d',mode:'managed'};</script>",
    )


def not_a_feed() -> Reply:
    """An error page that says 200."""
    return _page(
        "Something went wrong", "<h1>Something went wrong</h1><p>Please try again in a few minutes.</p>"
    )


def empty() -> Reply:
    """Nothing at all."""
    return Reply(b"", _HTML)


def feed(title: str, items: Sequence[str], root: str = "") -> Reply:
    """A plain RSS feed of ready-made items."""
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"{tag('title', title)}{tag('link', root + '/')}{tag('description', title)}\n{''.join(items)}</channel></rss>\n"
    )
    return Reply(text.encode(), _RSS, etag=f'"{len(text):x}"', last_modified=_DAY, codings=("gzip",))


def item(
    title: str | None, link: str | None, *, date: datetime | str | None = _DAY, own: str | None = None
) -> str:
    """One RSS item; what is None is left out."""
    written = format_datetime(date) if isinstance(date, datetime) else date
    fields = [("title", title), ("link", link), ("pubDate", written)]
    parts = [f"<{name}/>" if text == "" else tag(name, text) for name, text in fields if text is not None]
    if own:
        parts.append(cdata("content:encoded", own))
    return f"<item>{''.join(parts)}</item>\n"


def empty_feed() -> Reply:
    """A feed without items."""
    return feed("Nothing today", ())


ODD_ITEMS: tuple[tuple[str, str], ...] = (
    ("no link", item("An item without a link", None)),
    ("no date", item("An item without a date", "ok?item=12", date=None)),
    ("future date", item("An item from the future", "ok?item=3", date=datetime(2031, 1, 1, tzinfo=UTC))),
    ("unreadable date", item("An item with a date nobody can read", "ok?item=4", date="soon, perhaps")),
    ("long title", item("Ältere Müller grüßen " * 13, "ok?item=5")),
    ("quoted title", item('"Quotes"\n+++\ntitle = "x"\n+++ and \'more\' \\ slashes', "ok?item=6")),
    ("twin title", item("Two items share this title", "ok?item=7")),
    ("twin title again", item("Two items share this title", "ok?item=8")),
    ("empty title", item("", "ok?item=9")),
    ("no title", item(None, "ok?item=10")),
    ("script link", item("An item that leads to a script", "javascript:alert(1)")),
    ("file link", item("An item that leads to a file", "file:///etc/hostname")),
    ("mail link", item("An item that leads to a letter box", "mailto:press@wire.example")),
    ("tags in title", item("<b>Bold</b> &amp;ldquo;title&amp;rdquo; <script>x</script>", "ok?item=13")),
    ("year one", item("An item of the year one", "ok?item=14", date="Mon, 01 Jan 0001 00:00:00 GMT")),
    ("control characters", item("A title with \u0085 and \u200b and \u202e in it", "ok?item=15")),
)


_TITLED = re.compile(r"<title>([^<]+)</title><link>(ok)\?item=(\d+)</link>")
#: The articles behind odd items bear their titles: identity → title as the feed tells it.
ODD_TITLES = {
    f"{match[2]}/#{match[3]}": html.unescape(match[1])
    for _, text in ODD_ITEMS
    if (match := _TITLED.search(text)) and "&lt;" not in match[1]
}


def items(root: str) -> Reply:
    """The feed whose items are odd."""
    return feed("Odd items", [text.replace(">ok?", f">{root}/fail/ok?") for _, text in ODD_ITEMS], root)


def messy() -> Reply:
    """Two items in XML that no strict parser takes."""
    text = (
        '\n<?xml version="1.0"?>\n<rss version="2.0"><channel><title>Messy & proud</title><link>/</link>'
        "<item><title>Bread&nbsp;& butter</title><link>ok?item=21</link><pubDate>Thu, 28 May 2026 09:30 GMT</pubDate></item>"
        "<item><title>An unclosed <b>tag</title><link>ok?item=22</link><pubDate>28 May 2026</pubDate></item></channel></rss>"
    )
    return Reply(text.encode(), "text/xml")


def charset(content: Content) -> Reply:
    """Says UTF-8 in the header and in the bytes, but they are windows-1252."""
    marks = "Café “Ångström” — naïve €".encode()
    text = content.body.replace(b"</h1>", b" " + marks + b"</h1>").replace(
        b"</title>", b" " + marks + b"</title>"
    )
    return Reply(text.decode().encode("cp1252", "replace"), content.content_type)


def retry_after(text: str) -> str:
    """``date:90`` is the HTTP date 90 seconds from now; everything else is sent as it stands."""
    if text.startswith("date:"):
        return format_datetime(datetime.now(UTC) + timedelta(seconds=int(text[5:])), usegmt=True)
    return text


def validators(content: Content, kind: str, count: int) -> Reply:
    """Odd validators; kinds that change do so with each request."""
    reply = Reply(content.body, content.content_type)
    tags = {
        "weak": 'W/"weak-1"', "unquoted": "unquoted-1", "huge": '"' + "e" * 8_000 + '"', "empty": '""',
        "spaced": '"a b, c"', "changing": f'"answer-{count}"', "etag-only": '"only"',
    }  # fmt: skip
    reply.etag = tags.get(kind)
    if kind == "last-modified-only":
        reply.last_modified = _DAY
    elif kind == "going-back":
        reply.last_modified = _DAY - timedelta(days=count)
    elif kind == "new-etag-with-304" and count > 1:
        return Reply(b"", content.content_type, status=304, headers={"ETag": f'"answer-{count}"'})
    elif kind == "always-304":
        return Reply(b"", content.content_type, status=304)
    elif kind == "new-etag-with-304":
        reply.etag = '"answer-1"'
    return reply
