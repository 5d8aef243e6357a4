"""Which sentences of an article say the most: place, the title's words, frequent words, readability.

Used by ``summary.py``.  Extractive and without a model of any language: where words have no
spaces, pairs of letters stand for them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler import prose

LENGTH = 320  #: Latin letters beyond which a sentence is long
SHORT = 60  #: … below which it says little
DENSITY = 2.5  #: Latin letters that say as much as one of Han, kana or Hangul
ALIKE = 0.7  #: share of common terms from which two sentences say the same

_WORD = re.compile(r"[^\W_]{4,}")
_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_QUOTE = re.compile(r"[\"“”„«»「『]")
_HANGING = re.compile(
    r"(?:However|But|And|Also|In addition|Additionally|Moreover|Furthermore|Meanwhile|Instead|Similarly|Thus"
    r"|Therefore|As a result|For example|For instance|Then|He|She|It|They|His|Her|Their|Its|This|These|Those"
    r"|That|Such|Here|There|We|Our|I|My|You|Your|Er|Sie|Es|Dies\w*|Jedoch|Außerdem|Wir|Ella|Él|Esto|Esta|Este"
    r"|Además|Nosotros|Il|Elle|Ils|Cela|Ce|Cette|Nous)\b|この|これ|その|また|しかし|さらに|此外|但是|这|其"
)
_LISTED = re.compile(r"\A(?:\d{1,2}[.)]|[-*•·])\s|https?://|\bwww\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its place in the article, its terms and its weight."""

    place: int
    text: str
    terms: frozenset[str]
    size: float  #: in Latin letters
    score: float = 0.0


def terms(text: str) -> list[str]:
    """Words of four letters and more, and pairs of letters where words have no spaces."""
    found = _WORD.findall(text.lower())
    if prose.has_cjk(text):
        found = [word for word in found if not prose.has_cjk(word)]
        found.extend(run[i : i + 2] for run in _RUN.findall(text) for i in range(len(run) - 1))
    return found


def weigh(text: str, place: int = 0) -> Sentence:
    """``text`` as a sentence, not yet scored."""
    size = len(text) * (DENSITY if prose.has_cjk(text) else 1)
    return Sentence(place, text, frozenset(terms(text)), size)


def ranked(sentences: Sequence[str], text: str, title: str) -> list[Sentence]:
    """``sentences`` of ``text``, in the article's order, as the best first."""
    wanted = frozenset(terms(title))
    counts = Counter(terms(text))
    most = math.log1p(max(counts.values(), default=1))
    scored = []
    for sentence in (weigh(sentence, place) for place, sentence in enumerate(sentences)):
        common = sum(math.log(counts[term]) for term in sentence.terms if counts[term] > 1)
        score = 2.4 / (1 + 0.35 * sentence.place) + 2 * len(sentence.terms & wanted) / (len(wanted) or 1)
        score += common / (most * (len(sentence.terms) or 1)) - _penalty(sentence)
        scored.append(replace(sentence, score=score))
    return sorted(scored, key=lambda sentence: -sentence.score)


def said(sentence: Sentence, others: Sequence[Sentence]) -> bool:
    """Whether one of ``others`` says nearly the same as ``sentence``."""
    return any(
        sentence.text == other.text
        or len(sentence.terms & other.terms) > ALIKE * len(sentence.terms | other.terms)
        for other in others
    )


def _penalty(sentence: Sentence) -> float:
    """What makes a sentence read badly when it stands alone."""
    text = sentence.text
    marks = len(_QUOTE.findall(text))
    return (
        (0.5 if marks else 0.0)
        + (1.0 if marks % 2 else 0.0)  # a quotation that goes on in the next sentence
        + (0.6 if _HANGING.match(text) else 0.0)
        + (0.8 if text.endswith(("?", "？", "!", "！")) else 0.0)
        + (1.2 if _LISTED.search(text) else 0.0)
        + (1.0 if text.isupper() else 0.0)
        + (0.7 if sentence.size < SHORT else 0.0)
        + (0.6 if sentence.size > LENGTH else 0.0)
    )
