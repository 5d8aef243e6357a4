"""Telling prose from what surrounds it: datelines, cut teasers, boilerplate, HTML of feeds.

The wording knowledge behind ``summary.py``; ``article.py`` uses the plain-text conversion.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

MARKUP_LIMIT = 20_000  #: characters of a feed's HTML that are read; a summary is never longer
HEAD = 300  #: characters at the start of a block in which a dateline can stand

_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr li ol p pre section table td th tr ul".split()
)
_HIDDEN = frozenset({"script", "style", "template", "noscript"})
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_MARKED = re.compile(r"<!\[(?:CDATA\[)?|\]\]>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ud800-\udfff]")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden = tag
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.hidden:
            self.hidden = ""
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def clean(text: str) -> str:
    """``text`` on one line: runs of white space are one space, controls are gone."""
    return " ".join(_CONTROL.sub("", text.replace("\x85", " ")).split())


def plain(markup: str) -> str:
    """HTML (escaped once or twice) or text as plain text, one block a line."""
    text = markup[:MARKUP_LIMIT]
    for _ in range(2):
        if "<" not in text and "&" not in text:
            break
        text = _unmarked(text)
        if not _TAG.search(text):
            break
    return "\n".join(line for line in map(clean, text.split("\n")) if line)


def _unmarked(markup: str) -> str:
    parser = _Text()
    # White space of the source is no line end; a marked section that is no CDATA would raise.
    parser.feed(_MARKED.sub("", markup if not _TAG.search(markup) else markup.replace("\n", " ")))
    parser.close()
    return "".join(parser.parts)


# --------------------------------------------------------------------------- datelines

_MONTH = (
    r"(?:jan|ene|gen|feb|fév|fev|febr|mar|mär|mrz|apr|avr|abr|may|mai|mag|mei|jun|juin|giu|jul|juil|lug|"
    r"aug|aoû|aou|ago|sept?|set|oct|okt|out|ott|nov|dec|dez|déc|dic)[a-zäéûç]{0,7}\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|\.)?"
_ZONE = r"(?:\s+(?:Eastern|Central|Mountain|Pacific|[ECMP][SD]?T|GMT|UTC|CES?T|Uhr))?"
_DATE = (
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}[.,]?\s+)?(?:(?:le|el|den|am|dated?)\s+)?"
    rf"(?:{_MONTH}\s*{_DAY}(?:,?\s*\d{{4}})?|{_DAY}\s*(?:de\s+|of\s+)?{_MONTH}(?:,?\s*(?:de\s+)?\d{{4}})?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}年\s?\d{1,2}月\s?\d{1,2}日)"
    rf"(?:\s*[,@]?\s*(?:at\s+)?\d{{1,2}}:\d\d(?:\s*[ap]\.?m\.?)?{_ZONE})?(?![\w%])"
)
_WIRE_WORD = (
    r"wire|news|presse?|\bPR\b|\bots\b|\bdpa\b|\bAP\b|\bAFP\b|\bAPA\b|\bANI\b|\bIANS\b|\bCNW\b|\bEQS\b|"
    r"reuters|marketwired|xinhua|bernama|menafn|通信|通讯社|新华社|美通社"
)
_PIECE = re.compile(
    r"(?P<gap>[\s,、，|·;]+(?![-–—―\s]))"
    rf"|(?P<wire>[(（\[](?:[^()（）\[\]\n]{{0,60}}?(?:{_WIRE_WORD}))[^()（）\[\]\n]{{0,60}}[)）\]]"
    rf"|/\s?[^/\n]{{2,50}}?\s?/(?![\w/])|[【［（(\[][^】］）)\]\n]{{0,40}}?{_DATE}[】］）)\]]|\A--?\s?[A-Z][\w .]{{2,30}}--)"
    rf"|(?P<date>{_DATE})"
    r"|(?P<dash>\s*(?:[-–—―]{2,}|[–—―])[\s–—―-]*|\s+-\s+|[.:]\s+)"
    r"|(?P<place>(?-i:[A-ZÀ-ÖØ-Þ](?:-?[\w.'’&])*)|(?:of|de|la|le|del|der|am|an|and|sur|the)\b"
    r"|[\u3040-\u30ff\u3400-\u9fff]{1,10}?(?=[、，,\s\d（(/【\[-]))",
    re.IGNORECASE,
)


def strip_dateline(text: str) -> str:
    """``text`` without the dateline it begins with; ``""`` if it is nothing but a dateline.

    A dateline is a run of place, date and wire's name, closed by dashes:
    ``NEW YORK, March 3, 2025 (GLOBE NEWSWIRE) -- ``, ``PARIS, le 3 mars 2025 – ``, ``DALLAS — ``.
    """
    return text[_dateline(text[:HEAD]) :].lstrip(" ,-–—―:\xa0")


def _dateline(head: str) -> int:
    """Where the dateline at the start of ``head`` ends; 0 if there is none."""
    end = position = 0
    marks: set[str] = set()
    segment: list[tuple[str, str]] = []
    while match := _PIECE.match(head, position):
        kind, position = str(match.lastgroup), match.end()
        if kind == "dash":
            found = {name for name, _ in segment if name in {"wire", "date"}}
            if not _closes(segment, found, marks, head[position : position + 1]):
                return end
            marks |= found | {"place"}
            end = position if marks != {"place"} or _shouted(segment, match[0], head[position:]) else end
            segment = []
        elif kind != "gap":
            segment.append((kind, match[0]))
            if match[0].endswith("/") and "date" in {name for name, _ in segment}:
                end = position
    names = {name for name, _ in segment}
    return len(head) if position == len(head) and names & {"wire", "date"} else end


def _closes(segment: list[tuple[str, str]], found: set[str], marks: set[str], following: str) -> bool:
    """Whether what stands before a dash is part of a dateline."""
    words = [text for kind, text in segment if kind == "place"]
    if found or not segment:
        return len(words) <= 8
    # A bare name after the place was said is the company, not another place.
    return len(words) <= 5 and ("place" not in marks or (len(words) > 1 and not following.islower()))


def _shouted(segment: list[tuple[str, str]], dash: str, rest: str) -> bool:
    """``DALLAS — Students``: a place in capitals is a dateline by itself, ``NASA – the agency`` is not."""
    first = segment[0][1] if segment else ""
    return (
        len(first) > 3
        and first.isupper()
        and dash.strip(" \xa0") not in {"-", ".", ":"}
        and rest[:1].isupper()
    )


# --------------------------------------------------------------------------- cut, whole, boilerplate

_CUT = re.compile(
    r"(?:…|\.\.\.|\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.|more|cont\.?)\s*\)"
    r"|(?:read|continue reading|learn|see|view) (?:the )?(?:full |more|rest|story|article|release)[^.!?]{0,60}"
    r"|continue reading|weiterlesen|mehr lesen|leer más|seguir leyendo|lire la suite|en savoir plus|続きを読む|阅读更多)"
    r"[\s»›→>&.\])]*\Z",
    re.IGNORECASE,
)
_TRAILER = re.compile(
    r"\s*(?:The post\b.{0,400}\bappeared first on\b.{0,120}|Der Beitrag\b.{0,400}\berschien zuerst auf\b.{0,120}"
    r"|La entrada\b.{0,400}\bse publicó primero en\b.{0,120}|L’article\b.{0,400}\best apparu en premier sur\b.{0,120})\Z",
    re.IGNORECASE | re.DOTALL,
)
_END = re.compile(r"[.!?。！？｡](?:[\"'”’»«“)\]」』）\d])*\Z")
_START = re.compile(r"[\"'“‘«„»¿¡(「『（$€£#@\[]*[^\W_]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TAIL = re.compile(
    r"(?:About (?:the )?(?-i:[A-Z])|About Us\b|Über (?:die |das |den )?(?-i:[A-ZÄÖÜ][\w.-]*)(?: [\w&.-]+){0,4}\s*(?::|\Z)"
    r"|(?:Acerca de|Sobre|À propos d|A propos d|Informazioni su|Over)\b[^.]{0,80}(?::|\Z)|会社概要|会社について|関于|关于\S{1,30}\Z"
    r"|.{1,30}について\Z|(?:Media|Press|Investor|Company)? ?(?:Relations |Enquiries |Inquiries )?Contacts?(?: Information)?\s*(?::|\Z)"
    r"|Contact\s?(?:Us|Information|Details)|Pressekontakt|Kontakt\s*(?::|\Z)|Contact presse|Contacto\b[^.]{0,30}(?::|\Z)"
    r"|お問い合わせ|本件に関する|媒体联系|联系方式|Source\s?:|SOURCE\b|Forward[- ]Looking|Safe Harbor|Cautionary|Disclaimer"
    r"|Notes? to Editors?|View source version|###|# # #|-ENDS?-)",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"forward[- ]looking|safe harbor|litigation reform act|undertakes? no (?:obligation|duty)|actual results"
    r"|risks and uncertainties|zukunftsgerichtet|déclarations prospectives|prospectivas|将来の見通し|前瞻性"
    r"|for (?:more|further|additional) (?:information|details|media)|(?:to )?learn more (?:about|at|on|by)|read more|click here"
    r"|(?:please |more information,? |also )visit |visit (?:us|our|www|http)|follow (?:us|the company) on|subscribe (?:to|now)|sign up for"
    r"|appeared first on|all rights reserved|©|copyright \d|view source version|this (?:press )?release (?:contains|may|was|is)"
    r"|not (?:an? )?(?:solicitation|intended as|investment advice|financial advice)|does not constitute|investment advice"
    r"|terms of use|disclaimers?\b|sponsored|(?:media|press|investor) contact|contact (?:us|information)|\bnot responsible for"
    r"|weitere informationen|para (?:más|mayor) información|pour (?:plus d|en savoir)|haga clic|cliquez|hier klicken"
    r"|詳しくは|詳細は|お問い合わせ|详情请|点击这里|photos? (?:accompanying|courtesy|by\b|credit)|image (?:source|credit)|source:"
    r"|to view the (?:original|full)|newsroom (?:at|in)|powered by|has been amplified by|cookies?\b.{0,40}\b(?:use|accept|policy)|javascript"
    r"|[\w.+-]+@[\w-]+\.\w|\[email|(?:tel|phone|fax|telefon|téléphone|teléfono)\s?[.:]|\+?\(?\d{2,4}\)?[ .-]\d{3}[ .-]\d{3,4}\b"
    r"|(?:article|comments) url:|posted by\b",
    re.IGNORECASE,
)


def has_cjk(text: str) -> bool:
    """Whether ``text`` is written, at least partly, in Han, kana or Hangul."""
    return _CJK.search(text) is not None


def strip_trailer(text: str) -> str:
    """``text`` without "The post … appeared first on …", which WordPress appends."""
    return _TRAILER.sub("", text) if len(text) <= MARKUP_LIMIT else text


def is_cut(text: str) -> bool:
    """Whether ``text`` stops before its end: an ellipsis, "read more", or no full stop at all."""
    return _CUT.search(text[-200:]) is not None or _END.search(text[-20:]) is None


def is_whole(sentence: str) -> bool:
    """Whether ``sentence`` is one: begins and ends like one, and is long enough to say something."""
    if _END.search(sentence[-20:]) is None or sentence.endswith("...") or _START.match(sentence) is None:
        return False
    if has_cjk(sentence):
        return len(sentence) >= 10
    letter = next(character for character in sentence if character.isalnum())
    return not letter.islower() and len(sentence) >= 25 and sentence.count(" ") >= 3


def is_noise(sentence: str) -> bool:
    """Disclaimer, contact, advertisement or call to click: never part of a summary."""
    return _NOISE.search(sentence[:1000]) is not None or starts_tail(sentence)


def starts_tail(block: str) -> bool:
    """Whether a release's closing matter begins here: "About …", contacts, disclaimers, "SOURCE"."""
    return _TAIL.match(block) is not None
