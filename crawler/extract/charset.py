"""Bytes of a page → UTF-8, with the encoding they were read with and who named it.

Decided once per page (WHATWG Encoding, HTML §13.2.3), with one change: bytes that are valid UTF-8
are UTF-8 whatever was declared, because text in another encoding is hardly ever valid UTF-8.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass

from trafilatura.utils import detect_encoding

from crawler import eastasian

SIZE_LIMIT = 6_000_000
"""Bytes of markup that are read, as UTF-8; the rest of a larger page is not looked at."""

_HEAD = 4096  #: bytes in which a page may declare its encoding; HTML asks for the first 1024
_SAMPLE = 20_000  #: bytes from which an undeclared encoding is guessed
_META = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_SPACES = bytes.maketrans(b"\x0b\x0c", b"  ")  #: what ends a page or a line on paper still parts words
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\x0b\x0c\r")
_BOMS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))

#: Python codec: labels (WHATWG Encoding §4.2).  Codecs that are no text encodings are not reachable.
_NAMES = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 x-unicode20utf8",
    "cp1252": "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 ascii us-ascii",
    "gb18030": "gb18030 gbk gb2312 x-gbk gb_2312-80 chinese csgb2312 euc-cn iso-ir-58",
    "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5 csbig5",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932 ms932 csshiftjis",
    "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp949": "euc-kr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949 cp949 cseuckr uhc",
    "cp874": "windows-874 tis-620 iso-8859-11 dos-874",
    "cp1254": "windows-1254 cp1254 iso-8859-9 iso8859-9 latin5 l5",
    "koi8_r": "koi8-r koi8 koi",
    "koi8_u": "koi8-u koi8-ru",
    "cp866": "ibm866 cp866 866",
    "mac_roman": "macintosh x-mac-roman",
    "utf-16-le": "utf-16 utf-16le unicode ucs-2",
    "utf-16-be": "utf-16be",
}  # fmt: skip
_NAMES |= {
    f"cp{page}": f"windows-{page} cp{page} x-cp{page}" for page in (1250, 1251, 1253, 1255, 1256, 1257, 1258)
}
_NAMES |= {f"iso8859_{n}": f"iso-8859-{n} iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)}
_CODECS = {label: codec for codec, labels in _NAMES.items() for label in labels.split()}


_LATIN = frozenset(
    f"{family}_{number}"
    for family in ("iso8859", "iso_8859", "latin")
    for number in (1, 2, 4, 9, 10, 13, 15, 16)
) | {
    "cp1250",
    "cp1252",
    "cp1254",
    "cp1257",
    "cp437",
    "cp850",
    "cp858",
    "mac_roman",
    "mac_latin2",
    "cp775",
    "cp852",
}
_CENTRAL = re.compile(
    rb"<html[^>]{0,300}\blang\s*=\s*[\"']?(?:pl|cs|sk|hu|hr|sl|ro|sq|bs|lt|lv|et|tr)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A page's markup as clean UTF-8."""

    markup: bytes  #: without byte order mark and control characters
    charset: str  #: Python's name of the codec
    source: str  #: "bom", "header", "meta", "utf-8", "detected" or "fallback"


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read ``body`` as text; never fails, undecodable bytes become U+FFFD."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :].decode(codec, "replace"), codec, "bom")
    declared = _declared(body, content_type)
    wide = _wide(body, declared)
    if wide:
        return wide
    if _is_utf8(body, declared):
        source = next((source for codec, source in declared if codec == "utf-8"), "utf-8")
        return Decoded(markup=_clean(body), charset="utf-8", source=source)
    for text, codec, source in _readings(body, declared):
        if text is not None:
            return _decoded(text, codec, source)
    return _decoded(body.decode("cp1252", "replace"), "cp1252", "fallback")


def _declared(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """The codecs that header and document name, the more credible first."""
    header = _HEADER.search(content_type)
    meta = _META.search(body, 0, _HEAD)
    names = [(header[1], "header")] if header else []
    if meta:
        names.append((meta[1].decode("ascii", "replace"), "meta"))
    found = [(codec, source) for name, source in names if (codec := _CODECS.get(name.lower()))]
    # Latin-1 in a header is often a server's default; what the document says of itself is then better.
    return found[::-1] if found and found[0][0] == "cp1252" else found


def _wide(body: bytes, declared: list[tuple[str, str]]) -> Decoded | None:
    """UTF-16 without a mark: every other byte of its markup is zero."""
    head = body[:400]
    if head.count(0) * 5 < len(head) * 2 or len(head) < 8:
        return None
    codec = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    named = next((source for name, source in declared if name.startswith("utf-16")), None)
    return _decoded(body.decode(codec, "replace"), codec, named or "detected")


def _is_utf8(body: bytes, declared: list[tuple[str, str]]) -> bool:
    if b"\x1b" in body and any(codec == "iso2022_jp" for codec, _ in declared):
        return False  # seven-bit Japanese is valid UTF-8 too
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _readings(body: bytes, declared: list[tuple[str, str]]) -> Iterator[tuple[str | None, str, str]]:
    """Ways to read ``body``, the best first; the text is None where a way fails."""
    # A page that was no UTF-16 above only calls itself so (HTML §13.2.3.2 step 8).
    declared = [(codec, source) for codec, source in declared if not codec.startswith("utf-16")]
    spelled = [codec for codec in [eastasian.guess(body)] if codec]
    # Almost any bytes can be read as windows-1252, and it is often a server's or a template's default.
    if declared and all(codec == "cp1252" for codec, _ in declared):
        for codec in spelled:
            yield _strict(body, codec), codec, "detected"
    elif declared and (meant := eastasian.mistaken(body, declared[0][0])):
        yield _strict(body, meant), meant, "detected"
    for codec, source in declared:
        yield _strict(body, codec), codec, source
    for codec, source in [*declared, ("utf-8", "utf-8")]:
        yield _damaged(body, codec), codec, source
    for guess in spelled + detect_encoding(body[:_SAMPLE]):
        codec = _usual(guess, body)
        yield _strict(body, codec), codec, "detected"


def _usual(guess: str, body: bytes) -> str:
    """Of the look-alike Latin encodings the one that pages of the document's language use.

    Statistics cannot tell them apart on the few accented letters of a Western page (HTML §13.2.3.2
    step 9 goes by the language too).
    """
    if guess.lower().replace("-", "_") not in _LATIN or _CENTRAL.search(body, 0, _HEAD):
        return guess
    return "cp1252"


def _strict(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None


def _damaged(body: bytes, codec: str) -> str | None:
    """The text, if most of its non-ASCII characters are sound: a cut or spliced page."""
    text = body.decode(codec, "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    return text if good > bad else None


def _decoded(text: str, codec: str, source: str) -> Decoded:
    return Decoded(markup=_clean(text.encode("utf-8", "replace")), charset=codec, source=source)


def _clean(markup: bytes) -> bytes:
    """Without the characters that XML forbids and lxml refuses; cut at the limit."""
    if len(markup) > SIZE_LIMIT:
        markup = markup[:SIZE_LIMIT].decode("utf-8", "ignore").encode()
    return (
        markup.translate(_SPACES, _CONTROLS).replace("\ufffe".encode(), b"").replace("\uffff".encode(), b"")
    )
