"""The file format: twelve keys of TOML front matter and a body of HTML on one line.

``render(parse(data)) == data`` for every file the crawler wrote, and ``parse(render(document)) ==
document`` for every document; Hugo publishes the file as it is.  Also the places of files.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from crawler.errors import DocumentError
from crawler.model import Claim, Draft

LONGEST = 64 * 2**20  #: bytes of a file that is read; a release with ten values of 1 MB has room

_FENCE = "+++"
_INTEGER = range(-(2**63), 2**63)  # TOML 1.0 promises no more
_SURROGATE = re.compile("[\ud800-\udfff]")
_PREFORMATTED = re.compile(r"<pre[\s>].*?</pre>", re.IGNORECASE | re.DOTALL)
# What Hugo would carry out wherever it stands: shortcodes, and its own marks for them and for summaries, at which,
# where they come from elsewhere, it stops and builds no page at all.
_COMMAND = re.compile(r"\{\{(?=[<%]|__hugo)|H(?=AHAHUGO|UGOMORE)|_(?=_hdeferred/|_h_pp_)")
_DEFERRED = "__hdeferred/"  # a mark that stops Hugo wherever a page shows it, in a title too
_INERT = dict.fromkeys(("source_link", "enclosure", "qrcode"), "%5F_hdeferred/") | {
    "summary": "&#95;_hdeferred/"
}
_LINE_END = re.compile(r"\r\n|[\n\r]")
# Not allowed in HTML, in XML (Hugo's own feed of the archive) or both.
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffe\uffff]")
# What TOML forbids raw, what some reader takes for the end of a line (NEL, U+2028, U+2029), and
# what shows nothing but turns the text around it (bidirectional controls, byte order mark).
_ESCAPED = [
    *range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A),
    0xFEFF, 0xFFFE, 0xFFFF,
]  # fmt: skip
_ESCAPES = {point: f"\\u{point:04X}" for point in _ESCAPED} | str.maketrans(
    {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r", '"': r"\"", "\\": r"\\"}
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
# One key, one value of one line: no tables, dotted keys or arrays, on which a TOML reader can be held.
_LINE = re.compile(r"""([A-Za-z0-9_-]+)[ \t]*=[ \t]*(?!\"""|''')["'tf0-9+-]""")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,199}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One archived article, as its file tells it.

    A value is what its file can hold: lone surrogates become U+FFFD, a body is one line.  So a
    document equals what is read back from its file.
    """

    title: str
    date: str  #: publication time, ``YYYY-MM-DDTHH:MM:SSZ``: text, because the file holds text
    draft: bool
    summary: str  #: HTML
    description: str  #: plain text
    source_link: str
    enclosure: str
    article_id: int
    feed_item_id: int
    url: str  #: last part of the article's public address, and the file's name
    qrcode: str
    source: str
    body: str  #: HTML blocks on one line

    def __post_init__(self) -> None:
        """Make every text one that a file can hold."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str):
                clean = _one_line(value) if field.name == "body" else _value(field.name, value)
                object.__setattr__(self, field.name, clean)


_KEYS = tuple(field.name for field in fields(Document) if field.name != "body")
_TYPES = {"draft": bool, "article_id": int, "feed_item_id": int}
_NAMES = {str: "text", bool: "true or false", int: "a whole number of 64 bits"}


# --------------------------------------------------------------------------- bytes


def compose(draft: Draft, claim: Claim, qrcode: str) -> Document:
    """An article with the numbers and the address that the archive gave it."""
    return Document(
        title=draft.title,
        date=_date_text(draft.date),
        draft=draft.draft,
        summary=draft.summary,
        description=draft.description,
        source_link=draft.source_link,
        enclosure=draft.enclosure,
        article_id=claim.article_id,
        feed_item_id=claim.feed_item_id,
        url=claim.url,
        qrcode=qrcode,
        source=draft.source,
        body=draft.body,
    )


def render(document: Document) -> bytes:
    """The file's bytes: the same for the same document, UTF-8, no newline at the end."""
    lines = [f"{key} = {_toml(getattr(document, key))}" for key in _KEYS]
    return "\n".join([_FENCE, *lines, _FENCE, "", document.body]).encode()


def parse(data: bytes) -> Document:
    """Read a file; raises ``DocumentError`` that says what is wrong with which line or key.

    Keys may stand in any order and values in any one-line form of TOML, so that a file mended by
    hand is read; linear in the file's size.
    """
    front, body = _split(data)
    values: dict[str, object] = {}
    for number, line in enumerate(front, start=2):
        key, value = _read(line, number)
        if key in values:
            raise DocumentError(f"line {number}: {key}: stands there twice; keep one")
        values[key] = value
    missing = [key for key in _KEYS if key not in values]
    if missing:
        raise DocumentError(f"front matter: {missing[0]}: is missing")
    return Document(**values, body=body)  # type: ignore[arg-type]  # _checked has looked at each


