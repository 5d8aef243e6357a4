"""Texts of feeds made presentable: titles as plain text, markup without control characters."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_TAGS = re.compile(
    r"</?(?:a|abbr|acronym|b|big|blockquote|br|center|cite|code|del|dfn|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|nobr"
    r"|ol|p|pre|q|s|samp|script|small|span|strike|strong|style|sub|sup|table|tbody|td|tr|tt|u|ul|var|wbr)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"<(?:br|p|div|li|h[1-6])\b", re.IGNORECASE)
_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")
_CP1252 = {
    ord(bytes((code,)).decode("cp1252")): code
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_RELATIVE = re.compile(
    r"""(\s(?:href|src|poster)\s{0,3}=\s{0,3}["'])(?![a-z][a-z0-9+.-]{0,20}:|\#|["'])([^"'<>]{1,2000})""",
    re.IGNORECASE,
)


TITLE_LENGTH = 1000  #: characters of a title, a name or a category that are kept


def title(text: object) -> str | None:
    """One line of plain text: no tags, entities decoded (twice-escaped ones too), white space folded."""
    if not isinstance(text, str):
        return None
    bare = _TAGS.sub(_space_for_break, repaired(text))
    decoded = html.unescape(html.unescape(bare)) if "&" in bare else bare
    line = " ".join(scrubbed(decoded).split())
    return (line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…") or None


def markup(text: object) -> str | None:
    """HTML as the feed gives it, without control characters; None when there is nothing to see."""
    if not isinstance(text, str):
        return None
    return scrubbed(repaired(text)).strip() or None


def raw(text: object) -> str | None:
    """An identifier or date as it came, trimmed; numbers as text; None when blank."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return None
    return scrubbed(str(text)).strip() or None


def repaired(text: str) -> str:
    """Undo UTF-8 that was read as latin-1 or windows-1252 and encoded again, if all of the text was."""
    if not _TWICE.search(text):
        return text
    try:
        return text.translate(_CP1252).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def absolute(text: str | None, base: str) -> str | None:
    """Make relative addresses in markup absolute."""
    if not text or not base:
        return text
    return _RELATIVE.sub(lambda match: match[1] + joined(base, match[2].strip()), text)


def joined(base: str, address: str) -> str:
    """An address resolved against its base (RFC 3986 §5); as it is when it cannot be."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def scrubbed(text: str) -> str:
    """Without control characters and lone surrogates, which no file and no database takes."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def _space_for_break(tag: re.Match[str]) -> str:
    return " " if _BREAKS.match(tag[0]) else ""
