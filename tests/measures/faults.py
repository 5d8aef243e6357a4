"""What an editor strikes out of a summary: checks that share no code with the crawler.

Each takes the told text and what it was made of; ``summaries`` counts them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

BAND = (110, 480)  #: characters; the example's summary and description have 274 and 297
DENSE = 2.5  #: Latin letters for one of Han, kana and Hangul


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A summary or a description, and what it is to be judged against."""

    value: str
    other: str  #: the description of a summary, and the other way round
    title: str
    text: str  #: the release
    rare: frozenset[str]  #: the release's terms that weigh most among all releases


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_MONTHS = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|januar|februar|märz|juin|juillet"
    r"|août|octobre|novembre|décembre|janvier|février|enero|febrero|marzo|agosto|octubre|diciembre)[a-zé]*\.?"
)
_DATELINE = _any(
    r"^.{0,70}/(?:24-7|PR|EIN|[\w .-]*wire)[^/]{0,30}/",
    r"^.{0,70}\((?:[\w .&-]*wire|[\w .&-]*news[\w .&-]*|[\w .&-]*direct|brandpoint|statepoint)[^)]{0,20}\)",
    rf"^[^.]{{0,60}}?\b(?:{_MONTHS}\s\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s\d{{4}})?|\d{{1,2}}\.?(?:\sde)?\s{_MONTHS}(?:\sde)?\s\d{{4}})"
    r"\s?(?:\([^)]{0,40}\)\s?)?(?:--|[–—-]\s|:|/)",
    r"^(?-i:[A-Z][A-Z.' ]{3,24})(?:,\s[\w. ]{2,20})?\s?(?:--|[–—-]\s)",
    r"^(?-i:[A-Z][\w.']+(?:\s[A-Z][\w.']+)?,\s(?:[A-Z]{2}|[A-Z][a-z]{2,4}\.?|Texas|Florida|California)\s[-–—]\s)",
    r"^\W{0,3}\d{4}年\d{1,2}月\d{1,2}日\s?[/／-]",
)
_ABOUT = _any(
    r"(?:^|[.!?]\s)About (?:(?:the|us)\b|(?-i:[A-Z]))", r"(?:^|[.!?]\s)(?:Acerca de|Über|À propos d)\b"
)
_LEGAL = _any(
    r"forward[- ]looking|safe harbor|litigation reform|undertakes? no|actual results|risks and uncertainties",
    r"disclaim|not (?:an? )?(?:offer|solicitation)|investment advice|terms of use|all rights reserved|©",
    r"\bcopyright\b|does not constitute|qualified institutional|section \d+[a-z]* of the securities",
    r"has been (?:paid|compensated)|was compensated|hereby|legal notice|prospectus",
)
_CONTACT = _any(
    r"\w@[\w-]+\.\w|https?:|\bwww\.|\b(?:visit|at|on|via|to)\s[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|co|us|edu)\b",
    r"\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b|\+\d{1,3}[ .-]?\(?\d|\b1-8\d\d-",
    r"\b(?:tel|phone|fax|e-?mail)\s?[.:]|contact (?:us|information)|media contact",
)
_SALES = _any(
    r"\b(?:click|tap) (?:here|below|on)|learn more|read more|sign up|subscribe\b|follow (?:us|the company)",
    r"for (?:more|further|additional) (?:information|details)|find out more|to register\b|book (?:now|your)",
    r"(?:photo|image|video|source|credit)s?\s?:|view (?:the )?original|javascript|cookies|posted by|powered by",
    r"\bvisit (?:us|our|the (?:website|site))|call (?:us|now|today)|more information|stay tuned|newsroom",
)
_TICKER = re.compile(
    r"\((?:the )?[^()]{0,80}(?:NASDAQ|NYSE|OTC\w*|TSX\w*|CSE|AMEX|LSE|ASX|FSE|FRA|Frankfurt|TSXV)[^()]{0,120}\)"
    r"|\b[A-Z]{2,5}(?:\.[A-Z]{1,2})?\b"
)
_END = re.compile(r"[.!?。！？｡؟।…][\"'”’»«“)\]」』）]*\Z")
_ELLIPSIS = re.compile(r"(?:…|\.\.\.)[\"'”’»)\]]*(?:\Z|\s)")
_ABBREVIATED = re.compile(
    r"\b(?:(?-i:Mr|Mrs|Ms|Dr|Prof|vs|approx|Sen|Rep|Gov|Gen|Lt|Col|St|Sr|Sra|Mio|Mrd|Nr|bzw))\.\Z|\s[A-Z]\.\Z"
)
_HANGING = re.compile(
    r"(?:However|But|And|Also|In addition|Additionally|Moreover|Furthermore|Meanwhile|Instead|Similarly|Thus|So"
    r"|Therefore|As a result|For example|Then|He|She|It|They|His|Her|Their|Its|That|These|Those|Such|Or|Plus"
    r"|Here|There)\b(?!['’]s (?:Hospital|Day))"
)
_SPEAKER = re.compile(r"\b(?:[Ww]e|[Oo]ur|us|I|my|me|[Yy]ou|[Yy]ours?)\b")
_QUOTED = re.compile(r"[“\"«„「『][^”\"»“」』]*[”\"»“」』]")
_TERM = re.compile(r"[^\W_]{4,}")
_PAIR = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")


