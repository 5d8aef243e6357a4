"""Author, language, description, lead image, canonical address and site of a page.

Where several places of a page can say it, all are candidates, the most trusted first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from crawler import prose
from crawler.extract import links
from crawler.extract.head import Head, text
from crawler.model import Candidate

_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z0-9]{2,8}))*")
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("uk", re.compile("[іїєґ]")),
    ("ru", re.compile("[а-я]")),
    ("el", re.compile("[α-ω]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("th", re.compile("[\u0e01-\u0e3a]")),
    ("hi", re.compile("[\u0904-\u0939]")),
)
#: The most frequent words that the others of these languages do not share.
_FREQUENT = {
    "en": "the and of that with for is was on by are it has",
    "de": "der die das und ist mit von den nicht auf eine für des",
    "fr": "les des est une dans que pour qui pas sur avec aux du",
    "es": "los las una que por con del para es como más su",
    "it": "il che di una per non sono del della con gli è",
    "pt": "não uma os do da em para com que um mais dos ao",
    "nl": "het een van en niet dat zijn voor met op aan de",
    "sv": "och att det som är på en av för inte med den",
    "da": "og at det er af til på en som ikke med den for",
    "pl": "się nie na że do jest w z i to przez oraz",
    "tr": "ve bir bu için ile olarak de daha olan çok",
}
_LANGUAGES: dict[str, list[str]] = {}  #: a frequent word → the languages in which it is one
for _tag, _words in _FREQUENT.items():
    for _word in dict.fromkeys(_words.split()):
        _LANGUAGES.setdefault(_word, []).append(_tag)
_SAMPLE = 3000
_NO_NAME = re.compile(r"https?://|www\.|@|^(?:admin|administrator|editor|staff|redaktion)$", re.IGNORECASE)


_AUTHORS = ("author", "article:author", "byl", "dc.creator", "parsely-author", "sailthru.author")


def authors(tree: HtmlElement, head: Head) -> Iterator[Candidate]:
    """Who wrote it, several names separated by commas."""
    named = False
    for node in head.nodes:
        if names := _names(node.get("author")):
            named = True
            yield Candidate(source="page.json-ld author", value=", ".join(dict.fromkeys(names)))
    for name in _AUTHORS:
        if _is_name(value := text(head.metas.get(name))):
            named = True
            yield Candidate(source=f"page.meta {name}", value=value)
    linked = (
        None if named else next(tree.iterfind(".//a[@rel='author']"), None)
    )  # a walk through the whole page
    if linked is not None and _is_name(value := text(linked.text_content())):
        yield Candidate(source="page.rel=author", value=value)


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, list):
        return [name for part in value[:20] for name in _names(part)]
    name = text(value)
    return [name] if _is_name(name) else []


def _is_name(name: str) -> bool:
    return 2 < len(name) < 120 and not _NO_NAME.search(name)


def languages(head: Head, body: str) -> Iterator[Candidate]:
    """BCP 47 tags, as the page declares them, and last as its letters and frequent words suggest."""
    content = head.meta("content-language", "dc.language", "language")
    declared = (
        ("page.html lang", head.language),
        ("page.og:locale", head.meta("og:locale")),
        ("page.content-language", content),
    )
    for source, value in declared:
        match = _LANGUAGE.match(value.strip()) if value else None
        if match and match[0].lower() not in ("und", "mul"):
            yield Candidate(source=source, value=_tagged(match))
    if found := guess(body):
        yield Candidate(source="page.words", value=found)


def _tagged(match: re.Match[str]) -> str:
    region = match[2]
    return match[1].lower() + (f"-{region.upper()}" if region and len(region) == 2 else "")


def guess(body: str) -> str | None:
    """The language of plain text, None when in doubt."""
    sample = body[:_SAMPLE].lower()
    for tag, script in () if sample.isascii() else _SCRIPTS:
        if len(script.findall(sample)) * 10 > len(sample):
            return tag
    counts = Counter(dict.fromkeys(_FREQUENT, 0))
    for word in re.findall(r"[^\W\d_]+", sample):
        for tag in _LANGUAGES.get(word, ()):
            counts[tag] += 1
    (best, most), (_, second) = counts.most_common(2)
    return best if most >= 5 and most > second * 1.2 else None


def description(head: Head) -> str | None:
    """The page's own description, plain text."""
    values = [head.meta("description", "og:description", "twitter:description", "dc.description")]
    values += [node.get("description") for node in head.nodes]
    found = (prose.clean(prose.plain(value)) for value in values if isinstance(value, str))
    return next(filter(None, found), None)


_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


def images(tree: HtmlElement, head: Head) -> Iterator[Candidate]:
    """The lead image by the page's metadata, else its first that is no decoration."""
    told = [(f"page.meta {name}", head.metas[name]) for name in _IMAGES if name in head.metas]
    told += [("page.json-ld image", _address(node.get("image")) or "") for node in head.nodes]
    found = False
    for source, value in told:
        if address := links.absolute(head.base, value):
            found = True
            yield Candidate(source=source, value=address)
    if found:
        return
    content = tree.find(".//article")
    shown = (tree if content is None else content).iter("img")
    if address := next((lead for each in shown if (lead := _lead(head.base, each))), None):
        yield Candidate(source="page.img", value=address)


def _address(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl")
    return value if isinstance(value, str) else None


def _lead(base: str, element: HtmlElement) -> str | None:
    """The address of an image that says it is large."""
    width = re.match(r"\d+", element.get("width") or "")
    return links.image_address(base, element) if width and int(width[0]) >= 300 else None


def canonical(head: Head) -> str | None:
    """rel=canonical, else og:url, absolute."""
    return links.absolute(head.base, head.canonical or head.meta("og:url"))


def site(head: Head) -> str | None:
    """The site's own name for itself."""
    return text(head.meta("og:site_name") or head.publisher or head.meta("application-name")) or None
