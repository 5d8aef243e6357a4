"""Text → sentences, and the ``summary`` and ``description`` of an article.

Extractive: every sentence shown stands in the feed, in the page or in the article, whole.
``article.py`` calls this; what counts as prose is known by ``prose.py``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sentencex

from crawler import prose
from crawler.choosing import settled
from crawler.model import Candidate
from crawler.prose.dateline import strip_dateline
from crawler.summary.ranking import LENGTH, Sentence, ranked, said, terms, weigh

LONGEST = 420  #: characters one sentence alone may have, where no shorter one says as much
ENOUGH = 200  #: a sentence this long needs no second one
OWN_LENGTH = 600  #: characters beyond which a feed's "summary" is an article
READ = 6000  #: characters of an article that are read: the news stands at the top
RANKED = 14  #: sentences that are weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Summary and description of an article, and where they came from."""

    summary: str  #: HTML, ``<p>…</p>``
    description: str  #: plain text
    summary_from: str  #: "feed.summary", "article.sentences", "page.description" or "title"
    description_from: str
    summary_losers: tuple[Candidate, ...] = ()
    description_losers: tuple[Candidate, ...] = ()


# --------------------------------------------------------------------------- sentences

_ABBREVIATIONS = {
    "en": "Mr Mrs Ms Dr Prof Inc Ltd Corp Co No Nos St vs approx Fig Sen Rep Gov Gen Lt Col Sgt Jr Sr Mt Ft",
    "de": "Nr bzw ca Dr Prof Mio Mrd Str Tel inkl zzgl evtl ggf usw Abs Art Hr Fr St vgl Bd S",
    "es": "Sr Sra Srta Dr Dra Ud Uds núm pág págs art ej Lic Ing Arq Av EE",
    "fr": "M MM Mme Mmes Mlle Dr Pr Me n p pp art env av ex éd St Ste",
    "it": "Sig Dott Prof Ing Avv pag n art",
    "pt": "Sr Sra Dr Dra Prof Exmo pág n art",
}
_EVERYWHERE = frozenset({"www", "z", "b", "p", "e.g", "i.e", "n.º"})
_KNOWN = {
    code: frozenset(word.casefold() for word in words.split()) | _EVERYWHERE
    for code, words in _ABBREVIATIONS.items()
}
#: These end a sentence as often as not: only what follows can tell.
_OPEN = frozenset({"inc", "ltd", "corp", "co", "jr", "sr", "no", "s", "usw"})
_LAST = re.compile(r"[\w.º-]*\.\Z")
_LOWER = re.compile(r"[a-zà-öø-ÿ][a-zà-öø-ÿ'’-]*(?:[\s,;]|[.!?]\s*\Z)")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z])[.)]\Z")
_CLOCK = re.compile(r"\b[ap]\.m\.\Z")
_ZONE = re.compile(r"(?:[ECMP][SD]?T|GMT|UTC|BST|Eastern|Central|Mountain|Pacific|local)\b")
_QUOTED = re.compile(r"[。！？!?][」』”]\Z")
_SPOKEN = re.compile(r"(?:と|って|との|という|などと)|[^。，,\s]{0,12}(?:说|表示|道|称|指出)")
_SIGNS = re.compile(r"[\W_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?![a-z])")


def sentences(text: str, language: str | None) -> list[str]:
    """The sentences of ``text`` in order, trimmed; a line end always ends one.

    ``language`` is a BCP 47 tag; Japanese and Chinese are recognised by their script.
    """
    code = _code(text, language)
    found: list[str] = []
    for line in text.splitlines():
        if line and not line.isspace():
            found.extend(_repaired(line, code))
    return found


def _code(text: str, language: str | None) -> str:
    match = _LANGUAGE.match((language or "").lower())
    if match and match[0] not in {"ja", "zh"}:
        return match[0]
    if re.search(r"[\u3040-\u30ff]", text[:READ]):
        return "ja"
    return "zh" if prose.has_cjk(text[:READ]) else "en"


def _repaired(line: str, code: str) -> list[str]:
    """The line's sentences, where sentencex cut too early joined again."""
    joined: list[str] = []
    for piece in sentencex.segment(code, line):
        if joined and _belongs(joined[-1].rstrip(), piece, code):
            joined[-1] += piece
        else:
            joined.append(piece)
    return [piece.strip() for piece in joined if not piece.isspace()]


def _belongs(before: str, piece: str, code: str) -> bool:
    """Whether ``piece`` goes on with the sentence that ``before`` seemed to end."""
    if _LOWER.match(piece) or _NUMBER.fullmatch(before):
        return True
    if _CLOCK.search(before):
        return _ZONE.match(piece) is not None
    match = _LAST.search(before)
    if match is None:
        return _QUOTED.search(before) is not None and _SPOKEN.match(piece) is not None
    word = match[0][:-1].casefold()
    if word in _OPEN:
        return piece[:1].isdigit() and word in {"no", "s"}
    if code == "fr" and word in {"n", "p"}:
        return piece[:1].isdigit()
    return word in _KNOWN.get(code, _EVERYWHERE)


# --------------------------------------------------------------------------- choosing


