"""Why bytes are no feed, in plain words for whoever reads the log."""

from __future__ import annotations

import re

_SIGNATURES = (
    (b"\x1f\x8b", "gzip bytes that were not decompressed"),
    (b"\x28\xb5\x2f\xfd", "zstd bytes that were not decompressed"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
)
_HTML = re.compile(r"<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,200})", re.IGNORECASE)
_WALL = re.compile(
    r"just a moment|captcha|are you (?:a )?(?:human|robot)|unusual traffic|bot detection|access denied"
    r"|cf-chl|challenge-platform|enable javascript|pardon our interruption|request blocked",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|cookie[- ]?(?:consent|wall)|consent\.|privacy choices", re.IGNORECASE
)
_ROOT = re.compile(r"<([A-Za-z][\w.:-]{0,60})")
_HEAD = 20_000  #: characters that are looked at


def of_bytes(body: bytes) -> str | None:
    """The reason visible in the bytes themselves; None when they may be text."""
    if not body.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        return "the body is empty"
    return next((f"the body is {what}" for mark, what in _SIGNATURES if body.startswith(mark)), None)


def of_html(text: str) -> str | None:
    """The reason when a text is an HTML page; None when it is none."""
    head = text[:_HEAD]
    start = _ROOT.search(head)
    page = _HTML.search(head)
    if page is None or (start and start.start() < page.start()):
        return None
    title = _TITLE.search(head)
    named = f' titled "{" ".join(title[1].split())}"' if title and title[1].strip() else ""
    if _WALL.search(head):
        return f"the body is a bot wall, an HTML page{named}"
    if _CONSENT.search(head):
        return f"the body is a consent page in HTML{named}"
    return f"the body is an HTML page{named}"


def of_text(text: str) -> str:
    """The reason for a text in which no feed was found."""
    start = _ROOT.search(text[:_HEAD])
    if start and text.lstrip("\ufeff \t\r\n").startswith("<"):
        return f"the body is XML or HTML without a feed; its first element is <{start[1]}>"
    return "the body is plain text, not a feed"
