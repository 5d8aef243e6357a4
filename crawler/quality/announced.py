"""Does a page tell what the feed announced?  Used by ``quality``."""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise

from crawler import prose
from crawler.likeness import words
from crawler.model import Entry, Extraction

LEAD = 4000
"""Characters at the start of a text that are compared with the announcement."""

KNOWN = 8000
"""Characters by which a text is known again."""

FEW = 3
"""Terms below which a title tells nothing of its article."""

PLAIN = 0.6
"""Share of the announced words that stand in a text from which it is plainly the announced one."""

_HEADLINE = 3  #: words; fewer are "News", and stand in texts by chance

UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
#: Scripts that need few letters for a word: Hebrew, Arabic, Indic, Hangul.
_DENSE = re.compile("[\u0590-\u07ff\u0900-\u0dff\uac00-\ud7af]")


def announcement(entry: Entry) -> str:
    """What the feed itself says of the article, as plain text."""
    return max((prose.plain(part) for part in (entry.summary, entry.content) if part), key=len, default="")


def is_other(extraction: Extraction, text: str, entry: Entry) -> bool:
    """Do headline and lead share almost nothing with the announcement?

    Only said of texts that could agree: in the same language as far as known, and with enough words.
    """
    if _primary(extraction.language) != _primary(entry.language) and extraction.language and entry.language:
        return False
    title, summary = terms(entry.title or ""), terms(announcement(entry)[:LEAD])
    page = terms(f"{extraction.title or ''}\n{text[:LEAD]}")
    if len(title) < FEW:
        return len(summary) >= 8 and _share(title | summary, page) < 0.1
    return _share(title, page) < 0.2 and (not summary or _share(summary, page) < 0.25)


def suspicion(extraction: Extraction, entry: Entry) -> str | None:
    """What a text that is not plainly the announced one is known by, should its host show it again.

    Only where the feed says more than a title: a headline alone may share no word with its article.
    Numbers do not count: a template tells the date, the time, how many releases there are.
    """
    there = _telling(beside(extraction.text[:LEAD], extraction.title, entry.title))
    if _says(there, terms(entry.title or "")):
        return None
    summary = terms(announcement(entry)[:LEAD])
    if len(summary) < FEW or _says(there, summary):
        return None
    told = beside(extraction.text[:KNOWN], extraction.title, entry.title)
    said = " ".join(word for word in told if not any(map(str.isdigit, word)))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _says(there: set[str], wanted: set[str]) -> bool:
    """Whether it is plain from these terms that a text is the announced one."""
    return len(wanted) >= FEW and _share(wanted, there) >= PLAIN


def beside(text: str, *titles: str | None) -> list[str]:
    """The words of a text without its headline, wherever it is said."""
    told = words(text)
    for headline in {tuple(words(title)) for title in titles if title}:
        told = _without(told, headline) if len(headline) >= _HEADLINE else told
    return told


def _without(told: list[str], headline: tuple[str, ...]) -> list[str]:
    size, place = len(headline), 0
    left: list[str] = []
    while place < len(told):
        if told[place] == headline[0] and tuple(told[place : place + size]) == headline:
            place += size
        else:
            left.append(told[place])
            place += 1
    return left


def terms(text: str) -> set[str]:
    """What a text is about: its longer words and numbers; pairs of characters in scripts without spaces."""
    return _telling(words(text))


def _telling(found: list[str]) -> set[str]:
    pairs = {one + two for one, two in pairwise(found) if _is_sign(one) and _is_sign(two)}
    return pairs | {word for word in found if _tells(word)}


def _tells(word: str) -> bool:
    if word.isdigit():
        return len(word) > 2
    return len(word) > (4 if word.isascii() or not _DENSE.match(word) else 2 if word[0] < "\uac00" else 1)


def _is_sign(word: str) -> bool:
    return len(word) == 1 and bool(UNSPACED.match(word))


def _share(wanted: set[str], there: set[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 0.0


def _primary(language: str | None) -> str:
    return (language or "").lower().replace("_", "-").split("-")[0]