def _candidates(text: str, language: str | None) -> list[str]:
    """Whole sentences of the article's top, datelines taken off, none said twice."""
    found: dict[str, None] = {}
    for block in _blocks(text):
        for sentence in sentences(strip_dateline(block), language):
            if found and prose.starts_tail(sentence):
                return list(found)
            if prose.is_whole(sentence):
                found[sentence] = None
            if len(found) == RANKED:
                return list(found)
    return list(found)


def _blocks(text: str) -> Iterator[str]:
    """The cleaned lines before the release's closing matter."""
    for number, line in enumerate(text.splitlines()):
        block = prose.clean(line)
        if number and prose.starts_tail(block):
            return
        if block:
            yield block


def _pick(order: Sequence[Sentence], used: Sequence[Sentence] = (), longest: int = LONGEST) -> list[Sentence]:
    """Up to two of the best sentences that fit together, in the article's order."""
    chosen: list[Sentence] = []
    for sentence in order:
        room = LENGTH - chosen[0].size if chosen else longest
        if sentence.size > room or said(sentence, [*chosen, *used]) or prose.is_noise(sentence.text):
            continue
        chosen.append(sentence)
        if len(chosen) == 2 or sentence.size > ENOUGH:
            break
    return sorted(chosen, key=lambda sentence: sentence.place)


def _joined(chosen: Sequence[Sentence]) -> str:
    texts = [sentence.text for sentence in chosen]
    return "".join(texts) if texts and prose.has_cjk(texts[0][-3:]) else " ".join(texts)


def _key(text: str) -> str:
    return _SIGNS.sub("", text.casefold())


def _offered(source: str, markup: str | None, title: str, text: str, language: str | None) -> Candidate:
    """A summary somebody wrote, and why it is none (the note)."""
    lines = prose.plain(markup or "").split("\n")
    if len(lines) > 1 and _key(lines[0]) == _key(title):
        del lines[0]
    whole = prose.strip_trailer(" ".join(lines))
    value = strip_dateline(whole)
    return Candidate(source=source, value=value or whole, note=_fault(value, title, text, language))


def _fault(value: str, title: str, text: str, language: str | None) -> str:
    """Why ``value`` is no summary; ``""`` if it is one."""
    if not value:
        return "a dateline only"
    if _key(value) == _key(title):
        return "the title again"
    if prose.is_cut(value):
        return "cut"
    if len(value) > OWN_LENGTH or (len(value) > LENGTH and len(value) > 0.7 * len(text)):
        return "the whole article"
    found = sentences(value, language)
    if not any(prose.is_whole(sentence) for sentence in found):
        return "no whole sentence"
    return "boilerplate" if any(prose.is_noise(sentence) for sentence in found) else ""


def _stranger(value: str, title: str, text: str) -> bool:
    """Whether a meta description speaks of the site rather than of this article."""
    words = set(terms(value))
    return len(text) > 400 and len(words & {*terms(title), *terms(text[:READ])}) < 0.3 * len(words)


def _unless(candidate: Candidate, taken: str) -> Candidate:
    """``candidate`` with a fault if it says what the summary says."""
    again = not candidate.note and _key(candidate.value) == _key(taken)
    return replace(candidate, note="the summary again") if again else candidate


def summarise(
    text: str, *, title: str, language: str | None, feed_summary: str | None, meta_description: str | None
) -> Summary:
    """The summary and the description of an article: never cut, never empty unless everything is.

    ``text`` is the article's plain text, one block a line; ``feed_summary`` may be HTML.
    """
    own = _offered("feed.summary", feed_summary, title, text, language)
    meta = _offered("page.description", meta_description, title, text, language)
    if not meta.note and _stranger(meta.value, title, text):
        meta = replace(meta, note="about the site, not the article")
    headline = Candidate(source="title", value=prose.clean(title))
    order = ranked(_candidates(text[:READ], language), text[:READ], title)
    best, rest = _shared(order, own, meta)
    first, first_losers = settled((own, _quoted(best), meta), headline)
    second, second_losers = settled(
        [_unless(candidate, first.value) for candidate in (meta, _quoted(rest), own)],
        _unless(headline, first.value),
        Candidate(source=first.source, value=first.value),
    )
    return Summary(
        summary=f"<p>{html.escape(first.value, quote=False)}</p>",
        description=second.value,
        summary_from=first.source,
        description_from=second.source,
        summary_losers=first_losers,
        description_losers=second_losers,
    )


def _quoted(chosen: Sequence[Sentence]) -> Candidate:
    return Candidate(
        source="article.sentences", value=_joined(chosen), note="" if chosen else "no whole sentence"
    )


def _shared(
    order: Sequence[Sentence], own: Candidate, meta: Candidate
) -> tuple[list[Sentence], list[Sentence]]:
    """The article's sentences for the summary and those for the description."""
    if not own.note:
        return [], _pick(order, [weigh(sentence) for sentence in sentences(own.value, None)])
    best = _pick(order) or _pick(order, longest=READ)
    if not meta.note:
        return best, []
    rest = _pick(order, best)
    if not rest and len(best) == 2:
        best.sort(key=lambda sentence: -sentence.score)
        return best[:1], best[1:]
    return best, rest
