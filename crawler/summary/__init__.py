"""The ``summary`` and ``description`` of an article.

Extractive: every sentence shown stands in the feed, in the page or in the article, whole but for
its dateline and for brackets with a legal short name or an address (``prose.asides``).
``article.py`` calls this; what counts as prose is known by ``prose.py``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler import prose
from crawler.choosing import settled
from crawler.model import Candidate
from crawler.prose.asides import strip_asides
from crawler.prose.dateline import strip_dateline
from crawler.summary.material import candidates
from crawler.summary.ranking import LENGTH, Sentence, described, ranked, said, terms, weigh
from crawler.summary.segments import sentences

__all__ = ["LENGTH", "Summary", "sentences", "summarise"]

LONGEST = 420  #: characters one sentence alone may have, where no shorter one says as much
ENOUGH = 200  #: a sentence this long needs no second one
OWN_LENGTH = 480  #: characters beyond which a feed's "summary" is an article
LITTLE = 90  #: characters of a description that tells too little by itself
READ = 6000  #: characters of an article that are read: the news stands at the top
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Summary and description of an article, and where they came from."""

    summary: str  #: HTML, ``<p>…</p>``
    description: str  #: plain text
    summary_from: str  #: "feed.summary", "article.sentences", "page.description" or "title"
    description_from: str
    summary_losers: tuple[Candidate, ...] = ()
    description_losers: tuple[Candidate, ...] = ()


# --------------------------------------------------------------------------- choosing


def _pick(
    order: Sequence[Sentence], used: Sequence[Sentence] = (), *, longest: int = LONGEST, hanging: bool = False
) -> list[Sentence]:
    """Up to two of the best sentences that fit together, in the article's order.

    A sentence that hangs on the one before it is taken with that one only, one that ends in the
    middle of a quotation not at all, unless ``hanging``.
    """
    chosen: list[Sentence] = []
    for sentence in order:
        room = LENGTH - chosen[0].size if chosen else longest
        if sentence.size > room or said(sentence, [*chosen, *used]) or prose.is_noise(sentence.text):
            continue
        if not hanging and not sentence.stands(chosen):
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
    value = strip_asides(strip_dateline(whole))
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
    order = ranked(candidates(text[:READ], language), text[:READ], title)
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
        return [], _rest(order, [weigh(sentence) for sentence in sentences(own.value, None)])
    best = _pick(order) or _pick(order, hanging=True) or _pick(order, longest=READ, hanging=True)
    if not meta.note:
        return best, []
    if rest := _enough(_pick(described(order), best)):
        return best, rest
    if len(best) == 2:  # little is left for the description: one for each
        apart = max(best, key=lambda sentence: (not sentence.hangs, sentence.score))
        if rest := _enough(_pick(described(order), [apart])):
            return [apart], rest
    if rest := _rest(order, best):
        return best, rest
    return best[:1], best[1:]


def _enough(chosen: list[Sentence]) -> list[Sentence]:
    """``chosen``, unless it tells too little."""
    return chosen if sum(sentence.size for sentence in chosen) >= LITTLE else []


def _rest(order: Sequence[Sentence], used: Sequence[Sentence]) -> list[Sentence]:
    """What tells more of the article than ``used`` does, and stands by itself if anything does."""
    order = described(order)
    return _pick(order, used) or _pick(order, used, hanging=True)