def terms(text: str) -> set[str]:
    """Words of four letters and more; pairs of signs where words have no spaces."""
    found = set(_TERM.findall(text.casefold()))
    return found | {run[i : i + 2] for run in _PAIR.findall(text) for i in range(len(run) - 1)}


def _size(text: str) -> float:
    dense = sum(map(len, _PAIR.findall(text)))
    return len(text) + (DENSE - 1) * dense


def _alike(one: str, other: str) -> float:
    mine, theirs = terms(one), terms(other)
    return len(mine & theirs) / (len(mine | theirs) or 1)


def _balanced(text: str) -> bool:
    marks = Counter(text)
    pairs = all(marks[left] == marks[right] for left, right in ("“”", "«»", "「」", "『』", "()"))
    return pairs and marks['"'] % 2 == 0


def _torn(told: Told) -> bool:
    """Does it begin or end in the middle of a sentence of the release?"""
    if _ABBREVIATED.search(told.value):
        return True
    first = next((letter for letter in told.value if letter.isalnum()), "")
    if first.islower():
        return not re.match(r"\W*[a-z]+[A-Z\d]", told.value)  # "iPhone", "eToro"
    return False


def _ticker_only(text: str) -> bool:
    rest = _TICKER.sub("", text)
    return len(terms(rest)) < 5


def _uninformative(told: Told) -> bool:
    """Hardly one of the title's words and few of the release's rare ones."""
    wanted, said = {term[:6] for term in terms(told.title)}, terms(told.value)
    return (
        len(wanted & {term[:6] for term in said}) < max(1, 0.15 * len(wanted)) and len(told.rare & said) < 4
    )


FAULTS: Mapping[str, Callable[[Told], bool]] = {
    "empty": lambda told: not told.value.strip(),
    "no full stop": lambda told: not _END.search(told.value),
    "ellipsis": lambda told: _ELLIPSIS.search(told.value) is not None,
    "torn sentence": _torn,
    "dateline": lambda told: _DATELINE.search(told.value) is not None,
    "about": lambda told: _ABOUT.search(told.value) is not None,
    "legal": lambda told: _LEGAL.search(told.value) is not None,
    "contact": lambda told: _CONTACT.search(told.value) is not None,
    "call to click": lambda told: _SALES.search(told.value) is not None,
    "ticker only": lambda told: _ticker_only(told.value),
    "unbalanced": lambda told: not _balanced(told.value),
    "too short": lambda told: _size(told.value) < BAND[0],
    "too long": lambda told: _size(told.value) > BAND[1],
    "says the same": lambda told: _alike(told.value, told.other) > 0.5,
    "the title again": lambda told: _alike(told.value, told.title) > 0.8,
    "uninformative": _uninformative,
    "hanging start": lambda told: _HANGING.match(told.value) is not None,
    "we and you": lambda told: _SPEAKER.search(_QUOTED.sub("", told.value)) is not None,
    "question or cry": lambda told: told.value.rstrip("\"'”’»)").endswith(("?", "!", "？", "！")),
    "capitals": lambda told: bool(re.search(r"(?:\b[A-Z]{4,}\b[\s,]*){4,}", told.value)),
}
"""Name → whether a text has the fault.  The last four are matters of taste, and counted apart."""

TASTE = ("hanging start", "we and you", "question or cry", "capitals")


def faults(told: Told) -> list[str]:
    """The names of the faults, in order."""
    return [name for name, has in FAULTS.items() if has(told)]
