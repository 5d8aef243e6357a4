"""Feed bytes → text: which encoding, and why; used by ``parse`` before anything reads the text.

Order: byte order mark, zero bytes, valid UTF-8, the declared encodings (Content-Type before the XML declaration,
RFC 7303 §3) unless they spell no language where another East Asian one does, then UTF-8 with single bytes of
windows-1252 between.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from crawler import eastasian

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZEROS = (
    (re.compile(rb"\s{0,8}\x00\x00\x00[<{\[]"), "utf-32-be"),
    (re.compile(rb"[<{\[]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"(?:\x00\s){0,8}\x00[<{\[]\x00"), "utf-16-be"),
    (re.compile(rb"(?:\s\x00){0,8}[<{\[]\x00[^\x00]"), "utf-16-le"),
)
_EBCDIC = b"\x4c\x6f\xa7\x94"  # "<?xm"
_IN_XML = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._:-]{1,40})["']""")
_IN_HEADER = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_SAFE = re.compile(
    r"utf-8|utf-16|utf-32|iso8859|iso2022|cp\d|mac|koi8|gb|big5|euc|shift|johab|tis|ptcp|kz|hz|latin"
)
_WIDER = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949",
}  # fmt: skip
_CP1252 = {
    code: bytes((code,)).decode("cp1252", "replace")
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and how it was read."""

    text: str
    charset: str
    note: str | None = None  #: when the declaration was wrong or missing, in plain words


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read bytes as text; never raises, whatever the bytes declare."""
    for mark, name in _MARKS:
        if body.startswith(mark) and name == "utf-8":
            return _by_declaration(body[len(mark) :], ["utf-8"])
        if body.startswith(mark):
            return Decoded(body[len(mark) :].decode(name, "replace"), name)
    for pattern, name in _ZEROS:
        if pattern.match(body):
            return Decoded(body.decode(name, "replace"), name, f"read as {name}, which it does not mark")
    if body.startswith(_EBCDIC):
        return Decoded(body.decode("cp037", "replace"), "cp037")
    return _by_declaration(body, _declared(body, content_type))


def _declared(body: bytes, content_type: str) -> list[str]:
    """The encodings that header and document name, known and harmless ones only, in their wider forms."""
    header = _IN_HEADER.search(content_type)
    document = _IN_XML.search(body[:1000])
    names = [header[1] if header else "", document[1].decode("ascii") if document else ""]
    return [known for name in names if name and (known := _codec(name))]


def _codec(name: str) -> str | None:
    """Python's name of a declared encoding; None for unknown ones and for codecs that are no encodings.

    Names such as ``punycode``, ``undefined`` or ``unicode_escape`` are Python's own and fail or mislead.
    """
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    known = _WIDER.get(known, known)
    return known if _SAFE.match(known) else None


def _by_declaration(body: bytes, declared: list[str]) -> Decoded:
    shifting = [name for name in declared if name.startswith(("iso2022", "hz"))]
    if shifting and b"\x1b" in body:
        return Decoded(body.decode(shifting[0], "replace"), shifting[0])
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(body, declared)
    wrong = [name for name in declared if name not in {"utf-8", "cp1252"}]
    if not wrong or text.isascii():
        return Decoded(text, "utf-8")
    return Decoded(text, "utf-8", f"read as utf-8, though {wrong[0]} is declared")


def _not_utf8(body: bytes, declared: list[str]) -> Decoded:
    others = [name for name in declared if name != "cp1252" and not name.startswith("utf-")]
    if spelled := _spelled(body, others):
        note = f"though {declared[0]} is declared" if declared else "which it does not declare"
        return Decoded(body.decode(spelled, "replace"), spelled, f"read as {spelled}, {note}")
    for name in others:  # of UTF-16 and UTF-32 the zero bytes would have been seen
        try:
            return Decoded(body.decode(name), name)
        except UnicodeError:
            continue
    if others and (text := body.decode(others[0], "replace")).count("\ufffd") * 1000 <= len(text):
        return Decoded(text, others[0], f"holds bytes that {others[0]} does not know")
    return _mixed(body, declared)


def _spelled(body: bytes, declared: list[str]) -> str | None:
    """The East Asian encoding of bytes that declare none, or one in which they spell nothing."""
    if _is_mostly_utf8(body):
        return None
    return eastasian.mistaken(body, declared[0]) if declared else eastasian.guess(body)


def _is_mostly_utf8(body: bytes) -> bool:
    """Of the bytes beyond ASCII, are most UTF-8?"""
    kept = body.decode("utf-8", "ignore")
    readable = len(kept.encode())
    return readable - len(kept.encode("ascii", "ignore")) > len(body) - readable


def _mixed(body: bytes, declared: list[str]) -> Decoded:
    """UTF-8 with strays, or windows-1252 throughout: the more frequent one decides."""
    if _is_mostly_utf8(body):
        text = body.decode("utf-8", "surrogateescape").translate(_STRAYS)
        return Decoded(text, "utf-8", "holds bytes that are not utf-8, read as windows-1252")
    text = body.decode("latin-1").translate(_CP1252)
    note = None if "cp1252" in declared else "read as windows-1252, which it does not declare"
    return Decoded(text, "cp1252", note)


_STRAYS = {0xDC00 + code: _CP1252.get(code, chr(code)) for code in range(0x80, 0x100)}