def is_tombstone(document: Document) -> bool:
    """Whether a file is what a takedown left: a draft that says nothing of what stood there.

    No other article is without a summary: where nothing is to be said, its summary is an empty paragraph.
    """
    return document.draft and not (document.summary or document.description or document.enclosure)


def _split(data: bytes) -> tuple[list[str], str]:
    """The lines of the front matter, and the body."""
    if len(data) > LONGEST:
        raise DocumentError(f"the file has {len(data)} bytes; no archived article has over {LONGEST}")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise DocumentError(f"byte {error.start}: not UTF-8") from None
    if not text.startswith(f"{_FENCE}\n"):
        raise DocumentError(f'line 1: is not "{_FENCE}": this is no archived article')
    front, fence, rest = text[len(_FENCE) :].partition(f"\n{_FENCE}\n")
    if not fence:
        raise DocumentError(f'the front matter has no end: no line is "{_FENCE}" after the first')
    if not rest.startswith("\n"):
        raise DocumentError("no empty line stands between front matter and body")
    return front.split("\n")[1:], rest[1:]


def _read(line: str, number: int) -> tuple[str, object]:
    match = _LINE.match(line)
    if match is None:
        raise DocumentError(f"line {number}: {line[:40]!r}: not a key and a value on one line")
    key = match[1]
    if key not in _KEYS:
        raise DocumentError(f"line {number}: {key[:40]}: unknown key; known are {', '.join(_KEYS)}")
    try:
        value = tomllib.loads(line)[key]
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"line {number}: {key}: not TOML: {str(error)[:120]}") from None
    return key, _checked(key, value, number)


def _checked(key: str, value: object, number: int) -> object:
    wanted = _TYPES.get(key, str)
    if type(value) is not wanted or (isinstance(value, int) and value not in _INTEGER):
        raise DocumentError(f"line {number}: {key}: must be {_NAMES[wanted]}")
    if key == "date" and not _is_date(str(value)):
        raise DocumentError(f"line {number}: date: must be a time such as 2025-02-26T21:10:16Z")
    return value


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # 30 February
        return False
    return True


def _toml(value: str | int) -> str:
    """A TOML value on one line; text as a basic string, from which nothing breaks out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return f'"{value.translate(_ESCAPES)}"'


def _value(key: str, text: str) -> str:
    """A text of the front matter; what is no markup and no address has no other spelling for an underscore."""
    return _SURROGATE.sub("\ufffd", text).replace(_DEFERRED, _INERT.get(key, "_\uff3fhdeferred/"))


def _one_line(body: str) -> str:
    """The body on one line that no reader takes for a fence or a command.

    Lines of preformatted text keep their ends as ``&#10;``; elsewhere HTML reads one as a space.
    """
    body = _SURROGATE.sub("\ufffd", body)
    body = _PREFORMATTED.sub(lambda block: _LINE_END.sub("&#10;", block[0]), body)
    body = _UNPRINTABLE.sub("\ufffd", " ".join(line for line in body.splitlines() if line))
    body = _COMMAND.sub(lambda mark: f"&#{ord(mark[0][0])};{mark[0][1:]}", body)
    if body.lstrip().startswith(_FENCE):
        body = body.replace("+", "&#43;", 1)
    return body


def _date_text(moment: datetime) -> str:
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return utc.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


# --------------------------------------------------------------------------- places


def document_path(source_key: str, date: datetime, url: str) -> str:
    """Where an article's file lies: ``content/<source>/<yyyy>/<mm>/<url>.md``."""
    return f"content/{_month(source_key, date)}/{_part(url)}.md"


def revision_path(source_key: str, date: datetime, url: str, number: int) -> str:
    """Where an older revision lies: ``revisions/<source>/<yyyy>/<mm>/<url>/<number>.md``."""
    return f"revisions/{_month(source_key, date)}/{_part(url)}/{number}.md"


def qrcode_path(source_key: str, date: datetime, code: str) -> str:
    """Where a QR image lies: ``static/<source>/qrcode/<yy><m>/<d>/<code>.webp``.

    Month and day have no leading zero: 26 February 2025 is ``252/26``; the year's two digits keep
    it unambiguous.
    """
    day = f"{date.year % 100:02}{date.month}/{date.day}"
    return f"static/{_part(source_key)}/qrcode/{day}/{_part(code)}.webp"


def qrcode_url(base: str, path: str) -> str:
    """A QR image's public address below ``base``: Hugo serves what is in ``static/`` at the root."""
    return f"{base.rstrip('/')}/{path.removeprefix('static/')}"


def _month(source_key: str, date: datetime) -> str:
    return f"{_part(source_key)}/{date.year:04}/{date.month:02}"


def _part(name: str) -> str:
    """A part of a path, from an alphabet in which nothing leads elsewhere."""
    if not _PART.fullmatch(name):
        raise DocumentError(f"{name[:80]!r} cannot be part of a path: only a-z, 0-9 and - can")
    return name
