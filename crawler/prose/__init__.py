"""Telling prose from what surrounds it: HTML of feeds, cut teasers, boilerplate.

The wording knowledge behind ``summary.py``; ``article.py`` uses the plain-text conversion.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

MARKUP_LIMIT = 20_000  #: characters of a feed's HTML that are read; a summary is never longer

_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr li ol p pre section table td th tr ul".split()
)
_HIDDEN = frozenset({"script", "style", "template", "noscript"})
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|br|em|font|i|p|span|strong|su[bp]|u)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE
)
_MARKED = re.compile(r"<!\[CDATA\[|<!\[[^<>\]]{0,100}\]>|\]\]>", re.IGNORECASE)
_OPEN = re.compile(r"<(?:(?=!\[)|(?!(?:[^<>\"']++|\"[^\"]{0,500}+\"|'[^']{0,500}+'){0,100}+>))")
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
    if "<" in text or "&" in text:
        text = _unmarked(text)
    if _TAG.search(text):
        text = _unmarked(text)
    return "\n".join(line for line in map(clean, text.split("\n")) if line)


def headline(markup: str) -> str:
    """A title on one line: entities and the tags of inline markup undone, everything else kept."""
    text = markup[:MARKUP_LIMIT]
    return clean(_INLINE.sub("", unescape(_INLINE.sub("", text)) if "&" in text else text))


def _unmarked(markup: str) -> str:
    head, *rest = _MARKED.sub("", markup).split("<!--")
    text = head + "".join(part.partition("-->")[2] for part in rest)
    if _TAG.search(text):
        text = text.replace("\n", " ")  # white space of the source is no line end
    parser = _Text()
    # The parser reads on to the end from every tag that is never closed, and raises on "<![".
    parser.feed(_OPEN.sub("&lt;", text))
    parser.close()
    return "".join(parser.parts)


# --------------------------------------------------------------------------- cut, whole, boilerplate

_CUT = re.compile(
    r"(?:…|\.\.\.|\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.|more|cont\.?)\s*\)"
    r"|\b(?:read|continue reading|see|view) (?:the )?(?:full |more|rest|story|article|release)[^.!?]{0,60}"
    r"|\bcontinue reading|\blearn more|weiterlesen|mehr lesen|leer más|seguir leyendo|lire la suite"
    r"|en savoir plus|続きを読む|阅读更多)[\s»›→>&.\])]*\Z",
    re.IGNORECASE,
)
_TRAILER = re.compile(
    r"(?<!\s)\s*(?:The post\b.{0,400}\bappeared first on\b|Der Beitrag\b.{0,400}\berschien zuerst auf\b"
    r"|La entrada\b.{0,400}\bse publicó primero en\b|L’article\b.{0,400}\best apparu en premier sur\b)"
    r".{0,120}\Z",
    re.IGNORECASE | re.DOTALL,
)
_END = re.compile(r"[.!?。！？｡](?:[\"'”’»«“)\]」』）\d])*\Z")
_START = re.compile(r"[\"'“‘«„»¿¡(「『（$€£#@\[]*[^\W_]")
_ENUMERATED = re.compile(r"[a-z]{3,}\)? 1\.\Z")  # "… for these reasons 1."
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


#: How a release's closing matter begins: who we are, contacts, disclaimers.
_TAIL = _any(
    r"About (?:the )?(?-i:[A-Z])|About us\b",
    r"Über (?:die |das |den )?(?-i:[A-ZÄÖÜ][\w.-]*)(?: [\w&.-]+){0,4}\s*(?::|\Z)",
    r"(?:Acerca de|Sobre|À propos d|A propos d|Informazioni su|Over)\b[^.!?]{0,60}(?::|\Z)",
    r"会社概要|会社について|.{1,30}について\Z|関于|关于\S{1,30}\Z",
    r"(?:Media |Press |Investor |Company )?(?:Relations |Enquiries |Inquiries )?"
    r"Contacts?(?: Information)?\s*(?::|\Z)|Contact\s?(?:Us|Information|Details)",
    r"Pressekontakt|Kontakt\s*(?::|\Z)|Contact presse|Contacto\b[^.]{0,30}(?::|\Z)",
    r"お問い合わせ|本件に関する|媒体联系|联系方式",
    r"Sources?\s?:|(?-i:SOURCE)\b|Forward[- ]Looking|Safe Harbor|Cautionary|Disclaimer|Notes? to Editors?",
    r"View source version|###|# # #|-ENDS?-",
)
_NOISE = _any(
    r"\b(?:forward[- ]looking|safe harbor|litigation reform act|undertakes? no (?:obligation|duty)",
    r"actual results|risks and uncertainties|zukunftsgerichtet|déclarations prospectives|prospectivas",
    r"for (?:more|further|additional) (?:information|details|media)|learn more (?:about|at|on|by)|read more",
    r"https?://|\bwww\.|(?:to|and) learn more|for more,|stay tuned|sign up (?:early|now|here|today)",
    r"visit [\w-]+\.\w|click (?:here|on|the|below|image)|to contact the firm",
    r"(?:please|more information,?|also) visit |visit (?:us|our|www|http)|sign up for",
    r"follow (?:us|the company) on|subscribe (?:to|now)|appeared first on|all rights reserved|copyright \d",
    r"view source version|this (?:press )?release (?:contains|may|was|is)|terms of use|disclaimers?\b",
    r"not (?:an? )?(?:solicitation|intended as)|(?:investment|financial) advice|does not constitute",
    r"(?:media|press|investor) contact|contact (?:us|information)|not responsible for|posted by\b",
    r"weitere informationen|para (?:más|mayor) información|pour (?:plus d|en savoir)|haga clic|cliquez",
    r"hier klicken|image (?:source|credit)|source:|photos? (?:accompanying|courtesy|by\b|credit)",
    r"to view the (?:original|full)|newsroom (?:at|in)|powered by|sponsored by|has been amplified by",
    r"cookies?\b.{0,40}\b(?:use|accept|policy)|javascript|(?:article|comments) url:",
    r"(?:tel|phone|fax|telefon|téléphone|teléfono)\s?[.:]|\d{2,4}\)?[ .-]\d{3}[ .-]\d{3,4}\b)",
    r"©|\[email|\w@[\w-]+\.\w|将来の見通し|前瞻性|詳しくは|詳細は|お問い合わせ|详情请|点击这里",
)


def has_cjk(text: str) -> bool:
    """Whether ``text`` is written, at least partly, in Han, kana or Hangul."""
    return not text.isascii() and _CJK.search(text) is not None


def strip_trailer(text: str) -> str:
    """``text`` without "The post … appeared first on …", which WordPress appends."""
    return _TRAILER.sub("", text) if len(text) <= MARKUP_LIMIT else text


def is_cut(text: str) -> bool:
    """Whether ``text`` stops before its end: an ellipsis, "read more", or no full stop at all."""
    return breaks_off(text) or _END.search(text[-20:]) is None


def breaks_off(text: str) -> bool:
    """Whether ``text`` ends in an ellipsis or "read more"."""
    return _CUT.search(text[-200:]) is not None


def is_whole(sentence: str) -> bool:
    """Whether ``sentence`` is one: begins and ends like one, and is long enough to say something."""
    if _END.search(sentence[-20:]) is None or sentence.endswith("...") or _START.match(sentence) is None:
        return False
    if has_cjk(sentence):
        return len(sentence) >= 10
    if _ENUMERATED.search(sentence[-40:]):
        return False
    letter = next(character for character in sentence if character.isalnum())
    return not letter.islower() and len(sentence) >= 25 and sentence.count(" ") >= 3


def is_noise(sentence: str) -> bool:
    """Disclaimer, contact, advertisement or call to click: never part of a summary."""
    return _NOISE.search(sentence[:1000]) is not None or starts_tail(sentence)


def starts_tail(block: str) -> bool:
    """Whether a release's closing matter begins here: "About …", contacts, disclaimers, "SOURCE"."""
    return _TAIL.match(block) is not None
