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
from crawler.summary import wording

LENGTH = 320  #: Latin letters beyond which a sentence is long
SHORT = 60  #: … below which it says little
DENSITY = 2.5  #: Latin letters that say as much as one of Han, kana or Hangul
ALIKE = 0.7  #: share of common terms from which two sentences say the same
SUBJECT = 1.8  #: what the title's terms weigh more in a description

_WORD = re.compile(r"[^\W_]{4,}")
_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its place in the article, its terms and its weight."""

    place: int
    text: str
    terms: frozenset[str]
    size: float  #: in Latin letters
    score: float = 0.0
    shared: float = 0.0  #: share of the title's terms that it has

    @property
    def hangs(self) -> bool:
        """Whether it is understood only behind the sentence before it."""
        return wording.HANGING.match(self.text) is not None

    def stands(self, others: Sequence[Sentence]) -> bool:
        """Whether it can be understood among ``others``."""
        if wording.torn(self.text):
            return False
        return not self.hangs or any(other.place == self.place - 1 for other in others)


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
        common = math.fsum(math.log(counts[term]) for term in sentence.terms if counts[term] > 1)
        shared = len(sentence.terms & wanted) / (len(wanted) or 1)
        score = 2.4 / (1 + 0.35 * sentence.place) + 2 * shared
        score += common / (most * (len(sentence.terms) or 1)) - _penalty(sentence)
        scored.append(replace(sentence, score=score, shared=shared))
    return sorted(scored, key=lambda sentence: -sentence.score)


def described(order: Sequence[Sentence]) -> list[Sentence]:
    """For a description, which stands alone on a card: what names the subject comes before what comes early."""
    return sorted(order, key=lambda sentence: -(sentence.score + SUBJECT * sentence.shared))


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
    spoken = wording.SPOKEN.findall(text)
    return (
        (0.9 if max(map(len, spoken), default=0) > wording.SPEECH else 0.2 if spoken else 0.0)
        + (1.0 if wording.torn(text) else 0.0)
        + (0.8 if wording.SAYING.match(text) else 0.0)
        + (0.6 if sentence.hangs or wording.POINTING.match(text) else 0.0)
        + (0.8 if wording.SPEAKER.search(wording.SPOKEN.sub("", text)) else 0.0)
        + (1.2 if wording.CALL.match(text) else 0.0)
        + (0.8 if text.endswith(("?", "？", "!", "！")) else 0.0)
        + (1.2 if wording.LISTED.search(text) else 0.0)
        + (1.2 if wording.LABEL.match(text) else 0.0)
        + (1.0 if text.isupper() else 0.0)
        + (1.2 if wording.headed(text) else 0.0)
        + (0.7 if sentence.size < SHORT else 0.0)
        + (0.6 if sentence.size > LENGTH else 0.0)
    )
